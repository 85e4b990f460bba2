// Goal: what looks private is found in any text, and no text stops the search. Method: texts.
import assert from 'node:assert/strict'
import { HIDDEN, withoutPrivate } from '../../agent/src/plan/private.ts'
import { suite } from '../harness.ts'

const test = suite('plan/private')

test('a setting that sounds secret is hidden to the end of its line', () => {
  assert.equal(withoutPrivate('a = 1\npassword = x y\nb = 2'), `a = 1\npassword = ${HIDDEN}\nb = 2`)
  assert.equal(withoutPrivate('run --token abc'), `run --token ${HIDDEN}`)
})

test('behind a word that only resembles one the search goes on in the same line', () => {
  assert.equal(withoutPrivate('tokens and a password: x'), `tokens and a password: ${HIDDEN}`)
})

test('a line of very many such words is read to its end', () => {
  const text = 'tokenized '.repeat(25_000)
  assert.equal(withoutPrivate(`${text}password: x`), `${text}password: ${HIDDEN}`)
})

test.run()

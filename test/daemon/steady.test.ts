// Goal: health that comes and goes makes no news. Method: measures one after the other.
import assert from 'node:assert/strict'
import { Steady } from '../../agent/src/daemon/steady.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/steady')

test('the first measure is told at once', () => {
  assert.deepEqual(new Steady(3).take({ isLoaded: true }), { isLoaded: true })
})

test('a new value is told when it was measured three times in a row', () => {
  const steady = new Steady<string>(3)
  const told = ['a', 'b', 'b', 'b', 'a'].map((value) => steady.take(value))
  assert.deepEqual(told, ['a', 'a', 'a', 'b', 'b'])
})

test('a value that comes and goes is never told', () => {
  const steady = new Steady<string>(3)
  const told = ['a', 'b', 'b', 'a', 'b', 'b', 'a'].map((value) => steady.take(value))
  assert.deepEqual(new Set(told), new Set(['a']))
})

test.run()

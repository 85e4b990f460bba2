// Goal: everything has one spelling; every other one is refused, with its reason. Method: a table
// of spellings (refusals.ts), and each good one cut short at every length.
import assert from 'node:assert/strict'
import { decodeMessages, encodeMessages } from '../../agent/src/wire/message.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement } from '../../agent/src/wire/statement.ts'
import { suite as cryptography } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { type RefusedSpelling, refusals } from './refusals.ts'
import { bytesOf, discoveryMessages, pairMessages, statements } from './samples.ts'

const test = suite('wire/refused')

function decode({ what, bytes }: RefusedSpelling): unknown {
  if (what === 'statement') return decodeStatement(bytesOf(bytes), cryptography)
  const form = what === 'pair messages' ? 'pair' : 'discovery'
  return decodeMessages(bytesOf(bytes), form, cryptography)
}

for (const spelling of refusals) {
  test(`${spelling.what}: ${spelling.why} is refused as ${spelling.reason}`, () => {
    assert.deepEqual(decode(spelling), { refused: spelling.reason })
  })
}

test('a statement cut short anywhere is refused', () => {
  for (const [{ bytes }] of statements) {
    for (let length = 0; length < bytes.length; length++) {
      const cut = decodeStatement(bytes.subarray(0, length), cryptography)
      assert.deepEqual(cut, { refused: 'truncated' })
    }
  }
})

test('messages cut short anywhere are refused, but where one ends', () => {
  const forms = [
    ['pair', pairMessages],
    ['discovery', discoveryMessages],
  ] as const
  for (const [form, samples] of forms) {
    for (const messages of samples) {
      const bytes = encodeMessages(messages)
      const ends = messages.map((_, index) => encodeMessages(messages.slice(0, index + 1)).length)
      for (let length = 1; length < bytes.length; length++) {
        if (ends.includes(length)) continue
        const cut = decodeMessages(bytes.subarray(0, length), form, cryptography)
        assert.ok(isRefused(cut), `${messages[0]?.type} of ${length} bytes`)
      }
    }
  }
})

test.run()

// Goal: no bytes whatever make a decoder throw, and whatever is taken has one spelling. Method:
// datagrams, messages and statements at random and changed from good ones; SEED chooses which,
// COUNT how many (100000, a campaign 1000000).
import assert from 'node:assert/strict'
import { type Form, openHeader, openSealed, sealDatagram } from '../../agent/src/wire/datagram.ts'
import { decodeMessages, encodeMessages } from '../../agent/src/wire/message.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement, makeStatement } from '../../agent/src/wire/statement.ts'
import { suite as cryptography } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { tellTried } from '../tried.ts'
import { chanceOf, changed } from './changes.ts'
import {
  adaDiscovery,
  adaToBob,
  bytesOf,
  clusterId,
  discoveryHeader,
  discoveryMessages,
  hexOf,
  pairHeader,
  pairMessages,
  statements,
  tag,
} from './samples.ts'

/** A campaign has ten times as many and the time for it. */
const count = Number(process.env['COUNT'] ?? 100_000)
const test = suite('wire/fuzz', { timeoutMs: 30_000 + count })
/** Spellings that went into a decoder. */
let tried = 0

/** Tries `share` of all, and says which bytes it was that failed; how many were taken. */
function fuzz(
  share: number,
  good: readonly Uint8Array[],
  check: (bytes: Uint8Array) => boolean,
): number {
  const chance = chanceOf(seed)
  let taken = 0
  for (let index = 0; index < count * share; index++) {
    tried++
    const bytes = changed(good, chance)
    try {
      if (check(bytes)) taken++
    } catch (cause) {
      throw new Error(`trial ${index} of seed ${seed}: ${hexOf(bytes)}`, { cause })
    }
  }
  return taken
}

const samples = { pair: pairMessages, discovery: discoveryMessages }
const headers = { pair: pairHeader, discovery: discoveryHeader }
const keys = { pair: adaToBob(258), discovery: adaDiscovery }
const FORMS: readonly Form[] = ['pair', 'discovery']
const plains = (form: Form) => samples[form].map((messages) => encodeMessages(messages))

/** Whether it is taken; what is taken is written as it was, as far as it was read. */
function checkMessages(bytes: Uint8Array, form: Form): boolean {
  const read = decodeMessages(bytes, form, cryptography)
  if (isRefused(read)) return false
  if (read.some((message) => message.type === 'statements' && message.passedOver)) return true
  const written = encodeMessages(read, read[0]?.type === 'hello' ? bytes.length : 0)
  assert.deepEqual(written, bytes.slice(0, written.length))
  const rest = bytes[written.length]
  assert.ok(rest === undefined || rest === 0 || (rest > 12 && rest !== 16 && rest !== 17))
  return true
}

function checkStatement(bytes: Uint8Array): boolean {
  const read = decodeStatement(bytes, cryptography)
  if (isRefused(read)) return false
  const signer = { clusterId, sign: () => bytes.slice(-64) }
  const written = makeStatement(read.kind, read.body as never, signer, cryptography)
  assert.deepEqual(written.bytes, bytes)
  return true
}

/** Opened as far as it lets: a tag made anew brings it to the seal. */
function checkDatagram(bytes: Uint8Array, form: Form): boolean {
  const retagged = bytes.slice()
  const end = form === 'pair' ? 32 : 38
  if (retagged.length >= end) retagged.set(cryptography.tag(tag, retagged.subarray(9, end)), 1)
  for (const datagram of [bytes, retagged]) {
    const opened = openHeader(datagram, tag, cryptography)
    if (isRefused(opened)) continue
    const plain = openSealed(opened, keys[form], cryptography)
    if (isRefused(plain)) continue
    decodeMessages(plain, form, cryptography)
    return true
  }
  return false
}

for (const form of FORMS) {
  test(`datagrams of form ${form}, whatever they hold, are taken or refused`, () => {
    const good = plains(form).map((plain) =>
      sealDatagram(headers[form], keys[form], tag, plain, cryptography),
    )
    for (const datagram of good) assert.ok(checkDatagram(datagram, form))
    const taken = fuzz(0.2, good, (bytes) => checkDatagram(bytes, form))
    assert.ok(taken < count * 0.02, `${taken} opened`)
  })

  test(`messages of form ${form}, whatever they say, are refused or written as read`, () => {
    const good = plains(form)
    for (const plain of good) assert.ok(checkMessages(plain, form))
    assert.ok(fuzz(0.2, good, (bytes) => checkMessages(bytes, form)) > 0)
  })
}

test('statements, whatever they say, are refused or written as read', () => {
  const good = statements.map(([{ bytes }]) => bytes)
  for (const bytes of good) assert.ok(checkStatement(bytes))
  assert.ok(fuzz(0.2, good, checkStatement) > 0)
})

test('a list of as many as a count can say takes no more than its bytes', () => {
  for (const text of ['06ff', '07ff', '0900ffff', '0aff', '0cffff']) {
    assert.ok(isRefused(decodeMessages(bytesOf(text), 'pair', cryptography)), text)
  }
})

test('as many were tried as were asked for', () => {
  assert.ok(tried >= count, `${tried} spellings`)
  tellTried({ spellings: tried, failures: 0 })
})

test.run()

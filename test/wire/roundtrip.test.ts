// Goal: what is written is read as it was, and what is read is written as it was. Method: all that
// fast-check can say; Node's own comparison of values, byte arrays included.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { address as addressCodec, addressKey, parseAddress } from '../../agent/src/wire/address.ts'
import { Reader, Writer } from '../../agent/src/wire/bytes.ts'
import { PLAIN_MAX_BYTES } from '../../agent/src/wire/datagram.ts'
import { keyOf, nodeIdOf, parseNodeId, shortOf } from '../../agent/src/wire/id.ts'
import { decodeMessages, encodeMessages, type Message } from '../../agent/src/wire/message.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import {
  decodeStatement,
  isCountersigned,
  isSignedBy,
  makeStatement,
  type StatementOf,
} from '../../agent/src/wire/statement.ts'
import { suite as cryptography } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { address, bodies, kinds, messages, nodeId } from './arbitraries.ts'
import { passedOver } from './refusals.ts'
import {
  ada,
  adaRecord,
  bob,
  bytesOf,
  clusterId,
  discoveryMessages,
  nextRootSeed,
  pairMessages,
  publicOf,
  signerOf,
  statements,
} from './samples.ts'

const test = suite('wire/roundtrip')

/** A signature costs more than all the rest, and no decoder looks at it. */
const unsigned = { clusterId, sign: () => new Uint8Array(64) }

for (const kind of kinds) {
  test(`any ${kind} is read as it was written, and written as it was read`, () => {
    fc.assert(
      fc.property(bodies[kind], (body) => {
        const made = makeStatement(kind, body as never, unsigned, cryptography)
        const read = decodeStatement(Buffer.from(made.bytes), cryptography) as StatementOf<never>
        assert.deepEqual(read.body, body)
        const again = makeStatement(read.kind, read.body, unsigned, cryptography)
        assert.deepEqual(again, made)
      }),
      { seed, numRuns: 300 },
    )
  })
}

for (const [type, arbitrary] of Object.entries(messages)) {
  const form = type === 'beacon' || type === 'hello' ? 'discovery' : 'pair'
  test(`any ${type} is read as it was written`, () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Message>, (message) => {
        const bytes = encodeMessages([message])
        assert.deepEqual(decodeMessages(Buffer.from(bytes), form, cryptography), [message])
      }),
      { seed, numRuns: 300 },
    )
  })
}

function fits(list: readonly Message[]): boolean {
  const sizes = list.map((message) => encodeMessages([message]).length)
  return sizes.reduce((sum, size) => sum + size, 0) <= PLAIN_MAX_BYTES.pair
}

test('messages one after another are read one after another', () => {
  const { ping, ack, nack, want, statements: told } = messages
  const several = fc.array(fc.oneof<fc.Arbitrary<Message>[]>(ping, ack, nack, told, want))
  fc.assert(
    fc.property(several.filter(fits), (list) => {
      const read = decodeMessages(encodeMessages(list), 'pair', cryptography)
      assert.deepEqual(read, list.length === 0 ? { refused: 'empty' } : list)
    }),
    { seed, numRuns: 300 },
  )
})

test('a byte changed is refused or another spelling of something else', () => {
  const samples = statements.map(([statement]) => statement)
  const changes = fc.tuple(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(changes, ([{ bytes }, at, change]) => {
      const changed = bytes.map((byte, index) =>
        index === at % bytes.length ? byte ^ change : byte,
      )
      const read = decodeStatement(changed, cryptography)
      if (isRefused(read)) return
      const signature = changed.slice(-64)
      const same = { clusterId, sign: () => signature }
      const again = makeStatement(read.kind, read.body as never, same, cryptography)
      assert.deepEqual(again.bytes, changed)
    }),
    { seed, numRuns: 3000 },
  )
})

test('the samples are read as they were written, and written as they were read', () => {
  for (const [form, samples] of [
    ['pair', pairMessages],
    ['discovery', discoveryMessages],
  ] as const) {
    for (const sample of samples) {
      const bytes = encodeMessages(sample)
      const read = decodeMessages(bytes, form, cryptography)
      assert.deepEqual(read, sample)
      assert.deepEqual(encodeMessages(sample), bytes)
    }
  }
})

test('a datagram is read up to a type that is not known', () => {
  const [ping = []] = pairMessages
  const bytes = Buffer.concat([encodeMessages(ping), bytesOf('7f0102')])
  assert.deepEqual(decodeMessages(bytes, 'pair', cryptography), ping)
  assert.deepEqual(decodeMessages(bytesOf('7f0102'), 'discovery', cryptography), [])
})

test('statements that are void or of an unknown kind are passed over, alone', () => {
  assert.deepEqual(decodeMessages(bytesOf(passedOver), 'pair', cryptography), [
    {
      type: 'statements',
      statements: [adaRecord, adaRecord],
      passedOver: ['kind', 'truncated'],
    },
  ])
})

test('a hello that is no question may be padded with zeros', () => {
  const answer = discoveryMessages[2] ?? []
  const padded = encodeMessages(answer, 1000)
  assert.equal(padded.length, 1000)
  assert.deepEqual(decodeMessages(padded, 'discovery', cryptography), answer)
})

test('what is said too long, not alone or out of bounds is not written', () => {
  const [ping = []] = pairMessages
  const [beacon = []] = discoveryMessages
  const bad: [messages: readonly Message[], padTo?: number][] = [
    [[...ping, ...beacon]],
    [ping, 100],
    [beacon, 100],
    [discoveryMessages[2] ?? [], 1155],
    [[{ type: 'statements', statements: Array.from({ length: 4 }, () => adaRecord) }, ...ping]],
    [[{ type: 'statements', statements: Array.from({ length: 17 }, () => adaRecord) }]],
    [[{ type: 'nack', sequence: 65_536 }]],
    [[{ type: 'nack', sequence: 0.5 }]],
    [[{ type: 'nack', sequence: -1 }]],
    [[{ type: 'ping', sequence: 1, view: 1n << 64n }]],
    [[{ type: 'pull', ids: ['0011'] }]],
    [[{ type: 'pull', ids: ['zz11223344556677'] }]],
    [[{ type: 'pull', ids: ['00112233445566778'] }]],
    [[{ type: 'buckets', sums: [] }]],
    [[{ type: 'blob-part', digest: '00'.repeat(16), offset: 0, bytes: new Uint8Array(1025) }]],
    [(discoveryMessages.at(-1) ?? []).map((answer) => ({ ...answer, isAnswer: false }))],
    [
      [
        {
          type: 'ids',
          bucket: 0,
          hasBefore: false,
          hasMore: false,
          ids: [{ short: '00'.repeat(8), version: -1 }],
        },
      ],
    ],
    [[{ type: 'ids', bucket: 16, hasBefore: false, hasMore: false, ids: [] }]],
  ]
  for (const [list, padTo] of bad) {
    assert.throws(() => encodeMessages(list, padTo), RangeError, JSON.stringify(list[0]?.type))
  }
})

test('each statement is signed by its key, for its cluster, and by no other', () => {
  for (const [statement, signerSeed] of statements) {
    const key = publicOf(signerSeed)
    assert.ok(isSignedBy(statement, key, clusterId, cryptography), statement.kind)
    assert.ok(!isSignedBy(statement, publicOf(nextRootSeed), clusterId, cryptography))
    assert.ok(!isSignedBy(statement, key, ada.key, cryptography))
    const changed = {
      bytes: statement.bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte)),
    }
    assert.ok(!isSignedBy(changed, key, clusterId, cryptography))
  }
})

test('a rotation is countersigned by the new root key, for its number', () => {
  const rotation = statements.at(-1)?.[0] as StatementOf<'rotation'>
  assert.ok(isCountersigned(rotation, clusterId, cryptography))
  const body = { ...rotation.body, number: 2 }
  assert.ok(!isCountersigned({ body }, clusterId, cryptography))
  assert.ok(!isCountersigned(rotation, ada.key, cryptography))
})

test('a body without a spelling makes no statement', () => {
  const signer = signerOf(ada.seed)
  const make = (change: object) =>
    makeStatement('record', { ...adaRecord.body, ...change }, signer, cryptography)
  for (const change of [
    { boot: 2 ** 48 },
    { roles: ['b', 'a'] },
    { hostname: 'a b' },
    { salt: new Uint8Array(15) },
    { gossipKey: new Uint8Array(32) },
    { addresses: [{ family: 6, host: '::FFFF', port: 1 }] },
    { otherFields: [{ number: 11, bytes: new Uint8Array(0) }] },
    { otherFields: [200, 201, 202].map((number) => ({ number, bytes: new Uint8Array(200) })) },
  ]) {
    assert.throws(() => make(change), JSON.stringify(change))
  }
  const short = { clusterId, sign: () => new Uint8Array(63) }
  assert.throws(() => makeStatement('record', adaRecord.body, short, cryptography))
})

test('any address has one name and one spelling', () => {
  fc.assert(
    fc.property(address, (value) => {
      assert.deepEqual(parseAddress(addressKey(value)), value)
      const writer = new Writer()
      addressCodec.write(writer, value)
      assert.deepEqual(addressCodec.read(new Reader(writer.finish())), value)
    }),
    { seed, numRuns: 1000 },
  )
})

test('any node id has one name, of which the short id is the start', () => {
  fc.assert(
    fc.property(nodeId, (id) => {
      assert.equal(parseNodeId(id), id)
      assert.equal(nodeIdOf(keyOf(id)), id)
      assert.equal(`ed25519:${shortOf(id)}`, id.slice(0, 24))
    }),
    { seed },
  )
  assert.notEqual(shortOf(ada.id), shortOf(bob.id))
})

test.run()

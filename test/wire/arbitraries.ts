// Everything that can be said, for fast-check: bodies of statements and messages as
// docs/PROTOCOL.md bounds them.
import fc from 'fast-check'
import { type Address, isPlace, makeAddress } from '../../agent/src/wire/address.ts'
import { type NodeId, nodeIdOf } from '../../agent/src/wire/id.ts'
import type { Message, MessageType } from '../../agent/src/wire/message.ts'
import { isEdwardsKey, isMontgomeryKey } from '../../agent/src/wire/point.ts'
import type { RecordBody } from '../../agent/src/wire/record.ts'
import type { Bodies, StatementKind } from '../../agent/src/wire/statement.ts'
import { isHostname, isPrintable } from '../../agent/src/wire/text.ts'
import { statements } from './samples.ts'

type Arbitraries<T> = { [K in keyof T]: fc.Arbitrary<T[K]> }

/** Plain objects, as decoders make them. */
function fields<T>(model: Arbitraries<T>): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true })
}

const raw = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (bytes: number) => raw(bytes).map((value) => Buffer.from(value).toString('hex'))
const small = (max: number) => fc.integer({ min: 0, max })
const digest = hex(32)
const shortId = hex(8)
const u32 = small(0xffff_ffff)
const u48 = fc.oneof(
  small(300),
  fc.maxSafeInteger().map((value) => Math.abs(value) % 2 ** 48),
)
const view = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const port = fc.integer({ min: 1, max: 0xffff })
const edwardsKey = raw(32).filter(isEdwardsKey)
const montgomeryKey = raw(32)
  .map((key) => key.map((byte, index) => (index === 31 ? byte & 0x7f : byte)))
  .filter(isMontgomeryKey)
const nodeId: fc.Arbitrary<NodeId> = edwardsKey.map(nodeIdOf)
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 32 })
  .filter((text) => isPrintable(text) && Buffer.byteLength(text) <= 32)
const roles = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/), { maxLength: 8 })
  .map((names) => names.toSorted())

const address: fc.Arbitrary<Address> = fc
  .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), port)
  .map(([host, port]) => makeAddress(host, port))
  .filter((address) => address !== undefined)

const place = address.filter(isPlace)

const health = fields({
  isLoaded: fc.boolean(),
  isShortOfMemory: fc.boolean(),
  isShortOfDisk: fc.boolean(),
  hasFailedUnits: fc.boolean(),
  isClockOff: fc.boolean(),
  isUnhealthy: fc.boolean(),
})

const otherFields = fc
  .uniqueArray(
    fields({
      number: fc.integer({ min: 128, max: 255 }),
      bytes: fc.uint8Array({ maxLength: 20 }),
    }),
    { minLength: 1, maxLength: 4, selector: ({ number }) => number },
  )
  .map((fields) => fields.toSorted((a, b) => a.number - b.number))

/** Few enough addresses that all fields fit. */
const record: fc.Arbitrary<RecordBody> = fc
  .tuple(
    fields({
      nodeId,
      boot: u48,
      incarnation: u48,
      status: fc.constantFrom('here', 'left', 'conflict'),
      protocol: fc
        .tuple(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 255 }))
        .map(([a, b]) => ({ lowest: Math.min(a, b), highest: Math.max(a, b) })),
      salt: raw(16),
      gossipKey: montgomeryKey,
      addresses: fc.array(place, { maxLength: 4 }),
      roles,
    }),
    fc.record(
      {
        wireguardKey: montgomeryKey,
        sshUserKey: edwardsKey,
        sshHostKey: edwardsKey,
        health,
        overlayIpv4: fc.ipV4(),
        agentDigest: raw(16),
        details: fields({ digest: hex(16), size: small(16_384) }),
        hostname: fc
          .stringMatching(/^[a-z0-9]([a-zA-Z0-9-]{0,9}[a-z0-9])?(\.[a-z]{1,5})?$/)
          .filter(isHostname),
        wireguardPort: port,
        leftAt: u48,
        otherFields,
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  )
  .map(([head, fields]) => ({ ...head, ...fields }))

/** Papers end after they begin. */
function inOrder<T extends { readonly notBefore: number; readonly notAfter: number }>(body: T): T {
  const [notBefore, notAfter] = [body.notBefore, body.notAfter].toSorted((a, b) => a - b)
  return { ...body, notBefore, notAfter }
}

export const bodies: Arbitraries<Bodies> = {
  record,
  certificate: fields({ nodeId, delegation: digest, mayCoordinate: fc.boolean() }),
  delegation: fields({
    admissionKey: edwardsKey,
    operator: digest,
    notBefore: u48,
    notAfter: u48,
    mayCoordinate: fc.boolean(),
    mostJoins: u48,
    mostCoordinators: u48,
    expectedMembers: u48,
    roles,
    name,
  }).map(inOrder),
  operator: fields({ operatorKey: edwardsKey, notBefore: u48, notAfter: u48, name }).map(inOrder),
  receipt: fields({ nodeId, certificate: digest, date: u48, acceptor: nodeId }),
  revocation: fields({
    target: fields({
      kind: fc.constantFrom('node', 'admission', 'operator'),
      key: edwardsKey,
    }),
    date: u48,
    takesAdmitted: fc.boolean(),
    signer: edwardsKey,
  }),
  accusation: fields({
    accuser: nodeId,
    subject: nodeId,
    boot: u48,
    incarnation: u48,
    since: u48,
  }),
  rotation: fields({
    rootKey: edwardsKey,
    number: u48.map((value) => Math.max(1, value)),
    countersignature: raw(64),
  }),
}

export const kinds = Object.keys(bodies) as StatementKind[]

const type = <T extends string>(name: T) => fc.constant(name)
const sequence = small(0xffff)
const statement = fc.constantFrom(...statements.map(([statement]) => statement))

/** Two statements of the largest fit into any datagram. */
const some = fc.array(statement, { maxLength: 2 })

export const messages: { [T in MessageType]: fc.Arbitrary<Extract<Message, { type: T }>> } = {
  ping: fields({ type: type('ping'), sequence, view }),
  ack: fields({ type: type('ack'), sequence, view }),
  'ping-req': fields({ type: type('ping-req'), sequence, target: shortId }),
  nack: fields({ type: type('nack'), sequence }),
  'relayed-ack': fields({ type: type('relayed-ack'), sequence }),
  statements: fields({ type: type('statements'), statements: some }),
  want: fields({ type: type('want'), digests: fc.array(digest, { maxLength: 32 }) }),
  buckets: fields({
    type: type('buckets'),
    sums: fc.array(view, { minLength: 16, maxLength: 16 }),
  }),
  ids: fields({
    type: type('ids'),
    bucket: small(15),
    hasBefore: fc.boolean(),
    hasMore: fc.boolean(),
    ids: fc
      .uniqueArray(fields({ short: shortId, version: u32 }), {
        maxLength: 64,
        selector: ({ short }) => short,
      })
      .map((ids) => ids.toSorted((a, b) => (a.short < b.short ? -1 : 1))),
  }),
  pull: fields({ type: type('pull'), ids: fc.array(shortId, { maxLength: 64 }) }),
  'blob-get': fields({ type: type('blob-get'), digest: hex(16), offset: u32 }),
  'blob-part': fields({
    type: type('blob-part'),
    digest: hex(16),
    offset: u32,
    bytes: fc.uint8Array({ maxLength: 1024 }),
  }),
  beacon: fields({
    type: type('beacon'),
    asksAnswer: fc.boolean(),
    nodeId,
    boot: u48,
    addresses: fc.array(place, { maxLength: 8 }),
  }),
  hello: fields({
    type: type('hello'),
    wantsAnswer: fc.boolean(),
    isAnswer: fc.boolean(),
    sentTo: address,
    echo: raw(16),
    statements: some,
  }).map((hello) =>
    hello.isAnswer
      ? { ...hello, wantsAnswer: false, echo: hello.echo.with(0, 1) }
      : { ...hello, echo: new Uint8Array(16) },
  ),
}

export { address, nodeId }

// What datagrams say: one or more messages, each a type and its fields. Not here: the frame around
// them (datagram.ts) and who answers what (gossip/).
import { type Address, place } from './address.ts'
import { Reader, Writer } from './bytes.ts'
import {
  type Codec,
  checked,
  constant,
  digest,
  flag,
  hex,
  list,
  struct,
  times,
  u8,
  u16,
  u32,
  u64,
  varint,
} from './codec.ts'
import { type Form, PLAIN_MAX_BYTES } from './datagram.ts'
import { type HelloMessage, hello } from './hello.ts'
import { type NodeId, nodeId, type ShortId, shortId } from './id.ts'
import { isRefused, type RefusalReason, type Refused, refuse } from './refusal.ts'
import { type Statement, statement } from './statement.ts'
import type { Suite } from './suite.ts'

interface Probe {
  readonly sequence: number
  /** What the sender holds, in 64 bits. */
  readonly view: bigint
}

interface Verdict {
  readonly sequence: number
}

export interface PingMessage extends Probe {
  readonly type: 'ping'
}

export interface AckMessage extends Probe {
  readonly type: 'ack'
}

export interface PingRequestMessage {
  readonly type: 'ping-req'
  readonly sequence: number
  readonly target: ShortId
}

/** The target did not answer the one who was asked to ping it. */
export interface NackMessage extends Verdict {
  readonly type: 'nack'
}

/** The target did answer. */
export interface RelayedAckMessage extends Verdict {
  readonly type: 'relayed-ack'
}

export interface StatementsMessage {
  readonly type: 'statements'
  /** At most 16. */
  readonly statements: readonly Statement[]
  /** Why statements among them were passed over; left out when none was, and never sent. */
  readonly passedOver?: readonly RefusalReason[]
}

export interface WantMessage {
  readonly type: 'want'
  /** Of statements; at most 32. */
  readonly digests: readonly string[]
}

export interface BucketsMessage {
  readonly type: 'buckets'
  /** 16, by the first 4 bits of short ids. */
  readonly sums: readonly bigint[]
}

export interface IdsMessage {
  readonly type: 'ids'
  readonly bucket: number
  /** Ids of the bucket stand before these, in another message that ends with the first of these. */
  readonly hasBefore: boolean
  readonly hasMore: boolean
  /** Rising, at most 64; the version is the first 32 bits of what is called so. */
  readonly ids: readonly { readonly short: ShortId; readonly version: number }[]
}

export interface PullMessage {
  readonly type: 'pull'
  /** At most 64. */
  readonly ids: readonly ShortId[]
}

export interface BlobGetMessage {
  readonly type: 'blob-get'
  /** The first 16 bytes of its SHA-256, in hexadecimal digits. */
  readonly digest: string
  readonly offset: number
}

export interface BlobPartMessage {
  readonly type: 'blob-part'
  readonly digest: string
  readonly offset: number
  /** At most 1,024. */
  readonly bytes: Uint8Array
}

export interface BeaconMessage {
  readonly type: 'beacon'
  /** For one receiver, who is to say hello whatever it thinks of the sender. */
  readonly asksAnswer: boolean
  readonly nodeId: NodeId
  readonly boot: number
  /** Of the sender; a beacon that comes from elsewhere is not answered. */
  readonly addresses: readonly Address[]
}

export type Message =
  | PingMessage
  | AckMessage
  | PingRequestMessage
  | NackMessage
  | RelayedAckMessage
  | StatementsMessage
  | WantMessage
  | BucketsMessage
  | IdsMessage
  | PullMessage
  | BlobGetMessage
  | BlobPartMessage
  | BeaconMessage
  | HelloMessage

export type MessageType = Message['type']

const MAX_BLOB_BYTES = 1024
/** An id of 12 bytes: 64 of them fill two thirds of a datagram. */
const MAX_IDS = 64

const sequence = u16
const STATEMENTS = list(16, statement)

const statements: Codec<StatementsMessage> = {
  read: (reader) => {
    const taken: Statement[] = []
    const passedOver: RefusalReason[] = []
    for (const each of STATEMENTS.read(reader)) {
      if (isRefused(each)) passedOver.push(each.refused)
      else taken.push(each)
    }
    const passed = passedOver.length > 0 ? { passedOver } : {}
    return { type: 'statements', statements: taken, ...passed }
  },
  write: (writer, message) => STATEMENTS.write(writer, message.statements),
}

const blobBytes: Codec<Uint8Array> = {
  read: (reader) => {
    const length = reader.u16()
    if (length > MAX_BLOB_BYTES) reader.refuse('bound')
    return reader.bytes(length)
  },
  write: (writer, value) => {
    if (value.length > MAX_BLOB_BYTES) throw new RangeError(`${value.length} bytes of a blob`)
    writer.u16(value.length)
    writer.bytes(value)
  },
}

interface TypeEntry<M> {
  readonly code: number
  readonly form: Form
  readonly codec: Codec<M>
}

type Id = IdsMessage['ids'][number]

const id: Codec<Id> = struct<Id>({ short: shortId, version: u32 })

function isRising(ids: readonly Id[]): boolean {
  return ids.every(({ short }, index) => index === 0 || (ids[index - 1]?.short ?? '') < short)
}

/** One line for each type, as the page has them. */
const TYPES: { [T in MessageType]: TypeEntry<Extract<Message, { type: T }>> } = {
  ping: pair(1, struct<PingMessage>({ type: constant('ping'), sequence, view: u64 })),
  ack: pair(2, struct<AckMessage>({ type: constant('ack'), sequence, view: u64 })),
  'ping-req': pair(
    3,
    struct<PingRequestMessage>({ type: constant('ping-req'), sequence, target: shortId }),
  ),
  nack: pair(4, struct<NackMessage>({ type: constant('nack'), sequence })),
  'relayed-ack': pair(5, struct<RelayedAckMessage>({ type: constant('relayed-ack'), sequence })),
  statements: pair(6, statements),
  want: pair(7, struct<WantMessage>({ type: constant('want'), digests: list(32, digest) })),
  buckets: pair(8, struct<BucketsMessage>({ type: constant('buckets'), sums: times(16, u64) })),
  ids: pair(
    9,
    struct<IdsMessage>({
      type: constant('ids'),
      bucket: checked(u8, (value) => value < 16, 'bound'),
      hasBefore: flag,
      hasMore: flag,
      ids: checked(list(MAX_IDS, id), isRising, 'order'),
    }),
  ),
  pull: pair(10, struct<PullMessage>({ type: constant('pull'), ids: list(MAX_IDS, shortId) })),
  'blob-get': pair(
    11,
    struct<BlobGetMessage>({ type: constant('blob-get'), digest: hex(16), offset: u32 }),
  ),
  'blob-part': pair(
    12,
    struct<BlobPartMessage>({
      type: constant('blob-part'),
      digest: hex(16),
      offset: u32,
      bytes: blobBytes,
    }),
  ),
  beacon: discovery(
    16,
    struct<BeaconMessage>({
      type: constant('beacon'),
      asksAnswer: flag,
      nodeId,
      boot: varint,
      addresses: list(8, place),
    }),
  ),
  hello: discovery(17, hello),
}

const BY_CODE: ReadonlyMap<number, TypeEntry<Message>> = new Map(
  Object.values(TYPES).map((entry) => [entry.code, entry]),
)

function pair<M>(code: number, codec: Codec<M>): TypeEntry<M> {
  return { code, form: 'pair', codec }
}

function discovery<M>(code: number, codec: Codec<M>): TypeEntry<M> {
  return { code, form: 'discovery', codec }
}

/**
 * The bytes that are sealed. A hello that asks is padded as it must be; `padTo` pads another one to
 * that many bytes. Throws for what has no spelling, and for more than a datagram carries.
 */
export function encodeMessages(messages: readonly Message[], padTo = 0): Uint8Array<ArrayBuffer> {
  const isLong = messages.some(({ type }) => type === 'statements' || type === 'hello')
  const writer = new Writer(isLong ? PLAIN_MAX_BYTES.pair : undefined)
  let most: number = PLAIN_MAX_BYTES.pair
  for (const message of messages) {
    const { code, form, codec } = TYPES[message.type]
    writer.u8(code)
    ;(codec as Codec<Message>).write(writer, message)
    if (form === 'pair') continue
    if (messages.length > 1) throw new RangeError(`a ${message.type} comes alone`)
    most = PLAIN_MAX_BYTES.discovery
  }
  if (padTo > writer.length && messages[0]?.type !== 'hello') {
    throw new RangeError('only a hello is padded')
  }
  writer.pad(padTo)
  if (writer.length > most) throw new RangeError(`${writer.length} bytes are over ${most}`)
  return writer.finish()
}

/** All or nothing, but for what follows a type that is not known: that is not read. */
export function decodeMessages(bytes: Uint8Array, form: Form, suite: Suite): Message[] | Refused {
  if (bytes.length === 0) return refuse('empty')
  const reader = new Reader(bytes, suite)
  const messages: Message[] = []
  while (reader.left > 0) {
    const entry = BY_CODE.get(reader.u8())
    if (entry === undefined) return messages
    if (entry.form !== form) reader.refuse('type')
    messages.push(entry.codec.read(reader))
    if (form === 'discovery') break
  }
  return reader.finish(messages)
}

// The frame of a datagram: version, tag, form and header in the open, the rest sealed. Strangers
// are turned away by the tag, at the price of one SipHash. Not here: which key opens what
// (keys.ts), the messages within (message.ts), and replays (window.ts).
import { Reader, Writer } from './bytes.ts'
import { type Codec, constant, raw, struct, u16, u32 } from './codec.ts'
import { type ShortId, shortId } from './id.ts'
import { type Refused, refuse } from './refusal.ts'
import type { Suite } from './suite.ts'

export type Form = 'pair' | 'discovery'

export interface PairHeader {
  readonly form: 'pair'
  /** Of the sender. */
  readonly short: ShortId
  readonly epoch: number
  readonly counter: number
}

export interface DiscoveryHeader {
  readonly form: 'discovery'
  /** Of the sender, 16 bytes. */
  readonly salt: Uint8Array
  readonly counter: number
}

export type Header = PairHeader | DiscoveryHeader

/** A datagram of one who knows the discovery secret; `associated` is what the seal covers too. */
export interface Opened {
  readonly header: Header
  readonly sealed: Uint8Array
  readonly associated: Uint8Array
}

/** So that it passes every link whole: 1,280 of IPv6, less its headers, a VPN's and UDP's. */
export const DATAGRAM_MAX_BYTES = 1200
export const DATAGRAM_MIN_BYTES = 40

const VERSION = 1
const TAG_BYTES = 8
const FORM_AT = 1 + TAG_BYTES
const HEADER_AT = FORM_AT + 1
const SEAL_BYTES = 16
/** The tag covers so many of the sealed bytes. */
const TAGGED_BYTES = 8

const HEADERS: { [F in Form]: { code: number; bytes: number; codec: Codec<Header> } } = {
  pair: {
    code: 1,
    bytes: 14,
    codec: struct<PairHeader>({
      form: constant('pair'),
      short: shortId,
      epoch: u16,
      counter: u32,
    }),
  },
  discovery: {
    code: 2,
    bytes: 20,
    codec: struct<DiscoveryHeader>({
      form: constant('discovery'),
      salt: raw(16),
      counter: u32,
    }),
  },
}

const BY_CODE = [undefined, HEADERS.pair, HEADERS.discovery]

/** The most bytes of messages that a datagram of a form carries. */
export const PLAIN_MAX_BYTES: Readonly<Record<Form, number>> = {
  pair: DATAGRAM_MAX_BYTES - HEADER_AT - HEADERS.pair.bytes - SEAL_BYTES,
  discovery: DATAGRAM_MAX_BYTES - HEADER_AT - HEADERS.discovery.bytes - SEAL_BYTES,
}

/** Looks at length, version, form and tag, in this order; what is sealed may still be forged. */
export function openHeader(
  datagram: Uint8Array,
  tagKey: Uint8Array,
  suite: Suite,
): Opened | Refused {
  const { length } = datagram
  if (length < DATAGRAM_MIN_BYTES || length > DATAGRAM_MAX_BYTES) return refuse('length')
  if (datagram[0] !== VERSION) return refuse('version')
  const form = BY_CODE[datagram[FORM_AT] ?? 0]
  if (form === undefined) return refuse('form')
  const sealedAt = HEADER_AT + form.bytes
  if (length < sealedAt + SEAL_BYTES) return refuse('length')
  const tag = suite.tag(tagKey, datagram.subarray(FORM_AT, sealedAt + TAGGED_BYTES))
  for (let index = 0; index < TAG_BYTES; index++) {
    if (tag[index] !== datagram[1 + index]) return refuse('tag')
  }
  const associated = new Uint8Array(1 + sealedAt - FORM_AT)
  associated[0] = VERSION
  associated.set(datagram.subarray(FORM_AT, sealedAt), 1)
  const header = form.codec.read(new Reader(associated.subarray(2)))
  return { header, sealed: datagram.subarray(sealedAt), associated }
}

/** 12 bytes; never the same twice under one key, as no counter is. */
export function nonceOf(header: Header): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12)
  const view = new DataView(nonce.buffer)
  if (header.form === 'pair') view.setUint16(2, header.epoch)
  view.setUint32(8, header.counter)
  return nonce
}

/** A whole datagram. Throws when there is nothing to seal or more than a datagram carries. */
export function sealDatagram(
  header: Header,
  key: Uint8Array,
  tagKey: Uint8Array,
  plain: Uint8Array,
  suite: Suite,
): Uint8Array<ArrayBuffer> {
  const { code, codec } = HEADERS[header.form]
  if (plain.length === 0 || plain.length > PLAIN_MAX_BYTES[header.form]) {
    throw new Error(`${plain.length} bytes of messages do not make a datagram`)
  }
  const writer = new Writer()
  writer.u8(VERSION)
  writer.u8(code)
  codec.write(writer, header)
  const associated = writer.finish()
  const sealed = suite.seal(key, nonceOf(header), associated, plain)
  const datagram = new Uint8Array(TAG_BYTES + associated.length + sealed.length)
  const sealedAt = TAG_BYTES + associated.length
  datagram[0] = VERSION
  datagram.set(associated.subarray(1), FORM_AT)
  datagram.set(sealed, sealedAt)
  datagram.set(suite.tag(tagKey, datagram.subarray(FORM_AT, sealedAt + TAGGED_BYTES)), 1)
  return datagram
}

/** The messages' bytes; refused when another key sealed them or anything was changed. */
export function openSealed(opened: Opened, key: Uint8Array, suite: Suite): Uint8Array | Refused {
  const plain = suite.open(key, nonceOf(opened.header), opened.associated, opened.sealed)
  return plain ?? refuse('seal')
}

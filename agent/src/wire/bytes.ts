// Bytes one after another: a Reader that is total and a Writer that is bounded. A Reader keeps its
// first refusal and reads zeros and nothing from there on, so that what is read needs one look at
// the end and no exception. Not here: what the bytes mean (codec.ts and the files above it).
import { type RefusalReason, type Refused, refuse } from './refusal.ts'
import type { Suite } from './suite.ts'
import { decodeText, encodeText, isPrintable } from './text.ts'

/** A varint holds at most 48 bits, which are seven times seven. */
const VARINT_MAX = 2 ** 48 - 1
const VARINT_BYTES = 7

const NOTHING = new Uint8Array(0)

export class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  #refused: RefusalReason | undefined
  /** What names statements; only messages with statements need one. */
  readonly suite: Suite | undefined

  constructor(bytes: Uint8Array, suite?: Suite) {
    // A Buffer would give Buffers for its parts, which no comparison of plain arrays expects.
    const isPlain = bytes.constructor === Uint8Array
    this.#bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.suite = suite
  }

  /** Where the next byte is. */
  get at(): number {
    return this.#at
  }

  /** How many bytes are left; 0 after a refusal. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  get refused(): RefusalReason | undefined {
    return this.#refused
  }

  /** The first reason stays. */
  refuse(reason: RefusalReason): void {
    this.#refused ??= reason
    this.#at = this.#bytes.length
  }

  /** What was read, if nothing was refused and nothing is left over. */
  finish<T>(value: T): T | Refused {
    if (this.left > 0) this.refuse('leftover')
    return this.#refused === undefined ? value : refuse(this.#refused)
  }

  u8(): number {
    const at = this.skip(1)
    return at < 0 ? 0 : (this.#bytes[at] as number)
  }

  u16(): number {
    const at = this.skip(2)
    if (at < 0) return 0
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number)
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  u48(): number {
    return this.u16() * 0x1_0000_0000 + this.u32()
  }

  u64(): bigint {
    const at = this.skip(8)
    if (at < 0) return 0n
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8).getBigUint64(0)
  }

  /** LEB128 in the fewest bytes. */
  varint(): number {
    let value = 0
    let unit = 1
    for (let count = 1; count <= VARINT_BYTES; count++) {
      const byte = this.u8()
      value += (byte & 0x7f) * unit
      unit *= 0x80
      if (byte > 0x7f) continue
      if (byte === 0 && count > 1) this.refuse('varint')
      if (value > VARINT_MAX) this.refuse('bound')
      return value
    }
    this.refuse('bound')
    return 0
  }

  /** A copy. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const at = this.skip(length)
    return at < 0 ? NOTHING : this.#bytes.slice(at, at + length)
  }

  /** A copy of all from a place before up to here. */
  since(start: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(start, this.#at)
  }

  /** In lowercase hexadecimal digits. */
  hex(length: number): string {
    const at = this.skip(length)
    if (at < 0) return ''
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + at, length).toString('hex')
  }

  /** A length `u8` of at most `max` and that many bytes of text. */
  text(max: number): string {
    const length = this.u8()
    if (length > max) this.refuse('bound')
    const at = this.skip(length)
    if (at < 0) return ''
    const text = decodeText(this.#bytes.subarray(at, at + length))
    if (text === undefined) this.refuse('text')
    return text ?? ''
  }

  /** Passes all that is left, which must be zeros. */
  zeros(): void {
    while (this.left > 0) if (this.u8() !== 0) this.refuse('padding')
  }

  /** The start of the next `length` bytes, which are passed; -1 when there are not as many. */
  skip(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length) {
      this.refuse('truncated')
      return -1
    }
    this.#at = at + length
    return at
  }
}

/** Small, as most datagrams are; it doubles as long as needed. */
const WRITER_BYTES = 64

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(capacity = WRITER_BYTES) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** What was written, as a copy. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  u8(value: number): void {
    whole(value, 0xff)
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    whole(value, 0xffff)
    const at = this.#grow(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  u32(value: number): void {
    whole(value, 0xffff_ffff)
    this.u16(value >>> 16)
    this.u16(value & 0xffff)
  }

  u48(value: number): void {
    whole(value, VARINT_MAX)
    this.u16(Math.floor(value / 0x1_0000_0000))
    this.u32(value % 0x1_0000_0000)
  }

  u64(value: bigint): void {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} does not fit`)
    const at = this.#grow(8)
    new DataView(this.#bytes.buffer, at, 8).setBigUint64(0, value)
  }

  varint(value: number): void {
    whole(value, VARINT_MAX)
    let rest = value
    while (rest > 0x7f) {
      this.u8((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.u8(rest)
  }

  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
  }

  /** Of lowercase hexadecimal digits, `length` bytes. */
  hex(value: string, length: number): void {
    const bytes = Buffer.from(value, 'hex')
    if (bytes.length !== length || value.length !== 2 * length) {
      throw new RangeError(`${value} is not ${length} bytes`)
    }
    this.bytes(bytes)
  }

  text(value: string, max: number): void {
    const bytes = encodeText(value)
    whole(bytes.length, max)
    if (!isPrintable(value)) throw new RangeError('a text holds what cannot be printed')
    this.u8(bytes.length)
    this.bytes(bytes)
  }

  /** Zeros up to a length of all that was written. */
  pad(length: number): void {
    if (length > this.#length) this.bytes(new Uint8Array(length - this.#length))
  }

  #grow(length: number): number {
    const at = this.#length
    this.#length = at + length
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    return at
  }
}

/** What is written is ours: a number that does not fit is a mistake of the program. */
function whole(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${value} is not a whole number up to ${max}`)
  }
}

// The notation of docs/PROTOCOL.md as values: a codec reads and writes one thing, and a struct puts
// codecs one after another, so that a table of fields reads as the page does. Each takes exactly
// one spelling. Not here: which fields there are (record.ts, admission.ts, message.ts).
import type { Reader, Writer } from './bytes.ts'
import type { RefusalReason } from './refusal.ts'
import { isHostname, isRole } from './text.ts'

export interface Codec<T> {
  /** What it reads after a refusal is of its type and of no use. */
  read(reader: Reader): T
  /** Throws RangeError for what has no spelling, as that is a mistake of the program. */
  write(writer: Writer, value: T): void
}

export const u8: Codec<number> = {
  read: (reader) => reader.u8(),
  write: (writer, value) => writer.u8(value),
}
export const u16: Codec<number> = {
  read: (reader) => reader.u16(),
  write: (writer, value) => writer.u16(value),
}
export const u32: Codec<number> = {
  read: (reader) => reader.u32(),
  write: (writer, value) => writer.u32(value),
}
export const u64: Codec<bigint> = {
  read: (reader) => reader.u64(),
  write: (writer, value) => writer.u64(value),
}
/** Seconds since 1970. */
export const date: Codec<number> = {
  read: (reader) => reader.u48(),
  write: (writer, value) => writer.u48(value),
}
export const varint: Codec<number> = {
  read: (reader) => reader.varint(),
  write: (writer, value) => writer.varint(value),
}

/** Bytes as they are, a copy. */
export function raw(length: number): Codec<Uint8Array> {
  return {
    read: (reader) => reader.bytes(length),
    write: (writer, value) => {
      if (value.length !== length) throw new RangeError(`${value.length} bytes, not ${length}`)
      writer.bytes(value)
    },
  }
}

/** A length `u8` and that many bytes, a copy. */
export const sized: Codec<Uint8Array> = {
  read: (reader) => reader.bytes(reader.u8()),
  write: (writer, value) => {
    writer.u8(value.length)
    writer.bytes(value)
  },
}

/** Bytes that are a name: in lowercase hexadecimal digits. */
export function hex(length: number): Codec<string> {
  return {
    read: (reader) => reader.hex(length),
    write: (writer, value) => writer.hex(value, length),
  }
}

/** SHA-256. */
export const digest = hex(32)

export function text(max: number): Codec<string> {
  return {
    read: (reader) => reader.text(max),
    write: (writer, value) => writer.text(value, max),
  }
}

/** A codec that takes only some values. */
export function checked<T>(
  codec: Codec<T>,
  isGood: (value: T) => boolean,
  reason: RefusalReason,
): Codec<T> {
  return {
    read: (reader) => {
      const value = codec.read(reader)
      if (!isGood(value)) reader.refuse(reason)
      return value
    },
    write: (writer, value) => {
      if (!isGood(value)) throw new RangeError(`${String(value)} is refused: ${reason}`)
      codec.write(writer, value)
    },
  }
}

/** A port that something can be sent to. */
export const port = checked(u16, (value) => value > 0, 'address')

/** The index in `names` as `u8`, counted from `first`. */
export function choice<T extends string>(names: readonly T[], first = 0): Codec<T> {
  return {
    read: (reader) => {
      const name = names[reader.u8() - first]
      if (name === undefined) reader.refuse('flag')
      return name ?? (names[0] as T)
    },
    write: (writer, value) => {
      const index = names.indexOf(value)
      if (index < 0) throw new RangeError(`${value} is no choice`)
      writer.u8(index + first)
    },
  }
}

/** A `u8` of 0 or 1. */
export const flag: Codec<boolean> = {
  read: (reader) => {
    const value = reader.u8()
    if (value > 1) reader.refuse('flag')
    return value === 1
  },
  write: (writer, value) => writer.u8(value ? 1 : 0),
}

/** Bits of a `u8`, the lowest first; those without a name are 0. */
export function flags<T extends { [K in keyof T]: boolean }>(
  names: readonly (keyof T)[],
): Codec<T> {
  return {
    read: (reader) => {
      const bits = reader.u8()
      if (bits >>> names.length !== 0) reader.refuse('flag')
      return Object.fromEntries(names.map((name, bit) => [name, ((bits >>> bit) & 1) === 1])) as T
    },
    write: (writer, value) => {
      writer.u8(names.reduce((bits, name, bit) => bits | (value[name] ? 1 << bit : 0), 0))
    },
  }
}

/** A count of at most `max` and that many items. */
export function list<T>(max: number, item: Codec<T>): Codec<readonly T[]> {
  return {
    read: (reader) => {
      const count = reader.u8()
      if (count > max) reader.refuse('bound')
      const items: T[] = []
      while (items.length < count && reader.refused === undefined) items.push(item.read(reader))
      return items
    },
    write: (writer, value) => {
      if (value.length > max) throw new RangeError(`${value.length} items, more than ${max}`)
      writer.u8(value.length)
      for (const each of value) item.write(writer, each)
    },
  }
}

/** Exactly so many items, without a count. */
export function times<T>(count: number, item: Codec<T>): Codec<readonly T[]> {
  return {
    read: (reader) => Array.from({ length: count }, () => item.read(reader)),
    write: (writer, value) => {
      if (value.length !== count) throw new RangeError(`${value.length} items, not ${count}`)
      for (const each of value) item.write(writer, each)
    },
  }
}

/** What no byte says, as the place says it. */
export function constant<T>(value: T): Codec<T> {
  return { read: () => value, write: () => undefined }
}

/** Fields one after another, in the order of the table. */
export function struct<T extends object>(fields: { [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[]
  return {
    read: (reader) => {
      const value: Partial<T> = {}
      for (const name of names) value[name] = fields[name].read(reader)
      return value as T
    },
    write: (writer, value) => {
      for (const name of names) fields[name].write(writer, value[name])
    },
  }
}

/** Names of roles: ASCII, so that the order of characters is the order of bytes. */
export const roles: Codec<readonly string[]> = checked(
  checked(list(16, text(32)), (names) => names.every(isRole), 'text'),
  (names) => names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name),
  'order',
)

export const hostname = checked(text(63), isHostname, 'text')

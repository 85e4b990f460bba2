// Sums of 64 bits over what is held, in 16 buckets: equal tables have equal sums, and unequal ones
// are found by halves. They find honest differences; a member that grinds its own records for equal
// sums hides only itself. Not here: what is summed (roster.ts, holdings.ts).
import type { ShortId } from '../wire/id.ts'

export const BUCKETS = 16

/** 8 bytes. */
export type Part = Uint8Array

export function bucketOf(short: ShortId): number {
  return Number.parseInt(short.charAt(0), 16)
}

export function partValue(part: Part): bigint {
  return Buffer.from(part.buffer, part.byteOffset, 8).readBigUInt64BE()
}

/** Of one subject: how many parts are in, and the exclusive or of their first 4 bytes. */
interface Version {
  readonly parts: number
  readonly word: number
}

export class Sums {
  readonly #sums: bigint[] = Array.from({ length: BUCKETS }, () => 0n)
  readonly #versions = Array.from({ length: BUCKETS }, () => new Map<ShortId, Version>())
  #total = 0n

  add(subject: ShortId, part: Part): void {
    this.#change(subject, part, 1)
  }

  remove(subject: ShortId, part: Part): void {
    this.#change(subject, part, -1)
  }

  get total(): bigint {
    return this.#total
  }

  bucket(index: number): bigint {
    return this.#sums[index] ?? 0n
  }

  /** What lists of ids tell of the subjects in a bucket. */
  *words(index: number): Iterable<[ShortId, number]> {
    for (const [subject, { word }] of this.#versions[index] ?? []) yield [subject, word]
  }

  /** Exclusive or takes out what it put in. */
  #change(subject: ShortId, part: Part, by: 1 | -1): void {
    const bucket = bucketOf(subject)
    const value = partValue(part)
    this.#sums[bucket] = (this.#sums[bucket] ?? 0n) ^ value
    this.#total ^= value
    const versions = this.#versions[bucket]
    const { parts, word } = versions?.get(subject) ?? { parts: 0, word: 0 }
    if (parts + by === 0) versions?.delete(subject)
    else versions?.set(subject, { parts: parts + by, word: (word ^ partWord(part)) >>> 0 })
  }
}

/** What lists of ids tell of one part. */
export function partWord(part: Part): number {
  return Buffer.from(part.buffer, part.byteOffset, 4).readUInt32BE()
}

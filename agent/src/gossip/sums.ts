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

/** The first 4 bytes as a number: the version of one subject in lists of ids. */
export function partWord(part: Part): number {
  return Buffer.from(part.buffer, part.byteOffset, 4).readUInt32BE()
}

export class Sums {
  readonly #sums: bigint[] = Array.from({ length: BUCKETS }, () => 0n)
  #total = 0n

  add(bucket: number, part: Part): void {
    const value = partValue(part)
    this.#sums[bucket] = (this.#sums[bucket] ?? 0n) ^ value
    this.#total ^= value
  }

  /** Exclusive or takes out what it put in. */
  remove(bucket: number, part: Part): void {
    this.add(bucket, part)
  }

  get total(): bigint {
    return this.#total
  }

  bucket(index: number): bigint {
    return this.#sums[index] ?? 0n
  }
}

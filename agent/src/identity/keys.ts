// Ed25519 keys: made from seeds, and looked at strictly before they may stand in a paper. Not here:
// signing and verifying (wire/suite.ts, one verifier everywhere) and where seeds lie (store.ts).
import { Point } from '@noble/ed25519'
import { publicHalf } from '../wire/der.ts'
import { isEdwardsKey } from '../wire/point.ts'

export const SEED_BYTES = 32

/**
 * The public half, 32 bytes, of a seed of 32 bytes. By OpenSSL: numbers of arbitrary length take a
 * hundred times as long for a first key.
 */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  if (seed.length !== SEED_BYTES) throw new Error(`a seed has ${seed.length} bytes`)
  return publicHalf('ed25519', seed)
}

/** The public half, 32 bytes, of an X25519 scalar of 32 bytes. */
export function exchangeKeyOf(scalar: Uint8Array): Uint8Array {
  return publicHalf('x25519', scalar)
}

/**
 * Whether a key may be admitted: a canonical spelling, on the curve, of the whole prime order. A
 * point of small order signs every message with one signature, and one with a part of small order
 * is read differently by different verifiers.
 */
export function isStrictKey(key: Uint8Array): boolean {
  if (!isEdwardsKey(key)) return false
  try {
    const point = Point.fromBytes(new Uint8Array(key))
    return point.isTorsionFree()
  } catch {
    return false
  }
}

// Randomness, the only way to it. Not here: seeded randomness of simulations.
import { randomBytes } from 'node:crypto'

/** `bytes` of the system's randomness in hexadecimal, for names that nobody can guess. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** Fresh random bytes, for salts. */
export function randomBuffer(bytes: number): Buffer {
  return randomBytes(bytes)
}

/** A whole number in [0, limit), for jitter. */
export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}

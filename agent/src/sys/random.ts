// Randomness, the only way to it. Not here: seeded randomness of simulations.
import { randomBytes } from 'node:crypto'

/** `bytes` of the system's randomness in hexadecimal, for names that nobody can guess. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** A whole number in [0, limit), for jitter. */
export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}

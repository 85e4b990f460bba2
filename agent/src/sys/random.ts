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

/** A number from 0 up to 1 that nobody can guess: passwords and salts are made of it. */
export function randomFraction(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48
}

/** A whole number in [0, limit), for jitter. */
export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}

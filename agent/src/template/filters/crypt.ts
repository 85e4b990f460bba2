// Hashes of passwords as /etc/shadow has them: the SHA-crypt of Ulrich Drepper's description, and
// the MD5 form of FreeBSD. Not here: bcrypt, which a library does, and salts (password.ts).
import { createHash, hash } from 'node:crypto'

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Rounds that a hash has without saying so. */
export const SHA_ROUNDS_SILENT = 5000
const MD5_ROUNDS = 1000

type Digest = 'sha256' | 'sha512'

function digest(name: string, ...parts: readonly Buffer[]): Buffer {
  return hash(name, Buffer.concat(parts), 'buffer')
}

/** `text` repeated and cut to `length` bytes. */
function stretch(text: Buffer, length: number): Buffer {
  return Buffer.alloc(length, text)
}

/** `$5$` and `$6$`: the last part of the hash. */
export function shaCrypt(name: Digest, secret: Buffer, salt: Buffer, rounds: number): string {
  let state = firstState(name, secret, salt)
  const p = stretch(digest(name, stretchTimes(secret, secret.length)), secret.length)
  const s = stretch(digest(name, stretchTimes(salt, 16 + (state[0] ?? 0))), salt.length)
  for (let round = 0; round < rounds; round += 1) {
    const parts: Buffer[] = [round % 2 === 1 ? p : state]
    if (round % 3 !== 0) parts.push(s)
    if (round % 7 !== 0) parts.push(p)
    parts.push(round % 2 === 1 ? state : p)
    state = digest(name, ...parts)
  }
  return spell(state, name === 'sha512' ? SHA512_ORDER : SHA256_ORDER)
}

function stretchTimes(text: Buffer, times: number): Buffer {
  return Buffer.alloc(text.length * times, text)
}

function firstState(name: Digest, secret: Buffer, salt: Buffer): Buffer {
  const mixed = digest(name, secret, salt, secret)
  const start = createHash(name).update(secret).update(salt).update(stretch(mixed, secret.length))
  for (let bits = secret.length; bits > 0; bits >>>= 1) start.update(bits & 1 ? mixed : secret)
  return start.digest()
}

/** Triples of bytes, each a rotation of the one before: the order in which a hash is spelt. */
function rotated(first: readonly number[], count: number, turn: 1 | 2): number[][] {
  const order = [[...first]]
  while (order.length < count) {
    const last = order.at(-1) ?? []
    order.push([0, 1, 2].map((index) => (last[(index + turn) % 3] ?? 0) + 1))
  }
  return order
}

const SHA512_ORDER = [...rotated([0, 21, 42], 21, 1), [63]]
const SHA256_ORDER = [...rotated([0, 10, 20], 10, 2), [31, 30]]
const MD5_ORDER = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]

function spell(bytes: Buffer, order: readonly (readonly number[])[]): string {
  return order
    .map((places) => {
      let number = 0
      for (const place of places) number = (number << 8) | (bytes[place] ?? 0)
      let text = ''
      for (let count = 0; count <= places.length; count += 1) {
        text += ALPHABET[number & 63]
        number >>>= 6
      }
      return text
    })
    .join('')
}

/** `$1$`: the last part of the hash. */
export function md5Crypt(secret: Buffer, salt: Buffer): string {
  const mixed = digest('md5', secret, salt, secret)
  const start = createHash('md5').update(secret).update('$1$').update(salt)
  start.update(stretch(mixed, secret.length))
  for (let bits = secret.length; bits > 0; bits >>>= 1) {
    start.update(bits & 1 ? Buffer.alloc(1) : secret.subarray(0, 1))
  }
  let state: Buffer = start.digest()
  for (let round = 0; round < MD5_ROUNDS; round += 1) {
    const parts: Buffer[] = [round % 2 === 1 ? secret : state]
    if (round % 3 !== 0) parts.push(salt)
    if (round % 7 !== 0) parts.push(secret)
    parts.push(round % 2 === 1 ? state : secret)
    state = digest('md5', ...parts)
  }
  return spell(state, MD5_ORDER)
}

/** Characters of a salt that was not given. */
export function saltFrom(random: () => number, length: number): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(random() * 64)]).join('')
}

export function isSalt(text: string): boolean {
  return /^[./0-9A-Za-z]*$/.test(text)
}

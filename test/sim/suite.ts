// Cryptography of the simulator: keyed sums instead of ciphers, so that thousands of seeds run in
// minutes. It refuses what the real one refuses, but hides nothing and withstands nobody. Not here:
// the real one (wire/suite.ts).
import type { Suite } from '../../agent/src/wire/suite.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** FNV-1a over words of all inputs, four lanes, each finished by the mixer of MurmurHash3. */
function sum(length: number, label: number, ...inputs: readonly Uint8Array[]): Bytes {
  let a = 0x811c9dc5 ^ label
  let b = 0x01000193 + label
  for (const input of inputs) {
    a = Math.imul(a ^ input.length, 0x01000193)
    for (let index = 0; index < input.length; index++) {
      const byte = input[index] as number
      a = Math.imul(a ^ byte, 0x01000193)
      b = Math.imul(b ^ byte ^ (a >>> 15), 0x85ebca6b)
    }
  }
  const result = new Uint8Array(length)
  for (let index = 0; index < length; index += 4) {
    let word = (index & 4) === 0 ? a : b
    word = Math.imul(word ^ (word >>> 16) ^ index, 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    word ^= word >>> 16
    for (let at = 0; at < 4 && index + at < length; at++) result[index + at] = word >>> (8 * at)
  }
  return result
}

const SEAL_BYTES = 16
const NONE = new Uint8Array(0)

/** The public half of a secret: both halves are known to whoever simulates. */
export function publicHalf(secret: Uint8Array): Bytes {
  const key = sum(32, 1, secret)
  // Below the prime and of no small order for sure, as the decoder looks for.
  key[31] = (key[31] as number) & 0x3f
  key[1] = 0x5a
  return key
}

export const simSuite: Suite = {
  tag: (key, bytes) => sum(8, 2, key, bytes),
  seal(key, nonce, associated, plain) {
    const sealed = new Uint8Array(plain.length + SEAL_BYTES)
    sealed.set(plain)
    sealed.set(sum(SEAL_BYTES, 3, key, nonce, associated, plain), plain.length)
    return sealed
  },
  open(key, nonce, associated, sealed) {
    const end = sealed.length - SEAL_BYTES
    const plain = sealed.slice(0, end)
    const expected = sum(SEAL_BYTES, 3, key, nonce, associated, plain)
    for (let at = 0; at < SEAL_BYTES; at++) if (sealed[end + at] !== expected[at]) return undefined
    return plain
  },
  sign: (secret, message) => sum(64, 4, publicHalf(secret), message),
  verify(publicKey, message, signature) {
    const expected = sum(64, 4, publicKey, message)
    for (let at = 0; at < 64; at++) if (signature[at] !== expected[at]) return false
    return true
  },
  agree(secret, publicKey) {
    const own = publicHalf(secret)
    const [first, second] = Buffer.compare(own, publicKey) < 0 ? [own, publicKey] : [publicKey, own]
    return sum(32, 5, first, second)
  },
  hkdf: (secret, salt, info, length = 32) => sum(length, 6, secret, salt, info),
  digest: (bytes) => sum(32, 7, bytes, NONE),
}

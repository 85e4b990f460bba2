// All cryptography of the protocol behind one interface, so that a simulator of hundreds of nodes
// may put a fast one in its place. Keys that are used again and again are prepared once. Not here:
// which key is for what (keys.ts), which statement needs whose signature (statement.ts), and where
// secrets come from.
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  diffieHellman,
  hash,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import siphash from 'siphash'
import { publicKey, secretKey } from './der.ts'
import { isEdwardsKey, isMontgomeryKey } from './point.ts'

export interface Suite {
  /** SipHash-2-4 under a key of 16 bytes: 8 bytes, most significant first. */
  tag(key: Uint8Array, bytes: Uint8Array): Uint8Array
  /** AES-256-GCM under a key of 32 bytes and a nonce of 12; the tag of 16 bytes is at the end. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    plain: Uint8Array,
  ): Uint8Array<ArrayBuffer>
  /** Undefined when anything of it is not what was sealed. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array<ArrayBuffer> | undefined
  /** Ed25519, by the seed of 32 bytes: 64 bytes. */
  sign(secretSeed: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer>
  /** False also for a key that is not canonical or of small order. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** X25519: 32 bytes; undefined for a key that is not canonical and for a result of zeros. */
  agree(secret: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer> | undefined
  /** HKDF with SHA-256, 32 bytes unless said. */
  hkdf(
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length?: number,
  ): Uint8Array<ArrayBuffer>
  /** SHA-256. */
  digest(bytes: Uint8Array): Uint8Array<ArrayBuffer>
}

const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16
const AUTH = { authTagLength: TAG_BYTES }

/**
 * Public keys that are kept prepared: four times the members of a large cluster, as each has a key
 * for signatures, one for agreement, and old ones are forgotten first come, first gone.
 */
const PUBLIC_KEYS_LIMIT = 4096

/** Prepared by the very array, and gone with it: a secret is copied into no other place. */
function perKey<T extends object>(prepare: (key: Uint8Array) => T): (key: Uint8Array) => T {
  const prepared = new WeakMap<Uint8Array, T>()
  return (key) => {
    let found = prepared.get(key)
    if (found === undefined) {
      found = prepare(key)
      prepared.set(key, found)
    }
    return found
  }
}

/** Prepared by the bytes, as public keys come in arrays that are new each time. */
function perBytes(prepare: (key: Uint8Array) => KeyObject): (key: Uint8Array) => KeyObject {
  const prepared = new Map<string, KeyObject>()
  return (key) => {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
    let found = prepared.get(name)
    if (found === undefined) {
      found = prepare(key)
      if (prepared.size >= PUBLIC_KEYS_LIMIT) prepared.delete(prepared.keys().next().value ?? '')
      prepared.set(name, found)
    }
    return found
  }
}

const tagWords = perKey((key) => {
  if (key.length !== 16) throw new Error(`a tag key has ${key.length} bytes`)
  const view = new DataView(key.buffer, key.byteOffset, 16)
  return [0, 4, 8, 12].map((at) => view.getUint32(at, true))
})
const cipherKey = perKey((key) => createSecretKey(key))
const edwardsSecret = perKey(secretKey('ed25519'))
const montgomerySecret = perKey(secretKey('x25519'))
const edwardsPublic = perBytes(publicKey('ed25519'))
const montgomeryPublic = perBytes(publicKey('x25519'))

/** As a plain array of its own: a Buffer may be a window into memory that others share. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

/** The real one. Secret keys are prepared by identity: an array that holds one is never rewritten. */
export const suite: Suite = {
  tag(key, bytes) {
    const { h, l } = siphash.hash(tagWords(key), bytes)
    const tag = new Uint8Array(8)
    for (let index = 0; index < 4; index++) {
      tag[index] = h >>> (24 - 8 * index)
      tag[4 + index] = l >>> (24 - 8 * index)
    }
    return tag
  },
  seal(key, nonce, associated, plain) {
    const cipher = createCipheriv(CIPHER, cipherKey(key), nonce, AUTH)
    cipher.setAAD(associated)
    const sealed = new Uint8Array(plain.length + TAG_BYTES)
    sealed.set(cipher.update(plain))
    cipher.final()
    sealed.set(cipher.getAuthTag(), plain.length)
    return sealed
  },
  open(key, nonce, associated, sealed) {
    const end = sealed.length - TAG_BYTES
    if (end < 0) return undefined
    const cipher = createDecipheriv(CIPHER, cipherKey(key), nonce, AUTH)
    cipher.setAAD(associated)
    cipher.setAuthTag(sealed.subarray(end))
    const plain = owned(cipher.update(sealed.subarray(0, end)))
    try {
      cipher.final()
    } catch {
      return undefined
    }
    return plain
  },
  sign: (secretSeed, message) => owned(sign(null, message, edwardsSecret(secretSeed))),
  verify(publicKey, message, signature) {
    if (signature.length !== 64 || !isEdwardsKey(publicKey)) return false
    return verify(null, message, edwardsPublic(publicKey), signature)
  },
  agree(secret, publicKey) {
    if (!isMontgomeryKey(publicKey)) return undefined
    const keys = {
      privateKey: montgomerySecret(secret),
      publicKey: montgomeryPublic(publicKey),
    }
    const agreed = owned(diffieHellman(keys))
    return agreed.every((byte) => byte === 0) ? undefined : agreed
  },
  hkdf: (secret, salt, info, length = 32) =>
    new Uint8Array(hkdfSync('sha256', secret, salt, info, length)),
  digest: (bytes) => owned(hash('sha256', bytes, 'buffer')),
}

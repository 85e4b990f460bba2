// Keys of 32 bytes as OpenSSL takes them: RFC 8410's DER around them, and back. Not here: what they
// sign and agree on (suite.ts).
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

export type Curve = 'ed25519' | 'x25519'

/** What RFC 8410 puts before the 32 bytes of a key. */
const PREFIX: Readonly<Record<Curve, { readonly secret: Buffer; readonly public: Buffer }>> = {
  ed25519: {
    secret: Buffer.from('302e020100300506032b657004220420', 'hex'),
    public: Buffer.from('302a300506032b6570032100', 'hex'),
  },
  x25519: {
    secret: Buffer.from('302e020100300506032b656e04220420', 'hex'),
    public: Buffer.from('302a300506032b656e032100', 'hex'),
  },
}

/** Of a seed of Ed25519, or a scalar of X25519. */
export const secretKey =
  (curve: Curve) =>
  (secret: Uint8Array): KeyObject => {
    const key = Buffer.concat([PREFIX[curve].secret, secret])
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  }

export const publicKey =
  (curve: Curve) =>
  (bytes: Uint8Array): KeyObject => {
    const key = Buffer.concat([PREFIX[curve].public, bytes])
    return createPublicKey({ key, format: 'der', type: 'spki' })
  }

/** The public half, 32 bytes, of a secret of 32 bytes. */
export function publicHalf(curve: Curve, secret: Uint8Array): Uint8Array {
  const spki = createPublicKey(secretKey(curve)(secret)).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - 32))
}

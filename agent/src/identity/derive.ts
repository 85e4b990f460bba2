// All keys of a node out of its one seed, each for its own purpose, so that none can be used in
// the place of another; an index lets one be renewed. An Ed25519 key is never turned into an X25519
// one. Not here: the seed (store.ts).
import { suite } from '../wire/suite.ts'
import { exchangeKeyOf, publicKeyOf } from './keys.ts'

export type Purpose = 'wireguard' | 'gossip' | 'ssh-user' | 'ssh-host'

export interface KeyPair {
  /** 32 bytes: a seed of Ed25519, or a scalar of X25519 as RFC 7748 takes it. */
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
}

/** X25519 for `wireguard` and `gossip`, Ed25519 for the keys of SSH. */
export function deriveKey(seed: Uint8Array, purpose: Purpose, index = 0): KeyPair {
  if (!Number.isInteger(index) || index < 0) throw new Error(`${index} is no index of a key`)
  const secret = suite.hkdf(seed, SALT, Buffer.from(`${purpose}/${index}`))
  const isExchange = purpose === 'wireguard' || purpose === 'gossip'
  if (!isExchange) return { secret, publicKey: publicKeyOf(secret) }
  const clamped = clamp(secret)
  return { secret: clamped, publicKey: exchangeKeyOf(clamped) }
}

const SALT = Buffer.from('cluster-os/1')

/** RFC 7748, section 5; `wg` prints secrets so, and X25519 does it anyway. */
function clamp(secret: Uint8Array): Uint8Array {
  const clamped = new Uint8Array(secret)
  clamped[0] = (clamped[0] ?? 0) & 248
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64
  return clamped
}

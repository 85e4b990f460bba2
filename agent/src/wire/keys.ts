// The keys of datagrams, all made from the discovery secret, the gossip keys and the salts of the
// two sides (docs/PROTOCOL.md, section 2). Not here: where secrets lie and which keys are kept.
import { keyOf, type NodeId } from './id.ts'
import type { Suite } from './suite.ts'

const TAG_KEY_BYTES = 16

/** Tells whoever knows the discovery secret from strangers: 16 bytes. */
export function tagKey(
  discoverySecret: Uint8Array,
  clusterId: Uint8Array,
  suite: Suite,
): Uint8Array<ArrayBuffer> {
  const key = suite.hkdf(discoverySecret, clusterId, joined('cluster-os/1 tag'))
  return key.slice(0, TAG_KEY_BYTES)
}

/** Seals what one side says to whoever knows the discovery secret: 32 bytes. */
export function discoveryKey(
  discoverySecret: Uint8Array,
  salt: Uint8Array,
  clusterId: Uint8Array,
  suite: Suite,
): Uint8Array<ArrayBuffer> {
  return suite.hkdf(discoverySecret, salt, joined('cluster-os/1 discovery ', clusterId))
}

/** Two processes and the direction between them. */
export interface Direction {
  readonly senderSalt: Uint8Array
  readonly receiverSalt: Uint8Array
  readonly clusterId: Uint8Array
  readonly senderId: NodeId
  readonly receiverId: NodeId
  readonly epoch: number
}

export interface Pair extends Direction {
  /** The own secret half of X25519, and the public half of the other. */
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
}

/** Seals what one node says to one other: 32 bytes; undefined when the public key is not good. */
export function pairKey(pair: Pair, suite: Suite): Uint8Array<ArrayBuffer> | undefined {
  const agreed = suite.agree(pair.secret, pair.publicKey)
  return agreed === undefined ? undefined : directionKey(agreed, pair, suite)
}

/** The same from what X25519 gave, which serves both directions and all epochs. */
export function directionKey(
  agreed: Uint8Array,
  { senderSalt, receiverSalt, clusterId, senderId, receiverId, epoch }: Direction,
  suite: Suite,
): Uint8Array<ArrayBuffer> {
  const number = new Uint8Array([epoch >>> 8, epoch & 0xff])
  const ids = [keyOf(senderId), keyOf(receiverId)]
  const info = joined('cluster-os/1 pair ', clusterId, ...ids, number)
  return suite.hkdf(agreed, joined('', senderSalt, receiverSalt), info)
}

function joined(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.from(label), ...parts])
}

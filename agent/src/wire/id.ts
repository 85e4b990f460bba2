// Names of nodes: a node is its public key, written in one way. Not here: keys' secret halves.
import { type Codec, checked, hex, raw } from './codec.ts'
import { isEdwardsKey, isMontgomeryKey } from './point.ts'

/** `ed25519:` and 64 lowercase hexadecimal digits. */
export type NodeId = string
/** The first 8 bytes of a node id, as 16 lowercase hexadecimal digits. */
export type ShortId = string

const PREFIX = 'ed25519:'
const NODE_ID = /^ed25519:[0-9a-f]{64}$/

/** The name of a key of 32 bytes; whether it is a good key is seen where it comes from outside. */
export function nodeIdOf(key: Uint8Array): NodeId {
  if (key.length !== 32) throw new Error(`a key has ${key.length} bytes`)
  return PREFIX + Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')
}

/** The 32 bytes of the key. Throws for what is no node id: texts from outside are parsed first. */
export function keyOf(id: NodeId): Uint8Array<ArrayBuffer> {
  if (!NODE_ID.test(id)) throw new Error(`${id} is no node id`)
  return new Uint8Array(Buffer.from(id.slice(PREFIX.length), 'hex'))
}

/** Undefined for any other spelling and for a key that no node can have. */
export function parseNodeId(text: string): NodeId | undefined {
  return NODE_ID.test(text) && isEdwardsKey(keyOf(text)) ? text : undefined
}

export function shortOf(id: NodeId): ShortId {
  return id.slice(PREFIX.length, PREFIX.length + 16)
}

/** Public keys of Ed25519. */
export const edwardsKey = checked(raw(32), isEdwardsKey, 'key')
/** Public keys of X25519. */
export const montgomeryKey = checked(raw(32), isMontgomeryKey, 'key')

export const nodeId: Codec<NodeId> = {
  read: (reader) => {
    const key = edwardsKey.read(reader)
    return reader.refused === undefined ? nodeIdOf(key) : ''
  },
  write: (writer, value) => edwardsKey.write(writer, keyOf(value)),
}

export const shortId: Codec<ShortId> = hex(8)

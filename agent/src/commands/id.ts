// cluster-os id: who this machine is, in public keys only, so that people can compare them. Not
// here: how keys are derived (identity/derive.ts).
import { createHash } from 'node:crypto'
import { ClusterError } from '../errors.ts'
import { deriveKey } from '../identity/derive.ts'
import { publicKeyOf } from '../identity/keys.ts'
import { prefixText } from '../identity/prefix.ts'
import { IDENTITY_FOLDER, Store } from '../identity/store.ts'
import { nodeIdOf } from '../wire/id.ts'
import type { CommandContext } from './context.ts'

export function idCommand(folder: string | undefined, context: CommandContext): number {
  const store = new Store(folder ?? IDENTITY_FOLDER)
  if (!store.hasIdentity()) {
    throw new ClusterError('IDENTITY', `there is no identity in ${store.folder}`, {
      hint: 'an agent that has a seed makes it at its first start; is this run as root?',
    })
  }
  const seed = store.seed()
  const membership = store.membership()
  const rows: [string, string][] = [
    ['node', nodeIdOf(publicKeyOf(seed))],
    ['cluster', membership === undefined ? 'none' : nodeIdOf(membership.clusterId)],
    ...(membership === undefined
      ? []
      : [['overlay', prefixText(membership.ipv4)] satisfies [string, string]]),
    ['wireguard', Buffer.from(deriveKey(seed, 'wireguard').publicKey).toString('base64')],
    ['gossip', Buffer.from(deriveKey(seed, 'gossip').publicKey).toString('base64')],
    ['ssh-user', sshFingerprint(deriveKey(seed, 'ssh-user').publicKey)],
    ['ssh-host', sshFingerprint(deriveKey(seed, 'ssh-host').publicKey)],
  ]
  context.write(rows.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join(''))
  return 0
}

/** As `ssh-keygen -l` prints it: SHA-256 of the key in the format of RFC 8709, section 4. */
export function sshFingerprint(publicKey: Uint8Array): string {
  const blob = Buffer.concat([framed(Buffer.from('ssh-ed25519')), framed(publicKey)])
  const digest = createHash('sha256').update(blob).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

function framed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

// What a node tells about itself from the start: its name, its roles and its keys. Not here: what
// is measured as it runs (vitals.ts), and its addresses (links.ts).
import type { Particulars } from '../gossip/types.ts'
import { deriveKey } from '../identity/derive.ts'
import { machineName } from '../sys/machine.ts'
import { isHostname } from '../wire/text.ts'

/** `digest`: SHA-256 of the program. */
export function particularsOf(
  seed: Uint8Array,
  roles: readonly string[],
  digest: Uint8Array,
): Particulars {
  const hostname = machineName().toLowerCase()
  return {
    roles: [...roles].toSorted(),
    wireguardKey: deriveKey(seed, 'wireguard').publicKey,
    sshUserKey: deriveKey(seed, 'ssh-user').publicKey,
    sshHostKey: deriveKey(seed, 'ssh-host').publicKey,
    agentDigest: digest.slice(0, 16),
    ...(isHostname(hostname) && hostname.length <= 63 ? { hostname } : {}),
  }
}

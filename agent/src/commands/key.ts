// cluster-os key wireguard: the secret key of this node's tunnel, for the task that sets the tunnel up.
// It goes to a pipe or a file and never to a terminal. Not here: public halves (id.ts).
import { ClusterError } from '../errors.ts'
import { deriveKey } from '../identity/derive.ts'
import { IDENTITY_FOLDER, Store } from '../identity/store.ts'
import type { CommandContext } from './context.ts'

export function keyCommand(
  purpose: string | undefined,
  folder: string | undefined,
  context: CommandContext,
): number {
  if (purpose !== 'wireguard') {
    throw new ClusterError('USAGE', `there is no key ${purpose ?? 'without a name'} to be had`, {
      hint: 'cluster-os key wireguard > FILE',
    })
  }
  if (context.isTerminal) {
    throw new ClusterError('USAGE', 'a secret key is not shown on a terminal', {
      hint: 'umask 077; cluster-os key wireguard > FILE',
    })
  }
  const store = new Store(folder ?? IDENTITY_FOLDER)
  if (!store.hasIdentity()) {
    throw new ClusterError('IDENTITY', `there is no identity in ${store.folder}`, {
      hint: 'a node gets one when its agent starts with a seed',
    })
  }
  const { secret } = deriveKey(store.seed(), 'wireguard')
  context.write(`${Buffer.from(secret).toString('base64')}\n`)
  return 0
}

// cluster-os revoke: takes a node out of the cluster for good, by the operator key. Not here: how
// members hear of it (gossip/), and sticks and operators (seed.ts, operator.ts).
import { ClusterError } from '../errors.ts'
import { refuseOverwrite } from '../identity/operator.ts'
import { makeRevocation } from '../identity/papers.ts'
import { keyOf, parseNodeId, shortOf } from '../wire/id.ts'
import type { CommandContext } from './context.ts'
import { handOut, nowS, type OperatingFlags, operatorFolder, operatorHand } from './operating.ts'

/** Answers the exit code. */
export async function revokeCommand(
  text: string | undefined,
  flags: OperatingFlags,
  context: CommandContext,
): Promise<number> {
  const id = parseNodeId(text ?? '')
  if (id === undefined) {
    throw new ClusterError('USAGE', `${text ?? 'nothing'} is no node id`, {
      hint: 'ed25519: and 64 lowercase hexadecimal digits; cluster-os id tells it on the node',
    })
  }
  const folder = operatorFolder(flags, context)
  const cluster = folder.cluster()
  const key = keyOf(id)
  if (Buffer.compare(key, cluster.clusterId) === 0) {
    throw new ClusterError('USAGE', `${id} is the cluster itself and no node`, {
      hint: 'cluster-os id tells the id of a node on it',
    })
  }
  const file = folder.revocationFile(`node-${shortOf(id)}`)
  refuseOverwrite([file], flags.force === true)
  const hand = await operatorHand(folder, cluster, flags, context)
  handOut(file, makeRevocation(hand, { kind: 'node', key }, nowS()), context)
  return 0
}

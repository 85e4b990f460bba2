// cluster-os revoke: takes a node out of the cluster for good, by the operator key. Not here: how
// members hear of it (gossip/), and sticks and operators (seed.ts, operator.ts).

import type { MemberView } from '../daemon/view.ts'
import { ClusterError } from '../errors.ts'
import { refuseOverwrite } from '../identity/operator.ts'
import { makeRevocation } from '../identity/papers.ts'
import { escapeLine } from '../output/escape.ts'
import { keyOf, type NodeId, parseNodeId, shortOf } from '../wire/id.ts'
import type { AskFlags } from './asking.ts'
import type { CommandContext } from './context.ts'
import { revocationDate } from './dating.ts'
import { memberNamed } from './members.ts'
import { handOut, type OperatingFlags, operatorFolder, operatorHand } from './operating.ts'

export type RevokeFlags = OperatingFlags & AskFlags

/** Answers the exit code. */
export async function revokeCommand(
  text: string | undefined,
  flags: RevokeFlags,
  context: CommandContext,
): Promise<number> {
  const id = await nodeOf(text ?? '', flags, context)
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
  const date = revocationDate('operator', folder, cluster, flags)
  const hand = await operatorHand(folder, cluster, flags, context)
  handOut(file, makeRevocation(hand, { kind: 'node', key }, date), context)
  return 0
}

/** What is signed is for good: a mistyped name, or that of a node that is gone, begins no id. */
const DIGITS_LEAST = 8

/** A name, or the beginning of an id, is one that the agent of this machine knows. */
async function nodeOf(text: string, flags: RevokeFlags, context: CommandContext): Promise<NodeId> {
  const id = parseNodeId(text)
  if (id !== undefined) return id
  if (text === '') {
    throw new ClusterError('USAGE', 'revoke needs a node', {
      hint: 'its id, as cluster-os id tells it there; on a member its name will do',
    })
  }
  const member = await memberOf(text, flags, context)
  context.write(`${escapeLine(member.hostname)} is ${member.id}\n`)
  return member.id
}

async function memberOf(
  text: string,
  flags: RevokeFlags,
  context: CommandContext,
): Promise<MemberView> {
  try {
    return await memberNamed(text, flags, context, DIGITS_LEAST)
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'AGENT') throw error
    throw new ClusterError('USAGE', `${text} is no node id, and no agent here knows names`, {
      hint: 'ed25519: and 64 lowercase hexadecimal digits; cluster-os id tells it on the node',
      cause: error,
    })
  }
}

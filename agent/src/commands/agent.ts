// cluster-os agent: the node's own process, as systemd starts it. Not here: what it does (daemon/).
import { createHash } from 'node:crypto'
import { runAgent } from '../daemon/agent.ts'
import { readSettings, SETTINGS_FILE } from '../daemon/settings.ts'
import { ClusterError } from '../errors.ts'
import type { Membership, Store } from '../identity/store.ts'
import { fileKind, readFile } from '../sys/files.ts'
import type { CommandContext } from './context.ts'

export interface AgentFlags {
  readonly settings?: string
}

export async function agentCommand(
  flags: AgentFlags,
  program: string,
  context: CommandContext,
): Promise<number> {
  const bytes = fileKind(program) === 'file' ? readFile(program) : Buffer.alloc(0)
  const settings = () => readSettings(flags.settings ?? SETTINGS_FILE)
  await runAgent({
    settings,
    log: (line) => context.writeError(`${line}\n`),
    signal: context.signal,
    join: (store) => joined(store, settings().seed),
    digest: createHash('sha256').update(bytes).digest(),
  })
  return 0
}

function joined(store: Store, seed: string): Membership {
  const membership = store.membership()
  if (membership !== undefined) return membership
  throw new ClusterError('IDENTITY', `this node belongs to no cluster: ${seed} is not there`, {
    hint: 'bring a seed of the cluster: cluster-os seed create -o seed.yml where the cluster is kept',
  })
}

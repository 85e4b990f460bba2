// cluster-os agent: the node's own process, as systemd starts it. Not here: what it does (daemon/).
import { runAgent } from '../daemon/agent.ts'
import { rememberedPeers, rememberPeers } from '../daemon/memory.ts'
import { type AgentSettings, readSettings, SETTINGS_FILE } from '../daemon/settings.ts'
import { ClusterError } from '../errors.ts'
import { joinBy, readSeed } from '../identity/seedfile.ts'
import type { Membership, Store } from '../identity/store.ts'
import { runLean } from '../sys/engine.ts'
import { fileKind, removeFile } from '../sys/files.ts'
import type { CommandContext } from './context.ts'
import { programDigest } from './digest.ts'

export interface AgentFlags {
  readonly settings?: string | undefined
}

/** Of an agent that was told to leave: systemd does not start it again (cluster-os.service). */
export const LEFT_EXIT_CODE = 80

/** Answers the exit code. */
export async function agentCommand(
  flags: AgentFlags,
  program: string,
  context: Pick<CommandContext, 'writeError' | 'signal'>,
): Promise<number> {
  runLean()
  const settings = () => readSettings(flags.settings ?? SETTINGS_FILE)
  const end = await runAgent({
    settings,
    log: (line) => context.writeError(`${line}\n`),
    signal: context.signal,
    join: (store) => joined(store, settings()),
    digest: Buffer.from(programDigest(program) ?? '', 'hex'),
  })
  return end === 'left' ? LEFT_EXIT_CODE : 0
}

/**
 * At first boot the seed makes this machine a node of its cluster; then it is taken away, as it
 * could bring in others. Its hints stay, among the addresses of members.
 */
function joined(store: Store, settings: AgentSettings): Membership {
  const { seed: file, state } = settings
  if (fileKind(file) === 'file') {
    const seed = readSeed(file)
    joinBy(store, seed)
    rememberPeers(state, [...seed.hints, ...rememberedPeers(state)])
    removeFile(file)
  }
  const membership = store.membership()
  if (membership !== undefined) return membership
  throw new ClusterError('IDENTITY', `this node belongs to no cluster: there is no seed ${file}`, {
    hint: 'bring one: cluster-os seed create -o seed.yml where the cluster is kept',
  })
}

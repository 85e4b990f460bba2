// How a machine becomes a node of its cluster when its agent starts: by the seed that was brought.
// Not here: what a seed is (identity/seedfile.ts), and what the node does then (agent.ts).
import { ClusterError } from '../errors.ts'
import { joinBy, readSeed } from '../identity/seedfile.ts'
import type { Membership, Store } from '../identity/store.ts'
import { readOnlyHint } from '../sys/durable.ts'
import { fileKind, removeFile } from '../sys/files.ts'
import { rememberedPeers, rememberPeers } from './memory.ts'
import type { AgentSettings } from './settings.ts'

/**
 * At first boot the seed makes this machine a node of its cluster; then it is taken away, as it
 * could bring in others. One that cannot be is told, and the node is a member all the same. Its
 * hints stay, among the addresses of members.
 */
export function joinByFile(
  store: Store,
  { seed: file, state }: Pick<AgentSettings, 'seed' | 'state'>,
  log: (line: string) => void,
  remove: (path: string) => void = removeFile,
): Membership {
  if (fileKind(file) === 'file') {
    const seed = readSeed(file)
    joinBy(store, seed)
    rememberPeers(state, [...seed.hints, ...rememberedPeers(state)])
    try {
      remove(file)
    } catch (error) {
      const hint = readOnlyHint(file, error) ?? 'take it away'
      log(`seed: cannot be removed, and could bring in others error=${String(error)}; ${hint}`)
    }
  }
  const membership = store.membership()
  if (membership !== undefined) return membership
  throw new ClusterError('IDENTITY', `this node belongs to no cluster: there is no seed ${file}`, {
    hint: 'bring one: cluster-os seed create -o seed.yml where the cluster is kept',
  })
}

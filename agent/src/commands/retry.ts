// The hosts at which the last run of a playbook failed: kept for --retry in the user's cache, and
// as NAME.retry beside the playbook where Ansible's setting asks for it. Not here: the run.
import { createHash } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { type Inventory, matchPattern } from '../inventory/inventory.ts'
import type { RunSummary } from '../playbook/events.ts'
import { fileKind, makeFolders, readFile, writeAtomic } from '../sys/files.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'

const MODE = 0o600

/** One name a line, as `--limit @FILE` takes it. */
function keptAt(playbook: string, context: CommandContext): string | undefined {
  const home = context.environment('HOME')
  const cache = context.environment('XDG_CACHE_HOME') ?? (home && join(home, '.cache'))
  if (cache === undefined || cache === '') return undefined
  const name = basename(playbook).replace(/\.[^.]*$/, '')
  const digest = createHash('sha256').update(resolve(playbook)).digest('hex').slice(0, 12)
  return join(cache, 'cluster-os', 'retry', `${name}-${digest}.retry`)
}

/** The limit of a run that is to finish what the last one left; of those hosts, what --limit leaves. */
export function retryLimit(
  playbooks: readonly string[],
  { limit }: Flags,
  inventory: Inventory,
  context: CommandContext,
): string {
  const files = playbooks.map((playbook) => keptAt(playbook, context))
  // The list is emptied by a run in which none failed.
  const kept = files
    .filter((file) => file !== undefined)
    .filter((file) => fileKind(file) === 'file' && readFile(file).length > 0)
  if (kept.length > 0) {
    const failed = kept.map((file) => `@${file}`).join(',')
    return limit === undefined ? failed : common(failed, limit, inventory)
  }
  throw new ClusterError('USAGE', `no host failed in the last run of ${playbooks.join(', ')}`, {
    hint: 'leave out --retry, or name hosts with --limit',
  })
}

function common(failed: string, limit: string, inventory: Inventory): string {
  const wanted = new Set(matchPattern(inventory, limit, undefined))
  const hosts = matchPattern(inventory, failed, undefined)
  const both = hosts.filter((host) => wanted.has(host))
  if (both.length > 0) return both.join(',')
  const names = hosts.length === 0 ? 'none' : hosts.join(', ')
  throw new ClusterError('PATTERN', `the limit ${limit} has no host that failed in the last run`, {
    hint: `those that did: ${names}; leave out --retry, or --limit`,
  })
}

/** Hosts that failed or could not be reached; an earlier list is replaced, or emptied. */
export function keepFailed(
  playbook: string,
  summary: RunSummary,
  flags: Flags,
  context: CommandContext,
): void {
  const hosts = [...summary.hosts]
    .filter(([, { failed, unreachable }]) => failed + unreachable > 0)
    .map(([host]) => host)
  const text = hosts.map((host) => `${host}\n`).join('')
  const kept = keptAt(playbook, context)
  if (kept !== undefined && (hosts.length > 0 || fileKind(kept) === 'file')) {
    makeFolders(dirname(kept))
    writeAtomic(kept, Buffer.from(text), MODE)
  }
  if (flags.retryFiles !== true || hosts.length === 0) return
  const folder = flags.retryFolder ?? dirname(resolve(playbook))
  const file = join(folder, `${basename(playbook).replace(/\.[^.]*$/, '')}.retry`)
  writeAtomic(file, Buffer.from(text), MODE)
  context.writeError(`to run again where it failed: --limit @${file}\n`)
}

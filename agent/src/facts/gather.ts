// What a machine tells about itself, under Ansible's names: every fact is a short script and a pure
// reading of what it prints; those that are wanted go out as one question. Not here: when facts
// are gathered (playbook/).
import type { Host } from '../host/host.ts'
import { Unknown, type Value } from '../value/value.ts'
import { board } from './board.ts'
import { cmdline, lsb } from './boot.ts'
import type { Fact } from './fact.ts'
import { kernel } from './kernel.ts'
import { localFacts } from './local.ts'
import { memory } from './memory.ts'
import { mounts } from './mounts.ts'
import { network } from './network.ts'
import { processor } from './processor.ts'
import { python } from './python.ts'
import { resolver } from './resolver.ts'
import { guards, hostKeys } from './security.ts'
import { storage } from './storage.ts'
import { SUBSETS, Subsets } from './subsets.ts'
import { system } from './system.ts'
import { dateTime, load, uptime } from './time.ts'
import { environment, user } from './user.ts'
import { virtual } from './virtual.ts'

const FACTS: readonly Fact[] = [
  kernel,
  system,
  user,
  environment,
  dateTime,
  uptime,
  load,
  python,
  guards,
  hostKeys,
  cmdline,
  lsb,
  resolver,
  processor,
  memory,
  mounts,
  board,
  network,
  storage,
  virtual,
]

/** Between the answers of two facts; no program prints it by chance. */
const FENCE = '==cluster-os-fact=='

export interface GatherOptions {
  /** Words of gather_subset; all facts unless given. */
  readonly subset?: readonly string[]
  /** Where the machine's owner keeps facts. */
  readonly localFolder?: string
}

/**
 * Gathers the facts that give any of the names, or all, in one round trip. Facts of a machine that
 * lacks a program are left out.
 */
export async function gatherFacts(
  host: Host,
  names: ReadonlySet<string> | 'all',
  options: GatherOptions = {},
): Promise<ReadonlyMap<string, Value>> {
  const facts = new Map<string, Value>()
  const known = [...FACTS, localFacts(options.localFolder)]
  const subsets = new Subsets(options.subset ?? [], known)
  const wanted = known.filter((fact) => {
    if (!subsets.asks(fact)) return false
    return names === 'all' || [...names].some((name) => fact.gives(name))
  })
  if (wanted.length === 0) {
    // The host is still spoken to: a play that gathers facts finds out who is unreachable.
    await host.identity()
    return facts
  }
  const script = wanted.map((fact) => `( ${fact.script}\n) 2>/dev/null; echo; echo '${FENCE}'`)
  const answer = await host.ask(script.join('\n'))
  const parts = answer.stdout.toString('utf8').split(`\n${FENCE}\n`)
  for (const [index, fact] of wanted.entries()) {
    const { folder } = fact
    const isOpen = folder !== undefined && host.isPlanned([folder])
    const open = isOpen ? new Unknown(`this run plans to change ${folder}`, host.name) : undefined
    for (const [name, value] of Object.entries(fact.parse(parts[index] ?? ''))) {
      if (subsets.tells(fact, name)) facts.set(name, open ?? value)
    }
  }
  return facts
}

/** Whether gathering may give a variable of this name. */
export function isFact(name: string): boolean {
  return [...FACTS, localFacts()].some((fact) => fact.gives(name))
}

/** What is wrong with words of gather_subset, if anything is. */
export function wrongSubset(words: readonly string[]): string | undefined {
  const { odd } = new Subsets(words, [...FACTS, localFacts()])
  if (odd === undefined) return undefined
  return `gather_subset knows no ${odd}; it knows ${SUBSETS.join(', ')}, all`
}

// What a machine tells about itself, under Ansible's names: every fact is a short script and a pure
// reading of what it prints; those that are wanted go out as one question. Not here: when facts
// are gathered (playbook/).
import type { Host } from '../host/host.ts'
import type { Value } from '../value/value.ts'
import { kernel } from './kernel.ts'
import { system } from './system.ts'

export interface Fact {
  /** Whether the fact's script gives a variable of this name. */
  readonly gives: (name: string) => boolean
  /** Belongs to the subset of this name (`min`, `hardware`, `network`, `virtual`). */
  readonly subset: string
  /** For /bin/sh; prints text. */
  readonly script: string
  /** Variables by their full names; a pure function of what was printed. */
  readonly parse: (printed: string) => Record<string, Value>
}

const FACTS: readonly Fact[] = [kernel, system]

/** Between the answers of two facts; no program prints it by chance. */
const FENCE = '==cluster-os-fact=='

/**
 * Gathers the facts that give any of the names, or all, in one round trip. Facts of a machine that
 * lacks a program are left out.
 */
export async function gatherFacts(
  host: Host,
  names: ReadonlySet<string> | 'all',
  subset?: readonly string[],
): Promise<ReadonlyMap<string, Value>> {
  const facts = new Map<string, Value>()
  const wanted = FACTS.filter((fact) => {
    if (subset !== undefined && !subset.includes(fact.subset)) return false
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
    for (const [name, value] of Object.entries(fact.parse(parts[index] ?? '')))
      facts.set(name, value)
  }
  return facts
}

/** Whether any fact has a variable of this name. */
export function isFactName(name: string): boolean {
  return FACTS.some((fact) => fact.gives(name))
}

/** Reads `key=value` lines. */
export function readPairs(printed: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const line of printed.split('\n')) {
    const cut = line.indexOf('=')
    if (cut > 0) pairs.set(line.slice(0, cut), line.slice(cut + 1))
  }
  return pairs
}

export function oneOf(...names: readonly string[]): (name: string) => boolean {
  const known = new Set(names)
  return (name) => known.has(name)
}

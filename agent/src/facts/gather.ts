// What a machine tells about itself, under Ansible's names: every fact is a short script and a pure
// reading of what it prints; those that are wanted go out as one question. Not here: when facts
// are gathered (playbook/).
import type { Host } from '../host/host.ts'
import type { Value } from '../value/value.ts'
import type { Fact } from './fact.ts'
import { kernel } from './kernel.ts'
import { system } from './system.ts'

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

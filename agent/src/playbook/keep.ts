// Variables and hosts that a task made, kept for the tasks that follow: facts, those of set_fact
// and include_vars, hosts and groups, numbers of set_stats. They are data, so that a journal holds
// them and a resumed run has them again. Not here: registers (taskruns.ts).
import type { Position } from '../errors.ts'
import { addHost, addToGroup } from '../inventory/dynamic.ts'
import type { Vars } from '../inventory/inventory.ts'
import type { Outcome } from '../modules/module.ts'
import type { Value } from '../value/value.ts'
import { isMadeByHost } from './hostmade.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'
import type { World } from './world.ts'

type Values = ReadonlyMap<string, Value>

export type Kept =
  | {
      readonly kind: 'facts'
      readonly host: string
      readonly values: Values
      /** All facts of the host, not only those that the play names. */
      readonly isComplete: boolean
    }
  | {
      readonly kind: 'fact'
      readonly hosts: readonly string[]
      readonly name: string
      readonly value: Value
      readonly isHostMade: boolean
    }
  | { readonly kind: 'included'; readonly host: string; readonly values: Values }
  | { readonly kind: 'clear_facts'; readonly host: string }
  | {
      readonly kind: 'host'
      readonly name: string
      readonly groups: readonly string[]
      readonly vars: Vars
      readonly at: Position
    }
  | {
      readonly kind: 'group'
      readonly host: string
      readonly group: string
      readonly parents: readonly string[]
      readonly at: Position
    }
  | {
      readonly kind: 'stat'
      readonly owner: string
      readonly name: string
      readonly value: Value
      readonly isAdded: boolean
    }

/** Carries out what is to be kept; answers whether a host or group is new. */
export function applyKept(world: World, kept: Kept): boolean {
  switch (kept.kind) {
    case 'facts': {
      const variables = world.variables(kept.host)
      variables.addFacts(kept.values)
      if (kept.isComplete) variables.areFactsComplete = true
      return false
    }
    case 'fact':
      for (const host of kept.hosts) {
        world.variables(host).setFact(kept.name, kept.value, kept.isHostMade)
      }
      return false
    case 'included':
      for (const [name, value] of kept.values) {
        world.variables(kept.host).included.set(name, value)
      }
      return false
    case 'clear_facts':
      world.variables(kept.host).facts.clear()
      return false
    case 'stat':
      world.addStat(kept.owner, kept.name, kept.value, kept.isAdded)
      return false
    case 'host': {
      const { inventory } = world.options
      const isNew = addHost(inventory, kept.name, kept.groups, new Map(kept.vars), kept.at)
      world.forgetLayers()
      return isNew
    }
    case 'group': {
      const { inventory } = world.options
      const isNew = addToGroup(inventory, kept.host, kept.group, kept.parents, kept.at)
      world.forgetLayers()
      return isNew
    }
  }
}

/** What a module's outcome leaves to the tasks that follow. */
export function keptOf(options: {
  outcome: Outcome
  task: Task
  /** That of the host the task is for. */
  scope: VariableScope
  /** Hosts that a run_once task is for. */
  batch: readonly string[]
  host: string
  delegated: string | undefined
}): Kept[] {
  const { outcome, task, scope, host, delegated } = options
  const isForOther = task.keywords.get('delegate_facts')?.value === true
  const owner = isForOther && delegated !== undefined ? delegated : host
  const isOnce = task.keywords.get('run_once')?.value === true
  // What belongs to another host, because it was done there, is no business of the batch.
  const hosts = isOnce && owner === host ? options.batch : [owner]
  const kept: Kept[] = []
  if (outcome.includedVars !== undefined) {
    const included = new Map(outcome.includedVars)
    for (const each of hosts) kept.push({ kind: 'included', host: each, values: included })
  }
  if (outcome.facts === undefined) return kept
  const { values } = outcome.facts
  if (outcome.facts.kind === 'facts') {
    for (const each of hosts) kept.push({ kind: 'facts', host: each, values, isComplete: false })
    return kept
  }
  for (const [name, value] of values) {
    // A name that is not written in the task came out of a template: judged by all of them.
    const source = task.args.named.get(name)?.value
    const isHostMade =
      source === undefined
        ? [...task.args.named.values()].some((arg) => isMadeByHost(arg.value, scope, task))
        : isMadeByHost(source, scope, task)
    kept.push({ kind: 'fact', hosts, name, value, isHostMade })
  }
  return kept
}

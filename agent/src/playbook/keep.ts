// Variables that a module made, kept for the tasks that follow: facts, those of set_fact and of
// include_vars. Not here: registers (taskrun.ts), the order of layers (variables.ts).
import type { Outcome } from '../modules/module.ts'
import { isMadeByHost } from './hostmade.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'
import type { World } from './world.ts'

export function keepOutcome(options: {
  outcome: Outcome
  task: Task
  /** That of the host the task is for. */
  scope: VariableScope
  world: World
  host: string
  delegated: string | undefined
}): void {
  const { outcome, task, scope, world, host, delegated } = options
  const isForOther = task.keywords.get('delegate_facts')?.value === true
  const owner = isForOther && delegated !== undefined ? delegated : host
  const variables = world.variables(owner)
  const isOnce = task.keywords.get('run_once')?.value === true
  const all = isOnce ? world.options.inventory.hosts.keys() : [owner]
  for (const [name, value] of outcome.includedVars ?? []) variables.included.set(name, value)
  if (outcome.facts === undefined) return
  if (outcome.facts.kind === 'facts') {
    variables.addFacts(outcome.facts.values)
    return
  }
  for (const [name, value] of outcome.facts.values) {
    // A name that is not written in the task came out of a template: judged by all of them.
    const source = task.args.named.get(name)?.value
    const isHostMade =
      source === undefined
        ? [...task.args.named.values()].some((arg) => isMadeByHost(arg.value, scope, task))
        : isMadeByHost(source, scope, task)
    for (const each of all) world.variables(each).setFact(name, value, isHostMade)
  }
}

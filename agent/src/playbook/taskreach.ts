// The names that a task sees on its host, and how the host that it works on is reached. Not here:
// what of the variables, keywords and defaults has the word (reach.ts), connecting (links.ts).
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import type { Value } from '../value/value.ts'
import { addedVariable } from './added.ts'
import type { Reach } from './links.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'
import type { World } from './world.ts'

/** Names for one task, without those that say how a host is reached and that nobody has set. */
export interface TaskScopes {
  /** Of the host that the task is for. */
  readonly own: (special: ReadonlyMap<string, Value>) => VariableScope
  /** Of one that it works on: its own variables, within the same play. */
  readonly target: (host: string) => VariableScope
}

export class TaskReach {
  readonly #world: World
  readonly #host: string
  readonly #task: Task
  readonly #scopes: TaskScopes

  constructor(world: World, host: string, task: Task, scopes: TaskScopes) {
    this.#world = world
    this.#host = host
    this.#task = task
    this.#scopes = scopes
  }

  scope(special: ReadonlyMap<string, Value>): VariableScope {
    return this.#scopes.own(special).addBelow((name) => {
      const own = this.#scopes.own(special)
      return addedVariable(name, this.#task, own, () => this.reached(own))
    })
  }

  /**
   * The host that the task works on, and its names. `own` is a bare scope, here and below: what is
   * added rests on these.
   */
  reached(own: VariableScope) {
    const delegated = this.#delegate(own)
    const host = delegated ?? this.#host
    return { delegated, reach: this.reach(host, own), target: this.#scopes.target(host) }
  }

  #delegate(own: VariableScope): string | undefined {
    const placed = this.#task.keywords.get('delegate_to')
    if (placed === undefined || placed.value === null) return undefined
    return str(render(placed.value, own.context))
  }

  reach(host: string, own: VariableScope): Reach {
    const scope = this.#scopes.target(host)
    return this.#world.reach({ host, scope, task: this.#task, owner: this.#host, own })
  }
}

// The names that a task sees on its host, and how the host that it works on is reached. Not here:
// what of the variables, keywords and defaults has the word (reach.ts), connecting (links.ts).
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import type { Value } from '../value/value.ts'
import { addedVariable } from './added.ts'
import type { Reach } from './links.ts'
import type { VariableScope } from './scope.ts'
import type { TaskRuns } from './taskruns.ts'
import type { Task } from './tree.ts'
import type { World } from './world.ts'

export class TaskReach {
  readonly #runs: TaskRuns
  readonly #world: World
  readonly #host: string
  readonly #task: Task
  readonly #mayReadOthers: () => boolean

  constructor(
    runs: TaskRuns,
    world: World,
    host: string,
    task: Task,
    mayReadOthers: () => boolean,
  ) {
    this.#runs = runs
    this.#world = world
    this.#host = host
    this.#task = task
    this.#mayReadOthers = mayReadOthers
  }

  scope(special: ReadonlyMap<string, Value>): VariableScope {
    return this.bareScope(special).addBelow((name) => {
      const own = this.bareScope(special)
      return addedVariable(name, this.#task, own, () => this.reached(own))
    })
  }

  /** Without the variables that say how the host is reached and that nobody has set. */
  bareScope(special: ReadonlyMap<string, Value>): VariableScope {
    return this.#runs.scope(this.#host, this.#task, special, this.#mayReadOthers())
  }

  /**
   * The host that the task works on, and its names. `own` is a bare scope, here and below: what is
   * added rests on these.
   */
  reached(own: VariableScope) {
    const delegated = this.#delegate(own)
    const host = delegated ?? this.#host
    return { delegated, reach: this.reach(host, own), target: this.#target(host) }
  }

  #delegate(own: VariableScope): string | undefined {
    const placed = this.#task.keywords.get('delegate_to')
    if (placed === undefined || placed.value === null) return undefined
    return str(render(placed.value, own.context))
  }

  reach(host: string, own: VariableScope): Reach {
    const scope = this.#target(host)
    return this.#world.reach({ host, scope, task: this.#task, owner: this.#host, own })
  }

  #target(host: string): VariableScope {
    return this.#runs.scope(host, this.#task, new Map(), true)
  }
}

// A run that is kept to its plan: each task is held against what was planned for it before it does
// anything, and a host on which one differs is left alone from then on, whatever rescues it. Not
// here: what is compared beforehand (moved.ts).
import { ClusterError } from '../errors.ts'
import type { Outcome } from '../modules/module.ts'
import type { TaskInfo } from '../playbook/events.ts'
import type { TaskWatch, Watch } from '../playbook/watch.ts'
import type { Value } from '../value/value.ts'
import { type Cover, deviation, intentOf } from './intents.ts'
import type { Secrecy } from './private.ts'
import { taskKey } from './record.ts'
import type { Intent, Plan, Step } from './shape.ts'

export class Keeper implements Watch {
  /** Hosts on which something was not as planned, and what. */
  readonly refusals = new Map<string, ClusterError>()
  readonly #plan: Plan
  readonly #isSecret: Secrecy
  readonly #taken = new Map<string, number>()
  #playbook = 0

  constructor(plan: Plan, isSecret: Secrecy) {
    this.#plan = plan
    this.#isSecret = isSecret
  }

  beginPlaybook(): void {
    this.#playbook += 1
  }

  begin(host: string, info: TaskInfo): TaskWatch {
    const planned = this.#planned(host, info)
    const items: { readonly of: ReadonlyMap<string, Value>; readonly key: string }[] = []
    return {
      machine: (machine) => machine,
      about: (item, outcome, isHidden) => {
        const refusal = this.refusals.get(host)
        const cover = { isHidden, isSecret: this.#isSecret }
        const { item: key } = intentOf(item, {}, cover)
        // A retry comes with the very same item.
        if (!items.some(({ of }) => of === item)) items.push({ of: item, key })
        const place = items.filter((each) => each.key === key).findIndex(({ of }) => of === item)
        const wish = planned?.intents.filter((intent) => intent.item === key)[place]
        const why =
          planned === undefined && this.#isOpen(host)
            ? undefined
            : planned?.status === 'unknown'
              ? undefined
              : this.#deviation(wish, planned, outcome, cover)
        if (refusal !== undefined && isDoing(outcome)) throw refusal
        if (why !== undefined) throw this.#refuse(host, info, why)
      },
    }
  }

  usedFact(): void {
    // Facts were compared before; what has come of them is in the changes.
  }

  /** The step of the plan that this is: the next one at the same place in the playbook. */
  #planned(host: string, info: TaskInfo): Step | undefined {
    const id = taskKey(this.#playbook, info)
    const place = `${host}\0${id}`
    const taken = this.#taken.get(place) ?? 0
    this.#taken.set(place, taken + 1)
    return this.#plan.hosts[host]?.filter((step) => step.id === id)[taken]
  }

  /** Where something of a host is unknown, tasks may follow that nobody could plan. */
  #isOpen(host: string): boolean {
    const steps = this.#plan.hosts[host]
    return steps === undefined
      ? Object.values(this.#plan.hosts).some((each) => each.some(isUnknown))
      : steps.some(isUnknown)
  }

  #deviation(
    wish: Intent | undefined,
    planned: Step | undefined,
    outcome: Outcome,
    cover: Cover,
  ): string | undefined {
    if (planned?.status === 'skipped' && isDoing(outcome))
      return 'planned: skipped; now: to be done'
    return deviation(wish, outcome, cover)
  }

  #refuse(host: string, info: TaskInfo, why: string): ClusterError {
    const error = new ClusterError('PLAN_STALE', `not as planned: ${why}`, {
      where: { host, task: info.name },
      hint: 'nothing more is changed on this host; make a new plan',
    })
    this.refusals.set(host, error)
    return error
  }
}

function isUnknown({ status }: Step): boolean {
  return status === 'unknown'
}

function isDoing({ changes = [], run, failure, skipReason, isChanged }: Outcome): boolean {
  if (failure !== undefined || skipReason !== undefined) return false
  return changes.length > 0 || run !== undefined || isChanged === true
}

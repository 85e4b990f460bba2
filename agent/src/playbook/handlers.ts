// The handlers of a play and what notifies them. Those of roles that are included come after the
// play's own, in the order in which the includes stand. Pure; not here: when they run (iterate.ts).
import { listOf } from './inherit.ts'
import type { HandlerNames, Outcome, Policy } from './steps.ts'
import { comparePaths, type Task, taskTitle } from './tree.ts'

/**
 * Handlers that a host has to run, by their keys; maybe where check mode cannot tell. What an
 * earlier run has left is owed: not due before this run has come to where it was notified.
 */
export type Notified = Map<string, 'yes' | 'maybe' | 'owed'>

/** The section of the flush after a play's tasks: all that is owed is due from there on. */
export const AFTER_TASKS = 5

export function isDue(state: 'yes' | 'maybe' | 'owed' | undefined): boolean {
  return state === 'yes' || state === 'maybe'
}

type Passed = Pick<Outcome<unknown>, 'status' | 'notify'>

interface Known {
  readonly task: Task
  /** Its order among the handlers, as a list of numbers. */
  readonly place: readonly number[]
  /** The include that brought it: it is not known before. */
  readonly since: readonly number[] | undefined
}

export class Handlers {
  #list: Known[]
  readonly #added = new Set<string>()
  readonly #namesOf: NonNullable<Policy['namesOf']>

  constructor(list: readonly Task[], namesOf: Policy['namesOf']) {
    this.#list = list.map((task, index) => known(task, [0, index], undefined))
    this.#namesOf = namesOf ?? writtenNames
  }

  /**
   * Every handler at its place after the flush: one may notify another that comes after it. Those
   * of a role that is mentioned again are there once, with the keywords of the last mention so far.
   */
  after(flush: Task, notified: Notified): Task[] {
    if (notified.size === 0) return []
    if ((flush.path[0] ?? 0) >= AFTER_TASKS) {
      for (const key of notified.keys()) if (!isDue(notified.get(key))) notified.set(key, 'yes')
    }
    const first = new Map<string, Task>()
    for (const { task, place, since } of this.#list) {
      if (since !== undefined && comparePaths(since, flush.path) > 0) continue
      const path = first.get(handlerKey(task))?.path ?? [...flush.path, ...place]
      first.set(handlerKey(task), { ...task, path })
    }
    return [...first.values()]
  }

  /** Handlers that the include brought, by a key that is the same for all hosts. */
  add(include: Task, brought: ReadonlyMap<string, readonly Task[]>): void {
    const since = include.path
    for (const [key, tasks] of brought) {
      if (this.#added.has(key)) continue
      this.#added.add(key)
      const before = this.#list.filter((each) => each.since === since).length
      const made = tasks.map((task, index) => known(task, [1, ...since, before + index], since))
      this.#list = [...this.#list, ...made].toSorted((a, b) => comparePaths(a.place, b.place))
    }
  }

  /** A task that is done notifies its handlers; one that is as wanted those that are owed. */
  pass(notified: Notified, host: string, task: Task, outcome: Passed): void {
    const state = outcome.status === 'unknown' ? 'maybe' : 'yes'
    for (const name of outcome.notify) {
      for (const key of this.#keysFor(name, host, task)) {
        if (notified.get(key) !== 'yes') notified.set(key, state)
      }
    }
    if (outcome.status !== 'ok' || ![...notified.values()].includes('owed')) return
    for (const { value } of listOf(task.keywords.get('notify'))) {
      // What a template names is due after the tasks.
      const keys = typeof value === 'string' ? this.#keysFor(value, host, task) : []
      for (const key of keys) if (notified.get(key) === 'owed') notified.set(key, 'yes')
    }
  }

  /** The last handler of that name, and all that listen to it, as they are known to the task. */
  #keysFor(name: string, host: string, by: Task): string[] {
    const all = this.#list
      .filter(({ since }) => since === undefined || comparePaths(since, by.path) < 0)
      .map(({ task }) => ({ task, names: this.#namesOf(task, host) }))
    const named = all.findLast(({ names }) => names.names.includes(name))
    const listening = all.filter(({ names }) => names.listen.includes(name))
    const chosen = new Set([...(named === undefined ? [] : [named]), ...listening])
    return [...chosen].map(({ task }) => handlerKey(task))
  }

  /** Handlers by their titles, as an earlier run has named them. */
  owedBy(titles: readonly string[]): Notified {
    const owed = this.#list.filter(({ task }) => titles.includes(taskTitle(task)))
    return new Map(owed.map(({ task }) => [handlerKey(task), 'owed']))
  }

  pendingNames(notified: Notified): string[] {
    const pending = this.#list.filter(({ task }) => notified.has(handlerKey(task)))
    const once = new Map(pending.map(({ task }) => [handlerKey(task), taskTitle(task)]))
    return [...once.values()]
  }
}

function known(task: Task, place: readonly number[], since: Known['since']): Known {
  return { task: { ...task, handlerKey: task.sameAs ?? place.join('.') }, place, since }
}

/** What a handler is known by, wherever it is flushed. */
export function handlerKey(task: Task): string {
  return task.handlerKey ?? ''
}

/** A role's handler is known by its name and by `role : name`. */
export function prefixed(handler: Task, name: string): string[] {
  return handler.role === undefined ? [name] : [name, `${handler.role.name} : ${name}`]
}

function writtenNames(handler: Task): HandlerNames {
  const name = handler.keywords.get('name')?.value
  const listen = handler.keywords.get('listen')?.value
  const topics = Array.isArray(listen) ? listen : listen === undefined ? [] : [listen]
  return {
    names: typeof name === 'string' ? prefixed(handler, name) : [],
    listen: topics.filter((topic): topic is string => typeof topic === 'string'),
  }
}

// The handlers of a play and what notifies them. Each is known by its place in the list, which a
// flush keeps as the last number of its path; roles that are included add theirs at the end. Pure;
// not here: when they run (iterate.ts).
import type { HandlerNames, Policy } from './steps.ts'
import { type Task, taskTitle } from './tree.ts'

/** Handlers that a host has to run; maybe where check mode cannot tell. */
export type Notified = Map<number, 'yes' | 'maybe'>

export class Handlers {
  readonly #list: Task[]
  readonly #added = new Set<string>()
  readonly #namesOf: NonNullable<Policy['namesOf']>

  constructor(list: readonly Task[], namesOf: Policy['namesOf']) {
    this.#list = [...list]
    this.#namesOf = namesOf ?? writtenNames
  }

  /** Every handler at its place after the flush: one may notify another that comes after it. */
  after(flush: Task): Task[] {
    return this.#list.map((handler, index) => ({ ...handler, path: [...flush.path, index] }))
  }

  add(brought: ReadonlyMap<string, readonly Task[]>): void {
    for (const [key, tasks] of brought) {
      if (this.#added.has(key)) continue
      this.#added.add(key)
      for (const task of tasks) this.#list.push({ ...task, path: [this.#list.length] })
    }
  }

  /** The last handler of that name, and all that listen to it. */
  notify(notified: Notified, name: string, host: string, certainty: 'yes' | 'maybe'): void {
    const all = this.#list.map((handler) => ({ handler, known: this.#namesOf(handler, host) }))
    const named = all.findLast(({ known }) => known.names.includes(name))
    const listening = all.filter(({ known }) => known.listen.includes(name))
    for (const { handler } of new Set([...(named === undefined ? [] : [named]), ...listening])) {
      const key = handlerKey(handler)
      if (notified.get(key) !== 'yes') notified.set(key, certainty)
    }
  }

  pendingNames(notified: Notified): string[] {
    return this.#list.filter((handler) => notified.has(handlerKey(handler))).map(taskTitle)
  }
}

export function handlerKey(task: Task): number {
  return task.path.at(-1) ?? 0
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

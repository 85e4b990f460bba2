// The order of a play over its hosts: a state machine that is fed with what hosts did and answers
// with what to do next. Linear order without a barrier for each task: a host runs ahead while its
// tasks change nothing, and is held at the first that would until all have come that far. Results
// are reported in the order of the play; what a host did ahead of a play's end is dropped, which
// loses nothing because it changed nothing. Pure; not here: how a task is run (runner.ts).
import { keyText } from '../value/plain.ts'
import { Cursor } from './cursor.ts'
import { comparePaths, type Item, type Task, taskTitle } from './tree.ts'

export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'unknown'

/** What a host did with a task. `result` is carried through to the report, unread. */
export interface Outcome<R> {
  readonly status: Status
  /** A failure that is ignored goes on as if it were none. */
  readonly isIgnored: boolean
  readonly notify: readonly string[]
  /** Tasks that an include brought. */
  readonly included?: readonly Item[]
  readonly result: R
}

export type Input<R> =
  | { readonly kind: 'start' }
  /** The running task of the host would change something, and asks whether it may. */
  | { readonly kind: 'waiting'; readonly host: string }
  | { readonly kind: 'finished'; readonly host: string; readonly outcome: Outcome<R> }
  /** The play is to end now: a signal. */
  | { readonly kind: 'abort' }

export type Effect<R> =
  | {
      readonly kind: 'run'
      readonly host: string
      readonly task: Task
      /** A handler that check mode cannot tell to be notified. */
      readonly isMaybe: boolean
      /** All hosts have come here already: the task need not ask. */
      readonly isReleased: boolean
    }
  | { readonly kind: 'release'; readonly host: string }
  | {
      readonly kind: 'report'
      readonly host: string
      readonly task: Task
      readonly outcome: Outcome<R>
      readonly isRescued: boolean
    }
  /** The result of a run_once task holds for these hosts too. */
  | {
      readonly kind: 'share'
      readonly from: string
      readonly hosts: readonly string[]
      readonly task: Task
      readonly outcome: Outcome<R>
    }
  | {
      readonly kind: 'end'
      readonly reason: 'done' | 'fatal' | 'percentage' | 'aborted' | 'end_play'
    }

export interface Policy {
  readonly anyErrorsFatal: boolean
  /** The play ends when a larger share of its hosts than this is lost. */
  readonly maxFailPercentage: number | undefined
}

interface Report<R> {
  readonly task: Task
  readonly outcome: Outcome<R>
  readonly isRescued: boolean
}

export type EndReason = Extract<Effect<never>, { kind: 'end' }>['reason']

interface Verdict {
  readonly path: readonly number[]
  readonly reason: EndReason
}

interface HostState<R> {
  readonly name: string
  readonly cursor: Cursor
  task: Task | undefined
  activity: 'idle' | 'running' | 'waiting' | 'held' | 'finished'
  /** Reported as failed or unreachable, not rescued. */
  fate: 'failed' | 'unreachable' | undefined
  /** The task by which the host was lost. */
  lostAt: Task | undefined
  readonly notified: Map<number, 'yes' | 'maybe'>
  readonly pending: Report<R>[]
}

const FLUSH = 'flush_handlers'

export class Iteration<R> {
  readonly #hosts: readonly HostState<R>[]
  readonly #handlers: readonly Task[]
  readonly #policy: Policy
  #isEnded = false

  constructor(
    hosts: readonly string[],
    items: readonly Item[],
    handlers: readonly Task[],
    policy: Policy,
  ) {
    this.#handlers = handlers
    this.#policy = policy
    this.#hosts = hosts.map((name) => ({
      name,
      cursor: new Cursor(items),
      task: undefined,
      activity: 'idle',
      fate: undefined,
      lostAt: undefined,
      notified: new Map(),
      pending: [],
    }))
  }

  handle(input: Input<R>): Effect<R>[] {
    const effects: Effect<R>[] = []
    if (this.#isEnded) return effects
    switch (input.kind) {
      case 'start':
        for (const host of this.#hosts) this.#proceed(host)
        break
      case 'waiting':
        this.#host(input.host).activity = 'waiting'
        break
      case 'finished':
        this.#finish(this.#host(input.host), input.outcome, effects)
        break
      case 'abort':
        this.#end('aborted', effects)
        return effects
    }
    this.#settle(effects)
    return effects
  }

  /** Hosts that are neither failed nor unreachable. */
  get survivors(): string[] {
    return this.#hosts.filter((host) => host.fate === undefined).map((host) => host.name)
  }

  fateOf(name: string): 'failed' | 'unreachable' | undefined {
    return this.#host(name).fate
  }

  /** Names of handlers that were notified and have not run, by host. */
  get pendingHandlers(): ReadonlyMap<string, readonly string[]> {
    const pending = new Map<string, readonly string[]>()
    for (const host of this.#hosts) {
      const left = this.#handlers.filter((handler) => host.notified.has(handlerKey(handler)))
      if (left.length > 0) pending.set(host.name, left.map(taskTitle))
    }
    return pending
  }

  #host(name: string): HostState<R> {
    const host = this.#hosts.find((entry) => entry.name === name)
    if (host === undefined) throw new Error(`no host ${name} in this play`)
    return host
  }

  /** Takes the next task; flushes of handlers are entered here. */
  #proceed(host: HostState<R>): void {
    for (;;) {
      const task = host.cursor.current()
      host.task = task
      if (task === undefined) {
        host.activity = 'finished'
        // A failure may leave the outermost block only once its `always` is through.
        if (host.cursor.isFailed) host.fate ??= 'failed'
        return
      }
      if (!isFlush(task)) {
        host.activity = 'held'
        return
      }
      host.cursor.enter(this.#notifiedHandlers(host, task), 'handlers')
    }
  }

  /** The host's notified handlers in the order of their definition, placed at the flush. */
  #notifiedHandlers(host: HostState<R>, flush: Task): Task[] {
    if (host.notified.size === 0) return []
    // All handlers are looked through, since one may notify another that comes after it.
    return this.#handlers.map((handler, index) => ({ ...handler, path: [...flush.path, index] }))
  }

  #isSkippedHandler(host: HostState<R>, task: Task): boolean {
    return task.isHandler && !host.notified.has(handlerKey(task))
  }

  #finish(host: HostState<R>, outcome: Outcome<R>, effects: Effect<R>[]): void {
    const task = host.task
    if (task === undefined) return
    const isOnce = isRunOnce(task)
    const isRescued = host.cursor.isRescuable && outcome.status === 'failed' && !outcome.isIgnored
    host.pending.push({ task, outcome, isRescued })
    this.#apply(host, task, outcome)
    if (!isOnce) return
    const others = this.#hosts.filter((other) => other !== host && isSame(other.task, task))
    effects.push({
      kind: 'share',
      from: host.name,
      hosts: others.map(({ name }) => name),
      task,
      outcome,
    })
    for (const other of others) this.#apply(other, task, outcome)
  }

  #apply(host: HostState<R>, task: Task, outcome: Outcome<R>): void {
    if (task.isHandler) host.notified.delete(handlerKey(task))
    for (const name of outcome.notify) {
      this.#notify(host, name, outcome.status === 'unknown' ? 'maybe' : 'yes')
    }
    if (outcome.status === 'unreachable' && !outcome.isIgnored) {
      host.fate = 'unreachable'
      host.lostAt = task
      host.cursor.stop()
    } else if (outcome.status === 'failed' && !outcome.isIgnored) {
      host.cursor.fail()
      host.lostAt = task
    } else if (outcome.included !== undefined) {
      host.cursor.enter(outcome.included, 'list')
    } else {
      this.#applyMeta(host, task, outcome)
    }
    this.#proceed(host)
  }

  #applyMeta(host: HostState<R>, task: Task, outcome: Outcome<R>): void {
    host.cursor.advance()
    if (task.action.value !== 'meta' || outcome.status === 'skipped') return
    if (task.args.free?.value === 'end_host') host.cursor.stop()
    // end_play and end_batch concern every host that is still in the play.
    if (['end_play', 'end_batch'].includes(keyText(task.args.free?.value ?? null))) {
      for (const other of this.#hosts) {
        other.cursor.stop()
        if (other !== host && other.activity !== 'running') this.#proceed(other)
      }
    }
    if (task.args.free?.value === 'clear_host_errors') {
      for (const other of this.#hosts) {
        other.fate = undefined
        other.cursor.isFailed = false
      }
    }
  }

  #notify(host: HostState<R>, name: string, certainty: 'yes' | 'maybe'): void {
    const named = this.#handlers.findLast((handler) => handlerNames(handler).name === name)
    const listening = this.#handlers.filter((handler) =>
      handlerNames(handler).listen.includes(name),
    )
    for (const handler of new Set([...(named === undefined ? [] : [named]), ...listening])) {
      const key = handlerKey(handler)
      if (host.notified.get(key) !== 'yes') host.notified.set(key, certainty)
    }
  }

  /** Reports what is due, judges failures, and lets hosts go on. */
  #settle(effects: Effect<R>[]): void {
    for (const host of this.#hosts) {
      while (host.activity === 'held' && host.task !== undefined) {
        if (!this.#isSkippedHandler(host, host.task)) break
        host.cursor.advance()
        this.#proceed(host)
      }
    }
    const front = this.#front()
    const verdict = this.#judge(front)
    this.#report(verdict?.path ?? front, effects)
    if (verdict !== undefined) {
      this.#end(verdict.reason, effects)
    } else if (front === undefined) {
      this.#end('done', effects)
    } else {
      this.#release(front, effects)
    }
  }

  /** The earliest place at which a host still stands. */
  #front(): readonly number[] | undefined {
    let front: readonly number[] | undefined
    for (const { task, activity } of this.#hosts) {
      if (task === undefined || activity === 'finished') continue
      if (front === undefined || comparePaths(task.path, front) < 0) front = task.path
    }
    return front
  }

  /** Results up to the front, in the order of the play and then of its hosts. */
  #report(front: readonly number[] | undefined, effects: Effect<R>[]): void {
    const due: (Report<R> & { host: string })[] = []
    for (const host of this.#hosts) {
      while (host.pending.length > 0) {
        const first = host.pending[0] as Report<R>
        if (front !== undefined && comparePaths(first.task.path, front) > 0) break
        due.push({ host: host.name, ...first })
        host.pending.shift()
      }
    }
    due.sort((a, b) => comparePaths(a.task.path, b.task.path))
    for (const entry of due) effects.push({ kind: 'report', ...entry })
  }

  /**
   * Whether the failures so far end the play, and at which task: only when every host is through
   * with it. A share of exactly the limit does not end it, as in Ansible.
   */
  #judge(front: readonly number[] | undefined): Verdict | undefined {
    const lost = this.#hosts.filter((host) => host.lostAt !== undefined && host.fate !== undefined)
    lost.sort((a, b) => comparePaths((a.lostAt as Task).path, (b.lostAt as Task).path))
    for (const [index, host] of lost.entries()) {
      const { path } = host.lostAt as Task
      if (front !== undefined && comparePaths(path, front) >= 0) return undefined
      if (host.fate === 'failed' && this.#isFatal(host.lostAt as Task)) {
        return { path, reason: 'fatal' }
      }
      const share = ((index + 1) / this.#hosts.length) * 100
      const limit = this.#policy.maxFailPercentage
      if (limit !== undefined && share > limit) return { path, reason: 'percentage' }
    }
    return undefined
  }

  #isFatal(task: Task): boolean {
    const wish = task.keywords.get('any_errors_fatal')?.value
    return isRunOnce(task) || (wish === undefined ? this.#policy.anyErrorsFatal : wish === true)
  }

  /** Starts or releases what may go on. */
  #release(front: readonly number[], effects: Effect<R>[]): void {
    for (const host of this.#hosts) {
      const { task, activity } = host
      if (task === undefined) continue
      const isAtFront = comparePaths(task.path, front) === 0
      if (activity === 'waiting' && isAtFront) {
        host.activity = 'running'
        effects.push({ kind: 'release', host: host.name })
      } else if (activity === 'held' && (isAtFront || !task.isGated)) {
        // A run_once task is run by the first host; the others wait for its result.
        const first = this.#hosts.find((other) => isSame(other.task, task))
        if (isRunOnce(task) && first !== host) continue
        const isMaybe = task.isHandler && host.notified.get(handlerKey(task)) === 'maybe'
        host.activity = 'running'
        effects.push({ kind: 'run', host: host.name, task, isMaybe, isReleased: isAtFront })
      }
    }
  }

  #end(reason: EndReason, effects: Effect<R>[]): void {
    this.#isEnded = true
    effects.push({ kind: 'end', reason })
  }
}

function isSame(a: Task | undefined, b: Task): boolean {
  return a !== undefined && comparePaths(a.path, b.path) === 0
}

function isFlush(task: Task): boolean {
  return task.action.value === 'meta' && task.args.free?.value === FLUSH
}

function isRunOnce(task: Task): boolean {
  return task.keywords.get('run_once')?.value === true
}

/** A handler's place in the list of handlers, which a flush keeps as the last of its path. */
function handlerKey(task: Task): number {
  return task.path.at(-1) ?? 0
}

function handlerNames(handler: Task): { name: string; listen: readonly string[] } {
  const name = handler.keywords.get('name')?.value
  const listen = handler.keywords.get('listen')?.value
  const topics = Array.isArray(listen) ? listen : listen === undefined ? [] : [listen]
  return {
    name: typeof name === 'string' ? name : '',
    listen: topics.filter((topic): topic is string => typeof topic === 'string'),
  }
}

// The order of a play over its hosts: a state machine that is fed with what hosts did and answers
// with what to do next. Linear order without a barrier for each task: a host runs ahead while its
// tasks change nothing, and is held at the first that would until all have come that far. Results
// are reported in the order of the play; what a host did ahead of a play's end is dropped, which
// loses nothing because it changed nothing. Pure; not here: how a task is run (runner.ts).
import { keyText } from '../value/plain.ts'
import { Cursor } from './cursor.ts'
import { Handlers, handlerKey, isDue, type Notified } from './handlers.ts'
import { ONCE_ACTIONS, OWN_META } from './playactions.ts'
import type { Effect, EndReason, Input, Outcome, Policy } from './steps.ts'
import { comparePaths, type Item, type Task } from './tree.ts'

interface Report<R> {
  readonly task: Task
  readonly outcome: Outcome<R>
  readonly isRescued: boolean
}

interface Verdict {
  readonly path: readonly number[]
  readonly reason: EndReason
}

interface HostState<R> {
  readonly name: string
  cursor: Cursor
  task: Task | undefined
  /** `unborn`: not begun yet, for host_pinned. */
  activity: 'unborn' | 'running' | 'waiting' | 'held' | 'finished'
  /** Reported as failed or unreachable, not rescued. */
  fate: 'failed' | 'unreachable' | undefined
  /** The task by which the host was lost. */
  lostAt: Task | undefined
  /** Lost at once, with no `always` left to run: only this can end the play for the others. */
  isLostAtOnce: boolean
  readonly notified: Notified
  readonly pending: Report<R>[]
  /** Where it has been, and whether a rescue or an always was to come next. */
  readonly trail: { readonly path: readonly number[]; readonly isShielded: boolean }[]
  /** By `meta: end_host`. */
  hasLeft: boolean
  /** Only here for handlers that run in spite of its failure. */
  isForced: boolean
}

const FLUSH = 'flush_handlers'

export class Iteration<R> {
  readonly #hosts: readonly HostState<R>[]
  readonly #items: readonly Item[]
  readonly #handlers: Handlers
  readonly #policy: Policy
  readonly #isLinear: boolean
  #isEnded = false

  constructor(
    hosts: readonly string[],
    items: readonly Item[],
    handlers: readonly Task[],
    policy: Policy,
    owed: ReadonlyMap<string, readonly string[]> = new Map(),
  ) {
    this.#items = items
    this.#handlers = new Handlers(handlers, policy.namesOf)
    this.#policy = policy
    this.#isLinear = (policy.strategy ?? 'linear') === 'linear'
    this.#hosts = hosts.map((name) => ({
      name,
      cursor: new Cursor(items),
      task: undefined,
      activity: 'unborn',
      fate: undefined,
      lostAt: undefined,
      isLostAtOnce: false,
      notified: this.#handlers.owedBy(owed.get(name) ?? []),
      pending: [],
      trail: [],
      isForced: false,
      hasLeft: false,
    }))
  }

  handle(input: Input<R>): Effect<R>[] {
    const effects: Effect<R>[] = []
    if (this.#isEnded) return effects
    switch (input.kind) {
      case 'start':
        this.#begin()
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

  /** Survivors that have not left the play by `meta: end_host`. */
  get present(): string[] {
    const left = this.#hosts.filter((host) => host.fate === undefined && !host.hasLeft)
    return left.map((host) => host.name)
  }

  fateOf(name: string): 'failed' | 'unreachable' | undefined {
    return this.#host(name).fate
  }

  /** Names of handlers that were notified and have not run, by host. */
  get pendingHandlers(): ReadonlyMap<string, readonly string[]> {
    const pending = new Map<string, readonly string[]>()
    for (const host of this.#hosts) {
      const left = this.#handlers.pendingNames(host.notified)
      if (left.length > 0) pending.set(host.name, left)
    }
    return pending
  }

  #host(name: string): HostState<R> {
    const host = this.#hosts.find((entry) => entry.name === name)
    if (host === undefined) throw new Error(`no host ${name} in this play`)
    return host
  }

  /** All hosts begin, or as many as may be under way. */
  #begin(): void {
    const { strategy, forks = Number.POSITIVE_INFINITY } = this.#policy
    let room = strategy === 'host_pinned' ? forks : Number.POSITIVE_INFINITY
    room -= this.#hosts.filter((host) => !['unborn', 'finished'].includes(host.activity)).length
    for (const host of this.#hosts) {
      if (host.activity !== 'unborn' || room <= 0) continue
      this.#proceed(host)
      room -= 1
    }
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
        if (this.#force(host)) continue
        return
      }
      // A flush with conditions is a task like others until they have been judged.
      if (!isFlush(task) || task.whens.length > 0) {
        host.activity = 'held'
        return
      }
      this.#flush(host, task)
    }
  }

  #flush(host: HostState<R>, task: Task): void {
    host.cursor.enter(this.#handlers.after(task, host.notified), 'handlers')
  }

  /** A failed host goes to the next flush for its handlers and no further, where that is forced. */
  #force(host: HostState<R>): boolean {
    const { forceHandlers = false } = this.#policy
    const lostAt = host.lostAt
    if (!forceHandlers || host.fate !== 'failed' || host.isForced || lostAt === undefined) {
      return false
    }
    const isNext = (item: Item): boolean =>
      item.kind === 'task' && isFlush(item) && comparePaths(item.path, lostAt.path) > 0
    const flush = this.#items.find(isNext)
    if (flush === undefined || host.notified.size === 0) return false
    host.isForced = true
    host.cursor = new Cursor([flush])
    return true
  }

  #isSkippedHandler(host: HostState<R>, task: Task): boolean {
    return task.isHandler && !isDue(host.notified.get(handlerKey(task)))
  }

  #finish(host: HostState<R>, outcome: Outcome<R>, effects: Effect<R>[]): void {
    const task = host.task
    if (task === undefined) return
    const isOnce = this.#isRunOnce(task)
    const isRescued = host.cursor.isRescuable && outcome.status === 'failed' && !outcome.isIgnored
    host.pending.push({ task, outcome, isRescued })
    this.#apply(host, task, outcome)
    if (!isOnce) return
    const others = this.#hosts.filter((other) => other !== host && isSame(other.task, task))
    // What is done once by its nature says nothing about the others, as in Ansible.
    const isShared = this.#isOn(task, 'run_once') === true
    const hosts = isShared ? others.map(({ name }) => name) : []
    effects.push({ kind: 'share', from: host.name, hosts, task, outcome })
    // Only the host that did it notifies its handlers.
    for (const other of others) this.#apply(other, task, { ...outcome, notify: [] })
  }

  #apply(host: HostState<R>, task: Task, outcome: Outcome<R>): void {
    if (task.isHandler) host.notified.delete(handlerKey(task))
    if (!['skipped', 'unreachable'].includes(outcome.status)) host.cursor.noteRun()
    this.#handlers.add(task, outcome.handlers ?? new Map())
    this.#handlers.pass(host.notified, host.name, task, outcome)
    if (outcome.status === 'unreachable' && !outcome.isIgnored) {
      host.fate = 'unreachable'
      host.lostAt = task
      host.isLostAtOnce = true
      host.cursor.stop()
    } else if (outcome.status === 'failed' && !outcome.isIgnored) {
      host.cursor.fail()
      host.lostAt = task
      host.isLostAtOnce = host.cursor.isFailed
    } else if (outcome.included !== undefined) {
      host.cursor.enter(outcome.included, 'list')
    } else {
      this.#applyMeta(host, task, outcome)
    }
    this.#proceed(host)
    host.trail.push({ path: task.path, isShielded: host.cursor.isShielded })
  }

  #applyMeta(host: HostState<R>, task: Task, outcome: Outcome<R>): void {
    if (isFlush(task) && outcome.status !== 'skipped') {
      this.#flush(host, task)
      return
    }
    host.cursor.advance()
    if (task.action.value !== 'meta' || outcome.status === 'skipped') return
    if (task.args.free?.value === 'end_host') {
      host.cursor.stop()
      host.hasLeft = true
    }
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

  /** Reports what is due, judges failures, and lets hosts go on. */
  #settle(effects: Effect<R>[]): void {
    for (const host of this.#hosts) {
      while (host.activity === 'held' && host.task !== undefined) {
        if (!this.#isSkippedHandler(host, host.task)) break
        host.cursor.advance()
        this.#proceed(host)
      }
    }
    this.#begin()
    const front = this.#front()
    if (!this.#isLinear) {
      this.#report(undefined, effects)
      this.#release(front ?? [], effects)
      if (front === undefined) this.#end('done', effects)
      return
    }
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
    const lost = this.#hosts.filter((host) => host.isLostAtOnce && host.fate !== undefined)
    lost.sort((a, b) => comparePaths((a.lostAt as Task).path, (b.lostAt as Task).path))
    let failed = 0
    for (const host of lost) {
      const { path } = host.lostAt as Task
      if (front !== undefined && comparePaths(path, front) >= 0) return undefined
      if (this.#isFatal(host.lostAt as Task, host.fate) && this.#spread(path)) {
        return { path, reason: 'fatal' }
      }
      if (host.fate === 'failed') failed += 1
      const share = (failed / this.#hosts.length) * 100
      const limit = this.#policy.maxFailPercentage
      if (limit !== undefined && share > limit) return { path, reason: 'percentage' }
    }
    return undefined
  }

  /**
   * A fatal failure takes the hosts along that are not about to enter a rescue or an always;
   * answers whether that were all of them, which ends the play.
   */
  #spread(path: readonly number[]): boolean {
    let isAll = true
    for (const host of this.#hosts) {
      if (host.fate !== undefined) continue
      const last = host.trail.findLast((step) => comparePaths(step.path, path) <= 0)
      if (last?.isShielded === true) isAll = false
    }
    return isAll
  }

  #isFatal(task: Task, fate: HostState<R>['fate']): boolean {
    if (this.#isRunOnce(task)) return fate === 'failed'
    return this.#isOn(task, 'any_errors_fatal') ?? this.#policy.anyErrorsFatal
  }

  #isRunOnce(task: Task): boolean {
    if (!this.#isLinear) return false
    if (task.action.value === 'meta')
      return !OWN_META.includes(keyText(task.args.free?.value ?? null))
    return ONCE_ACTIONS.includes(task.action.value) || this.#isOn(task, 'run_once') === true
  }

  #isOn(task: Task, keyword: 'run_once' | 'any_errors_fatal'): boolean | undefined {
    const wish = task.keywords.get(keyword)?.value
    if (wish === undefined || typeof wish === 'boolean') return wish
    return this.#policy.isOn?.(task, keyword) ?? false
  }

  /** Starts or releases what may go on. */
  #release(front: readonly number[], effects: Effect<R>[]): void {
    for (const host of this.#hosts) {
      const { task, activity } = host
      if (task === undefined) continue
      const isAtFront = !this.#isLinear || comparePaths(task.path, front) === 0
      if (activity === 'waiting' && isAtFront) {
        host.activity = 'running'
        effects.push({ kind: 'release', host: host.name })
      } else if (activity === 'held' && (isAtFront || !task.isGated)) {
        // A run_once task is run by the first host; the others wait for its result.
        const first = this.#hosts.find((other) => isSame(other.task, task))
        if (this.#isRunOnce(task) && first !== host) continue
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

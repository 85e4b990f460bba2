// The order of a play over its hosts: a state machine that is fed with what hosts did and answers
// with what to do next. Linear order without a barrier for each task: a host runs ahead while its
// tasks change nothing, and is held at the first that would until all have come that far. Results
// are reported in the order of the play; what a host did ahead of a play's end is dropped, which
// loses nothing because it changed nothing. Pure; not here: how a task is run (runner.ts).
import { keyText } from '../value/plain.ts'
import { Cursor } from './cursor.ts'
import { Handlers, handlerKey, isDue, type Notified } from './handlers.ts'
import { judgeLosses, type Loss, type Verdict } from './losses.ts'
import { ONCE_ACTIONS, OWN_META } from './playactions.ts'
import type { Effect, EndReason, Input, Outcome, Policy } from './steps.ts'
import { comparePaths, type Item, type Task } from './tree.ts'

interface Report<R> {
  readonly task: Task
  readonly outcome: Outcome<R>
  readonly isRescued: boolean
}

interface HostState<R> {
  readonly name: string
  cursor: Cursor
  task: Task | undefined
  /** `unborn`: not begun yet, for host_pinned. */
  activity: 'unborn' | 'running' | 'waiting' | 'held' | 'finished'
  /** Reported as failed or unreachable, not rescued. */
  fate: 'failed' | 'unreachable' | undefined
  /** The last task that failed on it, or at which it was lost. */
  lostAt: Task | undefined
  /** Failures that nothing held up, and how the host was lost; they may concern the others. */
  readonly losses: Loss[]
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
  /** Hosts that a fatal failure took along. */
  #taken: ReadonlySet<string> = new Set()
  #isBroken = false
  /** By `meta: end_play`, which is for the batches that follow too. */
  #isPlayOver = false

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
      losses: [],
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
    return this.#host(name).fate ?? (this.#taken.has(name) ? 'failed' : undefined)
  }

  /** A failure was fatal: no play follows this one, even if some hosts went on to its end. */
  get isBroken(): boolean {
    return this.#isBroken
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
    const { lostAt } = host
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
    if (!['skipped', 'unreachable'].includes(outcome.status)) host.cursor.noteRun()
    this.#handlers.add(task, outcome.handlers ?? new Map())
    this.#handlers.pass(host.notified, host.name, task, outcome)
    // After that: a handler that notifies itself does not run again.
    if (task.isHandler) host.notified.delete(handlerKey(task))
    if (outcome.status === 'unreachable' && !outcome.isIgnored) {
      host.fate = 'unreachable'
      host.lostAt = task
      host.losses.push({ host: host.name, task, kind: 'unreachable', isAtOnce: true })
      host.cursor.stop()
    } else if (outcome.status === 'failed' && !outcome.isIgnored) {
      const isHeld = host.cursor.fail()
      host.lostAt = task
      const isAtOnce = host.cursor.isFailed
      if (!isHeld) host.losses.push({ host: host.name, task, kind: 'failed', isAtOnce })
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
    if (task.args.free?.value === 'end_play') this.#isPlayOver = true
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
        other.losses.length = 0
        other.cursor.forgive()
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
      if (front === undefined) this.#end(this.#isPlayOver ? 'end_play' : 'done', effects)
      return
    }
    const verdict = this.#judge(front)
    this.#report(verdict?.path ?? front, effects)
    if (verdict !== undefined) {
      this.#end(verdict.reason, effects)
    } else if (front === undefined) {
      this.#end(this.#isPlayOver ? 'end_play' : 'done', effects)
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

  /** Whether the failures so far end the play. */
  #judge(front: readonly number[] | undefined): Verdict | undefined {
    const { verdict, taken, isFatal } = judgeLosses({
      losses: this.#hosts.flatMap(({ losses }) => losses),
      hostCount: this.#hosts.length,
      front,
      maxFailPercentage: this.#policy.maxFailPercentage,
      batchSize: this.#policy.batchSize ?? this.#hosts.length,
      isFatal: ({ task, kind }) => this.#isFatal(task, kind),
      exposedAt: (path) => this.#exposed(path),
    })
    this.#taken = taken
    this.#isBroken ||= isFatal
    return verdict
  }

  /** Hosts that a fatal failure takes along: those not about to enter a rescue or an always. */
  #exposed(path: readonly number[]): string[] {
    const isShielded = ({ trail }: HostState<R>): boolean =>
      trail.findLast((step) => comparePaths(step.path, path) <= 0)?.isShielded === true
    return this.#hosts.filter((host) => !isShielded(host)).map(({ name }) => name)
  }

  #isFatal(task: Task, kind: Loss['kind']): boolean {
    if (this.#isRunOnce(task)) return kind === 'failed'
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

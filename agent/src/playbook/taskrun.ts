// One task on one host: the environment that the runner works in, what an attempt may take, and
// the actions of the play itself. Not here: the way to a module (moduleattempt.ts), what a result
// leaves behind (taskruns.ts), loops (runner.ts).
import { ClusterError } from '../errors.ts'
import { gatherFacts } from '../facts/gather.ts'
import type { TaskPlace } from '../journal/entry.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { Unknown, type Value } from '../value/value.ts'
import type { Started } from './batch.ts'
import type { Attempt } from './execute.ts'
import { includeRole, includeTasks } from './include.ts'
import { applyKept, type Kept } from './keep.ts'
import { isHidden, keywordNumber, keywordTruth } from './keyword.ts'
import { loopRecord } from './looprecord.ts'
import { attemptModule } from './moduleattempt.ts'
import { runOwnAction } from './ownactions.ts'
import { Patience } from './patience.ts'
import { INCLUDES } from './playactions.ts'
import type { IncludeRecord } from './record.ts'
import { asFailed, dictOf, type TaskResult, unknownResult } from './result.ts'
import { errorResult, runTask, type TaskEnvironment } from './runner.ts'
import { NeedsFacts, NeedsOthers, type VariableScope } from './scope.ts'
import { TaskReach } from './taskreach.ts'
import type { TaskRuns } from './taskruns.ts'
import { type Item, type Task, taskTitle } from './tree.ts'
import type { Visit } from './turns.ts'
import type { TaskWatch } from './watch.ts'
import type { World } from './world.ts'

/** `on_unreachable: wait`: a machine that restarts with all its checks is back within this. */
const UNREACHABLE_LIMIT_MS = 600_000
const UNREACHABLE_PAUSE_MS = 2_000

/** One task on one host. */
export class TaskRun {
  readonly included: Item[] = []
  /** Of included roles, by a key that is the same for all hosts at the same item. */
  readonly handlers = new Map<string, readonly Task[]>()
  /** What the task has left to those that follow. */
  readonly kept: Kept[] = []
  /** What `included` is made of. */
  readonly includes: IncludeRecord[] = []
  readonly #runs: TaskRuns
  readonly #world: World
  readonly #host: string
  readonly #task: Task
  readonly #started: Started
  readonly #watch: TaskWatch | undefined
  readonly #at: TaskReach
  /** How to have the facts of before again, the last one first. */
  readonly #undo: (() => void)[] = []
  #isReleased = false
  #delegatedTo: string | undefined
  /** It had begun to change something when the run was stopped. */
  #wasUnderWay: boolean

  constructor(
    runs: TaskRuns,
    world: World,
    host: string,
    task: Task,
    started: Started,
    watch: TaskWatch | undefined,
  ) {
    this.#runs = runs
    this.#world = world
    this.#host = host
    this.#task = task
    this.#started = started
    this.#watch = watch
    // What is gated has been held until all had come here.
    this.#isReleased = task.isGated
    this.#at = new TaskReach(world, host, task, {
      own: (special) => this.#bareScope(special),
      target: (of) => runs.scope(of, task, new Map(), true),
    })
    const { journal } = world.options
    this.#wasUnderWay = journal?.isNew === false && journal.wasStarted(this.#place)
  }

  async result(): Promise<TaskResult> {
    const task = this.#task
    if (this.#started.isMaybe) {
      const reason = new Unknown('whether it is notified is not known', taskTitle(task))
      return unknownResult(reason, isHidden(task, this.#at.scope(new Map())))
    }
    try {
      const result = await runTask(this.#environment())
      if (result.status === 'failed') this.#forgetFacts()
      const to = this.#delegatedTo
      return this.judged(to === undefined ? result : { ...result, delegatedTo: to })
    } catch (error) {
      const isNoLog = isHidden(task, this.#at.scope(new Map()))
      return this.judged(errorResult(error, task, this.#host, isNoLog))
    }
  }

  /** A set_fact that failed in the end, by failed_when or at another item, has set nothing. */
  #forgetFacts(): void {
    for (const undo of this.#undo.splice(0)) undo()
    const others = this.kept.filter(({ kind }) => kind !== 'fact')
    this.kept.splice(0, this.kept.length, ...others)
  }

  /** on_unreachable, ignore_errors and ignore_unreachable. */
  judged(told: TaskResult): TaskResult {
    const result = this.#asFailure(told)
    const scope = this.#runs.scope(this.#host, this.#task, new Map(), true)
    const keyword =
      result.status === 'failed'
        ? 'ignore_errors'
        : result.status === 'unreachable'
          ? 'ignore_unreachable'
          : undefined
    if (keyword === undefined || !keywordTruth(this.#task, keyword, scope)) return result
    return { ...result, isIgnored: true }
  }

  /** `on_unreachable: fail`: a rescue may take it, and it counts as the failures do. */
  #asFailure(result: TaskResult): TaskResult {
    const isFailing = this.#task.keywords.get('on_unreachable')?.value === 'fail'
    return result.status === 'unreachable' && isFailing ? asFailed(result) : result
  }

  #bareScope(special: ReadonlyMap<string, Value>): VariableScope {
    return this.#runs.scope(this.#host, this.#task, special, this.#isReleased)
  }

  #environment(): TaskEnvironment {
    const { options } = this.#world
    // An include brings its files anew: what it brought is noted with the whole of it.
    const journal = INCLUDES.includes(this.#task.action.value) ? undefined : options.journal
    return {
      loop: loopRecord(journal, this.#place, this, options.signal),
      task: this.#task,
      host: this.#host,
      isCheck: options.isCheck,
      scope: (special) => this.#at.scope(special),
      bareScope: (special) => this.#bareScope(special),
      settle: (step) => this.#settle(step),
      attempt: (scope, special) => this.#attempt(scope, special),
      progress: ({ kind, result, left }) => {
        const task = this.#runs.info(this.#task, this.#host)
        options.report({ kind, task, host: this.#host, result, left })
      },
    }
  }

  async #release(): Promise<boolean> {
    const hadToWait = await this.#started.release()
    this.#isReleased = true
    return hadToWait
  }

  /**
   * As `release`, and what is about to be changed is noted first. The turn comes last: who has it
   * waits for no other host. Answers whether what was seen may be stale.
   */
  async #releaseChange(visit: Visit | undefined): Promise<boolean> {
    const hadToWait = await this.#release()
    const isStale = (await visit?.take()) === true
    await this.#world.options.journal?.start(this.#place)
    return hadToWait || isStale
  }

  keep(kept: Kept): boolean {
    this.kept.push(kept)
    if (kept.kind === 'fact') {
      const undo = kept.hosts.map((host) => this.#world.variables(host).remember(kept.name))
      this.#undo.unshift(...undo)
    }
    return applyKept(this.#world, kept)
  }

  get #place(): TaskPlace {
    return this.#runs.placeOf(this.#host, this.#task)
  }

  async #settle<T>(step: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step()
      } catch (error) {
        if (error instanceof NeedsOthers) await this.#release()
        else if (error instanceof NeedsFacts) await this.#gatherAll(error.host)
        else throw error
      }
    }
  }

  /** A host that cannot be reached is tried again for a while, where the author wants that. */
  async #attempt(scope: VariableScope, special: ReadonlyMap<string, Value>): Promise<Attempt> {
    const isPatient = this.#task.keywords.get('on_unreachable')?.value === 'wait'
    const startMs = systemClock.now()
    for (;;) {
      try {
        return await this.#attemptLimited(scope, special)
      } catch (error) {
        const isLost = error instanceof ClusterError && error.code === 'UNREACHABLE'
        const isOver = systemClock.now() - startMs > UNREACHABLE_LIMIT_MS
        if (!isLost || !isPatient || isOver || this.#world.options.signal.aborted) throw error
        await this.#world.links.reset(this.#host)
        await pause(systemClock, UNREACHABLE_PAUSE_MS)
      }
    }
  }

  /** Within `timeout:`, else --task-timeout; what was started is ended with the attempt. */
  async #attemptLimited(
    scope: VariableScope,
    special: ReadonlyMap<string, Value>,
  ): Promise<Attempt> {
    const own = keywordNumber(this.#task, 'timeout', scope)
    const ownMs = own === undefined || own <= 0 ? undefined : own * 1000
    // A task's own 0 is no limit at all, as in Ansible.
    const limitMs = own === undefined ? this.#world.options.taskLimitMs : ownMs
    const patience = new Patience(systemClock, limitMs)
    try {
      return await patience.limit(() => this.#attemptOnce(scope, special, patience))
    } catch (error) {
      if (error instanceof ClusterError && error.code === 'TIMEOUT') {
        await this.#world.links.endTask(this.#host)
      }
      throw error
    }
  }

  async #attemptOnce(
    scope: VariableScope,
    special: ReadonlyMap<string, Value>,
    patience: Patience,
  ): Promise<Attempt> {
    const { action } = this.#task
    if (action.value === 'gather_facts') return this.#gather(this.#world.sources.factNames())
    if (action.value === 'meta') return this.#meta()
    if (INCLUDES.includes(action.value)) return this.#include(scope, special)
    const keep = (kept: Kept): boolean => this.keep(kept)
    const own = { task: this.#task, host: this.#host, scope, world: this.#world, keep }
    const done = await runOwnAction(own)
    if (done !== undefined) return done
    const module = this.#task.module
    if (module === undefined) throw new Error(`no module for ${action.value}`)
    const reached = this.#at.reached(this.#bareScope(special))
    this.#delegatedTo = reached.delegated
    const attempt = await attemptModule({
      ...own,
      ...reached,
      module,
      special,
      batch: this.#runs.batch,
      watch: this.#watch,
      patience,
      releaseChange: (visit) => this.#releaseChange(visit),
    })
    return this.#asChange(attempt)
  }

  /** What was being changed when the run was stopped, and is as wanted now, has been changed. */
  #asChange(attempt: Attempt): Attempt {
    const isChange = this.#wasUnderWay && this.#task.module?.effect === 'changes'
    this.#wasUnderWay = false
    if (!isChange || attempt.kind !== 'known' || attempt.status !== 'ok') return attempt
    return { ...attempt, status: 'changed', fields: new Map(attempt.fields).set('changed', true) }
  }

  /** Facts in one round trip: those that the play names, or all. */
  async #gather(names: ReadonlySet<string> | undefined, of = this.#host): Promise<Attempt> {
    const scope = this.#bareScope(new Map())
    const { isCheck } = this.#world.options
    const host = await this.#world.host(this.#at.reach(of, scope), isCheck)
    const facts = await gatherFacts(host, names ?? 'all', this.#runs.gathering(scope))
    const isComplete = names === undefined
    this.keep({ kind: 'facts', host: of, values: facts, isComplete })
    this.#runs.forgetFiles(of)
    const fields = dictOf({ ansible_facts: Object.fromEntries(facts), changed: false })
    return { kind: 'known', status: 'ok', fields, diffs: [] }
  }

  /** Another host's facts may be what is missing; if it is gone, they are not there. */
  async #gatherAll(host: string): Promise<void> {
    await this.#gather(undefined, host).catch((error: unknown) => {
      if (host === this.#host) throw error
      this.#world.variables(host).areFactsComplete = true
    })
  }

  /** Brings the tasks of an include again that a journal tells of. */
  includeAgain({ name, special }: IncludeRecord): void {
    this.#isReleased = true
    this.#include(this.#at.scope(special), special)
    if (this.includes.at(-1)?.name === name) return
    throw new ClusterError('MOVED', `the include of ${name} now brings another file`, {
      where: this.#task.at,
      hint: 'start a new run: what was done stays done',
    })
  }

  #include(scope: VariableScope, special: ReadonlyMap<string, Value>): Attempt {
    const { sources, options: choice } = this.#world
    const task = this.#task
    const index = this.included.length
    const { playFolder } = this.#runs
    const include = task.action.value === 'include_role' ? includeRole : includeTasks
    const made = include({ task, scope, special, index, sources, choice, playFolder })
    this.included.push(made.block)
    this.includes.push({ name: made.name, special })
    if (made.handlers.length > 0) {
      const key = JSON.stringify([task.path, index, made.name])
      this.handlers.set(key, made.handlers)
    }
    this.#runs.addRoles(made.roles)
    const fields = dictOf({ include: made.name, changed: false })
    return { kind: 'known', status: 'ok', fields, diffs: [] }
  }

  async #meta(): Promise<Attempt> {
    const word = this.#task.args.free?.value
    if (word === 'clear_facts') {
      for (const host of this.#runs.present) this.keep({ kind: 'clear_facts', host })
    }
    if (word === 'refresh_inventory') await this.#world.refreshInventory()
    if (word === 'reset_connection') await this.#world.links.reset(this.#host)
    return { kind: 'known', status: 'ok', fields: dictOf({ changed: false }), diffs: [] }
  }
}

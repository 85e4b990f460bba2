// One task on one host: the environment that the runner works in, and the way to a module or to
// the play's own action. Not here: what a result leaves behind (taskruns.ts), loops (runner.ts).
import { ClusterError } from '../errors.ts'
import { gatherFacts } from '../facts/gather.ts'
import type { Host } from '../host/host.ts'
import type { TaskPlace } from '../journal/entry.ts'
import type { Controller, JobReport } from '../modules/module.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { Unknown, type Value } from '../value/value.ts'
import { isFirstName } from './added.ts'
import { type BackgroundWish, SILENCE } from './background.ts'
import type { Started } from './batch.ts'
import { makeController } from './controller.ts'
import { environmentOf } from './environment.ts'
import { type Attempt, executeModule, type ModuleRun } from './execute.ts'
import { hasHostMadeArgument } from './hostmade.ts'
import { includeRole, includeTasks } from './include.ts'
import { applyKept, type Kept, keptOf } from './keep.ts'
import { isHidden, keywordNumber, keywordTruth } from './keyword.ts'
import { awaitedHost, type Reach } from './links.ts'
import { lookOf } from './look.ts'
import { loopRecord } from './looprecord.ts'
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
import { machineOf } from './turns.ts'
import type { TaskWatch } from './watch.ts'
import type { World } from './world.ts'

/** As in Ansible. */
const POLL_DEFAULT_SECONDS = 15

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
    this.#at = new TaskReach(runs, world, host, task, () => this.#isReleased)
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
      bareScope: (special) => this.#at.bareScope(special),
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

  /** As `release`, and what is about to be changed is noted first. */
  async #releaseChange(): Promise<boolean> {
    const hadToWait = await this.#release()
    await this.#world.options.journal?.start(this.#place)
    return hadToWait
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
    const { delegated, reach } = this.#at.reached(this.#at.bareScope(special))
    this.#delegatedTo = delegated
    const whose = { host: this.#host, delegated }
    const { options } = this.#world
    const forced = this.#task.keywords.get('check_mode')
    const isCheck =
      forced === undefined ? options.isCheck : keywordTruth(this.#task, 'check_mode', scope)
    const { links } = this.#world
    const watch = this.#watch
    const isNoLog = isHidden(this.#task, scope)
    const seen = (machine: Host): Host =>
      watch?.machine(machine, reach.become?.user, isNoLog) ?? machine
    const real = async (): Promise<Host> => seen(await links.real(reach))
    const host =
      module.isHostAwaited === true
        ? awaitedHost(reach.host, isCheck)
        : await this.#world.host(reach, isCheck, seen)
    const controller = this.#controller(scope)
    const run: ModuleRun = {
      module,
      task: this.#task,
      scope,
      host,
      release: () => patience.rest(() => this.#releaseChange()),
      about: (outcome) => watch?.about(special, outcome, isNoLog),
      look: lookOf(this.#task, host, real, options.probes),
      checkTime: () => patience.check(),
      background: isCheck ? undefined : this.#background(scope),
      jobs: this.#world.jobs,
      keep: (outcome) => {
        const kept = keptOf({ outcome, task: this.#task, scope, batch: this.#runs.batch, ...whose })
        for (const each of kept) this.keep(each)
      },
      makeContext: (rawArguments) => ({
        host,
        job: (id, mode) => this.#job(host, id, mode),
        controller,
        connection: {
          isLocal: reach.connection === 'local',
          reopen: (limitMs) => links.reopen(reach, limitMs),
          pause: (delayMs) => pause(systemClock, delayMs),
          now: () => systemClock.now(),
        },
        at: this.#task.at,
        environment: environmentOf(this.#task, scope),
        isDiff: this.#task.keywords.has('diff')
          ? keywordTruth(this.#task, 'diff', scope)
          : options.isDiff,
        verbosity: options.verbosity,
        rawArguments,
      }),
    }
    return this.#asChange(await this.#executed(run, reach, patience))
  }

  /** In its turn where it is delegated; nobody waits for other hosts while the turn is theirs. */
  async #executed(run: ModuleRun, reach: Reach, patience: Patience): Promise<Attempt> {
    const isEdit = run.module.effect === 'changes' && run.background === undefined
    if (this.#delegatedTo === undefined || !isEdit) return executeModule(run)
    const give = await patience.rest(async () => {
      await this.#release()
      return this.#world.turns.take(machineOf(reach))
    })
    return executeModule(run).finally(give)
  }

  /** What was being changed when the run was stopped, and is as wanted now, has been changed. */
  #asChange(attempt: Attempt): Attempt {
    const isChange = this.#wasUnderWay && this.#task.module?.effect === 'changes'
    this.#wasUnderWay = false
    if (!isChange || attempt.kind !== 'known' || attempt.status !== 'ok') return attempt
    return { ...attempt, status: 'changed', fields: new Map(attempt.fields).set('changed', true) }
  }

  #controller(scope: VariableScope): Controller {
    return makeController({
      task: this.#task,
      scope: scope.withBelow(isFirstName),
      sources: this.#world.sources,
      managed: this.#world.options.managed,
      isHostMade: () => hasHostMadeArgument(this.#task, scope),
    })
  }

  #background(scope: VariableScope): BackgroundWish | undefined {
    const limitSeconds = keywordNumber(this.#task, 'async', scope) ?? 0
    if (limitSeconds <= 0) return undefined
    const pollSeconds = keywordNumber(this.#task, 'poll', scope) ?? POLL_DEFAULT_SECONDS
    return { limitSeconds, pollSeconds }
  }

  async #job(host: Host, id: string, mode: 'status' | 'cleanup'): Promise<JobReport> {
    const { jobs } = this.#world
    if (mode === 'status') return jobs.look(host, id)
    await jobs.forget(host, id)
    const result = { ansible_job_id: id, erased: id, ...SILENCE }
    return { isFinished: true, isChanged: false, result }
  }

  /** Facts in one round trip: those that the play names, or all. */
  async #gather(names: ReadonlySet<string> | undefined, of = this.#host): Promise<Attempt> {
    const scope = this.#at.bareScope(new Map())
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

// Tasks of one batch, each on its host: the environment that the runner works in, what a result
// leaves behind (registers, facts, notifications), and what is told about it. Not here: the order.
import { ClusterError } from '../errors.ts'
import { gatherFacts } from '../facts/gather.ts'
import { systemClock } from '../sys/clock.ts'
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import { Template, Unknown, type Value } from '../value/value.ts'
import type { BatchDriver, HostOutcome, Started } from './batch.ts'
import { makeController } from './controller.ts'
import { environmentOf } from './environment.ts'
import type { TaskInfo } from './events.ts'
import { type Attempt, executeModule } from './execute.ts'
import { hasHostMadeArgument } from './hostmade.ts'
import { includeTasks } from './include.ts'
import { listOf } from './inherit.ts'
import type { Status } from './iterate.ts'
import { keepOutcome } from './keep.ts'
import type { Reach } from './links.ts'
import { missingHandler } from './notify.ts'
import { Patience } from './patience.ts'
import { dictOf, type TaskResult, unknownResult } from './result.ts'
import {
  errorResult,
  isHidden,
  keywordNumber,
  keywordTruth,
  runTask,
  type TaskEnvironment,
} from './runner.ts'
import { NeedsFacts, NeedsOthers, type VariableScope } from './scope.ts'
import { type Item, type Play, type Task, taskTitle } from './tree.ts'
import type { PlayLayers } from './variables.ts'
import { VarsFiles } from './varsfiles.ts'
import type { ScopePlace, World } from './world.ts'

export interface BatchHosts {
  readonly batch: readonly string[]
  readonly hosts: readonly string[]
  readonly all: readonly string[]
  survivors(): readonly string[]
}

/** A name in a message is not worth more than this many characters. */
const TITLE_CHARS_MAX = 500

export class TaskRuns {
  readonly #world: World
  readonly #play: Play
  readonly #hosts: BatchHosts
  readonly #files: VarsFiles
  readonly #durations = new WeakMap<TaskResult, number>()
  #lastTask: string | undefined

  constructor(world: World, play: Play, hosts: BatchHosts) {
    this.#world = world
    this.#play = play
    this.#hosts = hosts
    this.#files = new VarsFiles(play, world.sources, (host) =>
      world.scope(host, this.#place(host), undefined, new Map(), true),
    )
  }

  async run(host: string, task: Task, started: Started): Promise<HostOutcome> {
    const startMs = systemClock.now()
    const run = new TaskRun(this, this.#world, host, task, started)
    const isTold = started.isAtFront && task.action.value !== 'meta'
    const info = isTold ? this.#announce(task, host) : this.info(task, host)
    this.#world.options.report({ kind: 'running', task: info, host })
    const done = await run.result()
    const notify = this.#notified(host, task, done)
    const missing = missingHandler(this.#play, task, notify)
    const result =
      missing === undefined ? done : run.judged(errorResult(missing, task, host, done.isNoLog))
    this.#durations.set(result, systemClock.now() - startMs)
    this.#remember(host, task, result)
    return {
      status: result.status,
      isIgnored: result.isIgnored,
      notify: missing === undefined ? notify : [],
      ...(run.included.length === 0 ? {} : { included: run.included }),
      result,
    }
  }

  report: BatchDriver['report'] = (host, task, outcome, isRescued) => {
    if (isSilent(task, outcome.status)) return
    const { report } = this.#world.options
    const info = this.#announce(task, host)
    report({
      kind: 'result',
      task: info,
      host,
      status: outcome.status,
      result: outcome.result,
      isRescued,
      durationMs: this.#durations.get(outcome.result) ?? 0,
      atMs: systemClock.wall(),
    })
  }

  /** Tells of a task once, when the first host comes to it. */
  #announce(task: Task, host: string): TaskInfo {
    const info = this.info(task, host)
    const place = task.path.join('.')
    if (place !== this.#lastTask) {
      this.#lastTask = place
      this.#world.options.report({ kind: 'task-start', task: info, atMs: systemClock.wall() })
    }
    return info
  }

  /** The result of a run_once task is registered by all. */
  share: BatchDriver['share'] = (_from, hosts, task, outcome) => {
    for (const host of hosts) this.#remember(host, task, outcome.result)
  }

  info(task: Task, host: string): TaskInfo {
    const name = task.keywords.get('name')?.value
    let title = taskTitle(task)
    if (name instanceof Template) {
      try {
        const scope = this.scope(host, task, new Map(), true)
        const rendered = render(name, scope.context)
        if (typeof rendered === 'string') {
          title = task.role === undefined ? rendered : `${task.role.name} : ${rendered}`
        }
      } catch {
        // A name that cannot be rendered is shown as it was written, as Ansible does.
      }
    }
    return {
      id: `${this.#play.index + 1}.${task.path.join('.')}`,
      name: title.slice(0, TITLE_CHARS_MAX),
      action: task.action.value,
      at: task.at,
      isHandler: task.isHandler,
    }
  }

  scope(
    host: string,
    task: Task,
    special: ReadonlyMap<string, Value>,
    mayReadOthers: boolean,
  ): VariableScope {
    return this.#world.scope(host, this.#place(host), task, special, mayReadOthers)
  }

  /** Files of variables are read again once the facts are there that their names may hold. */
  forgetFiles(host: string): void {
    this.#files.forget(host)
  }

  #place(host: string): ScopePlace {
    const { batch, hosts, all } = this.#hosts
    const layers: PlayLayers = {
      vars: this.#play.layers.vars,
      files: this.#files.layers(host),
      roles: this.#play.roles,
    }
    const alive = new Set(this.#hosts.survivors())
    const inPlay = hosts.filter((name) => alive.has(name) || !batch.includes(name))
    return { play: this.#play, layers, batch, hosts: inPlay, allHosts: all }
  }

  #remember(host: string, task: Task, result: TaskResult): void {
    const register = task.keywords.get('register')?.value
    const variables = this.#world.variables(host)
    if (typeof register === 'string') {
      variables.made.set(register, result.value)
      variables.authored.delete(register)
    }
    if (result.status === 'failed' && !result.isIgnored) {
      const info = new Map<Value, Value>([
        ['name', taskTitle({ ...task, role: undefined })],
        ['action', task.action.value],
      ])
      variables.made.set('ansible_failed_task', info)
      variables.made.set('ansible_failed_result', result.value)
    }
  }

  #notified(host: string, task: Task, result: TaskResult): string[] {
    if (result.status !== 'changed' && result.status !== 'unknown') return []
    const scope = this.scope(host, task, new Map(), true)
    return listOf(task.keywords.get('notify')).map(({ value }) => str(render(value, scope.context)))
  }
}

/** Actions of the play itself are told only where a condition left them out, as in Ansible. */
function isSilent(task: Task, status: Status): boolean {
  return task.action.value === 'meta' && status !== 'skipped'
}

/** One task on one host. */
class TaskRun {
  readonly included: Item[] = []
  readonly #runs: TaskRuns
  readonly #world: World
  readonly #host: string
  readonly #task: Task
  readonly #started: Started
  #isReleased = false
  #delegatedTo: string | undefined

  constructor(runs: TaskRuns, world: World, host: string, task: Task, started: Started) {
    this.#runs = runs
    this.#world = world
    this.#host = host
    this.#task = task
    this.#started = started
    // What is gated has been held until all had come here.
    this.#isReleased = task.isGated
  }

  async result(): Promise<TaskResult> {
    const task = this.#task
    if (this.#started.isMaybe) {
      const reason = new Unknown('whether it is notified is not known', taskTitle(task))
      return unknownResult(reason, isHidden(task, this.#scope(new Map())))
    }
    try {
      const result = await runTask(this.#environment())
      const to = this.#delegatedTo
      return this.judged(to === undefined ? result : { ...result, delegatedTo: to })
    } catch (error) {
      const isNoLog = isHidden(task, this.#scope(new Map()))
      return this.judged(errorResult(error, task, this.#host, isNoLog))
    }
  }

  /** ignore_errors and ignore_unreachable. */
  judged(result: TaskResult): TaskResult {
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

  #environment(): TaskEnvironment {
    const { options } = this.#world
    return {
      task: this.#task,
      host: this.#host,
      isCheck: options.isCheck,
      scope: (special) => this.#scope(special),
      settle: (step) => this.#settle(step),
      attempt: (scope, special) => this.#attempt(scope, special),
      progress: ({ kind, result, left }) => {
        const task = this.#runs.info(this.#task, this.#host)
        options.report({ kind, task, host: this.#host, result, left })
      },
    }
  }

  #scope(special: ReadonlyMap<string, Value>): VariableScope {
    return this.#runs.scope(this.#host, this.#task, special, this.#isReleased)
  }

  async #release(): Promise<boolean> {
    const hadToWait = await this.#started.release()
    this.#isReleased = true
    return hadToWait
  }

  async #settle<T>(step: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step()
      } catch (error) {
        if (error instanceof NeedsOthers) await this.#release()
        else if (error instanceof NeedsFacts) await this.#gather(undefined)
        else throw error
      }
    }
  }

  /** Within `timeout:` or --task-timeout; what was started is ended with the attempt. */
  async #attempt(scope: VariableScope, special: ReadonlyMap<string, Value>): Promise<Attempt> {
    const own = keywordNumber(this.#task, 'timeout', scope)
    const limitMs = own === undefined || own <= 0 ? this.#world.options.taskLimitMs : own * 1000
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
    if (action.value === 'include_tasks') {
      const { sources, options: choice } = this.#world
      const index = this.included.length
      const made = includeTasks({ task: this.#task, scope, special, index, sources, choice })
      this.included.push(made.block)
      const fields = dictOf({ include: made.file, changed: false })
      return { kind: 'known', status: 'ok', fields, diffs: [] }
    }
    const module = this.#task.module
    if (module === undefined) throw new Error(`no module for ${action.value}`)
    const delegated = this.#delegate(scope)
    this.#delegatedTo = delegated
    const reach = this.#reach(delegated ?? this.#host, scope)
    const whose = { host: this.#host, delegated }
    const { options } = this.#world
    const forced = this.#task.keywords.get('check_mode')
    const isCheck =
      forced === undefined ? options.isCheck : keywordTruth(this.#task, 'check_mode', scope)
    const host = await this.#world.host(reach, isCheck)
    const controller = makeController({
      task: this.#task,
      scope,
      sources: this.#world.sources,
      isHostMade: () => hasHostMadeArgument(this.#task, scope),
    })
    return executeModule({
      module,
      task: this.#task,
      scope,
      host,
      release: () => patience.rest(() => this.#release()),
      checkTime: () => patience.check(),
      keep: (outcome) => {
        keepOutcome({ outcome, task: this.#task, scope, world: this.#world, ...whose })
      },
      makeContext: (rawArguments) => ({
        host,
        controller,
        at: this.#task.at,
        environment: environmentOf(this.#task, scope),
        isDiff: this.#task.keywords.has('diff')
          ? keywordTruth(this.#task, 'diff', scope)
          : options.isDiff,
        verbosity: options.verbosity,
        rawArguments,
      }),
    })
  }

  #reach(host: string, own: VariableScope): Reach {
    const scope = this.#runs.scope(host, this.#task, new Map(), true)
    return this.#world.reach({ host, scope, task: this.#task, owner: this.#host, own })
  }

  #delegate(scope: VariableScope): string | undefined {
    const placed = this.#task.keywords.get('delegate_to')
    if (placed === undefined || placed.value === null) return undefined
    return str(render(placed.value, scope.context))
  }

  /** Facts in one round trip: those that the play names, or all. */
  async #gather(names: ReadonlySet<string> | undefined): Promise<Attempt> {
    const scope = this.#scope(new Map())
    const reach = this.#reach(this.#host, scope)
    const host = await this.#world.links.real(reach)
    const facts = await gatherFacts(host, names ?? 'all')
    const variables = this.#world.variables(this.#host)
    variables.addFacts(facts)
    if (names === undefined) variables.areFactsComplete = true
    this.#runs.forgetFiles(this.#host)
    const fields = dictOf({ ansible_facts: Object.fromEntries(facts), changed: false })
    return { kind: 'known', status: 'ok', fields, diffs: [] }
  }

  async #meta(): Promise<Attempt> {
    const word = this.#task.args.free?.value
    const variables = this.#world.variables(this.#host)
    if (word === 'clear_facts') variables.facts.clear()
    if (word === 'reset_connection') await this.#world.links.reset(this.#host)
    return { kind: 'known', status: 'ok', fields: dictOf({ changed: false }), diffs: [] }
  }
}

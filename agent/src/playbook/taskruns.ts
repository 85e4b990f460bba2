// Tasks of one batch, whichever host they are on: what a result leaves behind (registers, facts,
// notifications), and what is told about it. Not here: a task on its host (taskrun.ts), the order.
import type { GatherOptions } from '../facts/gather.ts'
import type { TaskPlace } from '../journal/entry.ts'
import { systemClock } from '../sys/clock.ts'
import { render } from '../template/template.ts'
import { keyText } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { Template, type Value } from '../value/value.ts'
import type { BatchDriver, HostOutcome, Started } from './batch.ts'
import type { TaskInfo } from './events.ts'
import { gatheringOf } from './gathering.ts'
import { prefixed } from './handlers.ts'
import { listOf } from './inherit.ts'
import { isYes, keywordNumber, keywordTruth } from './keyword.ts'
import { missingHandler } from './notify.ts'
import { readRecord, type TaskRecord, writeRecord } from './record.ts'
import { dictOf, type TaskResult } from './result.ts'
import { errorResult } from './runner.ts'
import { type VariableScope } from './scope.ts'
import type { HandlerNames, Status } from './steps.ts'
import { TaskRun } from './taskrun.ts'
import { type Play, type Role, type Task, taskTitle } from './tree.ts'
import type { PlayLayers } from './variables.ts'
import { VarsFiles } from './varsfiles.ts'
import type { ScopePlace, World } from './world.ts'

export interface BatchHosts {
  readonly batch: readonly string[]
  readonly hosts: readonly string[]
  readonly all: readonly string[]
  /** Tells the batch apart from all others of the command. */
  readonly id: string
  survivors(): readonly string[]
}

/** A name in a message is not worth more than this many characters. */
const TITLE_CHARS_MAX = 500

export class TaskRuns {
  readonly #world: World
  readonly #play: Play
  readonly #hosts: BatchHosts
  readonly #files: VarsFiles
  readonly #publicRoles: Role[] = []
  /** Handlers of included roles. */
  readonly #brought: Task[] = []
  readonly #durations = new WeakMap<TaskResult, number>()
  /** Results that a journal told. */
  readonly #restored = new WeakSet<TaskResult>()
  #lastTask: string | undefined

  constructor(world: World, play: Play, hosts: BatchHosts) {
    this.#world = world
    this.#play = play
    this.#hosts = hosts
    this.#files = new VarsFiles(play, world.sources, (host) =>
      world.scope(host, this.#place(host), undefined, new Map(), true),
    )
  }

  gathering(scope: VariableScope): GatherOptions {
    return gatheringOf(this.#play, scope)
  }

  async run(host: string, task: Task, started: Started): Promise<HostOutcome> {
    const startMs = systemClock.now()
    const before = this.#before(host, task, started)
    if (before !== undefined) return before
    this.#tellAgain(host, task)
    const isTold = started.isAtFront && task.action.value !== 'meta'
    const info = isTold ? this.#announce(task, host) : this.info(task, host)
    if (!(await this.#isWanted(task, info, started))) return refusedOutcome()
    const watch = this.#world.options.watch?.begin(host, info)
    const run = new TaskRun(this, this.#world, host, task, started, watch)
    this.#world.options.report({ kind: 'running', task: info, host })
    const done = await run.result()
    const notify = this.#notified(host, task, done)
    const missing =
      done.status === 'changed' && notify.length > 0
        ? missingHandler([...this.#play.handlers, ...this.#brought], task, notify)
        : undefined
    const result =
      missing === undefined ? done : run.judged(errorResult(missing, task, host, done.isNoLog))
    this.#durations.set(result, systemClock.now() - startMs)
    const told = missing === undefined ? notify : []
    this.#writeDown(host, task, { result, notify: told, kept: run.kept, includes: run.includes })
    return this.#outcome(host, task, run, result, told)
  }

  #outcome(
    host: string,
    task: Task,
    run: TaskRun,
    result: TaskResult,
    notify: readonly string[],
  ): HostOutcome {
    for (const handlers of run.handlers.values()) this.#brought.push(...handlers)
    this.#remember(host, task, result)
    return {
      status: result.status,
      isIgnored: result.isIgnored,
      notify,
      ...(run.included.length === 0 ? {} : { included: run.included }),
      ...(run.handlers.size === 0 ? {} : { handlers: run.handlers }),
      result,
    }
  }

  /** With --step nobody runs ahead: the person is asked in the order of the play. */
  async #isWanted(task: Task, info: TaskInfo, started: Started): Promise<boolean> {
    const { step } = this.#world.options
    if (step === undefined || task.action.value === 'meta') return true
    await started.release()
    return step(info.id, info.name)
  }

  placeOf(host: string, task: Task): TaskPlace {
    return { batch: this.#hosts.id, path: task.path, host }
  }

  /** What came of the task before the run was stopped, with all that it left behind. */
  #before(host: string, task: Task, started: Started): HostOutcome | undefined {
    const plain = this.#world.options.journal?.done(this.placeOf(host, task), taskTitle(task))
    if (plain === undefined) return undefined
    const { result, notify, kept, includes } = readRecord(plain)
    const run = new TaskRun(this, this.#world, host, task, started, undefined)
    for (const each of kept) run.keep(each)
    if (kept.some(({ kind }) => kind === 'facts')) this.forgetFiles(host)
    for (const include of includes) run.includeAgain(include)
    this.#restored.add(result)
    return this.#outcome(host, task, run, result, notify)
  }

  /** A task that had begun to change something when the run was stopped. */
  #tellAgain(host: string, task: Task): void {
    const { journal, report } = this.#world.options
    if (journal?.isNew !== false || !journal.wasStarted(this.placeOf(host, task))) return
    const isCommand = task.module?.effect === 'runs'
    report({ kind: 'again', task: this.#announce(task, host), host, isCommand })
  }

  /** Nothing that a signal has ended is through. */
  #writeDown(host: string, task: Task, record: TaskRecord): void {
    const { journal, signal } = this.#world.options
    if (journal === undefined || signal.aborted) return
    const { status } = record.result
    journal.finish(this.placeOf(host, task), taskTitle(task), status, writeRecord(record))
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
      notify: outcome.notify,
      ...(task.isHandler ? { answersTo: this.#handlerWords(task, host) } : {}),
      isRescued,
      isRestored: this.#restored.has(outcome.result),
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
      isSpoken: isSpoken(task),
    }
  }

  /** A boolean keyword that is a template, as the first host of the batch has it. */
  isOn(task: Task, keyword: string): boolean {
    const host = this.#hosts.batch[0] ?? 'localhost'
    return keywordTruth(task, keyword, this.scope(host, task, new Map(), true))
  }

  get present(): readonly string[] {
    return this.#hosts.survivors()
  }

  get batch(): readonly string[] {
    return this.#hosts.batch
  }

  get playFolder(): string {
    return this.#play.folder
  }

  /** Roles that were included for all to see. */
  addRoles(roles: readonly Role[]): void {
    for (const role of roles) {
      if (!this.#publicRoles.some(({ folder }) => folder === role.folder)) {
        this.#publicRoles.push(role)
      }
    }
  }

  /** How many hosts may be at a task at a time; 0 for any number. */
  throttleOf(task: Task, host: string): number {
    if (!task.keywords.has('throttle')) return 0
    return keywordNumber(task, 'throttle', this.scope(host, task, new Map(), true)) ?? 0
  }

  handlerNames(handler: Task, host: string): HandlerNames {
    const rendered = (template: Template): Value =>
      this.scope(host, handler, new Map(), true).render(template)
    const texts = (keyword: string): string[] =>
      listOf(handler.keywords.get(keyword)).map(({ value }) =>
        str(value instanceof Template ? rendered(value) : value),
      )
    return {
      names: texts('name').flatMap((name) => prefixed(handler, name)),
      listen: texts('listen'),
    }
  }

  #handlerWords(handler: Task, host: string): string[] {
    const { names, listen } = this.handlerNames(handler, host)
    return [...names, ...listen]
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
      roles: [...this.#play.roles, ...this.#publicRoles],
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
    if (task.action.value === 'include_vars') variables.mayHaveMore ??= result.unknown
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

/** A task that the person did not want. */
function refusedOutcome(): HostOutcome {
  const value = dictOf({ changed: false, skipped: true, skip_reason: 'not wanted' })
  const result = { status: 'skipped', isIgnored: false, value, diffs: [], isNoLog: false } as const
  return { status: 'skipped', isIgnored: false, notify: [], result }
}

/** Actions of the play itself are told only where a condition left them out, or where they fail. */
function isSilent(task: Task, status: Status): boolean {
  if (task.action.value !== 'meta' || status === 'failed') return false
  const word = keyText(task.args.free?.value ?? null)
  return status !== 'skipped' || ['noop', 'reset_connection'].includes(word)
}

function isSpoken({ action, args }: Task): boolean {
  const quiet = args.named.get('quiet')?.value ?? false
  const isQuiet = typeof quiet === 'string' ? isYes(quiet) : quiet === true
  return action.value === 'debug' || (action.value === 'assert' && !isQuiet)
}

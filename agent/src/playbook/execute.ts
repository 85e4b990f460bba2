// A module run once on a host: arguments rendered and parsed, the probe, the changes. In check mode
// the host is an overlay, and nothing here knows it. Not here: loops and conditions (runner.ts).
import { ClusterError } from '../errors.ts'
import type { ExecResult, Host } from '../host/host.ts'
import { RememberingHost } from '../host/remembering.ts'
import { wordsOf } from '../host/taint.ts'
import { canonicalName, parseArguments, pathParams, wordsIn } from '../modules/arguments.ts'
import { AttributeFailure } from '../modules/attributes.ts'
import {
  type Diff,
  type Module,
  type ModuleContext,
  type Outcome,
  UnknownVerdict,
} from '../modules/module.ts'
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import { authored, type Dict, OMIT, Unknown, type Value } from '../value/value.ts'
import type { BackgroundWish, Jobs } from './background.ts'
import { defaultsOf, isGiven } from './defaults.ts'
import { isUnchanging, type Look } from './look.ts'
import { dictOf } from './result.ts'
import type { VariableScope } from './scope.ts'
import type { Status } from './steps.ts'
import type { Task } from './tree.ts'

export type Attempt =
  | {
      readonly kind: 'known'
      readonly status: Status
      readonly fields: Dict
      readonly diffs: readonly Diff[]
      readonly error?: unknown
    }
  | {
      readonly kind: 'unknown'
      readonly unknown: Unknown
      readonly diffs?: readonly Diff[]
    }

/** What a module's run needs besides the task. */
export interface ModuleRun {
  readonly module: Module
  readonly task: Task
  readonly scope: VariableScope
  readonly host: Host
  readonly makeContext: (raw: ReadonlyMap<string, Value>) => ModuleContext
  /** Waits until the task may change something; answers whether what was seen may be stale. */
  readonly release: () => Promise<boolean>
  /** Whether others may have changed the machine since the run began. */
  readonly isStale: () => boolean
  /** Throws once the task's time is up. */
  readonly checkTime: () => void
  readonly keep: (outcome: Outcome) => void
  /** Told what is about to be done; throws where that must not be. */
  readonly about: (outcome: Outcome) => void
  /** Runs a command that only looks although the host is an overlay; undefined where it may not. */
  readonly look: Look | undefined
  /** Set for a task with `async` that is not only predicted. */
  readonly background: BackgroundWish | undefined
  readonly jobs: Jobs
}

export async function executeModule(run: ModuleRun): Promise<Attempt> {
  const { module, task, scope, host } = run
  const { given, raw } = renderArguments(module, task, scope)
  const parsed = parseArguments(module, given)
  if ('mistake' in parsed) {
    const { name, message, hint } = parsed.mistake
    const at = (name === undefined ? undefined : task.args.named.get(name)?.at) ?? task.action.at
    throw new ClusterError('MODULE_ARGUMENT', message, { where: at, hint })
  }
  if ('unknown' in parsed) {
    await taint(run, given, parsed.unknown)
    return { kind: 'unknown', unknown: parsed.unknown }
  }
  const params = await expandHomes(module, parsed.params, host)
  const context = run.makeContext(raw)
  try {
    if (module.effect === 'runs') await run.release()
    const probe = async () => module.probe(params, probeContext(module, context))
    const outcome = await probed(run, probe)
    // Differences are told only to who asked, whatever the module has at hand.
    const told = context.isDiff ? outcome : { ...outcome, diffs: [] }
    return await carryOut(run, told, given, context.environment)
  } catch (error) {
    if (error instanceof UnknownVerdict) {
      await taint(run, given, error.unknown)
      return { kind: 'unknown', unknown: error.unknown }
    }
    if (error instanceof AttributeFailure) return failure(error.message, {}, [])
    throw error
  }
}

/** Others may have changed what hosts share while this one looked or waited: it looks again. */
async function probed(run: ModuleRun, probe: () => Promise<Outcome>): Promise<Outcome> {
  const seen = await probe().catch((error: unknown) => {
    if (!run.isStale()) throw error
    return undefined
  })
  const isToDo = (seen?.changes?.length ?? 0) > 0
  if (seen !== undefined && !isToDo && !run.isStale()) return seen
  const isStale = await run.release()
  return seen === undefined || isStale ? probe() : seen
}

/** Others wait for something to come about, and ask again and again. */
function probeContext(module: Module, context: ModuleContext): ModuleContext {
  if (module.effect !== 'changes') return context
  return { ...context, host: new RememberingHost(context.host) }
}

async function carryOut(
  run: ModuleRun,
  outcome: Outcome,
  given: ReadonlyMap<string, Value>,
  environment: ModuleContext['environment'],
): Promise<Attempt> {
  const { host } = run
  run.about(outcome)
  const fields = outcome.result ?? {}
  const diffs = outcome.diffs ?? []
  if (outcome.failure !== undefined) return failure(outcome.failure, fields, diffs)
  if (outcome.skipReason !== undefined) {
    const skipped = dictOf({ ...fields, skipped: true, msg: outcome.skipReason })
    return { kind: 'known', status: 'skipped', fields: skipped, diffs: [] }
  }
  if (outcome.isChanged instanceof Unknown) {
    await taint(run, given, outcome.isChanged)
    return { kind: 'unknown', unknown: outcome.isChanged }
  }
  if (run.background !== undefined && isForBackground(outcome)) {
    return leaveToHost(run, run.background, outcome, environment)
  }
  const doubt = await doubtOf(run, outcome)
  const ran: ExecResult[] = []
  for (const change of outcome.changes ?? []) {
    run.checkTime()
    const answer = await host.apply(change, environment)
    if (!(answer instanceof Unknown)) ran.push(answer)
  }
  if (doubt !== undefined) {
    await taint(run, given, doubt)
    return { kind: 'unknown', unknown: doubt, diffs }
  }
  if (outcome.run !== undefined) {
    run.checkTime()
    const answer = (await run.look?.(outcome.run)) ?? (await host.exec(outcome.run))
    if (answer instanceof Unknown) {
      await taintCommand(run, outcome, answer)
      return { kind: 'unknown', unknown: answer }
    }
    ran.push(answer)
  }
  run.keep(outcome)
  const completion =
    host.isOverlay && outcome.run === undefined ? undefined : await outcome.finish?.(ran)
  const all = dictOf({ ...fields, ...completion?.result })
  if (completion?.failure !== undefined) {
    // A command that ran and failed may have changed something: it counts as a change too.
    const changed = outcome.isChanged === true
    return failure(
      completion.failure,
      { ...Object.fromEntries(all as Map<string, Value>), changed },
      diffs,
    )
  }
  const isChanged = completion?.isChanged ?? outcome.isChanged ?? (outcome.changes?.length ?? 0) > 0
  const status = isChanged ? 'changed' : 'ok'
  return { kind: 'known', status, fields: all.set('changed', isChanged), diffs }
}

/** Whether the machine accepts what is to be changed is looked at where changes are predicted. */
async function doubtOf({ host }: ModuleRun, outcome: Outcome): Promise<Unknown | undefined> {
  if (!host.isOverlay) return undefined
  for (const { trial } of outcome.changes ?? []) {
    if (trial === undefined) continue
    if (trial.script instanceof Unknown) return trial.script
    const answer = await host.ask(trial.script, trial.limitMs)
    if (answer.rc !== 0) return new Unknown(`${trial.doubt} is known in the run only`, host.name)
  }
  return undefined
}

/** Contents that are sent in pieces need the connection; what does nothing needs no job. */
function isForBackground({ changes = [], run }: Outcome): boolean {
  return (
    changes.every(({ upload }) => upload === undefined) && (run !== undefined || changes.length > 0)
  )
}

async function leaveToHost(
  run: ModuleRun,
  wish: BackgroundWish,
  outcome: Outcome,
  environment: ModuleContext['environment'],
): Promise<Attempt> {
  const report = await run.jobs.start(run.host, outcome, environment, wish)
  const { result, isChanged } = report
  if (report.failure !== undefined) {
    return failure(report.failure, { ...result, changed: isChanged }, outcome.diffs ?? [])
  }
  if (report.isFinished) run.keep(outcome)
  const fields = dictOf({ ...result, changed: isChanged })
  const status = isChanged ? 'changed' : 'ok'
  return { kind: 'known', status, fields, diffs: outcome.diffs ?? [] }
}

function failure(
  message: string,
  fields: Record<string, unknown>,
  diffs: readonly Diff[],
): Attempt {
  const all = dictOf({ changed: false, ...fields, failed: true, msg: message })
  return { kind: 'known', status: 'failed', fields: all, diffs }
}

/** What an unrun command names is unknown from now on, unless its author says it changes nothing. */
async function taintCommand(run: ModuleRun, outcome: Outcome, reason: Unknown): Promise<void> {
  if (isUnchanging(run.task)) return
  const request = outcome.run
  const text = request?.script ?? request?.argv?.join(' ') ?? ''
  const creates = [...run.task.args.named].flatMap(([name, { value }]) =>
    ['creates', 'removes'].includes(name) ? wordsIn(render(value, run.scope.context)) : [],
  )
  const words = [...wordsOf(text, request?.folder), ...creates]
  await believe(run.host, words, reason)
}

/** What a task of unknown verdict names is unknown from now on. */
async function taint(
  { module, host }: ModuleRun,
  given: ReadonlyMap<string, Value>,
  reason: Unknown,
): Promise<void> {
  const touched = new Set(['name', ...pathParams(module)])
  const isTouched = (name: string): boolean =>
    // A command may touch all that it names; other modules their paths and what they are about.
    module.effect === 'runs' || touched.has(canonicalName(module, name) ?? name)
  const words = [...given].flatMap(([name, value]) => (isTouched(name) ? wordsIn(value) : []))
  await believe(host, words, reason)
}

async function believe(host: Host, words: readonly string[], reason: Unknown): Promise<void> {
  if (!host.isOverlay) return
  const effects = [{ kind: 'taint', words, reason } as const]
  await host.apply({ summary: 'unknown', script: ':', effects })
}

function renderArguments(module: Module, task: Task, scope: VariableScope) {
  const given = new Map<string, Value>()
  const raw = new Map<string, Value>()
  const take = (name: string, value: Value): void => {
    const known = module.aliases?.[name] ?? name
    if (module.rawParams?.includes(known) === true) {
      raw.set(known, value)
      given.set(name, '')
      return
    }
    const rendered = render(value, scope.context)
    if (rendered !== OMIT) given.set(name, rendered)
  }
  const defaults = defaultsOf(task, module, (value) => render(value, scope.context))
  for (const [name, value] of defaults) if (!isGiven(task, module, name)) take(name, value)
  for (const [name, { value, at }] of task.args.named) {
    // Names of facts may be templates, as authors write them.
    const isTemplate = module.isOpen === true && name.includes('{{')
    take(isTemplate ? str(render(authored(name, at), scope.context)) : name, value)
  }
  if (task.args.free !== undefined && module.freeForm !== undefined) {
    take(module.freeForm, task.args.free.value)
  }
  return { given, raw }
}

/** `~` and `~/x` are below the home of the user that the task works as. */
async function expandHomes(
  module: Module,
  params: Record<string, unknown>,
  host: Host,
): Promise<Record<string, unknown>> {
  const expanded = { ...params }
  for (const name of pathParams(module)) {
    const value = params[name]
    if (typeof value !== 'string' || !/^~(\/|$)/.test(value)) continue
    const { home } = await host.identity()
    expanded[name] = home + value.slice(1)
  }
  return expanded
}

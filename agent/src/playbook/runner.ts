// One task on one host: loop, conditions, arguments, the module, retries, and what counts as
// changed or failed. Not here: which task comes next (iterate.ts), where variables come from.
import { ClusterError, isPosition, withWhere } from '../errors.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { render } from '../template/template.ts'
import { UnknownUsed } from '../value/python.ts'
import { isDict, Template, Unknown, type Value } from '../value/value.ts'
import { truth } from './controller.ts'
import type { Attempt } from './execute.ts'
import { isHidden, judge, keywordNumber, keywordTruth } from './keyword.ts'
import { loopControl, loopItems, loopVariables } from './loop.ts'
import type { LoopRecord } from './looprecord.ts'
import { combineItems, dictOf, type TaskResult, unknownResult, withFlags } from './result.ts'
import type { VariableScope } from './scope.ts'
import { type Task, taskTitle } from './tree.ts'

/** What a task needs from the run around it. */
export interface TaskEnvironment {
  readonly task: Task
  readonly host: string
  readonly isCheck: boolean
  /** A scope with loop variables on top. */
  scope(special: ReadonlyMap<string, Value>): VariableScope
  /** The same for the items of a loop, which do not see how the host is reached. */
  bareScope(special: ReadonlyMap<string, Value>): VariableScope
  /** Items that a journal tells of, and where those that follow are written down. */
  readonly loop: LoopRecord
  /** Called for each finished item and each retry, for the live view. */
  progress(note: { kind: 'item' | 'retry'; result: TaskResult; left: number }): void
  /** Runs the module, or the play's own action, once. */
  attempt(scope: VariableScope, special: ReadonlyMap<string, Value>): Promise<Attempt>
  /** Repeats what stopped for facts or for other hosts, once those are there. */
  settle<T>(step: () => T | Promise<T>): Promise<T>
}

const RETRIES_DEFAULT = 3
const DELAY_DEFAULT_SECONDS = 5

export async function runTask(environment: TaskEnvironment): Promise<TaskResult> {
  const { task } = environment
  if (!task.keywords.has('loop')) return runOnce(environment, new Map())
  const { loop } = environment
  const items =
    loop.items() ??
    (await environment.settle(() => loopItems(task, (special) => environment.bareScope(special))))
  const scope = environment.scope(new Map())
  if (items instanceof Unknown) return unknownResult(items, keywordTruth(task, 'no_log', scope))
  if (items === undefined) return runOnce(environment, new Map())
  const control = loopControl(task, scope)
  loop.begin(items)
  const results: TaskResult[] = []
  for (const [index, item] of items.entries()) {
    const done = loop.done(index)
    if (done !== undefined) {
      results.push(done)
      if (done.status === 'unreachable') break
      continue
    }
    const special = withLast(task, loopVariables(control, items, index), results)
    if (index > 0 && control.pauseSeconds > 0) {
      await pause(systemClock, control.pauseSeconds * 1000)
    }
    const result = await runItem(environment, special)
    const label =
      control.label === undefined ? item : labelOf(control.label, environment.scope(special))
    const named = { ...result, item: { label }, value: withItem(result.value, control.name, item) }
    results.push(named)
    loop.finish(index, named)
    environment.progress({ kind: 'item', result: named, left: items.length - index - 1 })
    // A host that has gone is not waited for again with each item.
    if (result.status === 'unreachable') break
  }
  const combined = combineItems(results)
  return results.length > 0
    ? combined
    : { ...combined, isNoLog: keywordTruth(task, 'no_log', scope) }
}

/** The mistake of one item is that item's failure; the others are still done. */
async function runItem(
  environment: TaskEnvironment,
  special: ReadonlyMap<string, Value>,
): Promise<TaskResult> {
  const { task, host } = environment
  try {
    return await runOnce(environment, special)
  } catch (error) {
    return errorResult(error, task, host, isHidden(task, environment.scope(special)))
  }
}

function labelOf(label: Value, scope: VariableScope): Value {
  return render(label, scope.context)
}

function withItem(value: Value, name: string, item: Value): Value {
  if (!isDict(value)) return value
  return new Map(value).set(name, item).set('ansible_loop_var', name)
}

/** One run: conditions, then the module, as often as until wants it. */
async function runOnce(
  environment: TaskEnvironment,
  special: ReadonlyMap<string, Value>,
): Promise<TaskResult> {
  const { task } = environment
  const verdict = await environment.settle(() => judge(task, environment.scope(special)))
  const scope = environment.scope(special)
  const isNoLog = keywordTruth(task, 'no_log', scope)
  if (verdict instanceof Unknown) return unknownResult(verdict, isNoLog)
  if (!verdict) return skipped(task, scope, isNoLog)
  const until = task.keywords.get('until')
  const tries = until === undefined ? 1 : 1 + retries(task, scope)
  for (let attempt = 1; ; attempt += 1) {
    const finished = await attemptOnce(environment, special, isNoLog)
    const result =
      until === undefined
        ? finished
        : { ...finished, attempts: attempt, value: withAttempts(finished.value, attempt) }
    if (until === undefined || result.status === 'unknown' || result.status === 'unreachable') {
      return result
    }
    const after = withRegister(task, special, result)
    const isDone = await environment.settle(() => truth(until.value, environment.scope(after)))
    if (isDone instanceof Unknown) return unknownResult(isDone, isNoLog)
    if (isDone) return result
    if (attempt === tries) return givenUp(result, attempt - 1)
    environment.progress({ kind: 'retry', result, left: tries - attempt })
    const delay = keywordNumber(task, 'delay', scope) ?? DELAY_DEFAULT_SECONDS
    if (delay > 0 && !environment.isCheck) await pause(systemClock, delay * 1000)
  }
}

/** Ansible counts the first try apart when all have failed: attempts is the number of retries. */
function givenUp(result: TaskResult, attempts: number): TaskResult {
  const value = isDict(result.value)
    ? new Map(result.value).set('failed', true).set('attempts', attempts)
    : result.value
  // failed_when has the last word on what becomes of the task.
  const isSaidFine = isDict(result.value) && result.value.get('failed_when_result') === false
  return { ...result, status: isSaidFine ? result.status : 'failed', attempts, value }
}

function withAttempts(value: Value, attempts: number): Value {
  return isDict(value) ? new Map(value).set('attempts', attempts) : value
}

function retries(task: Task, scope: VariableScope): number {
  return Math.max(1, keywordNumber(task, 'retries', scope) ?? RETRIES_DEFAULT)
}

function skipped(task: Task, scope: VariableScope, isNoLog: boolean): TaskResult {
  const condition = task.whens.find(({ value }) => truth(value, scope) === false)?.value
  const shown = condition instanceof Template ? condition.source : false
  const value = dictOf({
    changed: false,
    skipped: true,
    skip_reason: 'Conditional result was False',
    false_condition: shown,
  })
  return { status: 'skipped', isIgnored: false, value, diffs: [], isNoLog }
}

async function attemptOnce(
  environment: TaskEnvironment,
  special: ReadonlyMap<string, Value>,
  isNoLog: boolean,
): Promise<TaskResult> {
  const base = await bareAttempt(environment, special, isNoLog)
  if (['unknown', 'unreachable', 'skipped'].includes(base.status)) return base
  return environment.settle(() => applyVerdicts(environment, special, base))
}

/** What went wrong on the host while the module ran is its result, which `until` may try again. */
const HOST_FAULTS: readonly string[] = ['TASK_FAILED', 'HOST_STATE', 'TIMEOUT', 'BECOME']

async function bareAttempt(
  environment: TaskEnvironment,
  special: ReadonlyMap<string, Value>,
  isNoLog: boolean,
): Promise<TaskResult> {
  const { task, host } = environment
  try {
    const attempt = await environment.settle(() =>
      environment.attempt(environment.scope(special), special),
    )
    if (attempt.kind === 'unknown') {
      return { ...unknownResult(attempt.unknown, isNoLog), diffs: attempt.diffs ?? [] }
    }
    const { status, fields, diffs, error } = attempt
    const value = withFlags(fields, status)
    const told = error === undefined ? {} : { error }
    return { status, isIgnored: false, value, diffs, isNoLog, ...told }
  } catch (error) {
    if (!(error instanceof ClusterError) || !HOST_FAULTS.includes(error.code)) throw error
    return errorResult(error, task, host, isNoLog)
  }
}

/** changed_when and failed_when see the result under the register's name. */
function applyVerdicts(
  environment: TaskEnvironment,
  special: ReadonlyMap<string, Value>,
  base: TaskResult,
): TaskResult {
  const { task } = environment
  const changedWhen = task.keywords.get('changed_when')
  const failedWhen = task.keywords.get('failed_when')
  let result = base
  if (changedWhen !== undefined) {
    const scope = environment.scope(withRegister(task, special, result))
    const isChanged = truth(changedWhen.value, scope)
    result = setFlag(result, 'changed', isChanged)
  }
  if (failedWhen !== undefined) {
    const scope = environment.scope(withRegister(task, special, result))
    const isFailed = truth(failedWhen.value, scope)
    result = setFlag(result, 'failed', isFailed)
  }
  return result
}

function setFlag(
  result: TaskResult,
  flag: 'changed' | 'failed',
  value: boolean | Unknown,
): TaskResult {
  if (value instanceof Unknown)
    return { ...unknownResult(value, result.isNoLog), diffs: result.diffs }
  const dict = isDict(result.value) ? new Map(result.value).set(flag, value) : result.value
  if (flag === 'failed' && isDict(dict)) dict.set('failed_when_result', value)
  const changed = isDict(dict) && dict.get('changed') === true
  const failed = isDict(dict) && dict.get('failed') === true
  const status = failed ? 'failed' : changed ? 'changed' : 'ok'
  return { ...result, status, value: dict }
}

function withRegister(task: Task, special: ReadonlyMap<string, Value>, result: TaskResult) {
  const extended = new Map(special)
  const name = task.keywords.get('register')?.value
  if (typeof name === 'string') extended.set(name, result.value)
  return extended
}

/** An item sees what the last one before it that was not skipped has left in the register. */
function withLast(
  task: Task,
  special: ReadonlyMap<string, Value>,
  results: readonly TaskResult[],
): ReadonlyMap<string, Value> {
  const last = results.findLast(({ status }) => status !== 'skipped')
  // What an include brings sees the variables of its loop, and those alone.
  return last === undefined || task.around !== undefined
    ? special
    : withRegister(task, special, last)
}

/** Nothing can be done on the host, by any task. */
const LOST: ReadonlySet<string> = new Set(['UNREACHABLE', 'HOST_KEY', 'LEASE'])

/** Errors that got a place on their way have the first one behind them. */
function unknownBehind(error: unknown): Unknown | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof UnknownUsed) return each.unknown
  }
  return undefined
}

/** The error of a task as a result; its place is kept, or the task's own is added. */
export function errorResult(
  error: unknown,
  task: Task,
  host: string,
  isNoLog: boolean,
): TaskResult {
  const unknown = unknownBehind(error)
  if (unknown !== undefined) return unknownResult(unknown, isNoLog)
  const placed = withWhere(error, { host, task: taskTitle(task) })
  if (!(placed instanceof ClusterError)) throw error
  const isLost = LOST.has(placed.code)
  const where = placed.where !== undefined && isPosition(placed.where) ? placed.where : undefined
  const fields: Record<string, unknown> = { msg: placed.message, changed: false }
  if (isLost) fields['unreachable'] = true
  else fields['failed'] = true
  if (placed.hint !== undefined) fields['hint'] = placed.hint
  if (where !== undefined) fields['where'] = `${where.file}:${where.line}:${where.column}`
  return {
    status: isLost ? 'unreachable' : 'failed',
    isIgnored: false,
    value: dictOf(fields),
    diffs: [],
    isNoLog,
    error: placed,
  }
}

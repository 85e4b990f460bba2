// What a task came to on a host: the status, and the dict that register gets. Loops are put
// together here. Not here: how results are shown (output/).
import type { Diff } from '../modules/module.ts'
import { fromPlain } from '../value/plain.ts'
import { type Dict, isDict, Unknown, type Value } from '../value/value.ts'
import type { Status } from './steps.ts'

export interface TaskResult {
  readonly status: Status
  /** A failure that goes on as if it were none. */
  readonly isIgnored: boolean
  /** What register gets; an Unknown when nothing of it can be told. */
  readonly value: Value
  readonly diffs: readonly Diff[]
  /** The loop item, for one run of a loop. */
  readonly item?: { readonly label: Value }
  readonly items?: readonly TaskResult[]
  /** Where the task really ran, when that was another host. */
  readonly delegatedTo?: string
  readonly isNoLog: boolean
  readonly attempts?: number
  readonly unknown?: Unknown
  /** The error behind a failure, with its place. */
  readonly error?: unknown
}

export function dictOf(fields: Record<string, unknown>): Dict {
  const value = fromPlain(fields)
  return isDict(value) ? value : new Map()
}

/** The same as a failure, which a rescue may take. */
export function asFailed(result: TaskResult): TaskResult {
  const value = isDict(result.value) ? new Map(result.value).set('failed', true) : result.value
  return { ...result, status: 'failed', value }
}

/** The status as register tells it: `changed`, `failed`, `skipped`. */
export function withFlags(dict: Dict, status: Status): Dict {
  const flagged = new Map(dict)
  if (!flagged.has('changed')) flagged.set('changed', status === 'changed')
  if (!flagged.has('failed')) flagged.set('failed', status === 'failed' || status === 'unreachable')
  if (status === 'skipped') flagged.set('skipped', true)
  return flagged
}

/** One result of a loop's runs, as Ansible has it: `results`, and flags over all. */
export function combineItems(items: readonly TaskResult[]): TaskResult {
  const has = (status: Status): boolean =>
    items.some((item) => item.status === status && !item.isIgnored)
  const isSkipped = items.every((item) => item.status === 'skipped')
  const status: Status = items.some((item) => item.status === 'unreachable')
    ? 'unreachable'
    : has('failed') || items.some((item) => item.status === 'failed')
      ? 'failed'
      : has('unknown')
        ? 'unknown'
        : isSkipped
          ? 'skipped'
          : has('changed')
            ? 'changed'
            : 'ok'
  const unknown = items.find((item) => item.unknown !== undefined)?.unknown
  const isAnyChanged = items.some(({ value }) => isDict(value) && value.get('changed') === true)
  const changed: Value = isAnyChanged ? true : status === 'unknown' ? (unknown ?? false) : false
  const value: Dict = new Map<Value, Value>([
    ['changed', changed],
    ['failed', status === 'failed'],
    ['msg', message(items.length, status)],
    ['results', items.map((item) => item.value)],
  ])
  value.set('skipped', isSkipped)
  if (status === 'unreachable') value.set('unreachable', true)
  const failed = items.filter((item) => item.status === 'failed')
  return {
    status,
    isIgnored: failed.length > 0 && failed.every((item) => item.isIgnored),
    value,
    diffs: [],
    items,
    isNoLog: items.some((item) => item.isNoLog),
    ...(unknown === undefined ? {} : { unknown }),
  }
}

function message(count: number, status: Status): string {
  if (count === 0) return 'No items in the list'
  if (status === 'skipped') return 'All items skipped'
  return status === 'failed' ? 'One or more items failed' : 'All items completed'
}

/** What register holds when check mode cannot tell what a task would do. */
export function unknownResult(unknown: Unknown, isNoLog: boolean): TaskResult {
  return { status: 'unknown', isIgnored: false, value: unknown, diffs: [], isNoLog, unknown }
}

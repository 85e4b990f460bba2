// What came of a task as plain data, and back: the passage between the engine and a run's journal.
// Differences of files are not written down: nothing that follows needs them. Not here: the journal
// itself (journal/), what is done with what comes back (taskruns.ts).
import type { Position } from '../errors.ts'
import { fromExact, toExact } from '../value/exact.ts'
import type { Plain } from '../value/plain.ts'
import { Unknown, type Value } from '../value/value.ts'
import type { Kept } from './keep.ts'
import type { TaskResult } from './result.ts'
import type { Status } from './steps.ts'

type Json = { [key: string]: Plain }

/** An include's task brought a file or a role, once for each item of its loop. */
export interface IncludeRecord {
  readonly name: string
  readonly special: ReadonlyMap<string, Value>
}

/** What of a task outlives it. */
export interface TaskRecord {
  readonly result: TaskResult
  readonly notify: readonly string[]
  readonly kept: readonly Kept[]
  readonly includes: readonly IncludeRecord[]
}

export function writeRecord({ result, notify, kept, includes }: TaskRecord): Plain {
  return {
    result: writeResult(result),
    notify: [...notify],
    kept: kept.map(writeKept),
    includes: includes.map(({ name, special }) => ({ name, special: writeValues(special) })),
  }
}

export function readRecord(plain: Plain): TaskRecord {
  const record = plain as Json
  return {
    result: readResult(record['result'] as Json),
    notify: record['notify'] as string[],
    kept: (record['kept'] as Json[]).map(readKept),
    includes: (record['includes'] as Json[]).map((each) => ({
      name: typeof each['name'] === 'string' ? each['name'] : '',
      special: readValues(each['special'] ?? null),
    })),
  }
}

function writeResult(result: TaskResult): Json {
  const { status, isIgnored, value, item, items, delegatedTo, isNoLog, attempts, unknown } = result
  return {
    status,
    isIgnored,
    isNoLog,
    value: toExact(value),
    ...(item === undefined ? {} : { label: toExact(item.label) }),
    ...(items === undefined ? {} : { items: items.map(writeResult) }),
    ...(delegatedTo === undefined ? {} : { delegatedTo }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(unknown === undefined ? {} : { unknown: toExact(unknown) }),
  }
}

function readResult(plain: Json): TaskResult {
  const { status, isIgnored, isNoLog, value = null, label, items, delegatedTo, attempts } = plain
  const unknown = plain['unknown'] === undefined ? undefined : fromExact(plain['unknown'])
  return {
    status: status as Status,
    isIgnored: isIgnored === true,
    isNoLog: isNoLog === true,
    value: fromExact(value),
    diffs: [],
    ...(label === undefined ? {} : { item: { label: fromExact(label) } }),
    ...(Array.isArray(items) ? { items: (items as Json[]).map(readResult) } : {}),
    ...(typeof delegatedTo === 'string' ? { delegatedTo } : {}),
    ...(typeof attempts === 'number' ? { attempts } : {}),
    ...(unknown instanceof Unknown ? { unknown } : {}),
  }
}

function writeKept(kept: Kept): Json {
  switch (kept.kind) {
    case 'facts':
    case 'included':
      return { ...kept, values: writeValues(kept.values) }
    case 'fact':
      return { ...kept, hosts: [...kept.hosts], value: toExact(kept.value) }
    case 'stat':
      return { ...kept, value: toExact(kept.value) }
    case 'clear_facts':
      return { ...kept }
    case 'group':
      return { ...kept, parents: [...kept.parents], at: { ...kept.at } }
    case 'host': {
      const vars = [...kept.vars].map(([name, { value, origin }]) => [name, toExact(value), origin])
      return { ...kept, groups: [...kept.groups], vars, at: { ...kept.at } }
    }
  }
}

function readKept(plain: Json): Kept {
  const kept = plain as unknown as Kept
  const at = plain['at'] as unknown as Position
  switch (kept.kind) {
    case 'facts':
    case 'included':
      return { ...kept, values: readValues(plain['values'] ?? null) }
    case 'fact':
    case 'stat':
      return { ...kept, value: fromExact(plain['value'] ?? null) }
    case 'clear_facts':
      return kept
    case 'group':
      return { ...kept, at }
    case 'host': {
      const vars = (plain['vars'] as [string, Plain, string][]).map(
        ([name, value, origin]) => [name, { value: fromExact(value), origin }] as const,
      )
      return { ...kept, vars: new Map(vars), at }
    }
  }
}

function writeValues(values: ReadonlyMap<string, Value>): Plain {
  return toExact(new Map<Value, Value>(values))
}

function readValues(plain: Plain): Map<string, Value> {
  return fromExact(plain) as Map<string, Value>
}

export function writeItems(items: readonly Value[]): Plain {
  return items.map(toExact)
}

export function readItems(plain: Plain): Value[] {
  return (plain as Plain[]).map(fromExact)
}

/** One item of a loop that is through. */
export interface ItemRecord {
  readonly result: TaskResult
  readonly kept: readonly Kept[]
}

export function writeItem({ result, kept }: ItemRecord): Plain {
  return { result: writeResult(result), kept: kept.map(writeKept) }
}

export function readItem(plain: Plain): ItemRecord {
  const record = plain as Json
  return {
    result: readResult(record['result'] as Json),
    kept: (record['kept'] as Json[]).map(readKept),
  }
}

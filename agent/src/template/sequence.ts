// Iteration as Python has it: what can be walked, and a stable sort.
import { spend } from '../value/budget.ts'
import { compare, equals, typeError, typeName, undefinedError } from '../value/python.ts'
import { isDict, LazyDict, Undefined, Unknown, type Value } from '../value/value.ts'
import { characters } from './text.ts'
import { UnknownReached } from './unknown.ts'

/** What a loop walks: a list's items, a dict's keys, a text's characters. */
export function listOf(value: Value): Value[] {
  const items = tryListOf(value)
  if (items !== undefined) return items
  if (value instanceof Undefined) throw undefinedError(value)
  throw typeError(`'${typeName(value)}' object is not iterable`)
}

export function tryListOf(value: Value): Value[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return characters(value)
  if (isDict(value) || value instanceof LazyDict) return [...value.keys()]
  if (value instanceof Unknown) throw new UnknownReached(value)
  return undefined
}

/** Sorted as Python sorts: stable, also in reverse; an error where two items have no order. */
export function sorted(list: Value[], key: (item: Value) => Value, reverse: boolean): Value[] {
  const keyed = list.map((item) => ({ item, key: key(item) }))
  spend(keyed.length)
  // Python compares even a pair that sort() might skip: one item alone is never compared.
  keyed.sort((a, b) => {
    spend()
    const order = compare(a.key, b.key) ?? 0
    return reverse ? -order : order
  })
  return keyed.map((entry) => entry.item)
}

/** Whether a list holds an equal item. */
export function includes(list: Value[], wanted: Value): boolean {
  spend(list.length)
  return list.some((item) => equals(item, wanted))
}

/** Items without repetition, first ones kept; scalars by hash, the rest one by one. */
export function unique(list: Value[], key: (item: Value) => Value): Value[] {
  const seen = new ValueSet()
  return list.filter((item) => seen.add(key(item)))
}

/** A set of values by Python's equality. */
export class ValueSet {
  private readonly texts = new Set<Value>()
  private readonly others: Value[] = []

  constructor(items: Iterable<Value> = []) {
    for (const item of items) this.add(item)
  }

  has(value: Value): boolean {
    if (typeof value === 'string') return this.texts.has(value)
    return includes(this.others, value)
  }

  /** Whether the value was new. */
  add(value: Value): boolean {
    if (this.has(value)) return false
    if (typeof value === 'string') this.texts.add(value)
    else this.others.push(value)
    return true
  }
}

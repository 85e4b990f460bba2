// Unknowns inside values: what check mode cannot know makes unknown whatever looks at it.
import { spend } from '../value/budget.ts'
import { isDict, Unknown, type Value } from '../value/value.ts'

/** Thrown when an Unknown decides what a template prints; the whole text is then Unknown. */
export class UnknownReached extends Error {
  readonly unknown: Unknown
  constructor(unknown: Unknown) {
    super(unknown.reason)
    this.unknown = unknown
  }
}

/** The first Unknown anywhere in a value; shared parts cannot make the search endless. */
export function deepUnknown(value: Value | undefined): Unknown | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Unknown) return value
  if (Array.isArray(value)) return firstUnknown(value, value.length)
  return isDict(value) ? firstUnknown(value.values(), value.size) : undefined
}

function firstUnknown(items: Iterable<Value>, count: number): Unknown | undefined {
  spend(count + 1)
  for (const item of items) {
    const found = deepUnknown(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first argument that is itself an Unknown. */
export function topUnknown(values: Iterable<Value | undefined>): Unknown | undefined {
  for (const value of values) if (value instanceof Unknown) return value
  return undefined
}

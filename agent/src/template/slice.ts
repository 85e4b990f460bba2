// Indexes and slices with Python's rules: negative ones count from the end, slices never fail.
import { isFloat, numeric } from '../value/number.ts'
import { typeError, typeName, undefinedError } from '../value/python.ts'
import { Tuple, Undefined, type Value } from '../value/value.ts'
import { tuple } from './operators.ts'
import { characters } from './text.ts'

/** The int that an index is; undefined for values that are no ints. */
export function indexOf(value: Value): number | undefined {
  const number = numeric(value)
  return number === undefined || isFloat(number) ? undefined : Number(number)
}

/** `text[start:stop:step]` or the same of a list; text counts by characters, not UTF-16 units. */
export function slice(target: Value, start: Value, stop: Value, step: Value): Value {
  if (typeof target === 'string') {
    return pick(characters(target), start, stop, step).join('')
  }
  if (!Array.isArray(target)) {
    if (target instanceof Undefined) throw undefinedError(target)
    throw typeError(`'${typeName(target)}' cannot be sliced`)
  }
  const items = pick([...target], start, stop, step)
  return target instanceof Tuple ? tuple(items) : items
}

function bound(value: Value): number | undefined {
  if (value === null) return undefined
  const index = indexOf(value)
  if (index !== undefined) return index
  if (value instanceof Undefined) throw undefinedError(value)
  throw typeError('slice indices must be integers or None')
}

function pick<T>(items: T[], from: Value, to: Value, by: Value): T[] {
  const step = bound(by) ?? 1
  if (step === 0) throw typeError('slice step cannot be zero')
  const size = items.length
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const place = (value: Value, otherwise: number): number => {
    const index = bound(value)
    if (index === undefined) return otherwise
    return Math.min(Math.max(index < 0 ? index + size : index, low), high)
  }
  const start = place(from, step > 0 ? low : high)
  const stop = place(to, step > 0 ? high : low)
  const picked: T[] = []
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) picked.push(items[i] as T)
  return picked
}

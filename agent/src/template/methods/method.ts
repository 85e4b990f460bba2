// The methods that templates may call on texts, lists, dicts and numbers: one table per type, and
// nothing outside the tables can be called. Here is their shape and how they read arguments. Not
// here: how a template reaches them (access.ts).
import { numeric, toNumber } from '../../value/number.ts'
import { typeError, typeName, undefinedError } from '../../value/python.ts'
import { Undefined, type Value } from '../../value/value.ts'

export type Method = (target: never, args: Value[], kwargs: Map<string, Value>) => Value
export type Methods = ReadonlyMap<string, Method>

/** A table of methods of one type; a Map, so that no name of a JavaScript object is in it. */
export function table<T>(
  rows: Record<string, (target: T, args: Value[], kwargs: Map<string, Value>) => Value>,
): Methods {
  return new Map(Object.entries(rows))
}

/** A text argument, or the text given for when it is left out. */
export function textArg(args: Value[], index: number, otherwise?: string): string {
  const value = args[index]
  if (typeof value === 'string') return value
  if (value instanceof Undefined) throw undefinedError(value)
  if (value === undefined && otherwise !== undefined) return otherwise
  if (value === undefined) throw typeError(`missing argument ${index + 1}`)
  throw typeError(`argument ${index + 1} must be str, not ${typeName(value)}`)
}

/** A whole-number argument, or the number given for when it is left out. */
export function intArg(args: Value[], index: number, otherwise?: number): number {
  const value = args[index]
  if (value === undefined && otherwise !== undefined) return otherwise
  if (value instanceof Undefined) throw undefinedError(value)
  const number = value === undefined ? undefined : numeric(value)
  if (number === undefined || !Number.isInteger(toNumber(number))) {
    throw typeError(`argument ${index + 1} must be an int`)
  }
  return toNumber(number)
}

/** Refuses arguments that a method does not take. */
export function atMost(name: string, args: Value[], most: number): void {
  if (args.length > most) {
    throw typeError(`${name}() takes at most ${most} arguments (${args.length} given)`)
  }
}

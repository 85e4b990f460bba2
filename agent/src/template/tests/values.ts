// Tests on values themselves: Jinja's own.
import { isFloat, isInt, numeric, toNumber } from '../../value/number.ts'
import { compare, equals, str, typeError, undefinedError } from '../../value/python.ts'
import { Callable, isDict, isNumber, LazyDict, Undefined, type Value } from '../../value/value.ts'
import type { Arg, Test, Tests } from '../plugin.ts'
import { tryListOf } from '../sequence.ts'

const about = (run: (value: Value) => boolean): Test => ({
  acceptsUndefined: true,
  passesUnknown: true,
  run,
})

function whole(value: Value): number {
  const number = numeric(value)
  if (number !== undefined) return toNumber(number)
  if (value instanceof Undefined) throw undefinedError(value)
  throw typeError('a number is needed')
}

function modulo(a: Value, b: Arg): number {
  const by = whole(b ?? 0)
  if (by === 0) throw typeError('integer division or modulo by zero')
  return ((whole(a) % by) + by) % by
}

const order = (check: (sign: number) => boolean, operator: string): Test => ({
  params: 'other',
  run: (value, [other = null]) => {
    const sign = compare(value, other, operator)
    return sign !== undefined && check(sign)
  },
})

const equal: Test = { params: 'other', run: (value, [other = null]) => equals(value, other) }
const differs: Test = { params: 'other', run: (value, [other = null]) => !equals(value, other) }
const greater = order((sign) => sign > 0, '>')
const less = order((sign) => sign < 0, '<')
const atLeast = order((sign) => sign >= 0, '>=')
const atMost = order((sign) => sign <= 0, '<=')

function isSame(a: Value, b: Arg): boolean {
  if (a === b) return true
  if (b === undefined || typeof a === 'boolean' || typeof b === 'boolean') return false
  return isNumber(a) && isNumber(b) && isFloat(a) === isFloat(b) && equals(a, b)
}

function isIterable(value: Value): boolean {
  if (value instanceof Undefined) throw undefinedError(value)
  return tryListOf(value) !== undefined
}

export const VALUE_TESTS: Tests = {
  none: about((value) => value === null),
  boolean: about((value) => typeof value === 'boolean'),
  true: about((value) => value === true),
  false: about((value) => value === false),
  string: about((value) => typeof value === 'string'),
  number: about((value) => numeric(value) !== undefined),
  integer: about((value) => isInt(value)),
  float: about((value) => isNumber(value) && isFloat(value)),
  mapping: about((value) => isDict(value) || value instanceof LazyDict),
  sequence: about((value) => tryListOf(value) !== undefined),
  iterable: { acceptsUndefined: true, passesUnknown: true, run: isIterable },
  callable: about((value) => value instanceof Callable),
  escaped: about(() => false),
  sameas: {
    params: 'other',
    acceptsUndefined: true,
    run: (value, [other]) => isSame(value, other),
  },
  lower: { run: (value) => isCased(str(value), (text) => text.toLowerCase()) },
  upper: { run: (value) => isCased(str(value), (text) => text.toUpperCase()) },
  odd: { run: (value) => modulo(value, 2) === 1 },
  even: { run: (value) => modulo(value, 2) === 0 },
  divisibleby: { params: 'num', run: (value, [by]) => modulo(value, by) === 0 },
  in: {
    params: 'seq',
    run: (value, [container = null]) => isIn(value, container),
  },
  nan: { run: (value) => Number.isNaN(toNumber(numeric(value) ?? 0)) },
  isnan: { run: (value) => Number.isNaN(toNumber(numeric(value) ?? 0)) },
  '==': equal,
  eq: equal,
  equalto: equal,
  '!=': differs,
  ne: differs,
  '>': greater,
  gt: greater,
  greaterthan: greater,
  '<': less,
  lt: less,
  lessthan: less,
  '>=': atLeast,
  ge: atLeast,
  '<=': atMost,
  le: atMost,
}

function isCased(text: string, wanted: (text: string) => string): boolean {
  return text === wanted(text) && text.toLowerCase() !== text.toUpperCase()
}

/** `item in container` where the container is given to a test. */
export function isIn(value: Value, container: Value): boolean {
  if (typeof container === 'string') {
    if (typeof value !== 'string') throw typeError("'in <string>' requires string as left operand")
    return container.includes(value)
  }
  const list = tryListOf(container)
  if (list === undefined) throw typeError('the container is not iterable')
  return list.some((item) => equals(item, value))
}

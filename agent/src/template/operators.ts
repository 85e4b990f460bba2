// Python's operators on values: + - * / // % ** and ~. Bools count as ints, ints have no bounds,
// text and lists repeat and join, and everything that Python refuses is refused in its words.
import { boundText, checkListLength, checkTextLength } from '../value/budget.ts'
import {
  compareNumbers,
  int,
  isFloat,
  numeric,
  toBigInt,
  toNumber,
  tooBig,
} from '../value/number.ts'
import { str, typeError, typeName, undefinedError } from '../value/python.ts'
import { Float, float, Timestamp, Tuple, Undefined, type Value } from '../value/value.ts'
import { formatPercent } from './format.ts'
import { timeDifference } from './time.ts'

type Numeric = number | bigint | Float

export function add(a: Value, b: Value): Value {
  if (typeof a === 'string' && typeof b === 'string') return boundText(a + b)
  if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
    checkListLength(a.length + b.length)
    return a instanceof Tuple ? tuple([...a, ...b]) : [...a, ...b]
  }
  const [x, y] = numbers('+', a, b)
  if (typeof x === 'number' && typeof y === 'number' && bothInts(x, y)) {
    const sum = x + y
    if (Number.isSafeInteger(sum)) return sum
  }
  return bothInts(x, y) ? int(toBigInt(x) + toBigInt(y)) : float(toNumber(x) + toNumber(y))
}

export function subtract(a: Value, b: Value): Value {
  if (a instanceof Timestamp && b instanceof Timestamp) return timeDifference(a, b)
  const [x, y] = numbers('-', a, b)
  return bothInts(x, y) ? int(toBigInt(x) - toBigInt(y)) : float(toNumber(x) - toNumber(y))
}

export function multiply(a: Value, b: Value): Value {
  const repeated = repeat(a, b) ?? repeat(b, a)
  if (repeated !== undefined) return repeated
  const [x, y] = numbers('*', a, b)
  return bothInts(x, y) ? int(toBigInt(x) * toBigInt(y)) : float(toNumber(x) * toNumber(y))
}

function repeat(what: Value, count: Value): Value | undefined {
  if (typeof what !== 'string' && !Array.isArray(what)) return undefined
  const times = numeric(count)
  if (times === undefined || isFloat(times)) {
    if (typeof what === 'string' && count instanceof Undefined) throw undefinedError(count)
    throw typeError(`can't multiply sequence by non-int of type '${typeName(count)}'`)
  }
  const n = Math.max(0, Number(times))
  if (typeof what === 'string') {
    checkTextLength(what.length * n)
    return what.repeat(n)
  }
  checkListLength(what.length * n)
  const list = Array.from({ length: what.length === 0 ? 0 : n }, () => [...what]).flat()
  return what instanceof Tuple ? tuple(list) : list
}

export function divide(a: Value, b: Value): Value {
  const [x, y] = numbers('/', a, b)
  if (toNumber(y) === 0) throw typeError('division by zero')
  return float(toNumber(x) / toNumber(y))
}

export function floorDivide(a: Value, b: Value): Value {
  const [x, y] = numbers('//', a, b)
  if (toNumber(y) === 0) throw typeError('integer division or modulo by zero')
  if (!bothInts(x, y)) return float(Math.floor(toNumber(x) / toNumber(y)))
  const quotient = toBigInt(x) / toBigInt(y)
  // JavaScript cuts towards zero, Python floors.
  const exact = quotient * toBigInt(y) === toBigInt(x)
  return int(exact || toBigInt(x) < 0n === toBigInt(y) < 0n ? quotient : quotient - 1n)
}

export function modulo(a: Value, b: Value): Value {
  if (typeof a === 'string') return formatPercent(a, b)
  const [x, y] = numbers('%', a, b)
  if (toNumber(y) === 0) throw typeError('integer division or modulo by zero')
  if (bothInts(x, y)) {
    const rest = toBigInt(x) % toBigInt(y)
    return int(rest !== 0n && rest < 0n !== toBigInt(y) < 0n ? rest + toBigInt(y) : rest)
  }
  const rest = toNumber(x) % toNumber(y)
  return float(rest !== 0 && rest < 0 !== toNumber(y) < 0 ? rest + toNumber(y) : rest)
}

export function power(a: Value, b: Value): Value {
  const [x, y] = numbers('** or pow()', a, b)
  if (!bothInts(x, y) || compareNumbers(y, 0) === -1) {
    if (toNumber(x) === 0 && toNumber(y) < 0) {
      throw typeError('0.0 cannot be raised to a negative power')
    }
    const result = toNumber(x) ** toNumber(y)
    if (Number.isNaN(result)) throw typeError('a negative number has no real root of this kind')
    if (!Number.isFinite(result) && Number.isFinite(toNumber(x))) {
      throw typeError('the result is too large for a float')
    }
    return float(result)
  }
  // The bits of the result are known beforehand, so a huge one is never computed.
  const bits = toBigInt(x).toString(2).length * Number(y)
  if (bits > 20_000 && ![0n, 1n, -1n].includes(toBigInt(x))) throw tooBig()
  return int(toBigInt(x) ** toBigInt(y))
}

export function negate(a: Value): Value {
  const x = operand('-', a)
  return isFloat(x) ? float(-toNumber(x)) : int(-toBigInt(x))
}

export function positive(a: Value): Value {
  return operand('+', a)
}

/** `a ~ b`: both as text. */
export function concat(a: Value, b: Value): string {
  return boundText(str(a) + str(b))
}

function operand(operator: string, a: Value): Numeric {
  const x = numeric(a)
  if (x !== undefined) return x
  if (a instanceof Undefined) throw undefinedError(a)
  throw typeError(`bad operand type for unary ${operator}: '${typeName(a)}'`)
}

function numbers(operator: string, a: Value, b: Value): [Numeric, Numeric] {
  const x = numeric(a)
  const y = numeric(b)
  if (x !== undefined && y !== undefined) return [x, y]
  throw mismatch(operator, a, b)
}

function mismatch(operator: string, a: Value, b: Value): Error {
  if (a instanceof Undefined) return undefinedError(a)
  if (b instanceof Undefined) return undefinedError(b)
  const [x, y] = [typeName(a), typeName(b)]
  if (operator === '+' && typeof a === 'string') {
    return typeError(
      `can only concatenate str (not "${y}") to str`,
      "use '~' to join values as text, or a filter such as int or string",
    )
  }
  return typeError(`unsupported operand type(s) for ${operator}: '${x}' and '${y}'`)
}

function bothInts(x: Numeric, y: Numeric): boolean {
  return !isFloat(x) && !isFloat(y)
}

/** What groupby gives: a pair that also has names for its two parts. */
export class Group extends Tuple {}

export function tuple(items: Iterable<Value>): Tuple {
  const made = new Tuple()
  for (const item of items) made.push(item)
  return made
}

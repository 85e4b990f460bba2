// Python's numbers: int without bounds, float, and how both print. A plain integral number is an
// int, a bigint is an int beyond 2^53, a Float or a fractional number is a float.
import { ClusterError } from '../errors.ts'
import { Float, isNumber, type Value } from './value.ts'

/** The most bits an int may have; what CPython can print without being asked twice. */
const INT_BITS_LIMIT = 16_384

/** An int as it is kept: a plain number where that is exact. */
export function int(value: bigint): number | bigint {
  const asNumber = Number(value)
  if (Number.isSafeInteger(asNumber)) return asNumber
  if (value.toString(16).length * 4 > INT_BITS_LIMIT) throw tooBig()
  return value
}

export function tooBig(): ClusterError {
  return new ClusterError('TEMPLATE_REFUSED', 'the template needs an int of more than 16384 bits', {
    hint: 'use smaller numbers',
  })
}

export function isFloat(value: Value): value is number | Float {
  return value instanceof Float || (typeof value === 'number' && !Number.isInteger(value))
}

export function isInt(value: Value): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
}

/** The value as arithmetic sees it: bools count as 0 and 1, everything not a number is undefined. */
export function numeric(value: Value): number | bigint | Float | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  return isNumber(value) ? value : undefined
}

/** A number as a JavaScript number; big ints lose digits. */
export function toNumber(value: number | bigint | Float): number {
  return value instanceof Float ? value.value : Number(value)
}

/** A whole number with all its digits. */
export function toBigInt(value: number | bigint | Float): bigint {
  return typeof value === 'bigint' ? value : BigInt(toNumber(value))
}

/** Less than, equal, greater as -1, 0, 1; NaN compares as undefined. */
export function compareNumbers(
  a: number | bigint | Float,
  b: number | bigint | Float,
): number | undefined {
  const x = a instanceof Float ? a.value : a
  const y = b instanceof Float ? b.value : b
  // JavaScript compares a bigint with a number exactly, as Python does.
  if (x < y) return -1
  if (x > y) return 1
  return Number.isNaN(x) || Number.isNaN(y) ? undefined : 0
}

/** Python's repr of a float: shortest digits, exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    return `${digits}e${padExponent(exponent)}`
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** `+5` as `+05`: Python writes at least two digits of exponent. */
export function padExponent(exponent: string): string {
  return exponent.replace(/^([+-])(\d)$/, '$10$2')
}

export function numberText(value: number | bigint | Float): string {
  if (typeof value === 'bigint') return value.toString()
  const plain = value instanceof Float ? value.value : value
  return isFloat(value) ? floatText(plain) : String(plain === 0 ? 0 : BigInt(plain))
}

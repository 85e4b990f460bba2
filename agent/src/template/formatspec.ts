// Python's format specifications: `{:>8}`, `{:05.1f}`, `{:,}`, and `str.format` with its fields.
import { boundText, checkTextLength } from '../value/budget.ts'
import { isFloat, isInt, numberText, numeric, padExponent, toNumber } from '../value/number.ts'
import { repr, str, typeError, typeName } from '../value/python.ts'
import type { Value } from '../value/value.ts'
import { characters } from './text.ts'

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su

/** Python's format(value, spec). */
function formatValue(value: Value, spec: string): string {
  if (spec === '') return str(value)
  const parts = SPEC.exec(spec)
  if (parts === null) throw typeError(`invalid format specifier '${spec}'`)
  const [, fill, align, sign = '-', alternate, zero, width, group, digits, type] = parts
  const size = Number(width ?? 0)
  const precision = digits === undefined ? undefined : Number(digits)
  checkTextLength(size + (precision ?? 0))
  const number = typeof value === 'string' ? undefined : numeric(value)
  if (number === undefined || (typeof value === 'boolean' && type === undefined)) {
    if (number === undefined && typeof value !== 'string') throw unsupported(value)
    if (type !== undefined && type !== 's') throw unknownCode(type, value)
    const text = precision === undefined ? str(value) : str(value).slice(0, precision)
    return align0(text, fill ?? (zero === undefined ? ' ' : '0'), align ?? '<', size)
  }
  const negative = toNumber(number) < 0 || Object.is(toNumber(number), -0)
  let body = numberBody(value, number, type, precision, alternate !== undefined)
  if (body.startsWith('-')) body = body.slice(1)
  if (group !== undefined) body = grouped(body, group)
  const mark = negative ? '-' : sign === '-' ? '' : sign
  const how = align ?? (zero === undefined ? '>' : '=')
  const filler = fill ?? (zero === undefined ? ' ' : '0')
  if (how === '=') return mark + body.padStart(size - mark.length, filler)
  return align0(mark + body, filler, how, size)
}

function numberBody(
  value: Value,
  number: NonNullable<ReturnType<typeof numeric>>,
  type: string | undefined,
  precision: number | undefined,
  alternate: boolean,
): string {
  if (type === '%') return `${formatFloat(toNumber(number) * 100, 'f', precision ?? 6)}%`
  if (type !== undefined && 'eEfFgG'.includes(type)) {
    return formatFloat(toNumber(number), type, precision ?? 6)
  }
  if (isFloat(number)) {
    if (type !== undefined && type !== 'n') throw unknownCode(type, value)
    if (precision === undefined) return numberText(number)
    return shortest(toNumber(number), precision, true)
  }
  if (precision !== undefined) throw typeError('precision not allowed in integer format specifier')
  if (type === undefined || type === 'd' || type === 'n') return numberText(number)
  if (!'boxXc'.includes(type)) throw unknownCode(type, value)
  if (type === 'c') return String.fromCodePoint(toNumber(number))
  return formatInt(BigInt(isInt(number) ? number : 0), type, alternate)
}

function unsupported(value: Value): Error {
  return typeError(`unsupported format string passed to ${typeName(value)}.__format__`)
}

function unknownCode(type: string, value: Value): Error {
  return typeError(`unknown format code '${type}' for object of type '${typeName(value)}'`)
}

function align0(text: string, fill: string, align: string, width: number): string {
  const missing = width - characters(text).length
  if (missing <= 0) return text
  if (align === '<' || align === '=') return text + fill.repeat(missing)
  if (align === '>') return fill.repeat(missing) + text
  const left = Math.floor(missing / 2)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}

function grouped(body: string, mark: string): string {
  const [whole = '', ...rest] = body.split('.')
  const every = whole.replace(/\B(?=(\d{3})+(?!\d))/g, mark)
  return [every, ...rest].join('.')
}

/** An int in base 2, 8, 16 or 10, with `0x` and the like when asked for. */
export function formatInt(value: bigint, type: string, alternate: boolean): string {
  const base = { b: 2, o: 8, x: 16, X: 16 }[type] ?? 10
  const digits = (value < 0n ? -value : value).toString(base)
  const prefix = alternate && base !== 10 ? `0${type}` : ''
  const text = prefix + (type === 'X' ? digits.toUpperCase() : digits)
  return value < 0n ? `-${text}` : text
}

/** A float in Python's `e`, `f` or `g` form with so many digits. */
export function formatFloat(value: number, type: string, digits: number): string {
  const upper = type === type.toUpperCase()
  const text = floatForm(value, type.toLowerCase(), Math.min(digits, 100))
  return upper ? text.toUpperCase() : text
}

function floatForm(value: number, type: string, digits: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (type === 'e') return exponential(value, digits)
  if (type === 'g') return shortest(value, Math.max(digits, 1), false)
  return fixed(value, digits)
}

// toFixed rounds exactly below 1e21; beyond it a float is an int, which a bigint prints.
function fixed(value: number, digits: number): string {
  if (Math.abs(value) < 1e21) return roundedHalfEven(value, digits)
  return digits === 0 ? String(BigInt(value)) : `${BigInt(value)}.${'0'.repeat(digits)}`
}

// toFixed takes the larger of two equally near numbers, Python the even one.
function roundedHalfEven(value: number, digits: number): string {
  const text = value.toFixed(digits)
  const scaled = Math.abs(value) * 10 ** digits
  const isTie = digits <= 15 && scaled < 2 ** 52 && scaled - Math.floor(scaled) === 0.5
  if (!isTie || !isExact(value, digits)) return text
  const floor = Math.floor(scaled)
  const even = floor % 2 === 0 ? floor : floor + 1
  const sign = value < 0 ? '-' : ''
  return sign + (even / 10 ** digits).toFixed(digits)
}

// Whether the product by ten to the digits was exact: a multiple of a small power of two.
function isExact(value: number, digits: number): boolean {
  return Number.isInteger(value * 2 ** (digits + 1))
}

function exponential(value: number, digits: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(digits).split('e')
  return `${mantissa}e${padExponent(exponent)}`
}

function shortest(value: number, digits: number, keepPoint: boolean): string {
  if (value === 0) return keepPoint ? '0.0' : '0'
  const exponent = Number(value.toExponential(digits - 1).split('e')[1])
  const limit = keepPoint ? digits - 1 : digits
  if (exponent < -4 || exponent >= limit) {
    return exponential(value, digits - 1).replace(/\.?0+e/, 'e')
  }
  const text = value.toFixed(Math.max(0, digits - 1 - exponent))
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return keepPoint && !trimmed.includes('.') ? `${trimmed}.0` : trimmed
}

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g

/** `'{} {name!r:>5}'.format(...)`; `member` finds what `{a.b}` and `{a[0]}` name. */
export function formatFields(
  text: string,
  args: Value[],
  kwargs: Map<string, Value>,
  member: (input: Value, key: Value) => Value,
): string {
  let automatic = 0
  const fill = (pattern: string): string =>
    pattern.replace(FIELD, (all, path: string | undefined, how, spec) => {
      if (all === '{{' || all === '}}') return all.slice(1)
      if (path === undefined) throw typeError(`single '${all}' encountered in format string`)
      const first = /^[^.[]*/.exec(path)?.[0] ?? ''
      const name = first === '' ? String(automatic++) : first
      let value = /^\d+$/.test(name) ? args[Number(name)] : kwargs.get(name)
      if (value === undefined) throw typeError(`the format names '${name}', which was not given`)
      for (const step of path.slice(first.length).matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
        const key = step[1] ?? step[2] ?? ''
        value = member(value, /^\d+$/.test(key) ? Number(key) : key)
      }
      const shown = how === 'r' || how === 'a' ? repr(value) : how === 's' ? str(value) : value
      return formatValue(shown, fill((spec as string | undefined) ?? ''))
    })
  return boundText(fill(text))
}

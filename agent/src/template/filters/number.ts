// Filters on numbers, and sizes as people write them.
import {
  compareNumbers,
  int,
  isFloat,
  isInt,
  numeric,
  toBigInt,
  toNumber,
} from '../../value/number.ts'
import { str, typeError, typeName } from '../../value/python.ts'
import { Float, float, type Value } from '../../value/value.ts'
import { formatFloat } from '../formatspec.ts'
import { add, power } from '../operators.ts'
import type { Arg, Filters } from '../plugin.ts'
import { asList, boolOr, intOr, textOr } from './arguments.ts'

type Numeric = number | bigint | Float

function need(value: Arg, what = 'the value'): Numeric {
  const number = value === undefined ? undefined : numeric(value)
  if (number !== undefined) return number
  throw typeError(
    `${what} must be a number, not ${value === undefined ? 'missing' : typeName(value)}`,
  )
}

/** Jinja's int: text in any base, floats cut off; the fallback for everything else. */
function toInt(value: Value, otherwise: Value, base: number): Value {
  const number = numeric(value)
  if (number !== undefined) {
    if (!isFloat(number)) return number
    return Number.isFinite(toNumber(number)) ? int(BigInt(Math.trunc(toNumber(number)))) : otherwise
  }
  if (typeof value !== 'string') return otherwise
  return parseInteger(value, base) ?? viaFloat(value) ?? otherwise
}

function viaFloat(text: string): Value | undefined {
  const number = parseFloatText(text)
  if (number === undefined || !Number.isFinite(number)) return undefined
  return int(BigInt(Math.trunc(number)))
}

const PREFIXES: Readonly<Record<number, string>> = { 2: '0b', 8: '0o', 16: '0x' }

function parseInteger(text: string, base: number): number | bigint | undefined {
  const clean = text
    .trim()
    .toLowerCase()
    .replace(/(?<=[\da-z])_(?=[\da-z])/g, '')
  const sign = /^[-+]/.exec(clean)?.[0] ?? ''
  let digits = clean.slice(sign.length)
  const prefix = base === 0 ? undefined : PREFIXES[base]
  if (prefix !== undefined && digits.startsWith(prefix)) digits = digits.slice(2)
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base)
  if (digits === '' || digits.split('').some((digit) => !alphabet.includes(digit))) return undefined
  let value = 0n
  if (digits.length > 4300) throw typeError('the number has more than 4300 digits')
  for (const digit of digits) value = value * BigInt(base) + BigInt(alphabet.indexOf(digit))
  return int(sign === '-' ? -value : value)
}

/** A float as Python reads one from text. */
function parseFloatText(text: string): number | undefined {
  const clean = text
    .trim()
    .toLowerCase()
    .replace(/(?<=\d)_(?=\d)/g, '')
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(clean)) return Number(clean)
  if (/^[-+]?inf(?:inity)?$/.test(clean)) return clean.startsWith('-') ? -Infinity : Infinity
  return /^[-+]?nan$/.test(clean) ? Number.NaN : undefined
}

// Python rounds a half to the even neighbour, by the exact binary value.
function round(value: Numeric, digits: number, method: string): Value {
  if (!['common', 'ceil', 'floor'].includes(method)) {
    throw typeError('method must be common, ceil or floor')
  }
  const number = toNumber(value)
  if (method !== 'common') {
    const scale = 10 ** digits
    const scaled = method === 'ceil' ? Math.ceil(number * scale) : Math.floor(number * scale)
    return float(scaled / scale)
  }
  if (isInt(value)) return digits >= 0 ? value : int(roundTens(BigInt(value), digits, false))
  if (!Number.isFinite(number)) return float(number)
  if (digits < 0) {
    const size = Math.abs(number)
    const whole = Math.floor(size)
    const tens = Number(roundTens(BigInt(whole), digits, size > whole))
    return float(number < 0 ? -tens : tens)
  }
  if (Math.abs(number) >= 2 ** 52) return float(number)
  return float(Number(formatFloat(number, 'f', Math.min(digits, 100))))
}

/** `hasMore`: a fraction comes after the whole, so that no half of it is exact. */
function roundTens(whole: bigint, digits: number, hasMore: boolean): bigint {
  const scale = 10n ** BigInt(Math.min(-digits, 4000))
  const rest = ((whole % scale) + scale) % scale
  const low = whole - rest
  const isHalf = rest * 2n === scale && !hasMore
  const isUp = isHalf ? (low / scale) % 2n !== 0n : rest * 2n >= scale
  return isUp ? low + scale : low
}

const UNITS: [letter: string, size: number][] = [
  ['Y', 2 ** 80],
  ['Z', 2 ** 70],
  ['E', 2 ** 60],
  ['P', 2 ** 50],
  ['T', 2 ** 40],
  ['G', 2 ** 30],
  ['M', 2 ** 20],
  ['K', 2 ** 10],
  ['B', 1],
]

function humanReadable(size: number, isBits: boolean, unit: string): string {
  const base = isBits ? 'bits' : 'Bytes'
  const wanted = unit.toUpperCase().slice(0, 1)
  const found = UNITS.find(([letter, limit]) => (wanted === '' ? size >= limit : letter === wanted))
  const [letter, limit] = found ?? ['B', 1]
  const suffix = limit === 1 ? base : `${letter}${isBits ? 'b' : 'B'}`
  return `${(size / limit).toFixed(2)} ${suffix}`
}

function humanToBytes(text: string, unit: Arg, isBits: boolean): Value {
  const found = /^\s*(\d*\.?\d*)\s*([A-Za-z]+)?/.exec(text)
  if (found === null || (found[1] ?? '') === '') {
    throw typeError(`cannot read a size from '${text}'`)
  }
  const name = found[2] ?? textOr(unit, '')
  const row = UNITS.find(([letter]) => letter === name.slice(0, 1).toUpperCase())
  if (name !== '' && row === undefined) throw typeError(`'${name}' is no unit of size`)
  const rest = name.slice(1).toLowerCase()
  const words =
    row?.[0] === 'B' ? ['', 'yte', 'ytes', 'its', 'it'] : ['', 'b', 'yte', 'ytes', 'bits']
  if (!words.includes(rest) || (!isBits && row?.[0] !== 'B' && name.slice(1) === 'b')) {
    throw typeError(`'${name}' is no unit of ${isBits ? 'bits' : 'bytes'}`)
  }
  return int(BigInt(Math.round(Number(found[1]) * (row?.[1] ?? 1))))
}

function fileSize(size: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (size === 1) return '1 Byte'
  if (size < base) return `${Math.trunc(size)} Bytes`
  const letters = 'KMGTPEZY'.split('')
  const index = Math.min(Math.floor(Math.log(size) / Math.log(base) + 1e-9), letters.length)
  const letter = letters[index - 1] ?? ''
  const unit = binary ? `${letter}iB` : `${letter.replace('K', 'k')}B`
  return `${(size / base ** index).toFixed(1)} ${unit}`
}

export const NUMBERS: Filters = {
  abs: {
    run: (input) => {
      const number = need(input)
      return compareNumbers(number, 0) === -1 ? negated(number) : number
    },
  },
  int: {
    params: 'default base',
    run: (input, [otherwise = 0, base]) => toInt(input, otherwise, intOr(base, 10)),
  },
  float: {
    params: 'default',
    run: (input, [otherwise = new Float(0)]) => {
      const number = typeof input === 'string' ? parseFloatText(input) : undefined
      if (number !== undefined) return float(number)
      const value = numeric(input)
      return value === undefined ? otherwise : float(toNumber(value))
    },
  },
  round: {
    params: 'precision method',
    run: (input, [digits, method]) =>
      round(need(input), intOr(digits, 0), textOr(method, 'common')),
  },
  sum: {
    params: 'attribute start',
    run: (input, [name = null, start = 0], { engine }) =>
      asList(input)
        .map((item) => (name === null ? item : engine.member(item, name)))
        .reduce(add, start),
  },
  log: {
    params: 'base',
    run: (input, [base]) => {
      const [x, b] = [toNumber(need(input)), base === undefined ? Math.E : toNumber(need(base))]
      if (x <= 0) throw typeError('math domain error')
      if (b === 10) return float(Math.log10(x))
      if (b === 2) return float(Math.log2(x))
      return float(Math.log(x) / Math.log(b))
    },
  },
  pow: {
    params: 'y',
    // Ansible computes in floats here, unlike the ** operator.
    run: (input, [y = 1]) => {
      const result = power(new Float(toNumber(need(input))), need(y))
      return result
    },
  },
  root: {
    params: 'base',
    run: (input, [base]) => {
      const [x, b] = [toNumber(need(input)), intOr(base, 2)]
      if (x < 0) throw typeError('root() can only be used on positive numbers')
      return float(b === 2 ? Math.sqrt(x) : x ** (1 / b))
    },
  },
  human_readable: {
    params: 'isbits unit',
    run: (input, [bits, unit]) =>
      humanReadable(toNumber(need(input)), boolOr(bits, false), textOr(unit, '')),
  },
  human_to_bytes: {
    params: 'default_unit isbits',
    run: (input, [unit, bits]) => humanToBytes(str(input), unit, boolOr(bits, false)),
  },
  filesizeformat: {
    params: 'binary',
    run: (input, [binary]) => {
      const size = typeof input === 'string' ? parseFloatText(input) : toNumber(need(input))
      return fileSize(size ?? Number.NaN, boolOr(binary, false))
    },
  },
}

function negated(number: Numeric): Value {
  return isFloat(number) ? float(-toNumber(number)) : int(-toBigInt(number))
}

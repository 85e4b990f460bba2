// Python's two ways to format text: `'%05d' % n` here, and the field layout that it shares with
// `'{:>5}'.format(x)` (formatspec.ts).
import { boundText, checkTextLength } from '../value/budget.ts'
import { isFloat, numeric, toBigInt, toNumber } from '../value/number.ts'
import { asDict, dictGet, repr, str, typeError, typeName } from '../value/python.ts'
import { type Dict, Tuple, type Value } from '../value/value.ts'
import { formatFloat, formatInt } from './formatspec.ts'
import { characters } from './text.ts'

const FIELD = /%(?:\(([^)]*)\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?(.|$)/gs

/** `text % value`: a tuple fills the fields in order, a dict fills `%(name)s`. */
export function formatPercent(text: string, value: Value): string {
  const fields = new Fields(value)
  const out = text.replace(FIELD, (_all, name, flags: string, width, precision, type: string) => {
    if (type === '%') return '%'
    const size = width === '*' ? fields.nextCount() : Number(width ?? 0)
    const digits = precision === '*' ? fields.nextCount() : readDigits(precision)
    checkTextLength(size + (digits ?? 0))
    const item = name === undefined ? fields.next() : fields.named(name as string)
    return pad(formatOne(type, item, flags, digits), size, flags, type)
  })
  fields.finish()
  return boundText(out)
}

function readDigits(precision: string | undefined): number | undefined {
  return precision === undefined ? undefined : Number(precision)
}

class Fields {
  private readonly items: Value[]
  private readonly dict: Dict | undefined
  private readonly whole: Value
  private index = 0
  private usedName = false

  constructor(value: Value) {
    this.whole = value
    this.items = value instanceof Tuple ? value : [value]
    this.dict = asDict(value)
  }

  next(): Value {
    if (this.index >= this.items.length) throw typeError('not enough arguments for format string')
    this.index += 1
    return this.items[this.index - 1] as Value
  }

  nextCount(): number {
    const count = numeric(this.next())
    if (count === undefined || isFloat(count)) throw typeError('* wants int')
    return Number(count)
  }

  named(name: string): Value {
    if (this.dict === undefined) throw typeError('format requires a mapping')
    this.usedName = true
    const item = dictGet(this.dict, name)
    if (item === undefined) throw typeError(`the format names '${name}', which the dict lacks`)
    return item
  }

  finish(): void {
    const mayIgnore = this.usedName || this.dict !== undefined || isPlainList(this.whole)
    if (this.index < this.items.length && !(mayIgnore && this.index === 0)) {
      throw typeError('not all arguments converted during string formatting')
    }
  }
}

function isPlainList(value: Value): boolean {
  return Array.isArray(value) && !(value instanceof Tuple)
}

function formatOne(type: string, item: Value, flags: string, digits: number | undefined): string {
  if (type === 's') return cut(str(item), digits)
  if (type === 'r' || type === 'a') return cut(repr(item), digits)
  if (type === 'c') return oneCharacter(item)
  const number = numeric(item)
  if (number === undefined) {
    const wanted = 'diu'.includes(type) ? 'a real number' : 'an integer'
    if (!'diuoxXeEfFgG'.includes(type)) throw badType(type)
    throw typeError(`%${type} format: ${wanted} is required, not ${typeName(item)}`)
  }
  const sign =
    toNumber(number) < 0 ? '' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  if ('diu'.includes(type)) {
    const whole = isFloat(number) ? BigInt(Math.trunc(toNumber(number))) : toBigInt(number)
    return sign + leadingZeros(whole.toString(), digits)
  }
  if ('oxX'.includes(type)) {
    if (isFloat(number)) throw typeError(`%${type} format: an integer is required, not float`)
    const text = formatInt(toBigInt(number), type, flags.includes('#'))
    return sign + text
  }
  if ('eEfFgG'.includes(type)) return sign + formatFloat(toNumber(number), type, digits ?? 6)
  throw badType(type)
}

function badType(type: string): Error {
  return typeError(`unsupported format character '${type}'`)
}

function cut(text: string, digits: number | undefined): string {
  return digits === undefined ? text : characters(text).slice(0, digits).join('')
}

function oneCharacter(item: Value): string {
  if (typeof item === 'number') return String.fromCodePoint(item)
  if (typeof item === 'string' && characters(item).length === 1) return item
  throw typeError('%c requires int or char')
}

function leadingZeros(text: string, digits = 0): string {
  const negative = text.startsWith('-')
  return (negative ? '-' : '') + text.slice(negative ? 1 : 0).padStart(digits, '0')
}

function pad(text: string, width: number, flags: string, type: string): string {
  if (flags.includes('-')) return text.padEnd(width)
  if (!flags.includes('0') || 'srac'.includes(type)) return text.padStart(width)
  const sign = /^[-+ ]?(?:0[xXo])?/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}

// What a plain scalar means: the types of YAML 1.1 as PyYAML reads them, so that `0644` is 420,
// `yes` is true and `1e3` is a string. Not here: quoted scalars, which are always strings.
import { int } from '../value/number.ts'
import { float, Timestamp, type Value } from '../value/value.ts'

export type ScalarType = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'merge' | 'value' | 'str'

const NULL = /^(?:~|null|Null|NULL|)$/
const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const TRUE = /^(?:yes|true|on)$/i
// An exponent needs a sign and the mantissa a point, hence `1e3` and `1.0e3` are strings.
const FLOAT = new RegExp(
  [
    /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/,
    /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/,
    /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
    /^[-+]?\.(?:inf|Inf|INF)$/,
    /^\.(?:nan|NaN|NAN)$/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
)
const INT = new RegExp(
  [
    /^[-+]?0b[0-1_]+$/,
    /^[-+]?0[0-7_]+$/,
    /^[-+]?(?:0|[1-9][0-9_]*)$/,
    /^[-+]?0x[0-9a-fA-F_]+$/,
    /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
)
const DATE = /^([0-9]{4})-([0-9][0-9])-([0-9][0-9])$/
const DATETIME =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$/

/** The type that a plain scalar of this text has. */
export function scalarType(text: string): ScalarType {
  if (NULL.test(text)) return 'null'
  if (BOOL.test(text)) return 'bool'
  if (INT.test(text)) return 'int'
  if (FLOAT.test(text)) return 'float'
  if (DATE.test(text) || DATETIME.test(text)) return 'timestamp'
  if (text === '<<') return 'merge'
  if (text === '=') return 'value'
  return 'str'
}

/** The value of a plain scalar; undefined when the text has the type's shape but no value. */
export function readScalar(text: string, type: ScalarType = scalarType(text)): Value | undefined {
  switch (type) {
    case 'null':
      return null
    case 'bool':
      return BOOL.test(text) ? TRUE.test(text) : undefined
    case 'int':
      return readInt(text)
    case 'float':
      return readFloat(text)
    case 'timestamp':
      return readTimestamp(text)
    case 'merge':
    case 'value':
    case 'str':
    default:
      return text
  }
}

function readInt(text: string): number | bigint | undefined {
  const digits = text.replaceAll('_', '').toLowerCase()
  const negative = digits.startsWith('-')
  const bare = digits.replace(/^[-+]/, '')
  let size: bigint
  if (bare.includes(':')) size = bare.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
  else if (/^0b[01]+$|^0x[0-9a-f]+$/.test(bare)) size = BigInt(bare)
  else if (/^0[0-7]+$/.test(bare)) size = BigInt(`0o${bare.slice(1)}`)
  else if (/^[0-9]+$/.test(bare)) size = BigInt(bare)
  else return undefined
  return int(negative ? -size : size)
}

function readFloat(text: string): Value | undefined {
  const digits = text.replaceAll('_', '').toLowerCase()
  const sign = digits.startsWith('-') ? -1 : 1
  const bare = digits.replace(/^[-+]/, '')
  if (bare === '.inf') return sign * Number.POSITIVE_INFINITY
  if (bare === '.nan') return Number.NaN
  const parts = bare.split(':')
  const size = parts.reduce((sum, part) => sum * 60 + Number(part === '.' ? 'x' : part), 0)
  return Number.isNaN(size) ? undefined : float(sign * size)
}

function readTimestamp(text: string): Timestamp | undefined {
  const date = DATE.exec(text)
  const [, year = '', month = '', day = ''] = date ?? DATETIME.exec(text) ?? []
  if (!isDay(Number(year), Number(month), Number(day))) return undefined
  const dayText = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  if (date !== null) return new Timestamp(dayText, true)
  const [, , , , hour = '', minute = '', second = '', fraction = '', zone] =
    DATETIME.exec(text) ?? []
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  const part = /[1-9]/.test(micros) ? `.${micros}` : ''
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${part}`
  return new Timestamp(`${dayText} ${time}${zoneText(zone)}`, false)
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

/** A zone as Python's str() prints it: `+00:00`. */
function zoneText(zone: string | undefined): string {
  if (zone === undefined) return ''
  if (zone === 'Z') return '+00:00'
  const [hours = '', minutes = '00'] = zone.slice(1).split(':')
  const isUtc = Number(hours) === 0 && Number(minutes) === 0
  return `${isUtc ? '+' : zone[0]}${hours.padStart(2, '0')}:${minutes}`
}

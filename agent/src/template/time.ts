// Dates and times as templates see them: Timestamps with Python's attributes, and the difference
// of two. The clock itself is the caller's (TemplateContext.now).
import { offsetText, type Zone } from '../sys/clock.ts'
import { str, typeError } from '../value/python.ts'
import { Callable, float, Timestamp, type Value } from '../value/value.ts'
import { TemplateObject } from './objects.ts'

const DAY_MS = 86_400_000

/** The instant a Timestamp names, in milliseconds; time zones are ignored. */
export function milliseconds(time: Timestamp): number {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] =
    time.text.match(/\d+/g)?.map(Number) ?? []
  const micro = /\.(\d+)/.exec(time.text)?.[1]?.padEnd(6, '0') ?? '0'
  return Date.UTC(year, month - 1, day, hour, minute, second) + Number(micro) / 1000
}

/** A Timestamp as Python's datetime prints it. */
export function timestamp(ms: number): Timestamp {
  const iso = new Date(Math.floor(ms)).toISOString()
  const micro = Math.round((ms - Math.floor(ms / 1000) * 1000) * 1000)
  const fraction = micro === 0 ? '' : `.${String(micro).padStart(6, '0')}`
  return new Timestamp(`${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction}`, false)
}

/** Python's timedelta. */
export class Duration extends TemplateObject {
  readonly ms: number
  constructor(ms: number) {
    super()
    this.ms = ms
  }

  override keys(): Value[] {
    return ['days', 'seconds', 'microseconds']
  }

  override get(key: Value): Value | undefined {
    const days = Math.floor(this.ms / DAY_MS)
    const rest = this.ms - days * DAY_MS
    if (key === 'days') return days
    if (key === 'seconds') return Math.floor(rest / 1000)
    if (key === 'microseconds') return Math.round((rest % 1000) * 1000)
    if (key !== 'total_seconds') return undefined
    return new Callable('total_seconds', () => float(this.ms / 1000))
  }
}

export function timeDifference(a: Timestamp, b: Timestamp): Duration {
  return new Duration(milliseconds(a) - milliseconds(b))
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** An attribute or a method of a Timestamp; undefined when it has none of that name. */
export function timeMember(time: Timestamp, name: string): Value | undefined {
  const date = new Date(Math.floor(milliseconds(time)))
  switch (name) {
    case 'year':
      return date.getUTCFullYear()
    case 'month':
      return date.getUTCMonth() + 1
    case 'day':
      return date.getUTCDate()
    case 'hour':
      return date.getUTCHours()
    case 'minute':
      return date.getUTCMinutes()
    case 'second':
      return date.getUTCSeconds()
    case 'strftime':
      return new Callable(name, ([format = '']) => strftime(str(format), milliseconds(time)))
    case 'isoformat':
      return new Callable(name, () => time.text.replace(' ', 'T'))
    case 'timestamp':
      return new Callable(name, () => float(milliseconds(time) / 1000))
    case 'weekday':
      return new Callable(name, () => (date.getUTCDay() + 6) % 7)
    default:
      return undefined
  }
}

const GREENWICH: Zone = { offsetMinutes: 0, name: 'UTC' }

/** C's strftime in the C locale, as clocks of the zone show the instant. */
export function strftime(format: string, ms: number, zone: Zone = GREENWICH): string {
  const shown = ms + zone.offsetMinutes * 60_000
  return format.replace(/%(.)/g, (all, code: string) => {
    if (code === 's') return String(Math.floor(ms / 1000))
    if (code === 'z') return offsetText(zone.offsetMinutes)
    if (code === 'Z') return zone.name
    return strftimeField(code, new Date(Math.floor(shown)), shown) ?? all
  })
}

function two(value: number, fill = '0'): string {
  return String(value).padStart(2, fill)
}

function strftimeField(code: string, date: Date, ms: number): string | undefined {
  const day = DAYS[date.getUTCDay()] ?? ''
  const month = MONTHS[date.getUTCMonth()] ?? ''
  const hour = date.getUTCHours()
  const yearDay = Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS)
  const fields: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getUTCFullYear()),
    y: () => two(date.getUTCFullYear() % 100),
    m: () => two(date.getUTCMonth() + 1),
    d: () => two(date.getUTCDate()),
    e: () => two(date.getUTCDate(), ' '),
    H: () => two(hour),
    I: () => two(hour % 12 === 0 ? 12 : hour % 12),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    f: () => String(Math.round((((ms % 1000) + 1000) % 1000) * 1000)).padStart(6, '0'),
    j: () => String(yearDay + 1).padStart(3, '0'),
    a: () => day.slice(0, 3),
    A: () => day,
    b: () => month.slice(0, 3),
    B: () => month,
    p: () => (hour < 12 ? 'AM' : 'PM'),
    w: () => String(date.getUTCDay()),
    u: () => String(date.getUTCDay() === 0 ? 7 : date.getUTCDay()),
    F: () => strftime('%Y-%m-%d', ms),
    T: () => strftime('%H:%M:%S', ms),
    R: () => strftime('%H:%M', ms),
    D: () => strftime('%m/%d/%y', ms),
    c: () => strftime('%a %b %e %H:%M:%S %Y', ms),
    '%': () => '%',
  }
  return Object.hasOwn(fields, code) ? fields[code]?.() : undefined
}

const PARSERS: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
  f: '(?<f>\\d{1,6})',
  y: '(?<y>\\d{2})',
  z: '(?:Z|[-+]\\d{2}:?\\d{2})',
  Z: '\\w+',
  b: '(?<b>[A-Za-z]{3})',
  B: '(?<B>[A-Za-z]+)',
  a: '[A-Za-z]{3}',
  A: '[A-Za-z]+',
  '%': '%',
}

/** Python's strptime for the directives that people use. */
export function strptime(text: string, format: string): Timestamp {
  const quoted = format.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  const pattern = quoted.replace(/%(.)/g, (all, code: string) => {
    const part = PARSERS[code]
    if (part === undefined) throw typeError(`'${all}' is not supported in the format '${format}'`)
    return part
  })
  const found = new RegExp(`^${pattern}$`, 'i').exec(text)?.groups
  if (found === undefined) throw typeError(`time data '${text}' does not match format '${format}'`)
  const named = found.b ?? found.B
  const month = named === undefined ? Number(found.m ?? 1) : monthNumber(named)
  const short =
    found.y === undefined ? 1900 : Number(found.y) + (Number(found.y) < 69 ? 2000 : 1900)
  const ms = Date.UTC(
    Number(found.Y ?? short),
    month - 1,
    Number(found.d ?? 1),
    Number(found.H ?? 0),
    Number(found.M ?? 0),
    Number(found.S ?? 0),
  )
  return timestamp(ms + Number((found.f ?? '0').padEnd(6, '0')) / 1000)
}

function monthNumber(name: string): number {
  return (
    MONTHS.findIndex(
      (month) => month.slice(0, 3).toLowerCase() === name.slice(0, 3).toLowerCase(),
    ) + 1
  )
}

// Values as JSON that comes back as it was: ints and floats, tuples, keys that are no texts and the
// order of dicts survive. Not here: JSON as other programs expect it (plain.ts).
import type { Plain } from './plain.ts'
import {
  Float,
  isDict,
  LazyDict,
  OMIT,
  Omit,
  Template,
  Timestamp,
  Tuple,
  Undefined,
  Unknown,
  type Value,
} from './value.ts'

type Tagged = { [tag: string]: Plain }

/** Texts, truths, null and whole lists stand for themselves; all else is an object with one tag. */
export function toExact(value: Value): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: String(value) }
  }
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (value instanceof Float) return { float: Object.is(value.value, -0) ? '-0' : `${value.value}` }
  if (value instanceof Tuple) return { tuple: [...value].map(toExact) }
  if (Array.isArray(value)) return value.map(toExact)
  if (value instanceof LazyDict) return toExact(value.toDict())
  // Pairs, because an object would put keys that look like numbers first.
  if (isDict(value)) return { dict: [...value].map(([key, item]) => [toExact(key), toExact(item)]) }
  if (value instanceof Timestamp) return { timestamp: value.text, isDate: value.isDate }
  if (value instanceof Template) {
    const { file, line, column } = value.origin
    return { template: value.source, file, line, column }
  }
  if (value instanceof Unknown) return { unknown: value.reason, origin: value.origin }
  if (value instanceof Omit) return { omit: true }
  // A function is made anew by what names it, never out of a record.
  return { undefined: value instanceof Undefined ? value.message : `a function: ${value.name}` }
}

export function fromExact(plain: Plain): Value {
  if (plain === null || typeof plain !== 'object') return plain
  if (Array.isArray(plain)) return plain.map(fromExact)
  if (Array.isArray(plain['dict'])) {
    const pairs = plain['dict'] as [Plain, Plain][]
    return new Map(pairs.map(([key, item]) => [fromExact(key), fromExact(item)]))
  }
  if (Array.isArray(plain['tuple'])) return Tuple.from(plain['tuple'].map(fromExact)) as Tuple
  return fromTagged(plain)
}

function fromTagged(plain: Tagged): Value {
  const text = (tag: string): string => {
    const found = plain[tag]
    return typeof found === 'string' ? found : ''
  }
  if ('number' in plain) return Number(plain['number'])
  if ('bigint' in plain) return BigInt(text('bigint'))
  if ('float' in plain) return new Float(Number(plain['float']))
  if ('timestamp' in plain) return new Timestamp(text('timestamp'), plain['isDate'] === true)
  if ('template' in plain) {
    const origin = {
      file: text('file'),
      line: Number(plain['line']),
      column: Number(plain['column']),
    }
    return new Template(text('template'), origin)
  }
  if ('unknown' in plain) return new Unknown(text('unknown'), text('origin'))
  if ('omit' in plain) return OMIT
  return new Undefined(text('undefined'))
}

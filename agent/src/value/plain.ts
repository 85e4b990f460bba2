// The passage between values and plain JSON. Not here: YAML and Jinja's own spellings.
import {
  type Dict,
  Float,
  isDict,
  LazyDict,
  Timestamp,
  Undefined,
  Unknown,
  type Value,
} from './value.ts'

/** What JSON can say. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain }

/** Reads plain JSON as a value; undefined members of an object are left out. */
export function fromPlain(plain: unknown): Value {
  if (plain === null || plain === undefined) return null
  if (Array.isArray(plain)) return plain.map(fromPlain)
  if (typeof plain === 'object') {
    // Floats, Unknowns and dicts that are values already pass as they are.
    if (isOpaque(plain)) return plain
    const dict: Dict = new Map()
    for (const [key, item] of Object.entries(plain)) {
      if (item !== undefined) dict.set(key, fromPlain(item))
    }
    return dict
  }
  return isScalar(plain) ? plain : null
}

function isScalar(value: unknown): value is boolean | number | bigint | string {
  return ['boolean', 'number', 'bigint', 'string'].includes(typeof value)
}

function isOpaque(value: object): value is Exclude<Value, null | Value[]> & object {
  return value.constructor !== Object && Object.getPrototypeOf(value) !== null
}

/** Writes a value as plain JSON. An Unknown reads `<unknown: reason>`. */
export function toPlain(value: Value): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Float) return value.value
  if (value instanceof Timestamp) return value.text
  if (Array.isArray(value)) return value.map(toPlain)
  if (value instanceof LazyDict) return toPlain(value.toDict())
  if (isDict(value)) {
    // A null prototype keeps a key called __proto__ an ordinary key.
    const plain: { [key: string]: Plain } = Object.create(null) as { [key: string]: Plain }
    for (const [key, item] of value) plain[keyText(key)] = toPlain(item)
    return plain
  }
  if (value instanceof Unknown) return `<unknown: ${value.reason}>`
  if (value instanceof Undefined) return null
  return `<${value.constructor.name}>`
}

/** A key of a dict as JSON spells it. */
export function keyText(key: Value): string {
  if (key === null) return 'null'
  if (typeof key === 'boolean') return key ? 'true' : 'false'
  const plain = toPlain(key)
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}

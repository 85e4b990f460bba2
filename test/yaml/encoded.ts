// The form in which generate.py keeps values, with every type spelt out.
import { Float, isDict, Timestamp, type Value } from '../../agent/src/value/value.ts'

export type Encoded =
  | ['null']
  | ['bool', boolean]
  | ['int' | 'float' | 'str' | 'date' | 'datetime', string]
  | ['list', Encoded[]]
  | ['dict', [Encoded, Encoded][]]

export function decode(encoded: Encoded): Value {
  switch (encoded[0]) {
    case 'null':
      return null
    case 'bool':
    case 'str':
      return encoded[1]
    case 'int': {
      const plain = Number(encoded[1])
      return Number.isSafeInteger(plain) ? plain : BigInt(encoded[1])
    }
    case 'float':
      return decodeFloat(encoded[1])
    case 'date':
    case 'datetime':
      return new Timestamp(encoded[1], encoded[0] === 'date')
    case 'list':
      return encoded[1].map(decode)
    case 'dict':
      return new Map(encoded[1].map(([key, value]) => [decode(key), decode(value)]))
  }
}

function decodeFloat(text: string): number | Float {
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity
  const value = Number(text)
  return Number.isInteger(value) ? new Float(value) : value
}

/** A text that is equal for equal values and tells apart what JSON confuses. */
export function canonical(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`
  if (isDict(value)) {
    return `{${[...value].map(([key, item]) => `${canonical(key)}: ${canonical(item)}`).join(', ')}}`
  }
  if (value instanceof Float) return `float ${Object.is(value.value, -0) ? '-0' : value.value}`
  if (value instanceof Timestamp) return `${value.isDate ? 'date' : 'datetime'} ${value.text}`
  if (typeof value === 'string') return JSON.stringify(value)
  return `${value as number | bigint | boolean | null}`
}

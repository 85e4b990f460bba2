// How filters read their arguments: as text, whole numbers, bools, lists and dicts, with Python's
// complaints when they are something else.
import { isFloat, numeric, toNumber } from '../../value/number.ts'
import { asDict, truth, typeError, typeName } from '../../value/python.ts'
import type { Dict, Value } from '../../value/value.ts'
import type { Arg } from '../plugin.ts'
import { tryListOf } from '../sequence.ts'

export function asText(value: Arg, what = 'the value'): string {
  if (typeof value === 'string') return value
  throw typeError(`${what} must be str, not ${value === undefined ? 'missing' : typeName(value)}`)
}

export function textOr(value: Arg, otherwise: string): string {
  return value === undefined || value === null ? otherwise : asText(value, 'the argument')
}

export function intOr(value: Arg, otherwise: number): number {
  if (value === undefined || value === null) return otherwise
  const number = numeric(value)
  if (number === undefined || isFloat(number)) {
    throw typeError(`an int is needed, not ${typeName(value)}`)
  }
  return toNumber(number)
}

export function boolOr(value: Arg, otherwise: boolean): boolean {
  return value === undefined ? otherwise : truth(value)
}

export function asList(value: Arg, what = 'the value'): Value[] {
  const list = value === undefined ? undefined : tryListOf(value)
  if (list === undefined) throw typeError(`${what} must be a list, not ${name(value)}`)
  return list
}

export function asMapping(value: Arg, what = 'the value'): Dict {
  const dict = value === undefined ? undefined : asDict(value)
  if (dict === undefined) throw typeError(`${what} must be a dict, not ${name(value)}`)
  return dict
}

function name(value: Arg): string {
  return value === undefined ? 'missing' : typeName(value)
}

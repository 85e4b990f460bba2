// Python's dict methods. Those that change the dict change the template's own copy (see
// compile/runtime.ts), never what the scope holds.
import { asDict, dictGet, dictKey, dictSet, orElse, repr, typeError } from '../../value/python.ts'
import { type Dict, isDict, type LazyDict, type Value } from '../../value/value.ts'
import { tuple } from '../operators.ts'
import { atMost, type Methods, table } from './method.ts'

type AnyDict = Dict | LazyDict

function own(target: AnyDict): Dict {
  if (isDict(target)) return target
  throw typeError('this dict cannot be changed by a template')
}

function pop(target: AnyDict, [key = null, otherwise]: Value[]): Value {
  const dict = own(target)
  const found = dictGet(dict, key)
  if (found === undefined && otherwise === undefined) throw typeError(`no key ${repr(key)} to pop`)
  dict.delete(dictKey(dict, key))
  return orElse(found, otherwise as Value)
}

function update(target: AnyDict, [other]: Value[], kwargs: Map<string, Value>): null {
  const dict = own(target)
  const source = other === undefined ? new Map<Value, Value>() : asDict(other)
  if (source !== undefined) for (const [key, item] of source) dictSet(dict, key, item)
  else for (const [key, item] of pairs(other as Value)) dictSet(dict, key, item)
  for (const [key, item] of kwargs) dict.set(key, item)
  return null
}

/** A list of pairs, as `dict()` and `update` take it. */
export function pairs(value: Value): [Value, Value][] {
  if (!Array.isArray(value)) throw typeError('a list of pairs is required')
  return value.map((pair) => {
    if (Array.isArray(pair) && pair.length === 2) return [pair[0] as Value, pair[1] as Value]
    throw typeError('each item must be a pair of a key and a value')
  })
}

function items(target: AnyDict): Value[] {
  return [...(asDict(target) ?? [])].map((pair) => tuple(pair))
}

export const dictMethods: Methods = table<AnyDict>({
  get: (target, args) => {
    atMost('get', args, 2)
    return orElse(dictGet(target, args[0] ?? null), args[1] ?? null)
  },
  keys: (target) => [...target.keys()],
  values: (target) => [...(asDict(target) ?? new Map<Value, Value>()).values()],
  items: (target) => items(target),
  copy: (target) => new Map(asDict(target)),
  pop: (target, args) => pop(target, args),
  popitem: (target) => {
    const last = items(target).at(-1)
    if (last === undefined) throw typeError('popitem(): dictionary is empty')
    pop(target, [(last as Value[])[0] as Value])
    return last
  },
  setdefault: (target, [key = null, otherwise = null]) => {
    const found = dictGet(target, key)
    if (found === undefined) dictSet(own(target), key, otherwise)
    return orElse(found, otherwise)
  },
  update: (target, args, kwargs) => update(target, args, kwargs),
  clear: (target) => {
    own(target).clear()
    return null
  },
})

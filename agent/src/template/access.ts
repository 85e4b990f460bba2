// How templates reach into values: `a.b` and `a['b']`. Only dict keys, list indexes and the methods
// in the whitelist can be reached; no property of a JavaScript object ever is.
import { ClusterError, type Position } from '../errors.ts'
import { Missing } from '../value/missing.ts'
import { dictGet, repr, str, typeName } from '../value/python.ts'
import {
  Callable,
  isDict,
  LazyDict,
  Timestamp,
  Undefined,
  Unknown,
  type Value,
} from '../value/value.ts'
import { dictMethods } from './methods/dict.ts'
import { listMethods, tupleMethods } from './methods/list.ts'
import type { Method, Methods } from './methods/method.ts'
import { numberMethods } from './methods/number.ts'
import { textMethods } from './methods/text.ts'
import { CallableObject, TemplateObject } from './objects.ts'
import { Group } from './operators.ts'
import { indexOf } from './slice.ts'
import { characters, isAscii } from './text.ts'
import { timeMember } from './time.ts'

const NONE: Methods = new Map()

function methodsOf(target: Value): Methods {
  switch (typeName(target)) {
    case 'str':
      return textMethods
    case 'list':
      return listMethods
    case 'tuple':
      return tupleMethods
    case 'dict':
      return isDict(target) || !(target instanceof LazyDict) ? dictMethods : lazyMethods(target)
    case 'int':
    case 'float':
    case 'bool':
      return numberMethods
    default:
      return NONE
  }
}

// A loop's or namespace's own members come before what a dict would offer.
function lazyMethods(target: LazyDict): Methods {
  return target instanceof TemplateObject ? NONE : dictMethods
}

/** The method that `target.name(...)` calls; undefined when there is none. */
export function methodOf(target: Value, name: string): Method | undefined {
  return methodsOf(target).get(name)
}

/** `target.name`: a method first, then a key, as Jinja looks. Undefined when neither is there. */
export function attribute(target: Value, name: string, at: () => Position): Value {
  if (target instanceof Undefined || target instanceof Unknown) return target
  const method = methodOf(target, name)
  if (method !== undefined) {
    return new Callable(name, (args, kwargs) => method(target as never, args, kwargs))
  }
  const found = member(target, name)
  return found === undefined ? missing(target, name, at) : found
}

/** `target[key]`: a key or an index first, then a method. Undefined when neither is there. */
export function subscript(target: Value, key: Value, at: () => Position): Value {
  if (target instanceof Undefined || target instanceof Unknown) return target
  if (key instanceof Undefined || key instanceof Unknown) return key
  const found = member(target, key)
  if (found !== undefined) return found
  return typeof key === 'string' ? attribute(target, key, at) : missing(target, key, at)
}

/** A key's or an index's value; undefined when there is none. */
export function member(target: Value, key: Value): Value | undefined {
  if (isDict(target) || target instanceof LazyDict) return dictGet(target, key)
  if (target instanceof Group && key === 'grouper') return target[0]
  if (target instanceof Group && key === 'list') return target[1]
  if (target instanceof CallableObject) return target.members.get(key)
  if (target instanceof Timestamp && typeof key === 'string') return timeMember(target, key)
  const index = indexOf(key)
  if (index === undefined) return undefined
  if (Array.isArray(target)) return target.at(index < -target.length ? target.length : index)
  if (typeof target !== 'string') return undefined
  const units = isAscii(target) ? target : characters(target)
  return index < -units.length ? undefined : units.at(index)
}

const FORBIDDEN = /^(?:__\w*__|constructor|prototype)$/

function missing(target: Value, key: Value, at: () => Position): Value {
  if (typeof key === 'string' && FORBIDDEN.test(key)) {
    throw new ClusterError('TEMPLATE_REFUSED', `access to '${key}' is refused`, {
      hint: "a template reaches only a value's own keys and its whitelisted methods",
      where: at(),
    })
  }
  const kind = target === null ? 'None' : `${typeName(target)} object`
  const noun = typeof key === 'string' ? 'attribute' : 'element'
  const message = `'${kind}' has no ${noun} ${repr(key)}`
  return new Missing(message, at(), str(key), () => names(target))
}

function names(target: Value): string[] {
  const keys = isDict(target) || target instanceof LazyDict ? [...target.keys()] : []
  const texts = keys.filter((key) => typeof key === 'string')
  return [...texts, ...methodsOf(target).keys()]
}

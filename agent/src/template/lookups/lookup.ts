// lookup(), query() and q() with the plugins that are pure. Not here: plugins that read files, the
// environment or programs, which are the caller's (TemplateContext.lookup).
import { ClusterError } from '../../errors.ts'
import { boundText, checkListLength } from '../../value/budget.ts'
import { asDict, str, typeError, UnknownUsed, undefinedError } from '../../value/python.ts'
import { Undefined, type Value } from '../../value/value.ts'
import type { Runtime } from '../compile/runtime.ts'
import { asList, boolOr } from '../filters/arguments.ts'
import { product, subelements } from '../filters/sets.ts'
import { tuple } from '../operators.ts'
import { compileRegex, matchAll } from '../regex.ts'
import { deepUnknown } from '../unknown.ts'
import { sequence } from './sequence.ts'

type Plugin = (terms: Value[], kwargs: Map<string, Value>, runtime: Runtime) => Value[]

/** Lists among the terms give their items, one level deep. */
function spread(terms: Value[]): Value[] {
  return terms.flatMap((term) => (Array.isArray(term) ? term : [term]))
}

function flat(terms: Value[]): Value[] {
  const items = terms.flatMap((term) => (Array.isArray(term) ? flat([...term]) : [term]))
  checkListLength(items.length)
  return items
}

function variables(terms: Value[], kwargs: Map<string, Value>, runtime: Runtime): Value[] {
  const otherwise = kwargs.get('default')
  return spread(terms).map((term) => {
    if (typeof term !== 'string') throw typeError(`invalid variable name '${str(term)}'`)
    const found = runtime.resolve(term, runtime.spot)
    if (!(found instanceof Undefined)) return found
    if (otherwise !== undefined) return otherwise
    throw undefinedError(found)
  })
}

function together(terms: Value[]): Value[] {
  const lists = terms.map((term) => asList(term))
  const length = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null))
}

function entries(terms: Value[]): Value[] {
  return spread(terms).flatMap((term) => {
    const dict = asDict(term)
    if (dict === undefined) throw typeError('with_dict expects a dict')
    return [...dict].map(
      ([key, value]) =>
        new Map<Value, Value>([
          ['key', key],
          ['value', value],
        ]),
    )
  })
}

function nested(terms: Value[]): Value[] {
  const lists = terms.map((term) => asList(term))
  return product(lists).map((row) => [...(row as Value[])])
}

function subelementPairs(terms: Value[]): Value[] {
  const [list = [], path = '', flags] = terms
  const dict = flags === undefined ? undefined : asDict(flags)
  const skip = boolOr(dict?.get('skip_missing'), false)
  const keys = str(path).split('.')
  return subelements(list, path, skip).map((pair) => {
    const [item = null, element = null] = pair as Value[]
    return [without(item, keys), element]
  })
}

/** The item as Ansible's lookup leaves it: its list is not in it any more. */
function without(item: Value, [key = '', ...rest]: readonly string[]): Value {
  const dict = asDict(item)
  if (dict === undefined) return item
  if (rest.length === 0) return new Map([...dict].filter(([name]) => name !== key))
  return new Map(
    [...dict].map(([name, value]) => [name, name === key ? without(value, rest) : value]),
  )
}

function varnames(terms: Value[], _kwargs: Map<string, Value>, runtime: Runtime): Value[] {
  const names = [...(runtime.context.scope.names?.() ?? [])]
  return spread(terms).flatMap((term) =>
    names.filter((name) => matchAll(compileRegex(str(term)), name, 1).length > 0),
  )
}

const PLUGINS: Readonly<Record<string, Plugin>> = {
  vars: variables,
  dict: entries,
  items: (terms) => spread(terms),
  list: (terms) => terms,
  flattened: flat,
  indexed_items: (terms) => spread(terms).map((item, index) => tuple([index, item])),
  together,
  nested,
  cartesian: nested,
  subelements: subelementPairs,
  sequence: (terms) => sequence(terms),
  varnames,
  random_choice: (terms, _kwargs, runtime) => {
    const { random } = runtime.context
    if (random === undefined) {
      throw new ClusterError('TEMPLATE_REFUSED', 'randomness is refused here')
    }
    const chosen = terms[Math.floor(random() * terms.length)]
    return chosen === undefined ? [] : [chosen]
  },
}

/** Names of the lookups that need nothing from outside. */
export const LOOKUP_PLUGINS: ReadonlySet<string> = new Set(Object.keys(PLUGINS))

const PREFIX = /^(?:ansible\.(?:builtin|legacy|utils)|community\.general)\./

/** The name of a lookup without its collection. */
export function shortLookup(name: string): string {
  return name.replace(PREFIX, '')
}

/** Runs a lookup by name; the result is a list, or for `lookup` its items joined by commas. */
export function runLookup(
  runtime: Runtime,
  [named, ...terms]: Value[],
  given: Map<string, Value>,
  isQuery: boolean,
): Value {
  if (typeof named !== 'string') throw typeError('lookup needs the name of a plugin')
  const name = shortLookup(named)
  const kwargs = new Map(given)
  const wantsList = isQuery || boolOr(kwargs.get('wantlist'), false)
  kwargs.delete('wantlist')
  const errors = kwargs.get('errors') ?? 'strict'
  kwargs.delete('errors')
  if (name !== 'vars')
    for (const term of terms) if (term instanceof Undefined) throw undefinedError(term)
  try {
    const found = find(runtime, name, terms, kwargs)
    return Array.isArray(found) ? joined(found, wantsList) : wantsList ? [found] : found
  } catch (error) {
    if (error instanceof UnknownUsed) return error.unknown
    const isBenign = error instanceof ClusterError && error.code !== 'TEMPLATE_REFUSED'
    // What is refused now may be fine once the terms are known.
    const unknown = isBenign ? deepUnknown(terms) : undefined
    if (unknown !== undefined) return unknown
    if (errors === 'strict' || !isBenign) throw error
    return wantsList ? [] : null
  }
}

function find(runtime: Runtime, name: string, terms: Value[], kwargs: Map<string, Value>): Value {
  const plugin = Object.hasOwn(PLUGINS, name) ? PLUGINS[name] : undefined
  if (plugin !== undefined) return plugin(terms, kwargs, runtime)
  const { lookup } = runtime.context
  if (lookup !== undefined) {
    return lookup(name, terms, kwargs, runtime.position(), runtime.names())
  }
  throw new ClusterError('TEMPLATE_REFUSED', `the lookup '${name}' cannot be used here`)
}

// Texts are joined by commas; one value that is no text stays itself.
function joined(found: Value[], wantsList: boolean): Value {
  if (wantsList || found.length === 0) return found
  if (found.every((item) => typeof item === 'string')) return boundText(found.join(','))
  const [only] = found
  return found.length === 1 && only !== undefined ? only : found
}

// Filters on dicts.
import { checkListLength, spend } from '../../value/budget.ts'
import { asDict, dictGet, dictSet, repr, typeError } from '../../value/python.ts'
import { type Dict, isDict, type Value } from '../../value/value.ts'
import { tuple } from '../operators.ts'
import type { Arg, Filters } from '../plugin.ts'
import { includes } from '../sequence.ts'
import { asList, asMapping, boolOr, textOr } from './arguments.ts'

export function asDictOrUndefined(value: Value): Dict | undefined {
  return asDict(value)
}

type MergeLists = (below: Value[], above: Value[]) => Value[]

const LIST_MERGES: ReadonlyMap<string, MergeLists> = new Map(
  Object.entries<MergeLists>({
    replace: (_below, above) => above,
    keep: (below) => below,
    append: (below, above) => [...below, ...above],
    prepend: (below, above) => [...above, ...below],
    append_rp: (below, above) => [...below.filter((item) => !includes(above, item)), ...above],
    prepend_rp: (below, above) => [...above, ...below.filter((item) => !includes(above, item))],
  }),
)

/** One dict laid over another, as the combine filter does it. */
export function combine(below: Dict, above: Dict, recursive: boolean, lists: string): Dict {
  const merge = LIST_MERGES.get(lists)
  if (merge === undefined) throw typeError(`'list_merge' must not be '${lists}'`)
  const made = new Map(below)
  for (const [key, item] of above) {
    spend()
    const old = dictGet(made, key)
    if (recursive && isDict(old) && isDict(item)) {
      dictSet(made, key, combine(old, item, true, lists))
    } else if (Array.isArray(old) && Array.isArray(item)) {
      const list = merge(old, item)
      checkListLength(list.length)
      dictSet(made, key, list)
    } else dictSet(made, key, item)
  }
  return made
}

function combineAll(input: Value, rest: Value[], kwargs: Map<string, Value>): Value {
  const recursive = boolOr(kwargs.get('recursive'), false)
  const lists = textOr(kwargs.get('list_merge'), 'replace')
  for (const name of kwargs.keys()) {
    if (name !== 'recursive' && name !== 'list_merge') {
      throw typeError("'recursive' and 'list_merge' are the only valid keyword arguments")
    }
  }
  const dicts = [input, ...rest].flatMap((part) => (Array.isArray(part) ? part : [part]))
  let made: Dict = new Map()
  for (const dict of dicts)
    made = combine(made, asMapping(dict, 'what is combined'), recursive, lists)
  return made
}

function fromItems(input: Value, [keyName, valueName]: Arg[]): Dict {
  const [key, value] = [textOr(keyName, 'key'), textOr(valueName, 'value')]
  const made: Dict = new Map()
  for (const item of asList(input)) {
    const dict = asMapping(item, 'each item')
    const name = dictGet(dict, key)
    const held = dictGet(dict, value)
    if (name === undefined || held === undefined) {
      throw typeError(`items2dict needs '${key}' and '${value}' in each item, got ${repr(item)}`)
    }
    dictSet(made, name, held)
  }
  return made
}

function rekey(input: Value, [key = '', duplicates]: Arg[]): Dict {
  const how = textOr(duplicates, 'error')
  const dict = asDict(input)
  const items = dict === undefined ? asList(input) : [...dict.values()]
  const made: Dict = new Map()
  for (const item of items) {
    const name = dictGet(asMapping(item, 'each item'), key)
    if (name === undefined) throw typeError(`key ${repr(key)} was not found`)
    if (dictGet(made, name) !== undefined && how === 'error') {
      throw typeError(`key ${repr(name)} is not unique, cannot correctly turn into dict`)
    }
    dictSet(made, name, item)
  }
  return made
}

function toPairs(input: Value): Value {
  if (Array.isArray(input)) throw typeError('can only get item pairs from a mapping')
  return [...asMapping(input)].map((pair) => tuple(pair))
}

export const DICTIONARIES: Filters = {
  combine: {
    params: '* **',
    passesUnknown: true,
    run: (input, _args, { rest, kwargs }) => combineAll(input, rest, kwargs),
  },
  dict2items: {
    params: 'key_name value_name',
    passesUnknown: true,
    run: (input, [keyName, valueName]) => {
      const [key, value] = [textOr(keyName, 'key'), textOr(valueName, 'value')]
      const entries = [...asMapping(input, 'what dict2items is given')]
      return entries.map(
        ([name, item]) =>
          new Map<Value, Value>([
            [key, name],
            [value, item],
          ]),
      )
    },
  },
  items2dict: { params: 'key_name value_name', passesUnknown: true, run: fromItems },
  items: { passesUnknown: true, run: toPairs },
  rekey_on_member: { params: 'key duplicates', run: rekey },
  extract: {
    params: 'container morekeys',
    passesUnknown: true,
    run: (input, [container = null, more], { engine }) => {
      let value = engine.member(container, input)
      const keys = more === undefined || more === null ? [] : Array.isArray(more) ? more : [more]
      for (const key of keys) value = engine.member(value, key)
      return value
    },
  },
}

// Filters on whole lists: as sets, zipped, flattened, combined.
import { ClusterError } from '../../errors.ts'
import { checkListLength, spend } from '../../value/budget.ts'
import { dictGet, orElse, str, typeError } from '../../value/python.ts'
import { Undefined, type Value } from '../../value/value.ts'
import { tuple } from '../operators.ts'
import type { Arg, Filters } from '../plugin.ts'
import { unique, ValueSet } from '../sequence.ts'
import { characters } from '../text.ts'
import { asList, boolOr, intOr } from './arguments.ts'
import { asDictOrUndefined } from './dictionary.ts'

function distinct(items: Value[]): Value[] {
  return unique(items, (item) => item)
}

function flatten(list: Value[], levels: number, skipNulls: boolean, depth = 0): Value[] {
  if (depth > 100) throw typeError('the list is nested too deeply')
  const flat: Value[] = []
  for (const item of list) {
    spend()
    if (skipNulls && (item === null || item === 'None' || item === 'null')) continue
    if (Array.isArray(item) && levels !== 0) {
      flat.push(...flatten(item, levels - 1, skipNulls, depth + 1))
    } else flat.push(item)
    checkListLength(flat.length)
  }
  return flat
}

function zip(lists: Value[][], length: number, fill: Value): Value[] {
  return Array.from({ length }, (_, index) => tuple(lists.map((list) => orElse(list[index], fill))))
}

/** Each way to take one item of each list. */
export function product(lists: Value[][]): Value[] {
  const count = lists.reduce((total, list) => total * list.length, 1)
  checkListLength(count)
  let rows: Value[][] = [[]]
  for (const list of lists) rows = rows.flatMap((row) => list.map((item) => [...row, item]))
  return rows.map((row) => tuple(row))
}

function choices(list: Value[], size: number, ordered: boolean): Value[] {
  let count = 1
  for (let i = 0; i < size; i += 1) count *= (list.length - i) / (ordered ? 1 : i + 1)
  checkListLength(count * Math.max(1, size))
  const made: Value[] = []
  const extend = (chosen: number[]): void => {
    if (chosen.length === size) {
      made.push(tuple(chosen.map((index) => list[index] as Value)))
      return
    }
    const from = ordered ? 0 : (chosen.at(-1) ?? -1) + 1
    for (let index = from; index < list.length; index += 1) {
      if (!chosen.includes(index)) extend([...chosen, index])
    }
  }
  if (size <= list.length) extend([])
  return made
}

/** Pairs of each element with each item of the list that it holds at a key. */
export function subelements(input: Value, path: Value, skipMissing: boolean): Value[] {
  const dict = asDictOrUndefined(input)
  const items = dict === undefined ? asList(input) : [...dict.values()]
  const steps = (Array.isArray(path) ? path : str(path).split('.')).map(str)
  const pairs: Value[] = []
  for (const item of items) {
    let inner: Value | undefined = item
    for (const step of steps) {
      const holder = asDictOrUndefined(inner)
      if (holder === undefined) throw typeError(`no dict to look up '${step}' in`)
      inner = dictGet(holder, step)
      if (inner === undefined) break
    }
    if (inner === undefined) {
      if (skipMissing) continue
      const message = `could not find '${steps.join('.')}' key in iterated item`
      throw new ClusterError('TEMPLATE_UNDEFINED', message)
    }
    for (const value of asList(inner, 'the sub element')) pairs.push(tuple([item, value]))
    checkListLength(pairs.length)
  }
  return pairs
}

function others(args: Arg[], rest: Value[]): Value[][] {
  return [...args, ...rest].filter((arg) => arg !== undefined).map((arg) => asList(arg))
}

export const SETS: Filters = {
  union: { params: 'b', run: (a, [b]) => distinct([...asList(a), ...asList(b)]) },
  intersect: {
    params: 'b',
    run: (a, [b]) => {
      const set = new ValueSet(asList(b))
      return distinct(asList(a).filter((item) => set.has(item)))
    },
  },
  difference: {
    params: 'b',
    run: (a, [b]) => {
      const set = new ValueSet(asList(b))
      return distinct(asList(a).filter((item) => !set.has(item)))
    },
  },
  symmetric_difference: {
    params: 'b',
    run: (a, [b]) => {
      const [left, right] = [new ValueSet(asList(a)), new ValueSet(asList(b))]
      const both = [...asList(a), ...asList(b)]
      return distinct(both.filter((item) => left.has(item) !== right.has(item)))
    },
  },
  flatten: {
    params: 'levels skip_nulls',
    passesUnknown: true,
    run: (input, [levels, skip]) => flatten(asList(input), intOr(levels, -1), boolOr(skip, true)),
  },
  zip: {
    params: '*',
    passesUnknown: true,
    run: (input, args, { rest }) => {
      const lists = [asList(input), ...others(args, rest)]
      return zip(lists, Math.min(...lists.map((list) => list.length)), null)
    },
  },
  zip_longest: {
    params: '* **',
    passesUnknown: true,
    run: (input, args, { rest, kwargs }) => {
      const lists = [asList(input), ...others(args, rest)]
      const length = Math.max(...lists.map((list) => list.length))
      return zip(lists, length, kwargs.get('fillvalue') ?? null)
    },
  },
  product: {
    params: '* repeat',
    run: (input, [repeat], { rest }) => {
      const isCount = typeof repeat === 'number'
      const lists = [asList(input), ...others([isCount ? undefined : repeat], rest)]
      const times = isCount ? Math.max(0, repeat) : 1
      checkListLength(lists.length * times)
      return product(Array.from({ length: times }, () => lists).flat())
    },
  },
  permutations: {
    params: 'r',
    run: (input, [size]) => {
      const list = asList(input)
      return choices(list, intOr(size, list.length), true)
    },
  },
  combinations: {
    params: 'r',
    run: (input, [size]) => choices(asList(input), intOr(size, 2), false),
  },
  subelements: {
    params: 'subelements skip_missing',
    passesUnknown: true,
    run: (input, [path, skip]) => subelements(input, path ?? '', boolOr(skip, false)),
  },
  first: {
    passesUnknown: true,
    run: (input) => orElse(asList(input)[0], new Undefined('No first item, sequence was empty.')),
  },
  last: {
    passesUnknown: true,
    run: (input) =>
      orElse(asList(input).at(-1), new Undefined('No last item, sequence was empty.')),
  },
  length: { passesUnknown: true, run: (input) => count(input) },
  count: { passesUnknown: true, run: (input) => count(input) },
  list: { passesUnknown: true, run: (input) => [...asList(input)] },
  reverse: {
    passesUnknown: true,
    run: (input) =>
      typeof input === 'string'
        ? characters(input).toReversed().join('')
        : asList(input).toReversed(),
  },
}

function count(input: Value): number {
  return asList(input, 'what is counted').length
}

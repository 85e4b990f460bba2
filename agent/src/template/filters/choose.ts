// Filters that go over lists item by item: map, select, sort and their kin.
import { ClusterError } from '../../errors.ts'
import { checkListLength, spend } from '../../value/budget.ts'
import { equals, orElse, str, typeError, undefinedError } from '../../value/python.ts'
import { Undefined, Unknown, type Value } from '../../value/value.ts'
import { Group, tuple } from '../operators.ts'
import type { Arg, Call, Engine, Filter, Filters } from '../plugin.ts'
import { sorted, unique } from '../sequence.ts'
import { UnknownReached } from '../unknown.ts'
import { asList, asMapping, boolOr, intOr } from './arguments.ts'

/** Finds `a.b.0` in an item; several names with commas give a tuple. */
function reader(name: Arg, engine: Engine, otherwise?: Value): (item: Value) => Value {
  if (name === undefined || name === null) return (item) => item
  const paths = str(name)
    .split(',')
    .map((path) => path.split('.'))
  const follow = (item: Value, path: string[]): Value => {
    let value = item
    for (const step of path) value = engine.member(value, /^\d+$/.test(step) ? Number(step) : step)
    return value instanceof Undefined && otherwise !== undefined ? otherwise : value
  }
  const [only = []] = paths
  if (paths.length === 1) return (item) => follow(item, only)
  return (item) => tuple(paths.map((path) => follow(item, path)))
}

/** Text compares without case unless that is asked for. */
function folded(read: (item: Value) => Value, caseSensitive: boolean): (item: Value) => Value {
  return caseSensitive ? read : (item) => fold(read(item))
}

function fold(value: Value): Value {
  if (typeof value === 'string') return value.toLowerCase()
  return Array.isArray(value) && value.some((part) => typeof part === 'string')
    ? tuple(value.map(fold))
    : value
}

function map(input: Value, { engine, rest, kwargs }: Call): Value {
  if (input === null) return []
  const list = asList(input)
  const name = kwargs.get('attribute')
  if (rest.length === 0 && name !== undefined) {
    const read = reader(name, engine, kwargs.get('default'))
    return list.map((item) => {
      spend()
      return read(item)
    })
  }
  const [filter, ...args] = rest
  if (typeof filter !== 'string') throw typeError('map requires a filter argument')
  return list.map((item) => engine.filter(filter, item, args, kwargs))
}

type Keep = (item: Value) => boolean | Unknown

function chooser(call: Call, byAttribute: boolean): Keep {
  const { engine } = call
  const rest = [...call.rest]
  let read = itself
  if (byAttribute) {
    const name = rest.shift()
    if (name === undefined) throw typeError('missing parameter for attribute name')
    read = reader(name, engine)
  }
  const [test, ...args] = rest
  if (test === undefined) return (item) => usable(read(item))
  return (item) => engine.test(str(test), read(item), args)
}

function itself(item: Value): Value {
  return item
}

function usable(value: Value): boolean | Unknown {
  if (value instanceof Undefined) throw undefinedError(value)
  return value instanceof Unknown ? value : isTrue(value)
}

function isTrue(value: Value): boolean {
  return !(value === null || value === false || value === 0 || value === '') && !isEmpty(value)
}

function isEmpty(value: Value): boolean {
  return (Array.isArray(value) && value.length === 0) || (value instanceof Map && value.size === 0)
}

function choose(byAttribute: boolean, wanted: boolean): Filter {
  return {
    params: '*',
    passesUnknown: true,
    run: (input, _args, call) => {
      const keep = chooser(call, byAttribute)
      return asList(input ?? []).filter((item) => {
        const kept = keep(item)
        if (kept instanceof Unknown) throw new UnknownReached(kept)
        return kept === wanted
      })
    },
  }
}

function extreme(sign: number): Filter {
  return {
    params: 'case_sensitive attribute',
    run: (input, [sensitive, name], { engine }) => {
      const list = asList(input)
      const key = folded(reader(name, engine), boolOr(sensitive, false))
      const inOrder = sorted(list, key, sign < 0)
      return orElse(inOrder[0], new Undefined('No aggregated item, sequence was empty.'))
    },
  }
}

function groupBy(input: Value, [name, otherwise, sensitive]: Arg[], { engine }: Call): Value {
  const read = reader(name, engine, otherwise)
  const key = folded(read, boolOr(sensitive, false))
  const groups: { key: Value; shown: Value; items: Value[] }[] = []
  for (const item of sorted(asList(input), key, false)) {
    const group = groups.at(-1)
    if (group !== undefined && equals(group.key, key(item))) group.items.push(item)
    else groups.push({ key: key(item), shown: read(item), items: [item] })
  }
  return groups.map((group) => {
    const pair = new Group()
    pair.push(group.shown, group.items)
    return pair
  })
}

function batch(input: Value, [count, fill]: Arg[]): Value {
  const size = intOr(count, 1)
  if (size < 1) throw typeError('batch needs a size above 0')
  checkListLength(size)
  const list = asList(input)
  const rows: Value[][] = []
  for (let from = 0; from < list.length; from += size) rows.push(list.slice(from, from + size))
  const last = rows.at(-1)
  if (last !== undefined && fill !== undefined && fill !== null) {
    while (last.length < size) last.push(fill)
  }
  return rows
}

function slices(input: Value, [count, fill]: Arg[]): Value {
  const list = asList(input)
  const columns = intOr(count, 1)
  if (columns < 1) throw typeError('slice needs a count above 0')
  checkListLength(columns)
  const [size, extra] = [Math.floor(list.length / columns), list.length % columns]
  const made: Value[][] = []
  let from = 0
  for (let index = 0; index < columns; index += 1) {
    const to = from + size + (index < extra ? 1 : 0)
    const part = list.slice(from, to)
    if (fill !== undefined && fill !== null && index >= extra) part.push(fill)
    made.push(part)
    from = to
  }
  return made
}

function random(seed: Arg, { engine }: Call): number {
  if (seed !== undefined && seed !== null) return seeded(JSON.stringify(seed))
  const source = engine.context.random
  if (source !== undefined) return source()
  throw new ClusterError('TEMPLATE_REFUSED', 'randomness without a seed is refused here', {
    hint: 'give a seed, for instance seed=inventory_hostname',
  })
}

/** A number from 0 up to 1 that follows from a text (FNV-1a, then one xorshift). */
function seeded(text: string): number {
  let state = 2_166_136_261
  for (const character of text) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619)
  }
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

export const CHOOSING: Filters = {
  map: { params: '* **', passesUnknown: true, run: (input, _args, call) => map(input, call) },
  select: choose(false, true),
  reject: choose(false, false),
  selectattr: choose(true, true),
  rejectattr: choose(true, false),
  sort: {
    params: 'reverse case_sensitive attribute',
    run: (input, [reverse, sensitive, name], { engine }) =>
      sorted(
        asList(input),
        folded(reader(name, engine), boolOr(sensitive, false)),
        boolOr(reverse, false),
      ),
  },
  min: extreme(1),
  max: extreme(-1),
  unique: {
    params: 'case_sensitive attribute',
    run: (input, [sensitive, name], { engine }) =>
      unique(asList(input), folded(reader(name, engine), boolOr(sensitive, false))),
  },
  groupby: { params: 'attribute default case_sensitive', run: groupBy },
  batch: { params: 'linecount fill_with', run: batch },
  slice: { params: 'slices fill_with', run: slices },
  dictsort: {
    params: 'case_sensitive by reverse',
    run: (input, [sensitive, by = 'key', reverse]) => {
      const index = by === 'value' ? 1 : 0
      const pairs = [...asMapping(input)].map((pair) => tuple(pair))
      const read = (pair: Value): Value => (pair as Value[])[index] as Value
      return sorted(pairs, folded(read, boolOr(sensitive, false)), boolOr(reverse, false))
    },
  },
  random: {
    params: 'start step seed',
    run: (input, args, call) => {
      const part = random(args[2], call)
      if (typeof input === 'string' || Array.isArray(input)) {
        const list = asList(input)
        return (
          list[Math.floor(part * list.length)] ??
          new Undefined('No random item, sequence was empty.')
        )
      }
      const [from, step] = [intOr(args[0], 0), intOr(args[1], 1)]
      const count = Math.ceil((intOr(input, 0) - from) / step)
      if (!(count > 0)) throw typeError('random needs a range that is not empty')
      return from + step * Math.floor(part * count)
    },
  },
  shuffle: {
    params: 'seed',
    run: (input, [seed], call) => {
      const list = [...asList(input)]
      for (let index = list.length - 1; index > 0; index -= 1) {
        const salt = seed === undefined ? undefined : `${JSON.stringify(seed)}${index}`
        const other = Math.floor(random(salt, call) * (index + 1))
        const kept = list[index] as Value
        list[index] = list[other] as Value
        list[other] = kept
      }
      return list
    },
  },
}

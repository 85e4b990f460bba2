// Python's list and tuple methods. Those that change the list change the template's own copy.
import { checkListLength } from '../../value/budget.ts'
import { equals, repr, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import { listOf, sorted } from '../sequence.ts'
import { intArg, type Methods, table } from './method.ts'

function find(list: Value[], [wanted = null, start, stop]: Value[]): number {
  const from = start === undefined ? 0 : intArg([start], 0)
  const to = stop === undefined ? list.length : intArg([stop], 0)
  return list.findIndex((item, index) => index >= from && index < to && equals(item, wanted))
}

const READING: Record<string, (list: Value[], args: Value[]) => Value> = {
  count: (list, [wanted = null]) => list.filter((item) => equals(item, wanted)).length,
  index: (list, args) => {
    const index = find(list, args)
    if (index < 0) throw typeError(`${repr(args[0] ?? null)} is not in list`)
    return index
  },
}

export const tupleMethods: Methods = table<Value[]>(READING)

export const listMethods: Methods = table<Value[]>({
  ...READING,
  append: (list, [item = null]) => {
    checkListLength(list.length + 1)
    list.push(item)
    return null
  },
  extend: (list, [items = null]) => {
    const more = listOf(items)
    checkListLength(list.length + more.length)
    for (const item of more.slice()) list.push(item)
    return null
  },
  insert: (list, args) => {
    checkListLength(list.length + 1)
    list.splice(intArg(args, 0), 0, args[1] ?? null)
    return null
  },
  pop: (list, args) => {
    const at = intArg(args, 0, -1)
    const index = at < 0 ? at + list.length : at
    if (index < 0 || index >= list.length) throw typeError('pop index out of range')
    return list.splice(index, 1)[0] as Value
  },
  remove: (list, args) => {
    const index = find(list, [args[0] ?? null])
    if (index < 0) throw typeError('list.remove(x): x not in list')
    list.splice(index, 1)
    return null
  },
  clear: (list) => {
    list.length = 0
    return null
  },
  copy: (list) => [...list],
  reverse: (list) => {
    list.reverse()
    return null
  },
  sort: (list, _args, kwargs) => {
    const inOrder = sorted(list, (item) => item, kwargs.get('reverse') === true)
    inOrder.forEach((item, index) => {
      list[index] = item
    })
    return null
  },
})

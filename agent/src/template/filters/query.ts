// Filters of community.general that roles use everywhere: json_query, and small ones for dicts.
// Not here: JMESPath itself, which a library does.
import { search } from 'jmespath'
import { fromPlain, toPlain } from '../../value/plain.ts'
import { str, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import type { Filters } from '../plugin.ts'
import { asList, asMapping, asText } from './arguments.ts'

function jsonQuery(input: Value, expression: string): Value {
  try {
    return fromPlain(search(toPlain(input), expression))
  } catch (error) {
    const why = error instanceof Error ? error.message : str(String(error))
    throw typeError(`json_query cannot answer '${expression}': ${why}`)
  }
}

export const QUERIES: Filters = {
  json_query: {
    params: 'expr',
    run: (input, [expression]) => jsonQuery(input, asText(expression, 'the query')),
  },
  dict: {
    run: (input) =>
      new Map(asList(input).map((pair) => asList(pair, 'a pair').slice(0, 2) as [Value, Value])),
  },
  dict_kv: { params: 'key', run: (input, [key = '']) => new Map([[key, input]]) },
  counter: {
    run: (input) => {
      const counts = new Map<Value, Value>()
      for (const item of asList(input)) counts.set(item, Number(counts.get(item) ?? 0) + 1)
      return counts
    },
  },
  keep_keys: {
    params: 'target',
    run: (input, [target]) => {
      const names = new Set(asList(target, 'target'))
      return asList(input).map(
        (item) => new Map([...asMapping(item)].filter(([key]) => names.has(key))),
      )
    },
  },
  remove_keys: {
    params: 'target',
    run: (input, [target]) => {
      const names = new Set(asList(target, 'target'))
      return asList(input).map(
        (item) => new Map([...asMapping(item)].filter(([key]) => !names.has(key))),
      )
    },
  },
}

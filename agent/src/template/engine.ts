// Applies filters and tests by name: finds the row, puts the arguments in order, and keeps
// Undefined and Unknown away from functions that must not see them.
import { ClusterError, type Position } from '../errors.ts'
import { spend } from '../value/budget.ts'
import { undefinedError } from '../value/python.ts'
import { Undefined, Unknown, type Value } from '../value/value.ts'
import { subscript } from './access.ts'
import type { TemplateContext } from './context.ts'
import { FILTERS } from './filters/list.ts'
import { type Arg, bind, type Engine, type Filter, type Test } from './plugin.ts'
import { TESTS } from './tests/list.ts'
import { deepUnknown, topUnknown } from './unknown.ts'

const PREFIX = /^(?:ansible\.(?:builtin|legacy|posix|utils|netcommon)|community\.general)\./

/** The row of a filter by its name, short or full; undefined when there is none. */
export function findFilter(name: string): Filter | undefined {
  return FILTERS.get(name) ?? FILTERS.get(name.replace(PREFIX, ''))
}

export function findTest(name: string): Test | undefined {
  return TESTS.get(name) ?? TESTS.get(name.replace(PREFIX, ''))
}

const NOWHERE: Position = { file: '', line: 1, column: 1 }

export class TemplateEngine implements Engine {
  readonly context: TemplateContext

  constructor(context: TemplateContext) {
    this.context = context
  }

  filter(name: string, input: Value, args: Value[], kwargs: Map<string, Value>): Value {
    const row = findFilter(name)
    if (row === undefined) throw unknownName('filter', name)
    const blocked = this.blocked(row, input, args, kwargs)
    if (blocked !== undefined) return blocked
    const call = bind(`the filter '${name}'`, row.params ?? '', args, kwargs)
    return row.run(input, call.bound, { engine: this, rest: call.rest, kwargs: call.kwargs })
  }

  test(
    name: string,
    input: Value,
    args: Value[],
    kwargs: Map<string, Value> = new Map(),
  ): boolean | Unknown {
    const row = findTest(name)
    if (row === undefined) throw unknownName('test', name)
    const blocked = this.blocked(row, input, args, kwargs)
    if (blocked !== undefined) return blocked
    const call = bind(`the test '${name}'`, row.params ?? '', args, kwargs)
    return row.run(input, call.bound, { engine: this, rest: call.rest, kwargs: call.kwargs })
  }

  member(input: Value, key: Value): Value {
    return subscript(input, key, () => NOWHERE)
  }

  private blocked(
    row: Filter | Test,
    input: Value,
    args: Arg[],
    kwargs: Map<string, Value>,
  ): Unknown | undefined {
    spend()
    const values = kwargs.size === 0 ? args : [...args, ...kwargs.values()]
    const top = input instanceof Unknown ? input : topUnknown(values)
    if (top !== undefined && row.acceptsUnknown !== true) return top
    if (row.acceptsUndefined === true) return undefined
    if (input instanceof Undefined) throw undefinedError(input)
    for (const value of values) if (value instanceof Undefined) throw undefinedError(value)
    if (row.passesUnknown === true) return undefined
    if (this.context.unknowns === false) return undefined
    return deepUnknown(input) ?? deepUnknown(values as Value[])
  }
}

export function unknownName(kind: 'filter' | 'test', name: string): ClusterError {
  return new ClusterError('TEMPLATE_SYNTAX', `no ${kind} is named '${name}'`)
}

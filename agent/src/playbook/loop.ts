// What a task is repeated for: the items of loop or with_*, and the names that they go by. Not
// here: the runs themselves (runner.ts).
import { ClusterError } from '../errors.ts'
import { evaluate, render } from '../template/template.ts'
import { truth as isTrue, str } from '../value/python.ts'
import { type Dict, isDict, Undefined, Unknown, type Value } from '../value/value.ts'
import { judge } from './keyword.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'

/**
 * The list to go through; undefined when the conditions are false before there is any list, so
 * that a skipped task may name what does not exist.
 */
export function loopItems(
  task: Task,
  scopeOf: (special: ReadonlyMap<string, Value>) => VariableScope,
): Value[] | Unknown | undefined {
  const scope = scopeOf(new Map())
  let items: Value
  try {
    items = itemsOf(task, scope, scopeOf)
  } catch (error) {
    if (error instanceof ClusterError && judge(task, scope) === false) return undefined
    throw error
  }
  if (items instanceof Unknown || Array.isArray(items)) return items
  throw new ClusterError('TEMPLATE_TYPE', `loop needs a list, not ${describe(items)}`, {
    where: task.keywords.get('loop')?.at,
    hint: 'for a dict use "{{ name | dict2items }}", for one thing a list of one',
  })
}

/** `with_NAME: terms` is what the lookup NAME makes of the terms. */
function itemsOf(
  task: Task,
  scope: VariableScope,
  scopeOf: (special: ReadonlyMap<string, Value>) => VariableScope,
): Value {
  const items = render(task.keywords.get('loop')?.value ?? null, scope.context)
  const lookup = task.keywords.get('with')
  if (lookup === undefined || items instanceof Unknown) return items
  const terms = Array.isArray(items) ? items : [items]
  const { context } = scopeOf(new Map([[WITH_TERMS, terms]]))
  return evaluate(`query('${str(lookup.value)}', *${WITH_TERMS})`, lookup.at, context)
}

/** The name under which the terms of with_* go into their lookup. */
const WITH_TERMS = 'ansible_loop_terms'

function describe(value: Value): string {
  if (value instanceof Undefined) return `something undefined (${value.message})`
  if (isDict(value)) return 'a dict'
  return typeof value === 'string' ? `the text ${JSON.stringify(value)}` : str(value)
}

export interface LoopControl {
  readonly name: string
  readonly indexName: string | undefined
  readonly label: Value | undefined
  readonly pauseSeconds: number
  readonly isExtended: boolean
  /** Whether ansible_loop holds all items. */
  readonly hasAllItems: boolean
}

export function loopControl(task: Task, scope: VariableScope): LoopControl {
  const given = task.keywords.get('loop_control')?.value
  const get = (name: string): Value | undefined =>
    given !== undefined && isDict(given) ? given.get(name) : undefined
  const text = (name: string): string | undefined => {
    const value = get(name)
    return value === undefined ? undefined : str(render(value, scope.context))
  }
  return {
    name: text('loop_var') ?? 'item',
    indexName: text('index_var'),
    label: get('label'),
    pauseSeconds: Number(text('pause') ?? 0),
    isExtended: isTrue(get('extended') ?? false),
    hasAllItems: isTrue(get('extended_allitems') ?? true),
  }
}

export function loopVariables(control: LoopControl, items: readonly Value[], index: number) {
  const special = new Map<string, Value>([
    [control.name, items[index] ?? null],
    ['ansible_loop_var', control.name],
  ])
  if (control.indexName !== undefined) {
    special.set(control.indexName, index)
    special.set('ansible_index_var', control.indexName)
  }
  if (!control.isExtended) return special
  const extended: Dict = new Map<Value, Value>([
    ['index', index + 1],
    ['index0', index],
    ['revindex', items.length - index],
    ['revindex0', items.length - index - 1],
    ['first', index === 0],
    ['last', index === items.length - 1],
    ['length', items.length],
  ])
  if (control.hasAllItems) extended.set('allitems', [...items])
  const [before, after] = [items[index - 1], items[index + 1]]
  if (before !== undefined) extended.set('previtem', before)
  if (after !== undefined) extended.set('nextitem', after)
  return special.set('ansible_loop', extended)
}

// Names that every template has unless a variable hides them: range, dict, lookup and their kin.
import { ClusterError } from '../errors.ts'
import { RANGE_LIMIT } from '../value/budget.ts'
import { truth, typeError, undefinedError } from '../value/python.ts'
import { Callable, type Dict, OMIT, Undefined, Unknown, type Value } from '../value/value.ts'
import type { Runtime } from './compile/runtime.ts'
import { intOr, textOr } from './filters/arguments.ts'
import { runLookup } from './lookups/lookup.ts'
import { dictMethods } from './methods/dict.ts'
import { CallableObject, Namespace, TemplateObject } from './objects.ts'
import { strftime, timestamp } from './time.ts'
import { topUnknown } from './unknown.ts'

type Call = (args: Value[], kwargs: Map<string, Value>, runtime: Runtime) => Value

function range(args: Value[]): Value {
  for (const arg of args) if (arg instanceof Undefined) throw undefinedError(arg)
  const [first = 0, second, third] = args
  const from = second === undefined ? 0 : intOr(first, 0)
  const to = second === undefined ? intOr(first, 0) : intOr(second, 0)
  const step = intOr(third, 1)
  if (step === 0) throw typeError('range() arg 3 must not be zero')
  const count = Math.max(0, Math.ceil((to - from) / step))
  if (count > RANGE_LIMIT) {
    throw new ClusterError('TEMPLATE_REFUSED', `a range of ${count} items is too big`, {
      hint: `the most is ${RANGE_LIMIT}`,
    })
  }
  return Array.from({ length: count }, (_, index) => from + index * step)
}

function makeDict(args: Value[], kwargs: Map<string, Value>): Dict {
  const dict: Dict = new Map()
  dictMethods.get('update')?.(dict as never, args, kwargs)
  return dict
}

function namespace(args: Value[], kwargs: Map<string, Value>): Value {
  return new Namespace(makeDict(args, kwargs))
}

function cycler(items: Value[]): Value {
  if (items.length === 0) throw typeError('at least one item has to be provided')
  const object = new TemplateObject()
  let index = 0
  const show = (): void => void object.members.set('current', items[index] as Value)
  const next = (): Value => {
    const item = items[index] as Value
    index = (index + 1) % items.length
    show()
    return item
  }
  object.members.set('next', new Callable('next', next))
  object.members.set(
    'reset',
    new Callable('reset', () => {
      index = 0
      show()
      return null
    }),
  )
  show()
  return object
}

function joiner([separator]: Value[]): Value {
  let used = false
  return new CallableObject('joiner', new TemplateObject(), () => {
    if (used) return textOr(separator, ', ')
    used = true
    return ''
  })
}

function now(args: Value[], kwargs: Map<string, Value>, { context }: Runtime): Value {
  const ms = context.now?.()
  if (ms === undefined) throw new ClusterError('TEMPLATE_REFUSED', 'there is no clock here')
  const isUtc = truth(kwargs.get('utc') ?? args[0] ?? false)
  const zone = isUtc ? undefined : context.zone?.(ms)
  const format = kwargs.get('fmt') ?? args[1]
  if (typeof format === 'string') return strftime(format, ms, zone)
  return timestamp(ms + (zone?.offsetMinutes ?? 0) * 60_000)
}

function undef(args: Value[], kwargs: Map<string, Value>): Value {
  return new Undefined(
    textOr(kwargs.get('hint') ?? args[0], 'mandatory variable has not been overridden'),
  )
}

const FUNCTIONS: Readonly<Record<string, Call>> = {
  range,
  dict: makeDict,
  namespace,
  cycler,
  joiner,
  now,
  undef,
  lookup: (args, kwargs, runtime) => runLookup(runtime, args, kwargs, false),
  query: (args, kwargs, runtime) => runLookup(runtime, args, kwargs, true),
  q: (args, kwargs, runtime) => runLookup(runtime, args, kwargs, true),
}

// An Unknown argument makes the result unknown; Undefined ones are the function's own business.
function guarded(name: string, call: Call): (runtime: Runtime) => Value {
  return (runtime) =>
    new Callable(name, (args, kwargs) => {
      const unknown: Unknown | undefined = topUnknown([...args, ...kwargs.values()])
      return unknown !== undefined && name !== 'namespace' && name !== 'dict'
        ? unknown
        : call(args, kwargs, runtime)
    })
}

export const GLOBALS: ReadonlyMap<string, (runtime: Runtime) => Value> = new Map<
  string,
  (runtime: Runtime) => Value
>([
  ...Object.entries(FUNCTIONS).map(([name, call]) => [name, guarded(name, call)] as const),
  ['omit', () => OMIT],
])

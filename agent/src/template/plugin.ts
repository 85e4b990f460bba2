// The shape of filters, tests, globals and pure lookups: rows of tables, each with its parameters
// and a function from values to a value. Not here: the rows (filters/, tests/, lookups/) and who
// calls them (engine.ts).
import { typeError } from '../value/python.ts'
import type { Unknown, Value } from '../value/value.ts'
import type { TemplateContext } from './context.ts'

/** What a row may ask of the engine that calls it. */
export interface Engine {
  readonly context: TemplateContext
  /** Applies a filter by name. */
  filter(name: string, input: Value, args: Value[], kwargs: Map<string, Value>): Value
  /** Asks a test by name. */
  test(name: string, input: Value, args: Value[], kwargs?: Map<string, Value>): boolean | Unknown
  /** A member as `input[key]` finds it; Undefined when there is none. */
  member(input: Value, key: Value): Value
}

/** The arguments of one call, after those that have parameters of their own. */
export interface Call {
  readonly engine: Engine
  readonly rest: Value[]
  readonly kwargs: Map<string, Value>
}

export type Arg = Value | undefined

export interface Filter {
  /** Names with spaces between; `*` takes further arguments, `**` further keywords. */
  readonly params?: string
  readonly run: (input: Value, args: Arg[], call: Call) => Value
  /** Whether Undefined may be given to it, as to `default`. */
  readonly acceptsUndefined?: boolean
  /** Whether it decides itself what to do with an Unknown given directly. */
  readonly acceptsUnknown?: boolean
  /** Whether Unknowns inside lists and dicts may pass; one given directly never runs it. */
  readonly passesUnknown?: boolean
}

export interface Test {
  readonly params?: string
  readonly run: (input: Value, args: Arg[], call: Call) => boolean | Unknown
  readonly acceptsUndefined?: boolean
  /** Whether it decides itself what to do with an Unknown given directly. */
  readonly acceptsUnknown?: boolean
  readonly passesUnknown?: boolean
}

export type Filters = Readonly<Record<string, Filter>>
export type Tests = Readonly<Record<string, Test>>

interface Params {
  readonly names: string[]
  readonly rest: boolean
  readonly keywords: boolean
}

const known = new Map<string, Params>()

function readParams(text: string): Params {
  let params = known.get(text)
  if (params === undefined) {
    const words = text.split(' ').filter((word) => word !== '')
    const names = words.filter((word) => !word.startsWith('*'))
    params = { names, rest: words.includes('*'), keywords: words.includes('**') }
    known.set(text, params)
  }
  return params
}

/** Puts arguments in the order of the parameters; what has none goes to `rest` and `kwargs`. */
export function bind(
  what: string,
  text: string,
  args: Value[],
  kwargs: Map<string, Value>,
): { bound: Arg[]; rest: Value[]; kwargs: Map<string, Value> } {
  const params = readParams(text)
  const bound: Arg[] = args.slice(0, params.names.length)
  const rest = args.slice(params.names.length)
  if (rest.length > 0 && !params.rest) {
    throw typeError(`${what} takes at most ${params.names.length} arguments, got ${args.length}`)
  }
  const others = new Map<string, Value>()
  for (const [name, value] of kwargs) {
    const index = params.names.indexOf(name)
    if (index < 0) {
      if (!params.keywords) throw typeError(`${what} has no argument '${name}'`)
      others.set(name, value)
    } else if (index < args.length) {
      throw typeError(`${what} got two values for argument '${name}'`)
    } else {
      bound[index] = value
    }
  }
  return { bound, rest, kwargs: others }
}

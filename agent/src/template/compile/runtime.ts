// What a running template holds: its context, its frames of names, and the text it prints.
import { type Position, withWhere } from '../../errors.ts'
import { checkTextLength } from '../../value/budget.ts'
import { Missing, Needy } from '../../value/missing.ts'
import { isDict, Tuple, Undefined, type Value } from '../../value/value.ts'
import type { TemplateContext } from '../context.ts'
import { freeNamesOf } from '../names.ts'
import type { Node } from '../nodes.ts'
import type { Engine } from '../plugin.ts'

/** A place inside a template's text; both count from 0. */
export interface Spot {
  readonly lineno: number
  readonly colno: number
}

export type Globals = ReadonlyMap<string, (runtime: Runtime) => Value>
export type BlockBody = (frame: Frame, out: Sink) => void

/** The body of a block, with the template that wrote it. */
export interface Block {
  readonly body: BlockBody
  readonly runtime: Runtime
}

export class Runtime {
  readonly context: TemplateContext
  readonly origin: Position
  readonly engine: Engine
  /** The node whose operation is under way; an error that carries no place of its own is there. */
  spot: Spot = { lineno: 0, colno: 0 }
  /** Bodies of blocks by name, the innermost child's first; a child shares them with its parent. */
  blocks = new Map<string, Block[]>()
  private readonly globals: Globals
  private readonly own: Map<string, Value> | undefined

  /** `mutates`: the template calls methods that change values, so it gets copies of its own. */
  constructor(engine: Engine, origin: Position, globals: Globals, mutates: boolean) {
    this.engine = engine
    this.context = engine.context
    this.origin = origin
    this.globals = globals
    this.own = mutates ? new Map() : undefined
  }

  /** The place in the file of a place in the text; block scalars keep their indentation. */
  position(spot: Spot = this.spot): Position {
    const { file, line, column } = this.origin
    return { file, line: line + spot.lineno, column: column + spot.colno }
  }

  /** Runs a part of this template for another one: its mistakes are told where they are written. */
  within<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw withWhere(error, this.position())
    }
  }

  /** Names in the operation under way that no global stands for. */
  names(): string[] {
    const { spot } = this
    if (!('typename' in spot)) return []
    return [...freeNamesOf(spot as Node)].filter((name) => !this.globals.has(name))
  }

  resolve(name: string, spot: Spot): Value {
    const copied = this.own?.get(name)
    if (copied !== undefined) return copied
    const found = this.context.scope.lookup(name)
    if (!(found instanceof Undefined))
      return this.own === undefined ? found : this.keep(name, found)
    const global = this.globals.get(name)
    if (global !== undefined) return global(this)
    if (found instanceof Needy) return found.usedBy(name, this.position(spot))
    const { scope } = this.context
    const known = (): string[] => [...(scope.names?.() ?? []), ...this.globals.keys()]
    const message = found.message === '' ? `'${name}' is undefined` : found.message
    return new Missing(message, this.position(spot), name, known)
  }

  private keep(name: string, value: Value): Value {
    const copy = deepCopy(value)
    this.own?.set(name, copy)
    return copy
  }
}

function deepCopy(value: Value): Value {
  if (value instanceof Tuple) return value
  if (Array.isArray(value)) return value.map(deepCopy)
  if (!isDict(value)) return value
  return new Map([...value].map(([key, item]) => [key, deepCopy(item)]))
}

/** A level of names: the template's own, or those of a loop, macro or `with`. */
export class Frame {
  readonly runtime: Runtime
  readonly parent: Frame | undefined
  readonly names = new Map<string, Value>()

  constructor(runtime: Runtime, parent?: Frame) {
    this.runtime = runtime
    this.parent = parent
  }

  lookup(name: string, spot: Spot): Value {
    const own = this.names.get(name)
    if (own !== undefined) return own
    for (let frame = this.parent; frame !== undefined; frame = frame.parent) {
      const found = frame.names.get(name)
      if (found !== undefined) return found
    }
    return this.runtime.resolve(name, spot)
  }
}

/** Where a template's text goes. */
export class Sink {
  text = ''

  add(text: string): void {
    this.text += text
    checkTextLength(this.text.length)
  }
}

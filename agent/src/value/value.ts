// The values that playbooks, inventories and templates speak of: Python's, held in JavaScript. A
// dict is a Map (insertion order, any scalar key), a list is an Array. Not here: how they compare
// and print (python.ts), and their passage from and to plain JSON (plain.ts).
//
// Trust is a type. A text that an author wrote and that holds `{{`, `{%` or `{#` is a Template,
// made only by readers of authors' files. Every other string is data and is never rendered, so a
// value that came from a host cannot become code.
import type { Position } from '../errors.ts'

/** A float whose value is integral (`3.0`); every other float is a plain number. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** Makes a float of Python's: boxed only when a plain number would read as an int. */
export function float(value: number): number | Float {
  return Number.isInteger(value) ? new Float(value) : value
}

/** Python's tuple: a list that prints with parentheses and equals no list. */
export class Tuple extends Array<Value> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
}

/** A date or a datetime of YAML, kept as the text that Python's str() would print. */
export class Timestamp {
  readonly text: string
  readonly isDate: boolean
  constructor(text: string, isDate: boolean) {
    this.text = text
    this.isDate = isDate
  }
}

/** An author's text that is still to be rendered, with the place where it was written. */
export class Template {
  readonly source: string
  readonly origin: Position
  constructor(source: string, origin: Position) {
    this.source = source
    this.origin = origin
  }
}

/** A vault's text inside a file: opened when it is rendered, and what comes out is data. */
export class Sealed extends Template {
  readonly open: () => string
  constructor(cipher: string, origin: Position, open: () => string) {
    super(cipher, origin)
    this.open = open
  }
}

/** Whether a text holds what begins a template. */
export function hasTemplateMark(text: string): boolean {
  return /\{[{%#]/.test(text)
}

/** An author's text as a value: the one place that decides what is still to be rendered. */
export function authored(text: string, origin: Position): Template | string {
  return hasTemplateMark(text) ? new Template(text, origin) : text
}

/** The result of naming what does not exist; using it is an error, asking `is defined` is not. */
export class Undefined {
  /** Words for the message: `'foo' is undefined`, `'dict object' has no attribute 'x'`. */
  readonly message: string
  readonly origin: Position | undefined
  /** Of an inline if without an else: false, and nothing where it is printed, as in Jinja. */
  readonly isEmpty: boolean
  constructor(message: string, origin?: Position, isEmpty = false) {
    this.message = message
    this.origin = origin
    this.isEmpty = isEmpty
  }
}

/**
 * A value that check mode cannot know, for instance the output of a command that was not run. It
 * flows through templates, `when` and loops. `reason` is a phrase for people; `origin` names the
 * task that would make the value.
 */
export class Unknown {
  readonly reason: string
  readonly origin: string
  constructor(reason: string, origin: string) {
    this.reason = reason
    this.origin = origin
  }
}

/** The value of `omit`: an argument that is this is left out, at any depth. */
export class Omit {
  readonly marker = '__omit_place_holder__'
}

export const OMIT = new Omit()

export type Dict = Map<Value, Value>

/** A function that a template may call: a global, a macro or a method from the whitelist. */
export class Callable {
  readonly name: string
  readonly call: (args: Value[], kwargs: Map<string, Value>) => Value
  constructor(name: string, call: (args: Value[], kwargs: Map<string, Value>) => Value) {
    this.name = name
    this.call = call
  }
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Timestamp
  | Template
  | Undefined
  | Unknown
  | Omit
  | Callable
  | LazyDict
  | Value[]
  | Dict

/**
 * A dict whose values are found when they are asked for (`hostvars`, `vars`). It reads as a dict
 * in templates; `toDict` makes it one, with everything rendered.
 */
export abstract class LazyDict {
  abstract get(key: Value): Value | undefined
  abstract keys(): Value[]
  toDict(): Dict {
    return new Map(this.keys().map((key) => [key, this.get(key) as Value]))
  }
}

export function isDict(value: Value | undefined): value is Dict {
  return value instanceof Map
}

export function isNumber(value: Value): value is number | bigint | Float {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float
}

/** Whether an Unknown stands anywhere in the value. */
export function findUnknown(value: Value | undefined): Unknown | undefined {
  if (value instanceof Unknown) return value
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = findUnknown(item)
      if (found !== undefined) return found
    }
  } else if (isDict(value)) {
    for (const item of value.values()) {
      const found = findUnknown(item)
      if (found !== undefined) return found
    }
  }
  return undefined
}

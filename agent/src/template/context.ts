// What a caller gives to the engine: where names are found, and the few doors to the outside. The
// engine itself opens none.
import type { Position } from '../errors.ts'
import type { Zone } from '../sys/clock.ts'
import type { Value } from '../value/value.ts'

export interface Scope {
  /** The value of a name, already rendered; an Undefined when there is none. */
  lookup(name: string): Value
  /** Every name, to offer the nearest one in an error. */
  names?(): Iterable<string>
}

export interface TemplateContext {
  readonly scope: Scope
  /**
   * Lookups that need the outside: env, file, template, password, pipe, first_found, fileglob,
   * lines, url. Gives a list, as Ansible's plugins do, or one value. `names` are those that the
   * call takes from the scope, or from the template's own statements.
   */
  readonly lookup?: (
    name: string,
    args: Value[],
    kwargs: Map<string, Value>,
    at: Position,
    names?: readonly string[],
  ) => Value
  /** The text of a template that include, import or extends names. */
  readonly readTemplate?: (name: string, at: Position) => { text: string; file: string }
  /** Asks the machine that templates run on about a path, for tests such as `is file`. */
  readonly pathTest?: (test: string, path: string, at: Position) => boolean
  /** The wall clock in milliseconds since 1970, for `now()` and `strftime`. */
  readonly now?: () => number
  /** The local zone at an instant; Greenwich's where it is not given. */
  readonly zone?: (ms: number) => Zone
  /** A random number from 0 up to 1, for `random` and `shuffle` without a seed. */
  readonly random?: () => number
  /** False when no Unknown can be met, which spares every filter a search for one. */
  readonly unknowns?: boolean
}

/** The template module's parameters of the same names, in camel case. */
export interface FileOptions {
  /** Default true: the newline after a block is dropped. */
  readonly trimBlocks?: boolean
  /** Default false: blanks before a block that begins its line are dropped. */
  readonly lstripBlocks?: boolean
  /** Default true: the newline at the end of the file is kept. */
  readonly keepTrailingNewline?: boolean
  /** Default true: a first line `#jinja2:` says more, and overrules these. */
  readonly hasHeader?: boolean
  readonly blockStart?: string
  readonly blockEnd?: string
  readonly variableStart?: string
  readonly variableEnd?: string
  readonly commentStart?: string
  readonly commentEnd?: string
}

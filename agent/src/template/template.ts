// The template engine: Jinja as Ansible users know it, with Python's values and rules, strict
// undefined, native types and three-valued conditions. It is nunjucks' lexer and parser with an
// evaluator of our own. It is not a sandbox around JavaScript: no JavaScript object, file or
// process can be named from a template; what is outside comes through the TemplateContext.
import { ClusterError, type Position, withWhere } from '../errors.ts'
import { withBudget } from '../value/budget.ts'
import { undefinedError } from '../value/python.ts'
import {
  type Dict,
  isDict,
  Omit,
  Sealed,
  Template,
  Tuple,
  Undefined,
  Unknown,
  type Value,
} from '../value/value.ts'
import type { Run } from './compile/expressions.ts'
import { runWhole } from './compile/reuse.ts'
import { type Frame, Sink } from './compile/runtime.ts'
import type { FileOptions, TemplateContext } from './context.ts'
import { readLiteral } from './literal.ts'
import { SyntaxMistake } from './mistake.ts'
import { freeNamesOf } from './names.ts'
import { tuple } from './operators.ts'
import { type Kind, load, located, type Program, start } from './source.ts'
import { UnknownReached } from './unknown.ts'

export type { FileOptions, Scope, TemplateContext } from './context.ts'
export type { Kind } from './source.ts'

/** The value of a bare expression, as `until` and `changed_when` have it. */
export function evaluate(expression: string, origin: Position, context: TemplateContext): Value {
  const [text, at] = bare(expression, origin)
  return perform(text, 'expression', at, context, (program, frame) =>
    finished((program.value as Run)(frame)),
  )
}

/** The truth of a condition; Unknown when it depends on what check mode cannot know. */
export function truth3(
  expression: string,
  origin: Position,
  context: TemplateContext,
): boolean | Unknown {
  const [text, at] = bare(expression, origin)
  return perform(text, 'expression', at, context, (program, frame) => {
    return program.condition?.(frame) ?? false
  })
}

/**
 * Renders every Template in a value, deeply. A template that is one expression keeps its value's
 * type; members that turn out to be `omit` are left out.
 */
export function render(value: Value, context: TemplateContext): Value {
  if (value instanceof Sealed) return value.open()
  if (value instanceof Template) return renderTemplate(value, context)
  if (Array.isArray(value)) {
    const items = value.map((item) => render(item, context)).filter((item) => !isOmit(item))
    return value instanceof Tuple ? tuple(items) : items
  }
  return isDict(value) ? renderDict(value, context) : value
}

function renderDict(value: Dict, context: TemplateContext): Dict {
  const made: Dict = new Map()
  for (const [key, item] of value) {
    const rendered = render(item, context)
    if (!isOmit(rendered)) made.set(key instanceof Template ? render(key, context) : key, rendered)
  }
  return made
}

function renderTemplate({ source, origin }: Template, context: TemplateContext): Value {
  return perform(source, 'template', origin, context, (program, frame) => {
    if (program.value === undefined) return readLiteral(withNewlines(print(program, frame), source))
    const found = program.value(frame)
    if (found instanceof Undefined && found.isEmpty) return ''
    const value = finished(found)
    return typeof value === 'string' ? withNewlines(value, source) : value
  })
}

/** The text of a template file; Unknown when anything in it is. */
export function renderFile(
  source: string,
  file: string,
  context: TemplateContext,
  options?: FileOptions,
): string | Unknown {
  const origin = { file, line: 1, column: 1 }
  const run = (program: Program, frame: Frame): string => {
    const text = print(program, frame)
    return options?.keepTrailingNewline === false ? text : withNewlines(text, source)
  }
  return perform(source, 'file', origin, context, run, options)
}

/**
 * Jinja drops a newline at the end; Ansible then sees to it that the result ends with as many
 * newlines as the source, unless it already ends with more.
 */
function withNewlines(text: string, source: string): string {
  if (!source.endsWith('\n')) return text
  const missing = newlinesAtEnd(source.replaceAll('\r\n', '\n')) - newlinesAtEnd(text)
  return text + '\n'.repeat(Math.max(0, missing))
}

function newlinesAtEnd(text: string): number {
  let end = text.length
  while (text[end - 1] === '\n') end -= 1
  return text.length - end
}

function print(program: Program, frame: Frame): string {
  const out = new Sink()
  if (program.body !== undefined) runWhole(program.body, frame, out)
  return out.text
}

/** Throws TEMPLATE_SYNTAX at the exact place when the text is no template. */
export function checkSyntax(source: string, origin: Position, kind: Kind): void {
  const [text, at] = kind === 'expression' ? bare(source, origin) : [source, origin]
  locate(at, () => load(text, kind))
}

/** The names that a text looks up in its scope. Throws TEMPLATE_SYNTAX as checkSyntax does. */
export function freeNames(source: string, kind: Kind): ReadonlySet<string> {
  const origin = { file: '', line: 1, column: 1 }
  const [text, at] = kind === 'expression' ? bare(source, origin) : [source, origin]
  return freeNamesOf(locate(at, () => load(text, kind)).root)
}

function perform<T>(
  text: string,
  kind: Kind,
  origin: Position,
  context: TemplateContext,
  run: (program: Program, frame: Frame) => T,
  options?: FileOptions,
): T | Unknown {
  const program = locate(origin, () => load(text, kind, options))
  const frame = start(program, origin, context)
  try {
    return withBudget(() => run(program, frame))
  } catch (error) {
    if (error instanceof UnknownReached) return error.unknown
    throw explained(error, frame)
  }
}

function locate<T>(origin: Position, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof SyntaxMistake ? located(error, origin) : error
  }
}

// The engine's own stack is bounded by node; running out of it is the template's doing.
function explained(error: unknown, frame: Frame): unknown {
  if (!(error instanceof RangeError)) return withWhere(error, frame.runtime.position())
  return new ClusterError('TEMPLATE_REFUSED', 'the template nests or grows without bounds', {
    where: frame.runtime.position(),
    cause: error,
  })
}

const WRAPPED = /^(\s*\{\{-?)([^]*?)-?\}\}\s*$/

// `{{ x }}` around a whole condition is a habit that does no harm; inside one it is a mistake.
function bare(expression: string, origin: Position): [string, Position] {
  if (!expression.includes('{{')) return [expression, origin]
  const [, opening, inner] = WRAPPED.exec(expression) ?? []
  if (opening !== undefined && inner !== undefined && !/\{\{|\}\}/.test(inner)) {
    return [inner, shift(origin, opening)]
  }
  const at = expression.indexOf('{{')
  if (!/\{\{\s*['"\w[(][^]*\}\}/.test(expression)) return [expression, origin]
  throw new ClusterError('TEMPLATE_SYNTAX', "'{{ }}' stands inside an expression", {
    hint: 'a condition is an expression already: write the name without braces',
    where: shift(origin, expression.slice(0, at)),
  })
}

function shift(origin: Position, text: string): Position {
  const lines = text.split('\n')
  const column = origin.column + (lines.at(-1) ?? '').length
  return { file: origin.file, line: origin.line + lines.length - 1, column }
}

/** A result may hold no Undefined, at any depth; `omit` inside it is left out. */
function finished(value: Value): Value {
  if (value instanceof Undefined) throw undefinedError(value)
  if (Array.isArray(value)) {
    if (!value.some(needsCare)) return value
    const items = value.map(finished).filter((item) => !isOmit(item))
    return value instanceof Tuple ? tuple(items) : items
  }
  if (!isDict(value) || ![...value.values()].some(needsCare)) return value
  const kept = [...value].filter((entry) => !isOmit(entry[1]))
  return new Map(kept.map(([key, item]) => [key, finished(item)]))
}

function needsCare(value: Value): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Unknown)
}

function isOmit(value: Value): boolean {
  return value instanceof Omit
}

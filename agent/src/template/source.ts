// From text to a program that can run: parsed and compiled once, kept by text. Not here: what a
// program means to a caller (template.ts).
import { ClusterError, type Position } from '../errors.ts'
import { nearest } from '../value/missing.ts'
import { type Condition } from './compile/conditions.ts'
import type { Run } from './compile/expressions.ts'
import { setReuse } from './compile/reuse.ts'
import { Frame, Runtime } from './compile/runtime.ts'
import { compileBody, type Exec, expressions } from './compile/statements.ts'
import type { FileOptions, TemplateContext } from './context.ts'
import { findFilter, findTest, TemplateEngine } from './engine.ts'
import { FILTERS } from './filters/list.ts'
import { GLOBALS } from './globals.ts'
import { readHeader } from './header.ts'
import { JinjaLexer } from './lexer.ts'
import { SyntaxMistake } from './mistake.ts'
import { type Node, type Parent, type SymbolNode, type TestNode, walk } from './nodes.ts'
import { JinjaParser } from './parser.ts'
import { TESTS } from './tests/list.ts'

export type Kind = 'template' | 'expression' | 'file'

/** A text made ready to run. */
export interface Program {
  readonly root: Node
  /** The whole text is one expression: its value keeps its type. */
  readonly value: Run | undefined
  readonly condition: Condition | undefined
  readonly body: Exec | undefined
  /** Whether it calls methods that change lists or dicts. */
  readonly mutates: boolean
}

/** Texts kept compiled; the oldest half goes when there are more. */
const CACHE_LIMIT = 5_000

const cache = new Map<string, Program>()

const MUTATORS = new Set(
  'append extend insert pop popitem remove clear update setdefault sort reverse'.split(' '),
)

/** What the template module does unless told otherwise; texts in YAML are read the same way. */
const DEFAULTS: FileOptions = { trimBlocks: true, lstripBlocks: false, keepTrailingNewline: true }

/** Of what include, import and extends name; Ansible sees only whole templates. */
const PART: FileOptions = { ...DEFAULTS, hasHeader: false }

/** Parses and compiles a text, or takes it from the cache. Throws SyntaxMistake. */
export function load(text: string, kind: Kind, options: FileOptions = DEFAULTS): Program {
  const key = options === DEFAULTS ? `${kind}:${text}` : `${kind}${JSON.stringify(options)}:${text}`
  const kept = cache.get(key)
  if (kept !== undefined) return kept
  const program = compile(parse(text, kind, options), kind)
  if (cache.size >= CACHE_LIMIT) dropOldest()
  cache.set(key, program)
  return program
}

function dropOldest(): void {
  let count = CACHE_LIMIT / 2
  for (const key of cache.keys()) {
    if (count-- <= 0) return
    cache.delete(key)
  }
}

function parse(source: string, kind: Kind, wishes: FileOptions): Node {
  const unix = source.replace(/\r\n?/g, '\n')
  const mayHave = kind !== 'expression' && wishes.hasHeader !== false
  const header = mayHave ? readHeader(unix) : undefined
  const options = { ...wishes, ...header?.options }
  const kept = (header?.text ?? unix).replace(/\n$/, '')
  const lexer = new JinjaLexer(kept, {
    trimBlocks: options.trimBlocks ?? true,
    lstripBlocks: options.lstripBlocks ?? false,
    tags: tags(options),
  })
  if (header !== undefined) lexer.lineno = 1
  if (kind === 'expression') lexer.startInCode()
  lexer.keepsBackslashes = kind === 'template'
  const parser = new JinjaParser(lexer)
  const root = kind === 'expression' ? parser.parseOnlyExpression() : parser.parseAsRoot()
  checkNames(root)
  return root
}

function tags(options: FileOptions): Record<string, string> {
  const { blockStart, blockEnd, variableStart, variableEnd, commentStart, commentEnd } = options
  const all = { blockStart, blockEnd, variableStart, variableEnd, commentStart, commentEnd }
  const given = Object.entries(all).filter((entry) => entry[1] !== undefined)
  return Object.fromEntries(given) as Record<string, string>
}

// A filter or test that does not exist is a mistake in the text, also where it is never reached.
function checkNames(root: Node): void {
  for (const node of walk(root)) {
    if (node.typename === 'Filter') {
      const { value } = (node as unknown as { name: SymbolNode }).name
      if (findFilter(value) === undefined) throw noSuch('filter', value, node, FILTERS.keys())
    } else if (node.typename === 'Test') {
      const { name } = node as TestNode
      if (findTest(name) === undefined) throw noSuch('test', name, node, TESTS.keys())
    }
  }
}

function noSuch(kind: string, name: string, at: Node, names: Iterable<string>): SyntaxMistake {
  const near = nearest(name, names)
  const hint = near === undefined ? undefined : `did you mean '${near}'?`
  return new SyntaxMistake(`no ${kind} is named '${name}'`, at.lineno, at.colno, hint)
}

function compile(root: Node, kind: Kind): Program {
  const mutates = [...walk(root)].some(
    (node) => node.typename === 'Literal' && MUTATORS.has((node as SymbolNode).value),
  )
  const only = kind === 'expression' ? root : onlyExpression(root)
  const value = only === undefined ? undefined : expressions.value(only)
  const condition = kind === 'expression' ? expressions.condition(root) : undefined
  const body = kind === 'expression' ? undefined : compileBody(root)
  return { root, value, condition, body, mutates }
}

function onlyExpression(root: Node): Node | undefined {
  const outputs = (root as Parent).children
  const [first] = outputs
  if (outputs.length !== 1 || first?.typename !== 'Output') return undefined
  const [inner, ...others] = (first as Parent).children
  return inner?.typename === 'TemplateData' || others.length > 0 ? undefined : inner
}

/** The frame in which a program runs. */
export function start(program: Program, origin: Position, context: TemplateContext): Frame {
  const engine = new TemplateEngine(context)
  return new Frame(new Runtime(engine, origin, GLOBALS, program.mutates))
}

/** A mistake with its place in the file. */
export function located(error: SyntaxMistake, origin: Position): ClusterError {
  return new ClusterError('TEMPLATE_SYNTAX', error.message, {
    hint: error.hint ?? 'look at what stands right before this place',
    where: {
      file: origin.file,
      line: origin.line + error.line,
      column: origin.column + error.column,
    },
  })
}

setReuse({
  load(name, frame) {
    const { readTemplate } = frame.runtime.context
    if (readTemplate === undefined) {
      throw new ClusterError('TEMPLATE_REFUSED', `the template '${name}' cannot be read here`)
    }
    const { text, file } = readTemplate(name, frame.runtime.position())
    const origin = { file, line: 1, column: 1 }
    try {
      return { body: load(text, 'file', PART).body as Exec, origin }
    } catch (error) {
      throw error instanceof SyntaxMistake ? located(error, origin) : error
    }
  },
  runtime: (loaded, from) => new Runtime(from.engine, loaded.origin, GLOBALS, true),
})

// The first line `#jinja2: NAME:VALUE, ...` of a template, which says how the rest is read. Not
// here: the parameters of the template module of the same names, which it overrules.
import { Tuple, type Value } from '../value/value.ts'
import type { FileOptions } from './context.ts'
import { readLiteral } from './literal.ts'
import { SyntaxMistake } from './mistake.ts'

const MARK = '#jinja2:'

const SWITCHES = {
  trim_blocks: 'trimBlocks',
  lstrip_blocks: 'lstripBlocks',
  keep_trailing_newline: 'keepTrailingNewline',
} as const

const MARKS = {
  block_start_string: 'blockStart',
  block_end_string: 'blockEnd',
  variable_start_string: 'variableStart',
  variable_end_string: 'variableEnd',
  comment_start_string: 'commentStart',
  comment_end_string: 'commentEnd',
} as const

export interface Headed {
  /** What comes after the first line. */
  readonly text: string
  readonly options: FileOptions
}

/** The options of a text that begins with such a line; undefined for any other. */
export function readHeader(source: string): Headed | undefined {
  if (!source.startsWith(MARK)) return undefined
  const end = source.indexOf('\n')
  const line = source.slice(MARK.length, end < 0 ? source.length : end)
  const options: Record<string, boolean | string> = {}
  let column = MARK.length
  for (const pair of line.split(',')) {
    const [, name = '', value] = /^\s*([^:]*?)\s*:(.*)$/s.exec(pair) ?? []
    if (value === undefined) {
      const words = `'${pair.trim()}' in the line ${MARK} is no NAME:VALUE`
      throw new SyntaxMistake(words, 0, column, 'write it as trim_blocks:False, with a colon')
    }
    Object.assign(options, optionOf(name, literal(value.trim()), column))
    column += pair.length + 1
  }
  return { text: end < 0 ? '' : source.slice(end + 1), options }
}

function optionOf(name: string, value: Value | undefined, column: number): FileOptions {
  if (Object.hasOwn(SWITCHES, name)) {
    if (typeof value === 'boolean' || typeof value === 'number') {
      return { [SWITCHES[name as keyof typeof SWITCHES]]: value !== false && value !== 0 }
    }
    throw new SyntaxMistake(`${name} is no True or False`, 0, column, 'Python writes them so')
  }
  if (Object.hasOwn(MARKS, name)) {
    if (typeof value === 'string' && value !== '') {
      return { [MARKS[name as keyof typeof MARKS]]: value }
    }
    throw new SyntaxMistake(`${name} is no text in quotes`, 0, column, `write it as ${name}:'[%'`)
  }
  const known = [...Object.keys(SWITCHES), ...Object.keys(MARKS)].join(', ')
  throw new SyntaxMistake(`no option is named '${name}'`, 0, column, `there are ${known}`)
}

/** A value as Python writes it: a list of one is what readLiteral takes. */
function literal(text: string): Value | undefined {
  const list = readLiteral(`[${text}]`)
  return Array.isArray(list) && !(list instanceof Tuple) && list.length === 1 ? list[0] : undefined
}

// The old spelling of arguments: `src=a dest="b c" mode=0644`, cut where a shell would, but not
// inside `{{ }}`. Not here: which arguments a module has.
import { ClusterError, type Position } from '../errors.ts'
import { authored, type Value } from '../value/value.ts'
import type { Placed } from './tree.ts'

interface Word {
  readonly text: string
  readonly offset: number
  /** The blanks and newlines behind it. */
  readonly space: string
}

/** Words with their offsets, quotes kept; `{{ }}` and `{% %}` hold together. */
function cut(text: string): Word[] {
  const found: Word[] = []
  const pattern = /(?:\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s"'])+/g
  for (const match of text.matchAll(pattern)) {
    const space = /^\s*/.exec(text.slice(match.index + match[0].length))?.[0] ?? ''
    found.push({ text: match[0], offset: match.index, space })
  }
  return found
}

export interface KeyValues {
  readonly named: ReadonlyMap<string, Placed>
  /** What is left when the named ones are taken out. */
  readonly free: string
}

/**
 * Reads `key=value` words. With `names` only those keys are taken and the rest stays free text
 * (`command: ls creates=/x`); without, every word must be one.
 */
export function parseKeyValues(text: string, at: Position, names?: readonly string[]): KeyValues {
  const named = new Map<string, Placed>()
  let free = ''
  for (const word of cut(text)) {
    const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word.text)
    const isTaken = match !== null && (names === undefined || names.includes(match[1] as string))
    if (isTaken) {
      const place = moved(at, text, word.offset + (match[1] as string).length + 1)
      named.set(match[1] as string, { value: bareValue(match[2] as string, place), at: place })
      // What stands behind it goes with it.
      if (word.offset + word.text.length + word.space.length === text.length) free = free.trimEnd()
    } else if (names === undefined) {
      throw new ClusterError('MODULE_ARGUMENT', `cannot read ${JSON.stringify(word.text)}`, {
        where: moved(at, text, word.offset),
        hint: 'write arguments as a mapping below the module, or as key=value',
      })
    } else {
      free = isContinued(word)
        ? `${free.replace(/ $/, '')}${word.space.slice(1)}`
        : `${free}${word.text}${word.space}`
    }
  }
  return { named, free }
}

/** A backslash at the end of a line: the next line belongs to it. */
function isContinued({ text, space }: Word): boolean {
  return text === '\\' && space.startsWith('\n')
}

/** A word as it stands, its quotes taken off, and its name where it has one. */
export interface NamedWord {
  readonly name: string | undefined
  readonly text: string
}

/** All words, with names and without; whether there are such names is not asked. */
export function namedWords(text: string): NamedWord[] {
  return cut(text).map((word) => {
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(word.text) ?? []
    return { name, text: bare(value ?? word.text) }
  })
}

function bareValue(raw: string, at: Position): Value {
  return authored(bare(raw), at)
}

function bare(raw: string): string {
  const [, , text = raw] = /^(["'])([\s\S]*)\1$/.exec(raw) ?? []
  return text
}

/** The place of an offset in a text that begins at a place. */
export function moved(at: Position, text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  const last = before.at(-1) ?? ''
  return before.length === 1
    ? { ...at, column: at.column + last.length }
    : { ...at, line: at.line + before.length - 1, column: last.length + 1 }
}

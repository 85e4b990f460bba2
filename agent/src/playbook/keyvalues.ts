// The old spelling of arguments: `src=a dest="b c" mode=0644`, cut where a shell would, but not
// inside `{{ }}`; the escapes of the values are Python's. Not here: which arguments a module has.
import { ClusterError, type Position } from '../errors.ts'
import { characterOf, LETTERS } from '../value/escapes.ts'
import { authored, type Value } from '../value/value.ts'
import type { Placed } from './tree.ts'

interface Word {
  readonly text: string
  readonly offset: number
  /** The blanks and newlines behind it. */
  readonly space: string
}

/** A template holds together; a quote right behind a backslash is none, whatever is before that. */
const TOKENS = /\s+|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}|\\["']|[^\s"'\\{]+|[\s\S]/g

/** Words with their offsets, quotes and escapes kept. */
function cut(text: string, at: Position): Word[] {
  const found: Word[] = []
  let begin: number | undefined
  let quote: { mark: string; offset: number } | undefined
  const end = (offset: number, space: string): void => {
    if (begin !== undefined) found.push({ text: text.slice(begin, offset), offset: begin, space })
    begin = undefined
  }
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (quote === undefined && /^\s/.test(token)) {
      end(index, token)
      continue
    }
    begin ??= index
    if (token !== '"' && token !== "'") continue
    if (quote === undefined) quote = { mark: token, offset: index }
    else if (quote.mark === token) quote = undefined
  }
  if (quote !== undefined) throw openQuote(quote.mark, moved(at, text, quote.offset))
  end(text.length, '')
  return found
}

function openQuote(mark: string, where: Position): ClusterError {
  return new ClusterError('MODULE_ARGUMENT', `the quote ${mark} is not closed`, {
    where,
    hint: 'a quote behind a backslash closes none; a mapping below the module takes any text',
  })
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
  for (const word of cut(text, at)) {
    const decoded = decode(word.text)
    const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(decoded)
    const isTaken = match !== null && (names === undefined || names.includes(match[1] as string))
    if (isTaken) {
      const place = moved(at, text, word.offset + (match[1] as string).length + 1)
      named.set(match[1] as string, { value: bareValue(match[2] as string, place), at: place })
      // What stands behind it goes with it.
      if (word.offset + word.text.length + word.space.length === text.length) free = free.trimEnd()
    } else if (isContinued(word)) {
      free = `${free.replace(/ $/, '')}${word.space.slice(1)}`
    } else if (names === undefined) {
      throw new ClusterError('MODULE_ARGUMENT', `cannot read ${JSON.stringify(word.text)}`, {
        where: moved(at, text, word.offset),
        hint: 'write arguments as a mapping below the module, or as key=value',
      })
    } else {
      free = `${free}${freeText(word.text, decoded)}${word.space}`
    }
  }
  return { named, free }
}

/** Free text is as it was written, but for words that escape a `=`, to say that it names nothing. */
function freeText(written: string, decoded: string): string {
  if (!decoded.includes('=') || /[^\\]=/.test(decoded)) return written
  return decoded.replaceAll('\\=', '=')
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
export function namedWords(text: string, at: Position): NamedWord[] {
  return cut(text, at).map((word) => {
    const decoded = decode(word.text)
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(decoded) ?? []
    return { name, text: bare(value ?? decoded) }
  })
}

function bareValue(raw: string, at: Position): Value {
  return authored(bare(raw), at)
}

function bare(raw: string): string {
  const [, , text = raw] = /^(["'])([\s\S]*)(?<!\\)\1$/.exec(raw) ?? []
  return text
}

const ESCAPES = /\\(?:([\\'"abfnrtv])|(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}))/g

/** Python's escapes but for octal ones and names of characters; what is none stays. */
function decode(text: string): string {
  return text.replaceAll(ESCAPES, (written: string, letter?: string, number?: string) => {
    if (letter !== undefined) return LETTERS[letter] ?? letter
    return characterOf(number?.slice(1) ?? '') ?? written
  })
}

/** The place of an offset in a text that begins at a place. */
export function moved(at: Position, text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  const last = before.at(-1) ?? ''
  return before.length === 1
    ? { ...at, column: at.column + last.length }
    : { ...at, line: at.line + before.length - 1, column: last.length + 1 }
}

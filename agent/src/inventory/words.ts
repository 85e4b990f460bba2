// Splits a line into words as a POSIX shell's lexer does: quotes, backslashes, comments. Each word
// knows its column. Not here: what the words mean.
import { ClusterError, type Position } from '../errors.ts'

export interface Word {
  readonly text: string
  /** Column of the word's first character, counted from 1. */
  readonly column: number
}

/** The words of a line; `#` starts a comment wherever no quote is open. */
export function splitWords(line: string, at: Position): Word[] {
  const words: Word[] = []
  let text: string | undefined
  let column = 0
  let index = 0
  const add = (part: string) => {
    if (text === undefined) column = at.column + index
    text = (text ?? '') + part
  }
  while (index < line.length) {
    const character = line[index] ?? ''
    if (character === '#') break
    if (/\s/.test(character)) {
      if (text !== undefined) words.push({ text, column })
      text = undefined
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(line, index, at)
      add(quoted.text)
      index = quoted.end
    } else if (character === '\\') {
      add(line[index + 1] ?? '')
      index++
    } else add(character)
    index++
  }
  if (text !== undefined) words.push({ text, column })
  return words
}

function readQuoted(line: string, start: number, at: Position): { text: string; end: number } {
  const quote = line[start] ?? ''
  let text = ''
  for (let index = start + 1; index < line.length; index++) {
    const character = line[index] ?? ''
    if (character === quote) return { text, end: index }
    const next = line[index + 1] ?? ''
    const isEscape = quote === '"' && character === '\\' && (next === '"' || next === '\\')
    if (isEscape) index++
    text += isEscape ? next : character
  }
  throw new ClusterError('INVENTORY', 'a quote is opened here and never closed', {
    where: { ...at, column: at.column + start },
    hint: `add the closing ${quote}`,
  })
}

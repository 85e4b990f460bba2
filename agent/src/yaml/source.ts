// A source text with its lines, to turn offsets into places. Not here: the parser.
import { ClusterError, type Position } from '../errors.ts'

export interface Source {
  readonly file: string
  readonly text: string
  /** The place of an offset; line and column count from 1. */
  at(offset: number): Position
  /** The text of a line, counted from 1, without its line break. */
  line(number: number): string
}

export function makeSource(text: string, file: string): Source {
  const starts = [0]
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length)
  return {
    file,
    text,
    at(offset) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
    },
    line(number) {
      return text.slice(starts[number - 1] ?? 0, starts[number]).replace(/[\r\n]+$/, '')
    },
  }
}

export function yamlError(where: Position, message: string, hint?: string): ClusterError {
  return new ClusterError('YAML_SYNTAX', message, { where, hint })
}

// What lint has to say about a place in a file, and the change to the text that would mend it.
// Not here: how findings are shown (commands/lint.ts).
import type { ErrorCode, Position } from '../errors.ts'

export type Severity = 'error' | 'warning' | 'info'

/** A change within one line: `length` characters from `at` on give way to `text`. */
export interface Edit {
  readonly at: Position
  readonly length: number
  readonly text: string
}

/** What a rule found: the row of the table says the rest. */
export interface Draft {
  readonly rule: string
  readonly at: Position
  /** In place of the rule's own sentence. */
  readonly message?: string
  readonly hint?: string
  readonly edit?: Edit
  /** Edits of the same kind at other places, which belong to it. */
  readonly also?: readonly Edit[]
}

export interface Finding {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly hint: string | undefined
  readonly at: Position | undefined
  /** Of a mistake, which a run would refuse. */
  readonly code?: ErrorCode
  readonly edit?: Edit
  /** Edits of the same kind at other places, which belong to it. */
  readonly also?: readonly Edit[]
}

/** In the order of files and lines. */
export function compareFindings(a: Finding, b: Finding): number {
  if (a.at === undefined || b.at === undefined) return a.at === undefined ? 1 : -1
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1
  return a.at.line - b.at.line || a.at.column - b.at.column
}

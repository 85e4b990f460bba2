// How an error is shown: what, where with the line and a caret, and what to do. All errors of the
// command line are worded here. Not here: results of tasks (text.ts).
import { ClusterError, type ErrorCode, formatWhere, isPosition, type Position } from '../errors.ts'
import { fileKind, readText } from '../sys/files.ts'
import { isVault } from '../vault/envelope.ts'
import { escapeText } from './escape.ts'
import type { Paint } from './paint.ts'

/** Of files that hold secrets: their lines are not shown. */
const SECRET_FILES: readonly ErrorCode[] = ['SEED', 'ADMISSION']

export function formatError(error: unknown, paint: Paint): string {
  if (!(error instanceof ClusterError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return `${paint('red', 'error:')} this is a fault of cluster-os itself\n${escapeText(text)}\n`
  }
  const code = paint('dim', `[${error.code}]`)
  const lines = [`${paint('red', 'error:')} ${escapeText(error.message)} ${code}`]
  if (error.where !== undefined) {
    lines.push(`  at ${escapeText(formatWhere(error.where))}`)
    const isShown = isPosition(error.where) && !SECRET_FILES.includes(error.code)
    if (isShown) lines.push(...snippet(error.where))
  }
  if (error.hint !== undefined) lines.push(`${paint('blue', 'hint:')} ${escapeText(error.hint)}`)
  return `${lines.join('\n')}\n`
}

/** The line itself, and a caret below the column. */
function snippet(at: Position): string[] {
  if (fileKind(at.file) !== 'file') return []
  const text = readText(at.file)
  // The place is in what was opened; the file itself has only the cipher to show.
  if (isVault(text)) return []
  const line = text.split('\n')[at.line - 1]
  if (line === undefined) return []
  const number = String(at.line)
  const before = line.slice(0, at.column - 1).replaceAll(/[^\t]/g, ' ')
  const margin = ' '.repeat(number.length)
  return [`  ${number} | ${escapeText(line)}`, `  ${margin} | ${before}^`]
}

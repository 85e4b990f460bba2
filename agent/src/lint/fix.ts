// Mends a file by the edits of findings: whole or not at all, everything else byte for byte. The
// result must still be YAML; what would not be is left as it was. Not here: what can be mended.
import { ClusterError } from '../errors.ts'
import { parseYaml } from '../yaml/parse.ts'
import type { Edit } from './finding.ts'

/** The text with as many of the edits as keep it readable, and how many those are. */
export function mend(
  file: string,
  text: string,
  edits: readonly Edit[],
): { readonly text: string; readonly made: readonly Edit[] } {
  const ordered = edits.toSorted(
    (a, b) => b.at.line - a.at.line || b.at.column - a.at.column || b.length - a.length,
  )
  const all = attempt(file, text, ordered)
  if (all !== undefined) return { text: all.text, made: all.made }
  let current = text
  const made: Edit[] = []
  for (const edit of ordered) {
    const next = attempt(file, current, [edit])
    if (next === undefined) continue
    current = next.text
    made.push(edit)
  }
  return { text: current, made }
}

function attempt(
  file: string,
  text: string,
  edits: readonly Edit[],
): { text: string; made: Edit[] } | undefined {
  const lines = text.split('\n')
  const made: Edit[] = []
  let last: Edit | undefined
  for (const edit of edits) {
    // Edits go from the end to the start; one that reaches into the one before is for another time.
    const ends = edit.at.column + edit.length
    if (last !== undefined && last.at.line === edit.at.line && ends > last.at.column) continue
    const line = lines[edit.at.line - 1]
    if (line === undefined) continue
    const start = edit.at.column - 1
    lines[edit.at.line - 1] = line.slice(0, start) + edit.text + line.slice(start + edit.length)
    last = edit
    made.push(edit)
  }
  const result = lines.join('\n')
  return isReadable(file, result) ? { text: result, made } : undefined
}

function isReadable(file: string, text: string): boolean {
  try {
    parseYaml(text, file)
    return true
  } catch (error) {
    if (error instanceof ClusterError) return false
    throw error
  }
}

// Mistakes in the template files that tasks name, found without rendering them. Not here: templates
// within playbooks, which are checked when those are read (playbook/syntax.ts).
import { join } from 'node:path'
import { ClusterError } from '../errors.ts'
import type { Task } from '../playbook/tree.ts'
import { fileKind, readText } from '../sys/files.ts'
import { checkSyntax } from '../template/template.ts'
import { isVault } from '../vault/envelope.ts'

/** Arguments that make the marks of a template others than Jinja's. */
const MARKS = ['variable_start_string', 'block_start_string', 'comment_start_string']

export function templateMistakes(tasks: readonly Task[]): ClusterError[] {
  return tasks.flatMap(({ action, args, searchFolders }) => {
    const source = args.named.get('src')?.value
    if (action.value !== 'template' || typeof source !== 'string') return []
    if (MARKS.some((name) => args.named.has(name))) return []
    const places = searchFolders.flatMap((folder) => [
      join(folder, 'templates', source),
      join(folder, source),
    ])
    const file = places.find((path) => fileKind(path) === 'file')
    return file === undefined ? [] : mistakesIn(file)
  })
}

function mistakesIn(file: string): ClusterError[] {
  const text = readText(file)
  if (isVault(text)) return []
  try {
    checkSyntax(text, { file, line: 1, column: 1 }, 'file')
    return []
  } catch (error) {
    if (error instanceof ClusterError) return [error]
    throw error
  }
}

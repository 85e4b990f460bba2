// Writes docs/modules, docs/actions, docs/keywords.md and docs/lint.md from the tables of the code,
// so that a page cannot tell another story than the code. `make docs` runs it; with --check it only
// names pages that are stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { actionPage, keywordsPage, modulePage } from './src/commands/doc.ts'
import { lintPage } from './src/commands/lint.ts'
import { MODULES } from './src/modules/index.ts'
import { PLAY_ACTIONS } from './src/playbook/playactions.ts'

const DOCS = resolve(import.meta.dirname, '../docs')

export interface Page {
  readonly path: string
  readonly text: string
}

/** The pages as they shall be, by absolute path. */
export function pages(): readonly Page[] {
  const modules = [...MODULES.values()].map((module) => ({
    path: `${DOCS}/modules/${module.name}.md`,
    text: modulePage(module),
  }))
  const actions = [...PLAY_ACTIONS.values()].map((action) => ({
    path: `${DOCS}/actions/${action.name}.md`,
    text: actionPage(action),
  }))
  return [
    ...modules,
    ...actions,
    { path: `${DOCS}/keywords.md`, text: keywordsPage() },
    { path: `${DOCS}/lint.md`, text: lintPage() },
  ]
}

/** Paths of pages that are missing or say something else than the schema. */
export function stalePages(): readonly string[] {
  return pages()
    .filter(({ path, text }) => text !== contentOf(path))
    .map(({ path }) => path)
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stale = stalePages()
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`stale: ${path}; run make docs`)
    process.exitCode = stale.length === 0 ? 0 : 1
  } else {
    for (const { path, text } of pages()) writeFileSync(path, text)
    console.log(`${stale.length} pages written`)
  }
}

// The repository as the tidy rules see it: paths with texts, and what the parser finds in them.
// Rules are pure functions over lists of these, so each can be shown a planted violation.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseSync } from 'oxc-parser'

/** A file of the repository; the path is relative to its root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

export interface Finding {
  readonly path: string
  readonly line: number
  readonly message: string
}

export type Rule = (files: readonly SourceFile[]) => Finding[]

const MAX_TEXT_BYTES = 2_000_000

/** Every file that is, or would be, under version control; binary and huge ones are left out. */
export function readRepository(root: string): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(resolve(root, path)))
    .filter((path) => {
      const stat = statSync(resolve(root, path))
      return stat.isFile() && stat.size < MAX_TEXT_BYTES
    })
    .map((path) => ({ path, text: readFileSync(resolve(root, path), 'utf8') }))
    .filter((file) => !file.text.includes('\0'))
}

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Types alone are gone when the file runs. */
  readonly typeOnly: boolean
}

interface Parsed {
  readonly program: Node
  readonly imports: readonly Import[]
  readonly lineOf: (offset: number) => number
}

const parsed = new WeakMap<SourceFile, Parsed>()

/** The syntax tree of a TypeScript file and what it imports, re-exports and loads by import(). */
export function parseFile(file: SourceFile): Parsed {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const { program, module } = parseSync(file.path, file.text)
  const lineOf = lineCounter(file.text)
  const imports: Import[] = []
  for (const { moduleRequest, entries } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType)
    const line = lineOf(moduleRequest.start)
    imports.push({ specifier: moduleRequest.value, line, typeOnly })
  }
  for (const { moduleRequest, isType } of module.staticExports.flatMap((item) => item.entries)) {
    if (moduleRequest === null) continue
    const line = lineOf(moduleRequest.start)
    imports.push({ specifier: moduleRequest.value, line, typeOnly: isType })
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const specifier = file.text.slice(moduleRequest.start + 1, moduleRequest.end - 1)
    imports.push({ specifier, line: lineOf(moduleRequest.start), typeOnly: false })
  }
  const result = { program: program as unknown as Node, imports, lineOf }
  parsed.set(file, result)
  return result
}

function lineCounter(text: string): (offset: number) => number {
  const breaks = [...text.matchAll(/\n/g)].map((match) => match.index)
  return (offset) => {
    let low = 0
    let high = breaks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((breaks[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

/** Calls `visit` for every node of the tree, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walk(item, visit)
    } else if (isNode(value)) walk(value, visit)
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

/** `a.b.c` of an identifier or a chain of plain members; empty for anything else. */
export function dotted(node: unknown): string {
  if (!isNode(node)) return ''
  if (node.type === 'Identifier') return String(node['name'])
  if (node.type !== 'MemberExpression' || node['computed'] === true) return ''
  const object = dotted(node['object'])
  return object === '' ? '' : `${object}.${dotted(node['property'])}`
}

export function isTypeScript(file: SourceFile): boolean {
  return file.path.endsWith('.ts') && !file.path.endsWith('.d.ts')
}

export function inAgent(file: SourceFile): boolean {
  return file.path.startsWith('agent/src/') && isTypeScript(file)
}

// Rules about how files look: sizes, names, exports, comments, and what must not be left in.
import { posix } from 'node:path'
import {
  dotted,
  type Finding,
  inAgent,
  isNode,
  isTypeScript,
  type Node,
  parseFile,
  type SourceFile,
  walk,
} from './source.ts'

const MAX_FILE_LINES = 400
const MAX_FUNCTION_LINES = 70
const MAX_COLUMNS = 100

export function fileSizes(files: readonly SourceFile[]): Finding[] {
  return files.filter(isTypeScript).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    if (lines <= MAX_FILE_LINES) return []
    return [{ path, line: 1, message: `has ${lines} lines, over ${MAX_FILE_LINES}` }]
  })
}

export function lineLengths(files: readonly SourceFile[]): Finding[] {
  return files.filter(isTypeScript).flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      // A regular expression, a URL or a text of a planted case cannot always be broken.
      const breakable = !/\/.*\/[a-z]*,?$|https?:|['"`]/.test(line)
      if (line.length <= MAX_COLUMNS || !breakable) return []
      return [{ path, line: index + 1, message: `has ${line.length} columns` }]
    }),
  )
}

const FUNCTIONS = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

export function functionSizes(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  for (const file of files.filter(isTypeScript)) {
    const { program, lineOf } = parseFile(file)
    walk(program, (node) => {
      if (!FUNCTIONS.test(node.type)) return
      const line = lineOf(node.start)
      const lines = lineOf(node.end) - line + 1
      if (lines <= MAX_FUNCTION_LINES) return
      const message = `has a function of ${lines} lines, over ${MAX_FUNCTION_LINES}`
      findings.push({ path: file.path, line, message })
    })
  }
  return findings
}

export function defaultExports(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  for (const file of files.filter(isTypeScript)) {
    const { program, lineOf } = parseFile(file)
    walk(program, (node) => {
      const isDefault =
        node.type === 'ExportDefaultDeclaration' ||
        (node.type === 'ExportSpecifier' && dotted(node['exported']) === 'default')
      if (!isDefault) return
      findings.push({ path: file.path, line: lineOf(node.start), message: 'has a default export' })
    })
  }
  return findings
}

const EMPTY_WORDS = new Set(['manager', 'managers', 'helper', 'helpers', 'util', 'utils'])
const DECLARATIONS =
  /^(?:VariableDeclarator|FunctionDeclaration|ClassDeclaration|TSInterfaceDeclaration|TSTypeAliasDeclaration)$/

/** Nothing is called by a word that says nothing. */
export function names(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  const check = (path: string, line: number, name: string) => {
    const words = name
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
    if (!words.some((word) => EMPTY_WORDS.has(word))) return
    findings.push({ path, line, message: `the name ${name} says nothing` })
  }
  for (const file of files.filter(isTypeScript)) {
    check(file.path, 1, file.path)
    const { program, lineOf } = parseFile(file)
    walk(program, (node) => {
      const id = node['id']
      if (!DECLARATIONS.test(node.type) || !isNode(id)) return
      for (const name of boundNames(id)) check(file.path, lineOf(node.start), name)
    })
  }
  return findings
}

function boundNames(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [String(pattern['name'])]
  return []
}

/** Each folder has a file whose opening paragraph says what the folder is and what it is not. */
export function openings(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = []
  const folders = new Map<string, SourceFile[]>()
  for (const file of files.filter(inAgent)) {
    if (!file.text.startsWith('//')) {
      findings.push({ path: file.path, line: 1, message: 'does not open with a comment' })
    }
    const folder = posix.dirname(file.path)
    folders.set(folder, [...(folders.get(folder) ?? []), file])
  }
  for (const [folder, members] of folders) {
    const opened = members.some(({ text }) => {
      const paragraph = /^(?:\/\/.*\n)+/.exec(text)?.[0] ?? ''
      return paragraph.split('\n').length > 2 && /\bnot\b/i.test(paragraph)
    })
    if (opened) continue
    const message = 'no file says in its opening paragraph what the folder is and is not'
    findings.push({ path: folder, line: 1, message })
  }
  return findings
}

const LEFTOVERS = /\b(?:TODO|FIXME|XXX)\b|\b[Ff]or now\b/
const TEXTS = /\.(?:ts|mjs|md|yml|yaml|j2|mk|sh|json)$|(?:^|\/)Makefile$/

export function leftovers(files: readonly SourceFile[]): Finding[] {
  return files.filter(isText).flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = LEFTOVERS.exec(line)
      return found === null ? [] : [{ path, line: index + 1, message: `"${found[0]}" is left in` }]
    }),
  )
}

/** The rules spell out what they look for. */
const RULES = /^test\/tidy/

/** Data of others' answers and lock files are as they are. */
function isText({ path }: SourceFile): boolean {
  return (
    TEXTS.test(path) && path !== 'package-lock.json' && !/\/data\//.test(path) && !RULES.test(path)
  )
}

// /home/ada is the home of the account that tests make up.
const MACHINE_PATHS = /(?<![\w.])\/(?:work|home\/(?!ada\/)[a-z]+)\//
// The lock file names packages, not where one machine fetched them.
const REGISTRY = /"resolved": "/

/** What is true on one machine only: absolute paths and a registry's mirror. */
export function machines(files: readonly SourceFile[]): Finding[] {
  const searched = files.filter(({ path }) => !RULES.test(path))
  return searched.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = MACHINE_PATHS.exec(line) ?? REGISTRY.exec(line)
      return found === null ? [] : [{ path, line: index + 1, message: `names ${found[0]}` }]
    }),
  )
}

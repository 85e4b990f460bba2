// Parses every template and expression of folders full of roles: all texts of YAML files, all
// conditions, all *.j2 files. Prints what does not parse, at its place, and what Jinja says of the
// same text. Run by hand on public collections, which are never part of this repository:
// node test/template/corpus.ts [--python] DIR...
import { spawnSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { ClusterError, formatWhere, type Position } from '../../agent/src/errors.ts'
import { checkSyntax } from '../../agent/src/template/template.ts'
import { hasTemplateMark } from '../../agent/src/value/value.ts'
import type { MappingNode, YamlNode } from '../../agent/src/yaml/node.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'

type Kind = 'file' | 'template' | 'expression'

interface Found {
  readonly text: string
  readonly kind: Kind
  readonly at: Position
}

/** Keywords whose texts are expressions without braces. */
const CONDITIONS = new Set(['when', 'until', 'changed_when', 'failed_when', 'that'])

const YAML = new Set(['.yml', '.yaml'])

/** Every file once: links are passed over. */
function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const stats = lstatSync(path)
    if (stats.isDirectory()) return name === '.git' ? [] : filesIn(path)
    return stats.isFile() ? [path] : []
  })
}

function textsOf(node: YamlNode, isCondition: boolean): Found[] {
  if (node.kind === 'sequence') return node.items.flatMap((item) => textsOf(item, isCondition))
  if (node.kind === 'mapping') return textsOfMapping(node)
  if (typeof node.value !== 'string' || node.tag !== undefined) return []
  const at = node.textAt ?? node.at
  // A condition in braces is a habit that is allowed; its text is a template then.
  if (isCondition && !hasTemplateMark(node.value))
    return [{ text: node.value, kind: 'expression', at }]
  return hasTemplateMark(node.value) ? [{ text: node.value, kind: 'template', at }] : []
}

function textsOfMapping(node: MappingNode): Found[] {
  // `when` is a keyword of a task and an ordinary name in a file of variables.
  const isTask = node.entries.some(({ key }) =>
    /^(?:name|hosts|include\w*|import\w*|block)$/.test(key.text),
  )
  return node.entries.flatMap(({ key, value }) => {
    const isCondition = key.text === 'that' || (isTask && CONDITIONS.has(key.text))
    return [...textsOf(key, false), ...textsOf(value, isCondition)]
  })
}

interface Counts {
  yaml: number
  unread: number
  file: number
  template: number
  expression: number
}

function collect(folder: string, counts: Counts): Found[] {
  const found: Found[] = []
  for (const path of filesIn(folder)) {
    const at = { file: relative('.', path), line: 1, column: 1 }
    if (extname(path) === '.j2') found.push({ text: readFileSync(path, 'utf8'), kind: 'file', at })
    else if (YAML.has(extname(path))) {
      counts.yaml += 1
      try {
        for (const root of parseYaml(readFileSync(path, 'utf8'), at.file)) {
          found.push(...textsOf(root, false))
        }
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error
        counts.unread += 1
        complain('not YAML', error)
      }
    }
  }
  return found
}

function complain(what: string, error: ClusterError): void {
  const place = error.where === undefined ? '' : formatWhere(error.where)
  process.stdout.write(`${place}: ${what}: ${error.message}\n`)
}

/** Asks Jinja itself, with Ansible's filters and tests known, which texts it can read. */
const ASK = `
import json, sys, jinja2
env = jinja2.Environment(trim_blocks=True, extensions=['jinja2.ext.do', 'jinja2.ext.loopcontrols'])
class Any(dict):
    def __contains__(self, name): return True
    def __getitem__(self, name): return lambda *a, **k: None
    def get(self, name, *rest): return lambda *a, **k: None
env.filters, env.tests = Any(), Any()
answers = []
for kind, text in json.load(sys.stdin):
    try:
        if kind == 'expression': text = '{% if ' + text + ' %}{% endif %}'
        env.parse(text)
        answers.append(None)
    except Exception as error:
        answers.append(str(error))
json.dump(answers, sys.stdout)
`

function askJinja(found: readonly Found[]): (string | null)[] {
  const input = JSON.stringify(found.map(({ kind, text }) => [kind, text]))
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 28 } as const
  const end = spawnSync('/usr/bin/python3', ['-c', ASK], options)
  if (end.status !== 0) throw new Error(end.stderr)
  return JSON.parse(end.stdout) as (string | null)[]
}

function mistakeIn({ text, kind, at }: Found): ClusterError | undefined {
  try {
    checkSyntax(text, at, kind)
    return undefined
  } catch (error) {
    if (error instanceof ClusterError) return error
    throw error
  }
}

function check(folder: string, isCompared: boolean): number {
  const counts: Counts = { yaml: 0, unread: 0, file: 0, template: 0, expression: 0 }
  const found = collect(folder, counts)
  const answers = isCompared ? askJinja(found) : []
  let [wrong, refused] = [0, 0]
  // A collection may bring filters of its own, which are programs in Python.
  const plugins = new Map<string, number>()
  for (const [index, one] of found.entries()) {
    counts[one.kind] += 1
    const mistake = mistakeIn(one)
    const answer = answers[index]
    if (mistake === undefined) {
      if (typeof answer !== 'string') continue
      process.stdout.write(`${formatWhere(one.at)}: only Jinja complains: ${answer}\n`)
    } else if (typeof answer === 'string') refused += 1
    else if (/^no (?:filter|test) is named/.test(mistake.message)) {
      plugins.set(mistake.message, (plugins.get(mistake.message) ?? 0) + 1)
    } else {
      wrong += 1
      complain('does not parse', mistake)
    }
  }
  for (const [message, count] of plugins) process.stdout.write(`${folder}: ${message} (${count})\n`)
  const { yaml, unread, file, template, expression } = counts
  process.stdout.write(
    `${folder}: ${yaml} YAML files (${unread} not read), ${file} template files, ` +
      `${template} templates, ${expression} expressions: ${wrong} do not parse` +
      `${isCompared ? `, ${refused} that Jinja refuses too` : ''}\n`,
  )
  return wrong
}

const words = process.argv.slice(2)
const folders = words.filter((word) => word !== '--python')
let wrong = 0
for (const folder of folders) wrong += check(folder, words.includes('--python'))
process.exitCode = wrong === 0 ? 0 : 1

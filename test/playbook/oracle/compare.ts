// The playbooks of books/ and what came of them, here and under ansible-core, in one shape. Not
// here: asking ansible-core (generate.py), which values are kept is decided there too.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { callCli } from '../../cli/call.ts'
import type { Report } from './fidelity.ts'

export interface Row {
  readonly task: string
  readonly host: string
  readonly [key: string]: unknown
}

export interface Answer {
  readonly rc: number
  readonly rows: readonly Row[]
  readonly stats: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly tree?: Readonly<Record<string, string>>
  /** The playbook was refused before anything ran. */
  readonly error?: true
}

export interface Case {
  readonly name: string
  readonly playbook: string
  readonly inventory?: string
  readonly args?: readonly string[]
  /** Our exit code where it is not theirs by design (docs/ansible-differences.md). */
  readonly exitCode?: number
  /** Hosts do not wait for each other: their results are compared host by host. */
  readonly isFree?: boolean
  /** It gets a folder of its own, `work`, whose content in the end is compared. */
  readonly work?: boolean
}

const FOLDER = import.meta.dirname
const BOOKS = join(FOLDER, 'books')
const FLAGS = ['changed', 'failed', 'skipped', 'unreachable'] as const
const KEPT =
  'rc stdout stdout_lines state mode dest path checksum size matched examined attempts'.split(' ')
/** What is another on every run. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  pause: ['stdout'],
  tempfile: ['path'],
  async_status: ['attempts'],
}
const MARK = '# args: '
/** Of playbooks that only root can run, as they become other users. */
const ROOT_MARK = '# needs: root'

export function keptAnswers(): Record<string, Answer> {
  return JSON.parse(readFileSync(join(FOLDER, 'answers.json'), 'utf8')) as Record<string, Answer>
}

/** Those of cases.json, and every other playbook, once for each of its lines of arguments. */
export function allCases(): readonly Case[] {
  const named = JSON.parse(readFileSync(join(FOLDER, 'cases.json'), 'utf8')) as readonly Case[]
  const taken = new Set([...named.map(({ playbook }) => playbook), 'inventory.yml'])
  const others = readdirSync(BOOKS)
    .filter((name) => name.endsWith('.yml') && !taken.has(name))
    .toSorted()
    .flatMap(casesOf)
  return [...named, ...others]
}

function casesOf(playbook: string): Case[] {
  const text = readFileSync(join(BOOKS, playbook), 'utf8').split('\n')
  const args = text
    .filter((line) => line.startsWith(MARK))
    .map((line) => line.slice(MARK.length).trim().split(/\s+/))
  const stem = playbook.replace(/\.yml$/, '')
  return (args.length === 0 ? [[]] : args).map((words) => ({
    name: [stem, ...words].join(' '),
    playbook,
    args: words,
    work: true,
  }))
}

export function needsRoot({ playbook }: Case): boolean {
  return readFileSync(join(BOOKS, playbook), 'utf8').startsWith(ROOT_MARK)
}

export async function ours(entry: Case, work: string): Promise<Answer> {
  const called = await calling(entry, work)
  if (called.error !== undefined) return { rc: 1, rows: [], stats: {}, error: true }
  const answer = answerOf(called.stdout.replaceAll(work, 'WORK'), called.exitCode ?? -1)
  return entry.work === true ? { ...answer, tree: treeOf(work) } : answer
}

/** The whole of our report; undefined where the playbook is refused. */
export async function reportOf(entry: Case, work: string): Promise<Report | undefined> {
  const called = await calling(entry, work)
  return called.error === undefined ? (JSON.parse(called.stdout) as Report) : undefined
}

function calling(entry: Case, work: string) {
  const own = entry.work === true ? ['-e', `work=${work}`] : []
  const args = (entry.args ?? []).map((word) =>
    word.startsWith('parts/') ? join(BOOKS, word) : word,
  )
  return callCli([
    'run',
    join(BOOKS, entry.playbook),
    '-i',
    join(BOOKS, entry.inventory ?? 'inventory.yml'),
    '--output',
    'json',
    '-T',
    '5',
    ...own,
    ...args,
  ])
}

/** What a report says, in the shape of ansible-core's json callback, which ours has too. */
export function answerOf(document: string, rc: number): Answer {
  const report = JSON.parse(document)
  const rows: Row[] = []
  for (const { tasks } of report.plays) {
    for (const { task, hosts } of tasks) {
      for (const host of Object.keys(hosts).toSorted())
        rows.push(rowOf(task.name, host, hosts[host]))
    }
  }
  return { rc, rows, stats: report.stats }
}

type Result = Readonly<Record<string, unknown>>

function kept(result: Result, action: string): Record<string, unknown> {
  const volatile = VOLATILE[action.split('.').at(-1) ?? ''] ?? []
  const found: Record<string, unknown> = {}
  for (const flag of FLAGS) found[flag] = result[flag] === true
  if (found['failed'] !== true && found['unreachable'] !== true) {
    for (const key of KEPT) if (key in result && !volatile.includes(key)) found[key] = result[key]
  }
  const items = result['results']
  if (Array.isArray(items)) found['results'] = items.map((item: Result) => kept(item, action))
  return found
}

function str(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function rowOf(task: string, host: string, result: Result): Row {
  const action = str(result['action'])
  const row = { task, host, ...kept(result, action) } as Row & { said?: unknown }
  const isSaid = row['skipped'] !== true && row['failed'] !== true && !('results' in result)
  if (/^(ansible\.builtin\.)?debug$/.test(action) && isSaid && !('censored' in result)) {
    const own = Object.entries(result).filter(
      ([key]) => !/^(changed|failed|action|cluster_os)$|^_/.test(key),
    )
    row.said = 'msg' in result ? result['msg'] : Object.fromEntries(own)
  }
  return row
}

function treeOf(work: string): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const name of readdirSync(folder).toSorted()) {
      const path = join(folder, name)
      found[relative(work, path)] = describe(path, work)
      if (lstatSync(path).isDirectory()) visit(path)
    }
  }
  visit(work)
  return found
}

function describe(path: string, work: string): string {
  const state = lstatSync(path)
  const mode = `0o${(state.mode & 0o7777).toString(8)}`
  if (state.isSymbolicLink()) return `link ${readlinkSync(path)}`
  if (state.isDirectory()) return `folder ${mode}`
  const content = readFileSync(path, 'latin1').replaceAll(work, 'WORK')
  return `file ${mode} ${createHash('sha1').update(content, 'latin1').digest('hex')}`
}

/**
 * Our answer with only those values that theirs has too: a result may tell more, as those of check
 * mode do.
 */
export function narrowed(mine: Answer, theirs: Answer, { isFree }: Case): Answer {
  const others = isFree === true ? byHost(theirs.rows) : theirs.rows
  const rows = (isFree === true ? byHost(mine.rows) : mine.rows).map((row, index) => {
    const other = others[index]
    return other?.task === row.task && other.host === row.host ? (narrow(row, other) as Row) : row
  })
  return { ...mine, rows }
}

function narrow(row: Result, other: Result): Result {
  const isTold = ([key]: [string, unknown]): boolean => key in other || !KEPT.includes(key)
  const found = Object.fromEntries(Object.entries(row).filter(isTold))
  const [items, others] = [row['results'], other['results']]
  if (!Array.isArray(items) || !Array.isArray(others)) return found
  return { ...found, results: items.map((item: Result, at) => narrow(item, others[at] ?? item)) }
}

/** Rows as a text each; hosts that do not wait for each other are put one after the other. */
export function lines(answer: Answer, { isFree }: Case): string[] {
  const rows = isFree === true ? byHost(answer.rows) : answer.rows
  return rows.map((row) => JSON.stringify(sorted(row)))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

function byHost(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
}

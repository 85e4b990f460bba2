// Goal: playbooks mean what they mean to ansible-core. Method: its answers to the playbooks of
// oracle/, kept as data by oracle/generate.py, are compared with ours, result by result.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callCli } from '../cli/call.ts'
import { suite } from '../harness.ts'

const test = suite('playbook/oracle', { timeoutMs: 60_000 })

const folder = join(import.meta.dirname, 'oracle')

interface Row {
  readonly task: string
  readonly host: string
  readonly [key: string]: unknown
}

interface Answer {
  readonly rc: number
  readonly rows: readonly Row[]
  readonly stats: Readonly<Record<string, Readonly<Record<string, number>>>>
}

interface Case {
  readonly name: string
  readonly playbook: string
  readonly inventory?: string
  readonly args?: readonly string[]
  /** Our exit code where it is not theirs by design (docs/ansible-differences.md). */
  readonly exitCode?: number
  /** Hosts do not wait for each other: their results are compared host by host. */
  readonly isFree?: boolean
}

const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as readonly Case[]
const answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as Record<
  string,
  Answer
>

async function ours(entry: Case): Promise<Answer> {
  const words = [
    'run',
    join(folder, entry.playbook),
    '-i',
    join(folder, entry.inventory ?? 'inventory.yml'),
  ]
  const called = await callCli([...words, '--output', 'json', ...(entry.args ?? [])])
  if (called.error !== undefined) throw called.error
  const report = JSON.parse(called.stdout)
  const rows: Row[] = []
  for (const { tasks } of report.plays) {
    for (const { task, hosts } of tasks) {
      for (const host of Object.keys(hosts).toSorted())
        rows.push(rowOf(task.name, host, hosts[host]))
    }
  }
  return { rc: called.exitCode ?? -1, rows, stats: report.stats }
}

function rowOf(task: string, host: string, result: Record<string, unknown>): Row {
  const row: Record<string, unknown> = { task, host }
  for (const flag of ['changed', 'failed', 'skipped', 'unreachable'])
    row[flag] = result[flag] === true
  if (
    result['action'] !== 'debug' ||
    'results' in result ||
    row['skipped'] === true ||
    row['failed'] === true
  )
    return row as Row
  const { changed: _c, failed: _f, action: _a, cluster_os: _o, ...said } = result
  row['said'] = 'msg' in result ? result['msg'] : said
  return row as Row
}

/** Rows as a text each, sorted by task in the order of the first: hosts of a task have no order. */
function lines(answer: Answer, { isFree }: Case): string[] {
  const rows = isFree === true ? byHost(answer.rows) : answer.rows
  return rows.map((row) =>
    JSON.stringify(
      Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ),
  )
}

function byHost(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
}

for (const entry of cases) {
  test(`${entry.name} means the same`, async () => {
    const theirs = answers[entry.name]
    assert.ok(theirs, 'no answer kept: run oracle/generate.py')
    const mine = await ours(entry)
    assert.deepEqual(lines(mine, entry), lines(theirs, entry))
    assert.equal(mine.rc, entry.exitCode ?? theirs.rc)
    for (const [host, counts] of Object.entries(theirs.stats)) {
      for (const [name, count] of Object.entries(counts)) {
        assert.equal(mine.stats[host]?.[name], count, `${name} of ${host} in the recap`)
      }
    }
  })
}

test.run()

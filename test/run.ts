// Runs test files, one process each, and ends with `N passed, N failed`. A file is red when a test
// failed, when it ended with a code, without its report's last line or beyond its limit, and when
// it executed nothing. Not here: what a test is (harness.ts).
//
//   node test/run.ts [--lab] [--name TEXT] [--limit SECONDS] [PATH...]
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Report } from './harness.ts'

const PARALLEL = 2
const UNIT_LIMIT_SECONDS = 120
const LAB_LIMIT_SECONDS = 600
const root = resolve(import.meta.dirname, '..')

interface Outcome {
  file: string
  passed: number
  /** One text per failure: the test's name and what went wrong. */
  failed: string[]
  skipped: string[]
  ms: number
  output: string
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      lab: { type: 'boolean', default: false },
      name: { type: 'string', default: '' },
      limit: { type: 'string' },
    },
  })
  const lab = values.lab || positionals.some((path) => /(?:^|\/)test\/lab(?:\/|$)/.test(path))
  const given = positionals.length > 0 ? positionals : [lab ? 'test/lab' : 'test']
  const files = given.flatMap((path) => testFiles(resolve(path), lab || positionals.length > 0))
  const limitSeconds = Number(values.limit ?? (lab ? LAB_LIMIT_SECONDS : UNIT_LIMIT_SECONDS))
  const started = performance.now()
  const outcomes = await inParallel(files, lab ? 1 : PARALLEL, (file) =>
    runFile(file, values.name, limitSeconds),
  )
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
  let failed = outcomes.reduce((sum, outcome) => sum + outcome.failed.length, 0)
  for (const { file, failed: texts } of outcomes) {
    for (const text of texts) console.log(`\nFAIL ${file}: ${firstLines(text)}`)
  }
  const skipped = outcomes.flatMap((outcome) => outcome.skipped)
  for (const text of skipped) console.log(`not run: ${text}`)
  if (passed + failed === 0) {
    console.log(`no test was executed in ${given.join(' ')}`)
    failed = 1
  }
  console.log(`\n${outcomes.length} files in ${seconds(performance.now() - started)}`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

function testFiles(path: string, withLab: boolean): string[] {
  if (!existsSync(path)) throw new Error(`no test file or folder ${path}`)
  if (statSync(path).isFile()) return [path]
  const names = readdirSync(path, { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  return names.flatMap((entry) => {
    const full = join(path, entry.name)
    if (!entry.isDirectory()) return entry.name.endsWith('.test.ts') ? [full] : []
    if (entry.name === 'fixtures' || entry.name === 'node_modules') return []
    if (entry.name === 'lab' && !withLab) return []
    return testFiles(full, withLab)
  })
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  return results
}

async function runFile(file: string, name: string, limitSeconds: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-test-'))
  const report = join(folder, 'report')
  const started = performance.now()
  const end = await runProcess(file, limitSeconds, { HARNESS_REPORT: report, HARNESS_NAME: name })
  const events = existsSync(report)
    ? readFileSync(report, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Report)
    : []
  rmSync(folder, { recursive: true })
  const outcome: Outcome = {
    ...judge(events, end),
    file: relative(root, file),
    ms: performance.now() - started,
    output: end.output,
  }
  const word = outcome.failed.length > 0 ? 'FAIL' : 'ok  '
  const ran = outcome.passed + outcome.failed.length
  if (ran > 0)
    console.log(`${word} ${outcome.file} ${outcome.passed}/${ran} ${seconds(outcome.ms)}`)
  if (outcome.failed.length > 0) console.log(end.output)
  return outcome
}

interface ProcessEnd {
  code: number | null
  signal: string | null
  overLimit: boolean
  output: string
}

/** The verdict over one file's report and the way its process ended. */
function judge(events: Report[], end: ProcessEnd): Pick<Outcome, 'passed' | 'failed' | 'skipped'> {
  let passed = 0
  let filtered = 0
  const failed: string[] = []
  const skipped: string[] = []
  let open: string | undefined
  for (const event of events) {
    if (event.event === 'start') open = event.name
    if (event.event === 'filtered') filtered += event.count
    if (event.event === 'skip') skipped.push(`${event.suite}: ${event.name} (${event.reason})`)
    if (event.event !== 'end') continue
    open = undefined
    if (event.error === undefined) passed++
    else failed.push(`${event.name}\n${event.error}`)
  }
  const how = end.overLimit ? 'ran beyond its limit' : `ended with ${end.code ?? end.signal}`
  if (open !== undefined) failed.push(`${open}\nthe file ${how} during this test`)
  const clean = end.code === 0 && events.some((event) => event.event === 'done')
  if (!clean && failed.length === 0) failed.push(`(file)\nthe file ${how} outside its tests`)
  if (clean && passed + filtered + skipped.length === 0) failed.push('(file)\nno test was executed')
  return { passed, failed, skipped }
}

function runProcess(
  file: string,
  limitSeconds: number,
  env: Record<string, string>,
): Promise<ProcessEnd> {
  const { promise, resolve: settle } = Promise.withResolvers<ProcessEnd>()
  // A group of its own, so that what a test started ends with it.
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  let overLimit = false
  const timer = setTimeout(() => {
    overLimit = true
    endGroup(child.pid)
  }, limitSeconds * 1000)
  child.on('exit', (code, signal) => {
    clearTimeout(timer)
    endGroup(child.pid)
    const output = Buffer.concat(chunks).toString('utf8')
    settle({ code, signal, overLimit, output })
  })
  return promise
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone, which is what is wanted.
  }
}

/** Enough to know a failure by; the whole of it was printed with its file. */
function firstLines(text: string): string {
  return text.split('\n').slice(0, 6).join('\n')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

process.exitCode = await main()

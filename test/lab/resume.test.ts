// Goal: a run that is killed at any of its steps is finished by `resume`: the same end state, nothing
// that was through is done again, handlers run. Method: a playbook of sixty tasks on five nodes,
// killed by SIGKILL when a task begins to act; COUNT says how many of the steps are tried, spread
// evenly, or `all`. A second run meanwhile is refused. Not here: single rules (test/journal).
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { ROOT } from '../../lab/site.ts'
import { labSuite } from '../harness.ts'
import { seed } from '../seed.ts'
import { tellTried } from '../tried.ts'
import { LONG_FILES, LONG_PLAYS } from './longplay.ts'
import { LAB_LIMIT_MS, type Started, startNodes } from './nodes.ts'
import { type Running, start } from './trial.ts'

const COUNT = process.env['COUNT'] ?? '5'

const test = labSuite('lab/resume', {
  costSeconds: 90,
  timeoutMs: COUNT === 'all' ? 60 * 60_000 : LAB_LIMIT_MS,
})

const NODES = 5

let lab: Started

test.before(async () => {
  lab = await startNodes(NODES)
})

test.after(async () => {
  await lab.remove()
})

interface Trial {
  readonly base: string
  readonly state: string
  readonly runs: string
}

interface Report {
  readonly stats: unknown
  readonly cluster_os: {
    readonly again?: readonly { readonly task: string; readonly host: string }[]
    readonly pending_handlers: unknown
  }
}

function newTrial(name: string): Trial {
  const state = join(lab.lab.folder, `state-${name}`)
  const runs = join(state, 'cluster-os/runs')
  mkdirSync(runs, { recursive: true })
  return { base: `/root/${name}`, state, runs }
}

function begin({ base, state }: Trial, output: 'json' | 'text' = 'json'): Running {
  const hosts = Object.fromEntries(
    lab.nodes.map(({ ipv4 }, index) => [`n${index + 1}`, { ansible_host: ipv4, base }]),
  )
  const environment = { XDG_STATE_HOME: state }
  return start(lab.lab, { hosts, plays: LONG_PLAYS, files: LONG_FILES, environment, output })
}

/** What the nodes hold: the files, and the lines of their logs, as often as they are there. */
async function endState({ base }: Trial): Promise<{ files: string[]; lines: string[] }> {
  const read = async (script: string): Promise<string[]> => {
    const said = await Promise.all(lab.nodes.map((node) => node.read(script)))
    return said.map((text) => text.replaceAll(base, 'BASE'))
  }
  const files = await read(
    `cd ${base} && stat -c '%n %a %U' * && find . -type f ! -name log | sort | xargs sha256sum`,
  )
  const logs = await read(`cat ${base}/log`)
  return { files, lines: logs.flatMap((log, at) => log.split('\n').map((one) => `${at}: ${one}`)) }
}

function journalOf({ runs }: Trial): Record<string, string>[] {
  const [name] = readdirSync(runs)
  if (name === undefined) return []
  const lines = readFileSync(join(runs, name), 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Record<string, string>)
}

/** The tasks that have begun to act, in their order. */
function steps(trial: Trial): string[] {
  const started = journalOf(trial).filter(({ kind }) => kind === 'start')
  return [...new Set(started.map(({ at = '' }) => at))]
}

/** Kills the run when so many tasks have begun to act. */
async function killAtStep(trial: Trial, run: Running, step: number): Promise<void> {
  const watcher = watch(trial.runs, () => {
    if (steps(trial).length >= step) run.process.kill('SIGKILL')
  })
  await run.ended.catch(() => undefined)
  watcher.close()
}

async function resume(trial: Trial): Promise<{ code: number; report: Report; err: string }> {
  const main = join(ROOT, 'agent/src/main.ts')
  const [run = ''] = readdirSync(trial.runs).map((name) => name.replace(/\.jsonl$/, ''))
  const { exitCode, stdout, stderr } = await $({
    nothrow: true,
    env: { ...process.env, XDG_STATE_HOME: trial.state },
  })`${process.execPath} ${main} resume ${run} --output json --wait-lease 20`
  assert.ok(stdout.startsWith('{'), `no report: ${stdout}${stderr}`)
  return { code: exitCode ?? -1, report: JSON.parse(stdout) as Report, err: stderr }
}

function count(list: readonly string[], line: string): number {
  return list.filter((each) => each === line).length
}

/** Lines that stand there too often though no task that was under way wrote them. */
function wronglyAgain(
  lines: readonly string[],
  expected: readonly string[],
  { cluster_os: own }: Report,
): string[] {
  const again = (own.again ?? []).map(({ task, host }) => `${host} ${task.split(' : ').at(-1)}`)
  const extra = [...new Set(lines)].filter((line) => count(lines, line) > count(expected, line))
  return extra.filter((line) => !again.some((each) => line.replace(/^\d: /, '').startsWith(each)))
}

/** So many of 1 to `total`, spread evenly; which ones is the seed's choice. */
function chosen(total: number): number[] {
  const wanted = COUNT === 'all' ? total : Math.min(total, Number(COUNT))
  const width = total / wanted
  const shift = COUNT === 'all' ? 0 : (seed % 1000) / 1000
  return Array.from({ length: wanted }, (_, index) => 1 + Math.floor((index + shift) * width))
}

test('killed at any step, a run is finished as if it had not been', async () => {
  const whole = newTrial('whole')
  const unbroken = await begin(whole).ended
  const expected = await endState(whole)
  const report = JSON.parse(unbroken.stdout) as Report
  const total = steps(whole).length
  assert.equal(unbroken.exitCode, 2, unbroken.stdout)
  assert.ok(total >= 45, `only ${total} tasks act`)
  let again = 0
  const kills = chosen(total)
  for (const step of kills) {
    const trial = newTrial(`step${step}`)
    await killAtStep(trial, begin(trial, 'text'), step)
    const resumed = await resume(trial)
    const found = await endState(trial)
    const where = `killed at step ${step} of ${total}`
    again += resumed.report.cluster_os.again?.length ?? 0
    assert.equal(resumed.code, unbroken.exitCode, `${where}: ${resumed.err}`)
    assert.deepEqual(found.files, expected.files, where)
    assert.deepEqual(new Set(found.lines), new Set(expected.lines), where)
    assert.deepEqual(wronglyAgain(found.lines, expected.lines, resumed.report), [], where)
    assert.deepEqual(resumed.report.stats, report.stats, where)
    assert.deepEqual(
      resumed.report.cluster_os.pending_handlers,
      report.cluster_os.pending_handlers,
      where,
    )
  }
  tellTried({ kills: kills.length, steps: total, again, failures: 0 })
})

test('a host is held by one run: another is refused by name, or waits', async () => {
  const hosts = { one: { ansible_host: lab.nodes[0]?.ipv4 } }
  const state = newTrial('held').state
  const environment = { XDG_STATE_HOME: state }
  await lab.nodes[0]?.read('mkfifo /root/gate')
  const plays = [{ tasks: [{ name: 'hangs', shell: 'cat /root/gate' }] }]
  const first = start(lab.lab, { hosts, plays, environment, output: 'text' })
  await lab.nodes[0]?.read('while ! pgrep -x cat; do sleep 0.1; done')
  const other = { hosts, plays: [{ tasks: [{ name: 'other', command: 'true' }] }], environment }
  const refused = await start(lab.lab, other).ended
  assert.equal(refused.exitCode, 4)
  assert.match(refused.rows[0]?.msg ?? '', /held by the run \d{8}-\d{6}-\w+ of \w+@\S+ since 2/)
  const checked = await start(lab.lab, { ...other, args: ['--check'] }).ended
  assert.equal(checked.exitCode, 0)
  const waits = start(lab.lab, { ...other, args: ['--wait-lease', '60'] })
  // What was killed holds nothing: its shell goes once its command has.
  first.process.kill('SIGKILL')
  await lab.nodes[0]?.read('echo go > /root/gate')
  assert.equal((await waits.ended).exitCode, 0)
  assert.ok(existsSync(state))
})

test.run()

// Tries roles that others wrote: each FOLDER holds a play.yml (`hosts: all`) with its roles or
// collections beside it. Of two fresh nodes ansible makes one and cluster-os the other; told are
// what differs in the end, what a second run changes, and where check mode was wrong. The roles are
// fetched by hand and never part of this repository (docs/benchmarks.md, "Public roles").
//
//   node test/roles/try.ts FOLDER...
//
// What lies in FOLDER/serve is served by HTTP from here; the play finds it at `served`. What a role
// keeps on the controller belongs below `cache`, a fresh folder for each tool and for the check.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { ROOT } from '../../lab/site.ts'
import { type Ran, type Started, startNodes } from '../lab/nodes.ts'
import { access, launch, type Row, rowsOf } from '../lab/trial.ts'
import { differences, type State, stateOf } from './state.ts'

const RUN_LIMIT_MS = 900_000

type Call = Ran & { readonly ms: number }

function call(program: string, args: readonly string[], cwd: string): Promise<Call> {
  const own = { ANSIBLE_HOST_KEY_CHECKING: 'True', ANSIBLE_STDOUT_CALLBACK: 'json' }
  return launch(program, args, { cwd, env: { ...process.env, ...own }, timeout: RUN_LIMIT_MS })
    .ended
}

/** An inventory of one node; both tools get it in the same words. */
function inventoryOf(lab: Started, index: number): string {
  const node = lab.nodes[index]
  if (node === undefined) throw new Error(`there is no node ${index}`)
  const file = join(lab.lab.folder, `only-${node.name}.yml`)
  const host = { ...access(lab.lab), ansible_host: node.ipv4 }
  writeFileSync(file, JSON.stringify({ all: { hosts: { target: host } } }))
  return file
}

/** The recap of either report: both write ansible's. */
function recap({ stdout, stderr, exitCode }: Call): string {
  try {
    const { stats } = JSON.parse(stdout) as { stats: Record<string, Record<string, number>> }
    const counts = Object.entries(stats['target'] ?? {}).filter(([, count]) => count > 0)
    return `exit ${exitCode}, ${counts.map(([name, count]) => `${name}=${count}`).join(' ')}`
  } catch {
    return `exit ${exitCode}: ${stdout.slice(-800)}${stderr.slice(-800)}`
  }
}

function seconds({ ms }: Call): string {
  return (ms / 1000).toFixed(1)
}

/** Names of the tasks that changed something, out of ansible's own report. */
function theirChanges({ stdout }: Call): string[] {
  if (!stdout.includes('"plays"')) return []
  const { plays } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    plays: { tasks: { task: { name: string }; hosts: Record<string, { changed?: boolean }> }[] }[]
  }
  return plays
    .flatMap(({ tasks }) => tasks)
    .filter(({ hosts }) => Object.values(hosts).some(({ changed }) => changed === true))
    .map(({ task }) => task.name)
}

/** Rows that failed and were not ignored, in words. */
function failuresOf(rows: readonly Row[]): string[] {
  return rows
    .filter(({ status }) => ['failed', 'unreachable'].includes(status))
    .map(({ task, msg }) => `  failed: ${task}: ${msg}`)
}

/** A condition that asks for check mode leaves the task out by its author's will. */
function isLeftOut({ status, result }: Row): boolean {
  const condition = result['false_condition']
  const isAsked = typeof condition === 'string' && condition.includes('ansible_check_mode')
  return status === 'skipped' && isAsked
}

/** Where a prediction and the run are not the same; what check mode cannot know is counted apart. */
function judge(predicted: readonly Row[], real: readonly Row[]): string[] {
  const open = [...real]
  const wrong: string[] = []
  const unknown: string[] = []
  const leftOut: string[] = []
  for (const row of predicted) {
    const { task, host, status } = row
    const index = open.findIndex((row) => row.task === task && row.host === host)
    const truth = open.splice(Math.max(index, 0), index < 0 ? 0 : 1)[0]
    if (status === 'unknown') unknown.push(task)
    else if (isLeftOut(row)) leftOut.push(task)
    else if (status !== truth?.status)
      wrong.push(`  wrong: ${task}: ${status}, then ${truth?.status ?? 'not run'}`)
  }
  // After an unknown condition a task may run, or be notified, that nobody could foresee.
  if (unknown.length === 0) wrong.push(...open.map(({ task }) => `  not predicted: ${task}`))
  const judged = predicted.length - leftOut.length
  return [
    `check: ${wrong.length} wrong, ${judged - unknown.length} of ${judged} known`,
    ...wrong,
    ...leftOut.map((task) => `  left out by its author: ${task}`),
    ...unknown.map((task) => `  unknown: ${task}`),
  ]
}

async function tryRole(folder: string, served: string): Promise<string[]> {
  const lab = await startNodes(2)
  try {
    const play = join(folder, 'play.yml')
    const extra = (tool: string): string => {
      const cache = join(lab.lab.folder, `cache-${tool}`)
      mkdirSync(cache, { recursive: true })
      return JSON.stringify({ served: `${served}/${basename(folder)}`, cache })
    }
    const [theirs, ours] = [inventoryOf(lab, 0), inventoryOf(lab, 1)]
    const ansible = () =>
      call('ansible-playbook', ['-i', theirs, '-e', extra('theirs'), play], folder)
    const main = join(ROOT, 'agent/src/main.ts')
    const words = ['run', play, '-i', ours, '--output', 'json', '-e']
    const cluster = (...more: string[]) => call(process.execPath, [main, ...words, ...more], folder)
    const states = (): Promise<State[]> => Promise.all(lab.nodes.map(stateOf))
    // The base image has no lists of packages; a machine in use has them.
    await Promise.all(lab.nodes.map((node) => node.read('apt-get -q update')))
    const before = await states()
    const predicted = await cluster(extra('check'), '--check')
    const untouched = differences(before.slice(1), (await states()).slice(1))
    const real = await cluster(extra('ours'))
    const their = await ansible()
    const after = await states()
    const again = {
      ours: await cluster(extra('ours')),
      theirs: await ansible(),
      check: await cluster(extra('ours'), '--check'),
    }
    const rows = rowsOf(real.stdout, real.stderr)
    const differing = differences(after.slice(0, 1), after.slice(1))
    const atFirst = new Set(differences(before.slice(0, 1), before.slice(1)))
    const told = differing.filter((line) => !atFirst.has(line))
    return [
      `cluster-os: ${recap(real)} in ${seconds(real)} s`,
      ...failuresOf(rows),
      `ansible: ${recap(their)} in ${seconds(their)} s`,
      `again, cluster-os: ${recap(again.ours)} in ${seconds(again.ours)} s`,
      ...rowsOf(again.ours.stdout, again.ours.stderr)
        .filter(({ status }) => status === 'changed')
        .map(({ task }) => `  changed again: ${task}`),
      `again, ansible: ${recap(again.theirs)} in ${seconds(again.theirs)} s`,
      ...theirChanges(again.theirs).map((task) => `  changed again: ${task}`),
      `check, again: ${recap(again.check)}`,
      ...untouched.map((line) => `  check mode touched: ${line}`),
      ...judge(rowsOf(predicted.stdout, predicted.stderr), rows),
      `end state: ${told.length} differences among ${after[0]?.size ?? 0}`,
      ...told.map((line) => `  ${line}`),
    ]
  } finally {
    await lab.remove()
  }
}

/** Files below FOLDER/serve, at /FOLDER'S NAME/FILE. */
async function serve(folders: readonly string[]) {
  const server = createServer((request, response) => {
    const [, name = '', file = ''] = (request.url ?? '').split('/')
    const folder = folders.find((each) => basename(each) === name)
    try {
      response.end(readFileSync(join(folder ?? '', 'serve', basename(file))))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const folders = process.argv.slice(2).map((word) => resolve(word))
if (folders.length === 0) throw new Error('usage: node test/roles/try.ts FOLDER...')
const { server, address } = await serve(folders)
for (const folder of folders) {
  console.log(`\n${basename(folder)}`)
  for (const line of await tryRole(folder, address)) console.log(line)
}
server.close()

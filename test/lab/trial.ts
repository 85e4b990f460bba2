// A playbook tried on a lab: inventory and plays written for one test, the engine's own process,
// and its json report as rows that a test can compare. Not here: nodes (nodes.ts).
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../../lab/site.ts'
import type { Ran, Started } from './nodes.ts'

export type Vars = Readonly<Record<string, unknown>>

export interface Trial {
  readonly hosts: Readonly<Record<string, Vars>>
  /** One play, or several; `hosts: all` and no facts unless a play says otherwise. */
  readonly plays: readonly Vars[]
  readonly args?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Files beside the playbook, by their relative names. */
  readonly files?: Readonly<Record<string, string>>
  /** Default json. */
  readonly output?: 'text' | 'json' | 'jsonl' | 'junit'
}

/** `host task status` and what was said. */
export interface Row {
  readonly host: string
  readonly task: string
  readonly status: string
  readonly msg: string
  readonly result: Readonly<Record<string, unknown>>
}

export interface Tried extends Ran {
  /** Empty unless the output is json. */
  readonly rows: readonly Row[]
  readonly ms: number
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Tried>
}

const RUN_LIMIT_MS = 120_000

/** What every host of the lab has in common. */
export function access(lab: Started['lab']): Record<string, unknown> {
  return {
    ansible_user: 'root',
    ansible_ssh_private_key_file: lab.privateKey,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${lab.knownHosts}`,
  }
}

export async function tryOut(lab: Started['lab'], trial: Trial): Promise<Tried> {
  return start(lab, trial).ended
}

/** The engine is started and not waited for. */
export function start(lab: Started['lab'], trial: Trial): Running {
  const folder = mkdtempSync(join(lab.folder, 'trial-'))
  for (const [name, text] of Object.entries(trial.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const plays = trial.plays.map((play) => ({ hosts: 'all', gather_facts: false, ...play }))
  writeFileSync(join(folder, 'play.yml'), JSON.stringify(plays, undefined, 2))
  const hosts = { all: { vars: access(lab), hosts: trial.hosts } }
  writeFileSync(join(folder, 'hosts.yml'), JSON.stringify(hosts, undefined, 2))
  const output = trial.output ?? 'json'
  const words = ['run', join(folder, 'play.yml'), '-i', join(folder, 'hosts.yml')]
  // The runner's wish for colours is not that of the trial.
  const { FORCE_COLOR: _, ...inherited } = process.env
  const { process: child, ended } = launch(
    process.execPath,
    [join(ROOT, 'agent/src/main.ts'), ...words, '--output', output, ...(trial.args ?? [])],
    { cwd: folder, env: { ...inherited, ...trial.environment }, timeout: RUN_LIMIT_MS },
  )
  const rowsIn = ({ stdout, stderr }: Ran): Row[] =>
    output === 'json' ? rowsOf(stdout, stderr) : []
  return { process: child, ended: ended.then((ran) => ({ ...ran, rows: rowsIn(ran) })) }
}

/** A program and, once it has ended, all that it said. */
export function launch(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'timeout'>,
): { readonly process: ChildProcess; readonly ended: Promise<Ran & { readonly ms: number }> } {
  const startMs = performance.now()
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const ended = new Promise<Ran & { ms: number }>((resolve) => {
    child.once('close', (code) => {
      const [stdout = '', stderr = ''] = [out, err].map((all) => Buffer.concat(all).toString())
      resolve({ exitCode: code ?? -1, stdout, stderr, ms: performance.now() - startMs })
    })
  })
  return { process: child, ended }
}

interface Document {
  readonly plays: readonly {
    readonly tasks: readonly {
      readonly task: { readonly name: string }
      readonly hosts: Readonly<
        Record<string, { msg?: unknown; cluster_os: { status: string } } & Record<string, unknown>>
      >
    }[]
  }[]
}

/** Every result in a json report. */
export function rowsOf(stdout: string, stderr: string): Row[] {
  if (stdout.trim() === '') throw new Error(`no json report: ${stderr}`)
  const { plays } = JSON.parse(stdout) as Document
  return plays.flatMap(({ tasks }) =>
    tasks.flatMap(({ task, hosts }) =>
      Object.entries(hosts).map(([host, result]) => ({
        host,
        task: task.name,
        status: result.cluster_os.status,
        msg: typeof result.msg === 'string' ? result.msg : JSON.stringify(result.msg ?? ''),
        result,
      })),
    ),
  )
}

/** The row of a host's task; throws where there is none. */
export function rowOf(
  tried: Pick<Tried, 'rows' | 'stdout' | 'stderr'>,
  host: string,
  task: string,
): Row {
  const found = tried.rows.find((row) => row.host === host && row.task === task)
  if (found !== undefined) return found
  throw new Error(`${host} did nothing of ${task}: ${tried.stdout}${tried.stderr}`)
}

/** `task: status` for one host, in the order of the report. */
export function storyOf(tried: Pick<Tried, 'rows'>, host: string): string[] {
  return tried.rows.filter((row) => row.host === host).map((row) => `${row.task}: ${row.status}`)
}

// A playbook run on this machine, in this process: for what needs the whole engine and no node. Not
// here: nodes (test/lab).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCli } from '../../agent/src/cli.ts'
import { ClusterError } from '../../agent/src/errors.ts'
import { formatError } from '../../agent/src/output/failure.ts'
import { makePaint } from '../../agent/src/output/paint.ts'
import { Secrets } from '../../agent/src/vault/secrets.ts'
import { type Row, rowsOf } from '../lab/trial.ts'

export interface LocalTrial {
  readonly plays: readonly Readonly<Record<string, unknown>>[]
  /** Files beside the playbook, by their relative names. */
  readonly files?: Readonly<Record<string, string>>
  readonly hosts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly args?: readonly string[]
  /** The text of an ansible.cfg that the run reads. */
  readonly settings?: string
  readonly output?: 'text' | 'json' | 'jsonl' | 'junit'
  /** Called with the folder of the playbook before the run. */
  readonly prepare?: (folder: string) => void
}

export interface LocalTried {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly rows: readonly Row[]
}

/** Hosts are called `h` unless the trial says otherwise; `{{ folder }}` is the playbook's. */
export async function runLocal(trial: LocalTrial): Promise<LocalTried> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-play-'))
  try {
    for (const [name, text] of Object.entries(trial.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    trial.prepare?.(folder)
    return await runIn(folder, trial)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runIn(folder: string, trial: LocalTrial): Promise<LocalTried> {
  const plays = trial.plays.map((play) => ({ hosts: 'all', gather_facts: false, ...play }))
  writeFileSync(join(folder, 'play.yml'), JSON.stringify(plays, undefined, 2))
  const vars = { ansible_connection: 'local', folder }
  const hosts = { all: { vars, hosts: trial.hosts ?? { h: {} } } }
  writeFileSync(join(folder, 'hosts.yml'), JSON.stringify(hosts, undefined, 2))
  const output = trial.output ?? 'json'
  const words = ['run', join(folder, 'play.yml'), '-i', join(folder, 'hosts.yml')]
  const args = (trial.args ?? []).map((word) => word.replace('FOLDER', folder))
  const settings = trial.settings === undefined ? undefined : join(folder, 'ansible.cfg')
  if (settings !== undefined) writeFileSync(settings, trial.settings ?? '')
  const said = await command([...words, '--output', output, ...args], settings)
  const isReport = output === 'json' && said.stdout.startsWith('{')
  return { ...said, rows: isReport ? rowsOf(said.stdout, said.stderr) : [] }
}

/** `cluster-os inventory` on an inventory of its own. */
export async function inventory(content: unknown, ...views: string[]): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-inventory-'))
  try {
    const file = join(folder, 'hosts.yml')
    writeFileSync(file, JSON.stringify(content, undefined, 2))
    return await command(['inventory', '-i', file, ...views])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export type Said = Omit<LocalTried, 'rows'>

/** The command line in this process; an error is told as main.ts would. */
export async function command(words: readonly string[], settings?: string): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const paint = makePaint(false, true, false)
  const secrets = new Secrets()
  const run = runCli([...words], {
    write: (text) => {
      said.stdout += secrets.hide(text)
    },
    writeError: (text) => {
      said.stderr += secrets.hide(text)
    },
    isTerminal: false,
    isInputTerminal: false,
    secrets,
    columns: 79,
    paint,
    signal: new AbortController().signal,
    environment: (name) => (name === 'ANSIBLE_CONFIG' ? settings : undefined),
    askSecret: () => Promise.reject(new Error('nobody to ask')),
    ask: undefined,
  })
  const exitCode = await run.catch((error: unknown) => {
    said.stderr += secrets.hide(formatError(error, paint))
    return error instanceof ClusterError ? error.exitCode : 70
  })
  return { exitCode, ...said }
}

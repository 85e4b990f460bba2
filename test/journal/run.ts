// The engine as a process of its own on this machine, with a state folder of its own, that a test
// may kill. Not here: what is expected of it.
import { type ChildProcess, spawn } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Suite } from '../harness.ts'

const MAIN = resolve(import.meta.dirname, '../../agent/src/main.ts')
/** The command of a checkout, which starts the engine. */
export const LAUNCHER = resolve(import.meta.dirname, '../../agent/cluster-os.mjs')

export interface Place {
  readonly folder: string
  /** Where journals lie. */
  readonly runs: string
  readonly state: string
}

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Files of a playbook, and hosts a, b, c on this machine. */
function makePlace(files: Readonly<Record<string, string>>): Place {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-resume-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const vars = { ansible_connection: 'local', folder }
  const hosts = { a: {}, b: {}, c: {} }
  writeFileSync(join(folder, 'hosts.yml'), JSON.stringify({ all: { vars, hosts } }))
  const state = join(folder, 'state/cluster-os')
  const runs = join(state, 'runs')
  mkdirSync(runs, { recursive: true })
  return { folder, runs, state }
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Said>
}

/** Makes places for the tests of a suite, which are gone when it has ended. */
export function placesOf(test: Suite): (files: Readonly<Record<string, string>>) => Place {
  const places: Place[] = []
  test.after(() => {
    for (const { folder } of places) rmSync(folder, { recursive: true, force: true })
  })
  return (files) => {
    const made = makePlace(files)
    places.push(made)
    return made
  }
}

interface How {
  /** Shell, for limits that the process is to have. */
  readonly before?: string
  readonly main?: string
  /** The working folder; that of the place unless given. */
  readonly cwd?: string
}

export function start(place: Place, words: readonly string[], how: How = {}): Started {
  const { before = ':', main = MAIN, cwd = place.folder } = how
  const script = `${before}; exec "$@"`
  const child = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, main, ...words], {
    cwd,
    env: { ...process.env, XDG_STATE_HOME: join(place.folder, 'state'), FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (chunks.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (chunks.err += chunk.toString('utf8')))
  const ended = new Promise<Said>((done) => {
    child.once('close', (code) => done({ code, ...chunks }))
  })
  return { child, ended }
}

export const RUN = ['run', 'play.yml', '-i', 'hosts.yml', '--no-lease']

export function call(place: Place, words: readonly string[]): Promise<Said> {
  return start(place, words).ended
}

/** The text of all journals. */
export function journalText(place: Place): string {
  return readdirSync(place.runs)
    .map((name) => readFileSync(join(place.runs, name), 'utf8'))
    .join('')
}

/** Kills the run as soon as its journal has so many lines that match. */
export async function killAt(
  place: Place,
  run: Started,
  line: RegExp,
  count = 1,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  const watcher = watch(place.runs)
  const isDue = (): boolean =>
    journalText(place)
      .split('\n')
      .filter((each) => line.test(each)).length >= count
  const kill = (): void => {
    if (isDue()) run.child.kill(signal)
  }
  watcher.on('change', kill)
  kill()
  await run.ended
  watcher.close()
}

export function lines(place: Place, name: string): string[] {
  try {
    return readFileSync(join(place.folder, name), 'utf8').trim().split('\n')
  } catch {
    return []
  }
}

// The journals of a machine: where they lie, which of them are unfinished, how many are kept. Not
// here: what stands in one (journal.ts).
import { join } from 'node:path'
import { ClusterError } from '../errors.ts'
import { fileKind, filesByAge, removeFile } from '../sys/files.ts'
import { isAlive } from '../sys/process.ts'
import { randomToken } from '../sys/random.ts'
import type { BeginEntry } from './entry.ts'
import { Journal } from './journal.ts'
import { type Seal, sealOf } from './seal.ts'

/** 30 days, and 100 MB of all journals together. */
const AGE_MAX_MS = 30 * 24 * 3600 * 1000
const BYTES_MAX = 100 * 1000 * 1000

const ENDING = '.jsonl'

export class Runs {
  /** cluster-os's folder of this user for what it has to remember. */
  readonly folder: string
  #seal: Seal | undefined

  constructor(folder: string) {
    this.folder = folder
  }

  get #runs(): string {
    return join(this.folder, 'runs')
  }

  get #key(): Seal {
    this.#seal ??= sealOf(this.folder)
    return this.#seal
  }

  /** A new journal; what is too old or too much is removed first. */
  create(begin: Omit<BeginEntry, 'kind' | 'version' | 'run'>): Journal {
    this.prune(begin.atMs)
    const day = new Date(begin.atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
    const run = `${day.replace('T', '-')}-${randomToken(3)}`
    const entry: BeginEntry = { kind: 'begin', version: 1, run, ...begin }
    return Journal.create(this.#path(run), entry, this.#key)
  }

  /** The journal of a run; JOURNAL when there is none. */
  read(run: string): Journal {
    const path = this.#path(run)
    if (/^[\w-]+$/.test(run) && fileKind(path) === 'file') return Journal.read(path, this.#key)
    throw new ClusterError('JOURNAL', `there is no journal of a run ${run}`, {
      hint: 'see: cluster-os resume --list',
    })
  }

  /** Runs that were stopped in between, the latest last. */
  unfinished(): Journal[] {
    return this.#names()
      .map((run) => this.read(run))
      .filter(({ exitCode, stamps }) => exitCode === undefined && !stamps.some(isAlive))
  }

  /** The run that has come to its end since and had all to do that this one had, if any. */
  supersededBy(stopped: Journal): string | undefined {
    const later = this.#names().filter((run) => run > stopped.run)
    return later.find((run) => {
      const journal = this.read(run)
      // A run that was refused before its first task has done nothing.
      const isThrough = journal.exitCode !== undefined && journal.hasTasks
      return isThrough && covers(journal.begin, stopped.begin)
    })
  }

  forget(run: string): void {
    this.read(run)
    removeFile(this.#path(run))
  }

  /** Removes the oldest journals until none is too old and all are small enough together. */
  prune(nowMs: number): void {
    const files = filesByAge(this.#runs, ENDING)
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { name, bytes, modifiedMs } of files) {
      if (nowMs - modifiedMs <= AGE_MAX_MS && total <= BYTES_MAX) break
      removeFile(join(this.#runs, name))
      total -= bytes
    }
  }

  /** Names begin with their time. */
  #names(): string[] {
    const files = filesByAge(this.#runs, ENDING)
    return files.map(({ name }) => name.slice(0, -ENDING.length)).toSorted()
  }

  #path(run: string): string {
    return join(this.#runs, `${run}${ENDING}`)
  }
}

/** Flags that leave a part of the work out. */
const NARROWING = ['limit', 'tags', 'skipTags', 'startAtTask', 'retry', 'step']

function covers(later: BeginEntry, before: BeginEntry): boolean {
  return (
    later.folder === before.folder &&
    isSame(later.playbooks, before.playbooks) &&
    isSame(later.flags['inventory'], before.flags['inventory']) &&
    isSame(later.extraVars, before.extraVars) &&
    NARROWING.every((flag) => {
      const narrowed = later.flags[flag]
      return narrowed === undefined || (isSame(narrowed, before.flags[flag]) && isFixed(narrowed))
    })
  )
}

/** Not the hosts of a run before, nor of a file: the same words are other hosts another time. */
function isFixed(narrowed: unknown): boolean {
  return narrowed !== true && !JSON.stringify(narrowed).includes('@')
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

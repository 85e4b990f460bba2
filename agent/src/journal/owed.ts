// Handlers that were notified and have not run, kept from run to run of one playbook: whoever runs
// it next pays them first. Each line is the state of one host in one play, the last one holds. Not
// here: how a run comes to owe handlers (playbook/).
import { join } from 'node:path'
import type { ClusterError } from '../errors.ts'
import { removeFile, writeAtomic } from '../sys/files.ts'
import { openRecord, type RecordFile, recordLines } from '../sys/record.ts'
import { digestOf } from './journal.ts'

interface Line {
  readonly play: string
  readonly host: string
  readonly handlers: readonly string[]
}

export class Owed {
  readonly #path: string
  readonly #lines = new Map<string, Line>()
  /** What this run has noted: it stands above what others have written meanwhile. */
  readonly #noted = new Map<string, Line>()
  #file: RecordFile | undefined
  readonly #onFailure: ((error: ClusterError) => void) | undefined

  /** `playbook` is the full path of its file. */
  constructor(folder: string, playbook: string, onFailure?: (error: ClusterError) => void) {
    this.#onFailure = onFailure
    this.#path = join(folder, 'owed', `${digestOf(playbook).slice(0, 32)}.jsonl`)
    this.readAgain()
  }

  /** A run beside this one may have paid meanwhile, or come to owe. */
  readAgain(): void {
    this.#lines.clear()
    for (const line of recordLines(this.#path)) this.#take(JSON.parse(line) as Line)
    for (const line of this.#noted.values()) this.#take(line)
  }

  /** The handlers of a play that each of the hosts owes. */
  of(play: string, hosts: readonly string[]): Map<string, readonly string[]> {
    const owed = new Map<string, readonly string[]>()
    for (const host of hosts) {
      const line = this.#lines.get(key(play, host))
      if (line !== undefined) owed.set(host, line.handlers)
    }
    return owed
  }

  /** Nobody owes anything any more. */
  forget(): void {
    for (const { play, host } of this.#lines.values()) this.note(play, host, [])
  }

  /** From now on the host owes these, and no others of the play. */
  note(play: string, host: string, handlers: readonly string[]): void {
    const before = this.#lines.get(key(play, host))?.handlers ?? []
    if (JSON.stringify(before) === JSON.stringify(handlers)) return
    const line = { play, host, handlers }
    this.#noted.set(key(play, host), line)
    this.#take(line)
    this.#file ??= openRecord(this.#path, this.#onFailure)
    this.#file.append(`${JSON.stringify(line)}\n`)
  }

  /** Leaves one line for each host that owes anything, and no file when none does. */
  async close(): Promise<void> {
    if (this.#file === undefined) return
    await this.#file.settled()
    this.#file.close()
    this.#file = undefined
    this.readAgain()
    const lines = [...this.#lines.values()].map((line) => `${JSON.stringify(line)}\n`)
    if (lines.length === 0) removeFile(this.#path)
    else writeAtomic(this.#path, Buffer.from(lines.join('')), 0o600)
  }

  #take(line: Line): void {
    if (line.handlers.length === 0) this.#lines.delete(key(line.play, line.host))
    else this.#lines.set(key(line.play, line.host), line)
  }
}

function key(play: string, host: string): string {
  return JSON.stringify([play, host])
}

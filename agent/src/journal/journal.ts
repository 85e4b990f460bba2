// The journal of one run: what has been done is written down as it happens, and found again by the
// run that goes on with it. Not here: where journals lie (runs.ts), what outcomes are made of
// (playbook/record.ts).
import { createHash } from 'node:crypto'
import { ClusterError } from '../errors.ts'
import { openRecord, type RecordFile, recordLines } from '../sys/record.ts'
import type { Plain } from '../value/plain.ts'
import { type BeginEntry, type Entry, placeKey, placeWord, type TaskPlace } from './entry.ts'
import type { Seal } from './seal.ts'

type Play = Extract<Entry, { kind: 'play' }>
type Done = Extract<Entry, { kind: 'done' }>

export class Journal {
  readonly run: string
  readonly begin: BeginEntry
  /** Begun by this process, not read: nothing was done before. */
  readonly isNew: boolean
  readonly #seal: Seal
  readonly #path: string
  #file: RecordFile | undefined
  readonly #sources = new Map<string, string>()
  readonly #plays = new Map<string, Play>()
  readonly #done = new Map<string, Done>()
  readonly #loops = new Map<string, string>()
  #hasTasks = false
  readonly #items = new Map<string, Map<number, string>>()
  readonly #started = new Set<string>()
  /** The processes that have written it, oldest first. */
  readonly stamps: string[] = []
  exitCode: number | undefined
  /** Why nothing can be written any more: what is done from then on would be done again. */
  #failure: ClusterError | undefined
  /** Told of that, once. */
  onFailure: ((error: ClusterError) => void) | undefined

  /** A new one; `begin` is its first line. */
  static create(path: string, begin: BeginEntry, seal: Seal): Journal {
    const journal = new Journal(path, begin, seal, true)
    journal.#add(begin)
    return journal
  }

  /** One that was left; a last line that is not whole is passed over. */
  static read(path: string, seal: Seal): Journal {
    const entries = recordLines(path).map((line) => parseLine(line, path))
    const [begin] = entries
    if (begin?.kind !== 'begin' || begin.version !== 1) throw unreadable(path)
    const journal = new Journal(path, begin, seal, false)
    for (const entry of entries) journal.#take(entry)
    return journal
  }

  private constructor(path: string, begin: BeginEntry, seal: Seal, isNew: boolean) {
    this.#path = path
    this.#seal = seal
    this.begin = begin
    this.run = begin.run
    this.isNew = isNew
  }

  /** How many tasks of hosts are through. */
  get doneCount(): number {
    return this.#done.size
  }

  /** Tasks of hosts that were under way and not through. */
  get openCount(): number {
    return this.#started.size
  }

  /** Whether any host has come to a task: else there is nothing to go on with. */
  get hasTasks(): boolean {
    return this.#hasTasks
  }

  get sources(): ReadonlyMap<string, string> {
    return this.#sources
  }

  /** Further lines are of a process that goes on with the run. */
  resume(atMs: number, stamp: string): void {
    this.exitCode = undefined
    this.#add({ kind: 'resume', atMs, stamp })
  }

  source(path: string, digest: string): void {
    if (this.#sources.has(path)) return
    this.#add({ kind: 'source', path, digest })
  }

  play(at: string): Play | undefined {
    return this.#plays.get(at)
  }

  beginPlay(entry: Omit<Play, 'kind'>): void {
    this.#add({ kind: 'play', ...entry })
  }

  /** What came of a task that is through; undefined for one that is not, or is another by now. */
  done(place: TaskPlace, title: string): Plain | undefined {
    const entry = this.#done.get(placeKey(place))
    if (entry === undefined || entry.title !== title) return undefined
    return this.#open(entry.sealed, `done ${placeKey(place)}`)
  }

  wasStarted(place: TaskPlace): boolean {
    return this.#started.has(placeKey(place))
  }

  /** Before a host changes anything, all it did before is on the disk. */
  async start(place: TaskPlace): Promise<void> {
    if (!this.#started.has(placeKey(place))) {
      this.#add({ kind: 'start', at: placeWord(place), host: place.host })
    }
    await this.#file?.settled()
  }

  finish(place: TaskPlace, title: string, status: string, outcome: Plain): void {
    const sealed = this.#close(outcome, `done ${placeKey(place)}`)
    this.#add({ kind: 'done', at: placeWord(place), host: place.host, title, status, sealed })
    this.#settleLater()
  }

  /** The items of a loop, as they were when it began. */
  loop(place: TaskPlace): Plain | undefined {
    const sealed = this.#loops.get(placeKey(place))
    return sealed === undefined ? undefined : this.#open(sealed, `loop ${placeKey(place)}`)
  }

  beginLoop(place: TaskPlace, items: Plain): void {
    const sealed = this.#close(items, `loop ${placeKey(place)}`)
    this.#add({ kind: 'loop', at: placeWord(place), host: place.host, sealed })
  }

  item(place: TaskPlace, index: number): Plain | undefined {
    const sealed = this.#items.get(placeKey(place))?.get(index)
    if (sealed === undefined) return undefined
    return this.#open(sealed, `item ${index} ${placeKey(place)}`)
  }

  finishItem(place: TaskPlace, index: number, outcome: Plain): void {
    const sealed = this.#close(outcome, `item ${index} ${placeKey(place)}`)
    this.#add({ kind: 'item', at: placeWord(place), host: place.host, index, sealed })
    this.#settleLater()
  }

  async end(atMs: number, exitCode: number): Promise<void> {
    this.#add({ kind: 'end', atMs, exitCode })
    await this.close()
  }

  async close(): Promise<void> {
    if (this.#failure === undefined) await this.#file?.settled()
    this.#file?.close()
    this.#file = undefined
  }

  /** Nobody waits for it here: a failure is told to who has asked for it. */
  #settleLater(): void {
    this.#file?.settled().catch(() => undefined)
  }

  #fail(error: ClusterError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.onFailure?.(error)
  }

  #add(entry: Entry): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#file ??= openRecord(this.#path, (error) => this.#fail(error))
    this.#file.append(`${JSON.stringify(entry)}\n`)
    this.#take(entry)
  }

  #take(entry: Entry): void {
    switch (entry.kind) {
      case 'begin':
      case 'resume':
        this.stamps.push(entry.stamp)
        this.exitCode = undefined
        break
      case 'source':
        this.#sources.set(entry.path, entry.digest)
        break
      case 'play':
        this.#plays.set(entry.at, entry)
        break
      case 'end':
        this.exitCode = entry.exitCode
        break
      case 'start':
      case 'loop':
      case 'item':
      case 'done':
        this.#takeTask(entry, `${entry.at} ${entry.host}`)
    }
  }

  #takeTask(entry: Extract<Entry, { host: string }>, key: string): void {
    this.#hasTasks = true
    // Each item of a loop begins anew.
    if (entry.kind === 'start') this.#started.add(key)
    else if (entry.kind !== 'loop') this.#started.delete(key)
    // What is written by this very process is never read by it: only what was left is kept.
    if (this.isNew) return
    if (entry.kind === 'done') this.#done.set(key, entry)
    else if (entry.kind === 'loop') this.#loops.set(key, entry.sealed)
    else if (entry.kind === 'item') {
      const items = this.#items.get(key) ?? new Map<number, string>()
      this.#items.set(key, items.set(entry.index, entry.sealed))
    }
  }

  #close(plain: Plain, about: string): string {
    return this.#seal.close(JSON.stringify(plain), `${this.run} ${about}`)
  }

  #open(sealed: string, about: string): Plain {
    return JSON.parse(this.#seal.open(sealed, `${this.run} ${about}`)) as Plain
  }
}

export function digestOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

function parseLine(line: string, path: string): Entry {
  try {
    return JSON.parse(line) as Entry
  } catch {
    throw unreadable(path)
  }
}

function unreadable(path: string): ClusterError {
  return new ClusterError('JOURNAL', `${path} is no journal that this version can read`, {
    hint: 'remove it: cluster-os resume --forget RUNID',
  })
}

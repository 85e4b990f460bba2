// What the agent remembers from one start to the next: papers, and where members were. Written a
// moment after it changes, in one piece, as many changes come together; losing the last moment
// costs a question to a member. Not here: the identity itself (identity/store.ts).
import { join } from 'node:path'
import { ClusterError } from '../errors.ts'
import type { AdmissionStatement } from '../identity/book.ts'
import type { Store } from '../identity/store.ts'
import type { Clock } from '../sys/clock.ts'
import {
  entryAt,
  makePrivateFolder,
  readIfThere,
  readOnlyHint,
  writeDurable,
} from '../sys/durable.ts'
import { type Address, addressKey, parseAddress } from '../wire/address.ts'

const DELAY_MS = 500
/** While much changes the disk is not kept busy with it. */
const APART_MS = 5000
/** Enough to find the cluster again, whoever of it has moved. */
const PEERS_MOST = 64

export interface Remembered {
  statements(): Iterable<AdmissionStatement>
  peers(): readonly Address[]
}

export class Memory {
  readonly #store: Store
  readonly #folder: string
  readonly #clock: Clock
  readonly #remembered: Remembered
  readonly #onFailure: (error: unknown) => void
  #cancel: (() => void) | undefined
  #writtenMs = Number.NEGATIVE_INFINITY
  #failure: string | undefined

  constructor(
    store: Store,
    folder: string,
    clock: Clock,
    remembered: Remembered,
    onFailure: (error: unknown) => void,
  ) {
    this.#store = store
    this.#folder = folder
    this.#clock = clock
    this.#remembered = remembered
    this.#onFailure = onFailure
  }

  /** Something to remember has changed. */
  changed(): void {
    const delayMs = Math.max(DELAY_MS, this.#writtenMs + APART_MS - this.#clock.now())
    this.#cancel ??= this.#clock.after(delayMs, () => {
      this.#cancel = undefined
      this.write()
    })
  }

  /** Why nothing can be written; undefined where it can. Tries again what failed last. */
  failure(): string | undefined {
    if (this.#failure !== undefined) this.write()
    return this.#failure
  }

  /** A disk that is full must not end an agent that works; the next change tries again. */
  write(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#writtenMs = this.#clock.now()
    try {
      this.#store.keepStatements(this.#remembered.statements())
      rememberPeers(this.#folder, this.#remembered.peers())
      this.#failure = undefined
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error)
      this.#onFailure(error)
    }
  }
}

/** Writes where members are; with none, what was known before stays. FILE_UNREADABLE. */
export function rememberPeers(folder: string, peers: readonly Address[]): void {
  if (peers.length === 0) return
  const path = join(folder, 'peers')
  const lines = [...new Set(peers.map(addressKey))].slice(0, PEERS_MOST)
  tryTo('write', path, () => {
    makePrivateFolder(folder)
    writeDurable(path, Buffer.from(`${lines.join('\n')}\n`), 0o600)
  })
}

/** Where members were when this node last ran. FILE_UNREADABLE. */
export function rememberedPeers(folder: string): Address[] {
  const path = join(folder, 'peers')
  const bytes = tryTo('read', path, () =>
    entryAt(path)?.kind === 'file' ? readIfThere(path) : undefined,
  )
  const text = Buffer.from(bytes ?? []).toString('utf8')
  return text
    .split('\n')
    .slice(0, PEERS_MOST)
    .flatMap((line) => parseAddress(line) ?? [])
}

const HINTS = {
  read: 'look at the folder and at its disk: dmesg',
  write: 'free space on its disk, or name a folder there is room in',
} as const

function tryTo<T>(what: keyof typeof HINTS, path: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ClusterError('FILE_UNREADABLE', `cannot ${what} ${path} (setting state): ${reason}`, {
      hint: readOnlyHint(path, cause) ?? HINTS[what],
      cause,
    })
  }
}

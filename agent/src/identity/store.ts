// What a node keeps of itself on disk: its seed, the count of its starts, and the papers of its
// cluster. A seed is made once and never again where something stands in its place. Not here:
// keys that follow from the seed (derive.ts), and what the papers mean (book.ts).
import { join } from 'node:path'
import { ClusterError } from '../errors.ts'
import {
  type Disk,
  disk,
  type Entry,
  entryAt,
  makePrivateFolder,
  ownUid,
  readIfThere,
  readOnlyHint,
  writeDurable,
} from '../sys/durable.ts'
import { randomBuffer } from '../sys/random.ts'
import { isRefused } from '../wire/refusal.ts'
import { decodeStatement } from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'
import type { AdmissionStatement } from './book.ts'
import { SEED_BYTES } from './keys.ts'

export const IDENTITY_FOLDER = '/var/lib/cluster-os/identity'

/** What a node needs to know of its cluster before it knows anybody. */
export interface Membership {
  readonly clusterId: Uint8Array
  readonly discoverySecret: Uint8Array
  /** The A of the overlay's 10.A.0.0/16. */
  readonly ipv4: number
}

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
/**
 * Bytes of a checksum at the end of each file: a file torn by a broken disk never passes for good.
 */
const SUM_BYTES = 8
const KEY_BYTES = 32
/** What is there beside a seed: without the seed it shows that there was one. */
const REST = ['boot', 'cluster', 'papers']

const HINTS = {
  read: 'look at its disk: dmesg; where it is broken, restore the folder from a backup',
  write: 'free space on its disk; what stood there before is whole',
  make: 'free space on its disk, or mount it for writing',
} as const

export class Store {
  readonly folder: string
  readonly #disk: Disk

  constructor(folder = IDENTITY_FOLDER, on: Disk = disk) {
    this.folder = folder
    this.#disk = on
    this.#check()
  }

  /** The seed of this node, made at the first call on a machine. */
  seed(): Uint8Array {
    const held = this.#read('seed')
    if (held !== undefined) return this.#sized('seed', held, SEED_BYTES)
    if (REST.some((name) => this.#entry(name) !== undefined)) {
      throw this.#broken('seed', 'is missing, and this machine had an identity')
    }
    this.#try('make', this.folder, () => makePrivateFolder(this.folder))
    const seed = new Uint8Array(randomBuffer(SEED_BYTES))
    this.#write('seed', seed)
    return seed
  }

  hasIdentity(): boolean {
    return this.#read('seed') !== undefined
  }

  /** Counts this start, on disk before it is answered. */
  raiseBoot(): number {
    const boot = this.boot() + 1
    this.keepBoot(boot)
    return boot
  }

  /** Starts so far. */
  boot(): number {
    const held = this.#read('boot')
    if (held === undefined) return 0
    return Buffer.from(this.#sized('boot', held, 6)).readUIntBE(0, 6)
  }

  keepBoot(boot: number): void {
    const bytes = Buffer.alloc(6)
    bytes.writeUIntBE(boot, 0, 6)
    this.#write('boot', bytes)
  }

  membership(): Membership | undefined {
    const held = this.#read('cluster')
    if (held === undefined) return undefined
    const bytes = this.#sized('cluster', held, 2 * KEY_BYTES + 1)
    return {
      clusterId: bytes.slice(0, KEY_BYTES),
      discoverySecret: bytes.slice(KEY_BYTES, 2 * KEY_BYTES),
      ipv4: bytes[2 * KEY_BYTES] ?? 0,
    }
  }

  /** The papers are there before the cluster is named: a start between the two begins anew. */
  keepMembership(membership: Membership, statements: Iterable<AdmissionStatement>): void {
    this.keepStatements(statements)
    const { clusterId, discoverySecret, ipv4 } = membership
    this.#write('cluster', Buffer.concat([clusterId, discoverySecret, Buffer.from([ipv4])]))
  }

  /** Where the root key of its cluster was written, on the machine that made the cluster. */
  rootKeyPlace(): string | undefined {
    const held = this.#read('root-key-place')
    return held === undefined ? undefined : Buffer.from(held).toString('utf8')
  }

  keepRootKeyPlace(path: string): void {
    this.#write('root-key-place', Buffer.from(path))
  }

  /** Papers that were kept; what does not read is left out, as any member has it. */
  statements(): AdmissionStatement[] {
    const bytes = this.#read('papers') ?? new Uint8Array()
    const statements: AdmissionStatement[] = []
    let at = 0
    while (at + 2 <= bytes.length) {
      const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
      const statement = decodeStatement(bytes.slice(at + 2, at + 2 + length), suite)
      at += 2 + length
      if (isRefused(statement)) continue
      if (statement.kind !== 'record' && statement.kind !== 'accusation') statements.push(statement)
    }
    return statements
  }

  keepStatements(statements: Iterable<AdmissionStatement>): void {
    const parts = [...statements].flatMap(({ bytes }) => [
      Buffer.from([bytes.length >>> 8, bytes.length & 0xff]),
      bytes,
    ])
    this.#write('papers', Buffer.concat(parts))
  }

  #write(name: string, bytes: Uint8Array): void {
    const sum = suite.digest(bytes).subarray(0, SUM_BYTES)
    const path = join(this.folder, name)
    this.#try('write', path, () =>
      writeDurable(path, Buffer.concat([bytes, sum]), FILE_MODE, this.#disk),
    )
  }

  #entry(name: string): Entry | undefined {
    const path = join(this.folder, name)
    return this.#try('read', path, () => entryAt(path))
  }

  #try<T>(what: keyof typeof HINTS, path: string, act: () => T): T {
    try {
      return act()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const isDenied = ['EACCES', 'EPERM'].includes((error as { code?: string }).code ?? '')
      throw new ClusterError('IDENTITY', `cannot ${what} ${path}: ${reason}`, {
        hint: isDenied
          ? 'run it as the owner of the folder, which is root: sudo'
          : (readOnlyHint(path, error) ?? HINTS[what]),
        cause: error,
      })
    }
  }

  #read(name: string): Uint8Array | undefined {
    const path = join(this.folder, name)
    const entry = this.#entry(name)
    if (entry === undefined) return undefined
    if (entry.kind !== 'file' || (entry.mode & 0o077) !== 0 || entry.uid !== ownUid()) {
      throw this.#broken(name, 'is not a file that only its owner may read')
    }
    const bytes = this.#try('read', path, () => readIfThere(path)) ?? new Uint8Array()
    const end = bytes.length - SUM_BYTES
    const sum = suite.digest(bytes.slice(0, Math.max(end, 0))).subarray(0, SUM_BYTES)
    if (end < 0 || Buffer.compare(sum, bytes.subarray(end)) !== 0) {
      throw this.#broken(name, 'is damaged')
    }
    return bytes.slice(0, end)
  }

  #sized(name: string, bytes: Uint8Array, length: number): Uint8Array {
    if (bytes.length !== length) throw this.#broken(name, 'is damaged')
    return bytes
  }

  #check(): void {
    const entry = this.#try('read', this.folder, () => entryAt(this.folder))
    if (entry === undefined) return
    const isOurs = entry.kind === 'folder' && entry.uid === ownUid()
    if (isOurs && (entry.mode & 0o077) === 0) return
    throw new ClusterError('IDENTITY', `${this.folder} is not a folder for its owner alone`, {
      hint: `it holds the secret of this node: chmod ${FOLDER_MODE.toString(8)} ${this.folder}`,
    })
  }

  #broken(name: string, what: string): ClusterError {
    return new ClusterError('IDENTITY', `${join(this.folder, name)} ${what}`, {
      hint:
        'restore the folder from a backup, or, to be a new node, move the folder away and revoke ' +
        'the old one',
    })
  }
}

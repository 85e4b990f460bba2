// The folder of an operator, ~/.cluster-os/NAME: keys under a password, what is to know of the
// cluster, and what was made with the keys. Nothing in it is replaced unless that is asked for.
// Not here: how the papers are made (papers.ts), and what a member keeps (store.ts).
import { basename, dirname, join } from 'node:path'
import { ClusterError } from '../errors.ts'
import {
  disk,
  entryAt,
  makePrivateFolder,
  ownUid,
  readIfThere,
  writeDurable,
} from '../sys/durable.ts'
import { listFolder, readShortText } from '../sys/files.ts'
import { isRefused } from '../wire/refusal.ts'
import {
  type DelegationStatement,
  decodeStatement,
  type OperatorStatement,
  type RevocationStatement,
  type Statement,
  type StatementKind,
} from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'
import { type Cluster, clusterText, readCluster } from './clusterfile.ts'
import { type SealedKind, sealedKeyOf } from './sealed.ts'

const FILE_MODE = 0o600
const ENDING = '.statement'
const KEY_FILE_MOST_BYTES = 4096

export class OperatorFolder {
  readonly path: string

  /** ADMISSION when others may enter the folder; one that is not there is made by the first file. */
  constructor(path: string) {
    this.path = path
    const entry = entryAt(path)
    if (entry === undefined) return
    if (entry.kind === 'folder' && (entry.mode & 0o077) === 0 && entry.uid === ownUid()) return
    throw new ClusterError('ADMISSION', `${path} is not a folder for its owner alone`, {
      hint: `it holds keys: chmod 700 ${path}`,
    })
  }

  get clusterFile(): string {
    return join(this.path, 'cluster.yml')
  }

  get operatorKeyFile(): string {
    return join(this.path, 'operator.key')
  }

  /** Of the root key after so many rotations. */
  rootKeyFile(rotations: number): string {
    return join(this.path, rotations === 0 ? 'root.key' : `root-${rotations}.key`)
  }

  /** What stood in its place is kept beside it, under a name that is no cluster's. */
  moveAway(dateS: number): void {
    if (entryAt(this.path) === undefined) return
    disk.rename(this.path, join(dirname(this.path), `.${basename(this.path)}-${dateS}`))
  }

  cluster(): Cluster {
    return readCluster(this.clusterFile)
  }

  keepCluster(cluster: Cluster): void {
    putPrivate(this.clusterFile, Buffer.from(clusterText(cluster)))
  }

  /** Sticks that were made with the operator key, by name. */
  seeds(): DelegationStatement[] {
    return this.#all('seeds', 'delegation')
  }

  seedFile(name: string): string {
    return join(this.path, 'seeds', name + ENDING)
  }

  /** Operators that were made with the root key, besides the own one. */
  operators(): OperatorStatement[] {
    return this.#all('operators', 'operator')
  }

  operatorFile(name: string): string {
    return join(this.path, 'operators', name + ENDING)
  }

  revocations(): RevocationStatement[] {
    return this.#all('revocations', 'revocation')
  }

  revocationFile(name: string): string {
    return join(this.path, 'revocations', name + ENDING)
  }

  rotationFile(number: number): string {
    return join(this.path, 'rotations', number + ENDING)
  }

  #all<K extends StatementKind>(folder: string, kind: K): Extract<Statement, { kind: K }>[] {
    return listFolder(join(this.path, folder))
      .filter((name) => name.endsWith(ENDING) && !name.startsWith('.'))
      .map((name) => readPaper(join(this.path, folder, name), kind))
  }
}

function readPaper<K extends StatementKind>(
  file: string,
  kind: K,
): Extract<Statement, { kind: K }> {
  const statement = decodeStatement(readIfThere(file) ?? new Uint8Array(), suite)
  if (!isRefused(statement) && statement.kind === kind) {
    return statement as Extract<Statement, { kind: K }>
  }
  throw new ClusterError('ADMISSION', `${file} is damaged: it is no ${kind}`, {
    hint: 'restore it from a copy, or remove it',
  })
}

/** The text of a key file of that kind and public half; only a password is lacking then. */
export function readKeyFile(file: string, kind: SealedKind, publicKey: Uint8Array): string {
  const text = entryAt(file) === undefined ? undefined : readShortText(file, KEY_FILE_MOST_BYTES)
  if (text === undefined) {
    throw new ClusterError('ADMISSION', `there is no ${kind} key at ${file}`, {
      hint: kind === 'root' ? 'name its file: --root-key FILE' : 'restore it from a copy',
    })
  }
  if (Buffer.compare(sealedKeyOf(text, file, kind), publicKey) === 0) return text
  throw new ClusterError('ADMISSION', `${file} is not the ${kind} key of this cluster now`, {
    hint: kind === 'root' ? 'name the newest one: --root-key FILE' : 'restore it from a copy',
  })
}

/** Throws when any of these is there; asked before anything changes. */
export function refuseOverwrite(files: readonly string[], isForced: boolean): void {
  const there = isForced ? undefined : files.find((file) => entryAt(file) !== undefined)
  if (there === undefined) return
  throw new ClusterError('ADMISSION', `${there} is there already`, {
    hint: 'choose another name or place; --force puts a new one there',
  })
}

/**
 * A key file that stands where another is to be written is kept beside it: without a root key
 * nobody is taken back any more. Gives its new name, or undefined where none stood there.
 */
export function setAside(file: string, dateS: number): string | undefined {
  if (entryAt(file) === undefined) return undefined
  let number = dateS
  while (entryAt(`${file}-${number}`) !== undefined) number++
  disk.rename(file, `${file}-${number}`)
  return `${file}-${number}`
}

/** Writes a file for its owner alone, whole or not at all. */
export function putPrivate(file: string, bytes: Uint8Array): void {
  try {
    makePrivateFolder(dirname(file))
    writeDurable(file, bytes, FILE_MODE)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ClusterError('ADMISSION', `cannot write ${file}: ${reason}`, {
      hint: 'check the folder, its permissions and the space on its disk',
      cause: error,
    })
  }
}

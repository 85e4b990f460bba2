// Files of the controller. Not here: files of hosts, which are reached through host/.
import {
  appendFileSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { ClusterError } from '../errors.ts'

/** Reads a file; FILE_UNREADABLE names it and says why. */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ClusterError('FILE_UNREADABLE', `cannot read ${path}: ${reasonOf(error)}`, {
      hint: 'check the path and its permissions',
      cause: error,
    })
  }
}

export function readText(path: string): string {
  return readFile(path).toString('utf8')
}

/** The text of a file, or undefined when there is none. */
export function readTextIfThere(path: string): string | undefined {
  return fileKind(path) === 'file' ? readText(path) : undefined
}

/**
 * The text of a file; undefined for what is no file or longer than that, and then nothing is read.
 */
export function readShortText(path: string, mostBytes: number): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats !== undefined && (!stats.isFile() || stats.size > mostBytes)) return undefined
  return readText(path)
}

/** What a path is, following links; undefined when nothing is there. */
export function fileKind(path: string): 'file' | 'folder' | 'other' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  if (stats.isFile()) return 'file'
  return stats.isDirectory() ? 'folder' : 'other'
}

export function isExecutable(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0
}

/** Permission bits of a file, or undefined when nothing is there. */
export function fileMode(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? undefined : stats.mode & 0o7777
}

/** Whose a file is and when it was last written, or undefined when nothing is there. */
export function fileStamp(path: string): { uid: number; modifiedMs: number } | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? undefined : { uid: stats.uid, modifiedMs: stats.mtimeMs }
}

/** Names in a folder, sorted; none when there is no such folder. */
export function listFolder(path: string): string[] {
  if (fileKind(path) !== 'folder') return []
  return readdirSync(path).toSorted()
}

/** Adds to a file that only its owner may read; its folder is made when there is none. */
export function appendPrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  appendFileSync(path, text, { mode: 0o600 })
}

/** Writes a file below a folder, whole; links among the folders between must not lead out of it. */
export function writeBelow(root: string, name: string, content: Buffer): void {
  const path = join(root, name)
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true })
  const way = relative(realpathSync(root), realpathSync(folder))
  if (way.startsWith('..') || isAbsolute(way)) {
    throw new ClusterError('FILE_UNREADABLE', `${folder} leads out of ${root}`, {
      hint: 'remove the link that leads out',
    })
  }
  const temporary = `${path}.${process.pid}.cos`
  writeFileSync(temporary, content, { mode: 0o644, flag: 'wx' })
  renameSync(temporary, path)
}

/**
 * Writes a file whole or not at all: beside it first, then in its place. A file that was there
 * keeps its mode; a new one gets `mode`. A link is followed, and stays.
 */
export function writeAtomic(path: string, content: Buffer, mode: number): void {
  const target = fileKind(path) === undefined ? path : realpathSync(path)
  const folder = mkdtempSync(join(dirname(target), '.cluster-os-'))
  try {
    const draft = join(folder, 'new')
    const file = openSync(draft, 'wx', 0o600)
    try {
      writeSync(file, content)
      fchmodSync(file, fileMode(target) ?? mode)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, target)
  } catch (error) {
    throw new ClusterError('FILE_UNREADABLE', `cannot write ${path}: ${reasonOf(error)}`, {
      hint: 'check the folder and its permissions',
      cause: error,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Writes a file that is not there, whole, for its owner alone; of several who do so at a time one
 * has its way. Answers what stands there then.
 */
export function writeOnce(path: string, content: Buffer): Buffer {
  const folder = mkdtempSync(join(dirname(path), '.cluster-os-'))
  try {
    const draft = join(folder, 'new')
    writeAtomic(draft, content, 0o600)
    // Unlike a rename a link does not replace what has come meanwhile.
    linkSync(draft, path)
    return content
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return readFile(path)
    throw new ClusterError('FILE_UNREADABLE', `cannot write ${path}: ${reasonOf(error)}`, {
      hint: 'check the folder and its permissions',
      cause: error,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * A new folder that only this user may enter, in memory where the machine has such a place; gone
 * with all that is in it once `use` has ended.
 */
export async function withPrivateFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const memory = '/dev/shm'
  const folder = mkdtempSync(join(fileKind(memory) === 'folder' ? memory : tmpdir(), 'cluster-os-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Makes a folder and those above it, for the owner alone. */
export function makeFolders(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

/** The path with every link followed. */
export function realPath(path: string): string {
  return realpathSync(path)
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: string }).code
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES') return 'permission denied'
  return error instanceof Error ? error.message : String(error)
}

export interface FileSize {
  readonly name: string
  readonly bytes: number
  readonly modifiedMs: number
}

/** The files of a folder with a name's ending, oldest first; none when there is no folder. */
export function filesByAge(folder: string, ending: string): FileSize[] {
  return listFolder(folder)
    .filter((name) => name.endsWith(ending))
    .flatMap((name) => {
      const stats = statSync(join(folder, name), { throwIfNoEntry: false })
      return stats?.isFile() === true
        ? [{ name, bytes: stats.size, modifiedMs: stats.mtimeMs }]
        : []
    })
    .toSorted((a, b) => a.modifiedMs - b.modifiedMs)
}

/** Size and time of a file, by which a change of it is noticed without reading it. */
export function fileMark(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true ? `${stats.size} ${stats.mtimeMs}` : undefined
}

export function removeFile(path: string): void {
  rmSync(path, { force: true })
}

/** Where relative paths begin. */
export function workFolder(): string {
  return process.cwd()
}

export function enterFolder(path: string): void {
  try {
    process.chdir(path)
  } catch (error) {
    throw new ClusterError('FILE_UNREADABLE', `cannot enter ${path}: ${reasonOf(error)}`, {
      hint: 'the run was started there',
      cause: error,
    })
  }
}

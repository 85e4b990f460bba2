// Files of the controller. Not here: files of hosts, which are reached through host/.
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
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

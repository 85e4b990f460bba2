// Files that are whole after a crash at any moment: written beside, synced, renamed, and the folder
// synced. Each step is a call of its own, so that a test can end the process between any two. Not
// here: what the files say.
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** What is done to a disk, in the order of a write. */
export interface Disk {
  open(path: string, mode: number): number
  write(file: number, bytes: Uint8Array): void
  sync(file: number): void
  close(file: number): void
  rename(from: string, to: string): void
  syncFolder(path: string): void
}

export const disk: Disk = {
  open: (path, mode) => {
    rmSync(path, { force: true })
    const file = openSync(path, 'wx', mode)
    // The umask takes bits away.
    fchmodSync(file, mode)
    return file
  },
  write: (file, bytes) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  },
  sync: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  rename: (from, to) => renameSync(from, to),
  syncFolder: (path) => {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  },
}

/** Writes a file of that mode whole or not at all, and returns when it will survive a power cut. */
export function writeDurable(path: string, bytes: Uint8Array, mode: number, on = disk): void {
  const draft = join(dirname(path), `.${basename(path)}.new`)
  const file = on.open(draft, mode)
  try {
    on.write(file, bytes)
    on.sync(file)
  } finally {
    on.close(file)
  }
  on.rename(draft, path)
  on.syncFolder(dirname(path))
}

export interface Entry {
  readonly kind: 'file' | 'folder' | 'other'
  readonly mode: number
  /** Of its owner. */
  readonly uid: number
}

/** What stands at a path, links not followed; undefined when nothing does. */
export function entryAt(path: string): Entry | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
  return { kind, mode: stats.mode & 0o7777, uid: stats.uid }
}

/**
 * Makes a folder, and those above it, for its owner alone; one that is there keeps its mode. It
 * will survive a power cut: a file in it is of no use when its folder is gone.
 */
export function makePrivateFolder(path: string): void {
  const whole = resolve(path)
  const first = mkdirSync(whole, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  const top = dirname(first)
  for (let above = whole; above !== top; ) {
    above = dirname(above)
    disk.syncFolder(above)
  }
}

/** The bytes of a file; undefined when there is none. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * What to do where all is mounted for reading only, as the unit of the service does it beside its
 * own folders; undefined for any other failure. `ReadWritePaths=` takes a folder that is there.
 */
export function readOnlyHint(path: string, error: unknown): string | undefined {
  if ((error as { code?: string }).code !== 'EROFS') return undefined
  let folder = dirname(resolve(path))
  while (!isFolder(folder)) folder = dirname(folder)
  return (
    `let the service write there: systemctl edit cluster-os, [Service] ReadWritePaths=${folder}, ` +
    'see docs/agent.md; or mount it for writing'
  )
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Who we are to the file system. */
export const ownUid = (): number => process.getuid?.() ?? 0

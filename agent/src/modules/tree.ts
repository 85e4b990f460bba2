// All that lies below a folder, with its state. A real host tells it in one question; a predicted
// one is walked, so that what this run has planned is among it. Not here: which of it is wanted.
import { posix } from 'node:path'
import { ClusterError } from '../errors.ts'
import type { FileState, FileType, Host } from '../host/host.ts'
import { pathWord } from '../host/quote.ts'
import { known } from './module.ts'

export interface Entry {
  readonly path: string
  /** 1 for what lies in the folder itself. */
  readonly level: number
  readonly state: FileState
}

export interface TreeOptions {
  /** How many levels down; all without it. */
  readonly levels: number | undefined
  /** Links to folders are gone into. */
  readonly isFollowed: boolean
}

/** A walk asks again for each folder, so links that lead back to themselves end here. */
const LEVELS_MAX = 40

/** Listing a whole file system may take a while. */
const LIST_LIMIT_MS = 600_000

/** Everything below the folder, by path. */
export async function entriesBelow(
  host: Host,
  root: string,
  options: TreeOptions,
): Promise<Entry[]> {
  const folder = root.replace(/(?<=.)\/+$/, '')
  const entries = host.isOverlay
    ? await walk(host, folder, 1, options)
    : await list(host, folder, options)
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function walk(
  host: Host,
  folder: string,
  level: number,
  options: TreeOptions,
): Promise<Entry[]> {
  const names = known(await host.list(folder))
  const below = names.map(async (name): Promise<Entry[]> => {
    const path = posix.join(folder, name)
    const state = known(await host.stat(path))
    if (state === null) return []
    const own = { path, level, state }
    if (level >= Math.min(options.levels ?? LEVELS_MAX, LEVELS_MAX)) return [own]
    const target =
      options.isFollowed && state.type === 'link'
        ? known(await host.stat(path, { follow: true }))
        : state
    if (target?.type !== 'directory') return [own]
    return [own, ...(await walk(host, path, level + 1, options))]
  })
  return (await Promise.all(below)).flat()
}

const FIELDS = '%p\\0%d\\0%y\\0%m\\0%U\\0%G\\0%u\\0%g\\0%s\\0%A@\\0%T@\\0%C@\\0%i\\0%n\\0%D\\0%l\\0'
const FIELD_COUNT = 16

const TYPES: Readonly<Record<string, FileType>> = {
  f: 'file',
  d: 'directory',
  l: 'link',
  p: 'fifo',
  s: 'socket',
  b: 'block',
  c: 'char',
}

async function list(host: Host, folder: string, options: TreeOptions): Promise<Entry[]> {
  const depth = options.levels === undefined ? '' : ` -maxdepth ${options.levels}`
  const flag = options.isFollowed ? '-L' : '-P'
  const answer = await host.ask(
    `LC_ALL=C find ${flag} ${pathWord(folder)} -mindepth 1${depth} -printf '${FIELDS}' 2>/dev/null`,
    LIST_LIMIT_MS,
  )
  const fields = answer.stdout.toString('utf8').split('\0')
  if (answer.rc > 1 || fields.length % FIELD_COUNT !== 1) {
    throw new ClusterError('HOST_STATE', `cannot list what is below ${folder}`, {
      hint: 'the host needs find of GNU findutils',
    })
  }
  const entries: Entry[] = []
  for (let at = 0; at + FIELD_COUNT < fields.length; at += FIELD_COUNT) {
    entries.push(entryOf(fields.slice(at, at + FIELD_COUNT)))
  }
  return entries
}

function entryOf(fields: readonly string[]): Entry {
  const [path = '', level, type = '', mode = '', uid, gid, owner = '', group = ''] = fields
  const [size, access, modify, change, inode, links, device, target = ''] = fields.slice(8)
  return {
    path,
    level: Number(level),
    state: {
      type: TYPES[type] ?? 'file',
      mode: Number.parseInt(mode, 8),
      uid: Number(uid),
      gid: Number(gid),
      owner,
      group,
      sizeBytes: Number(size),
      accessTime: Math.floor(Number(access)),
      modifyTime: Math.floor(Number(modify)),
      changeTime: Math.floor(Number(change)),
      inode: Number(inode),
      links: Number(links),
      device: Number(device),
      target: target === '' ? undefined : target,
    },
  }
}

// Answers of a machine's programs, read as state. Pure functions of what was printed. Not here:
// how the programs were asked (real.ts).
import { ClusterError } from '../errors.ts'
import type {
  Aging,
  ExecResult,
  FileState,
  FileType,
  GroupState,
  Identity,
  PackageState,
  UnitState,
  UserState,
} from './host.ts'

/** st_mode & S_IFMT, from <sys/stat.h>. */
const TYPES: ReadonlyMap<number, FileType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o060000, 'block'],
  [0o020000, 'char'],
])

/** Reads the answer of `cos_stat`; null when nothing is there. */
export function parseStat(path: string, answer: ExecResult): FileState | null {
  const [kind = '', target = '', line = ''] = answer.stdout.toString('utf8').split('\0')
  if (answer.rc !== 0) {
    const said = answer.stderr.toString('utf8').trim()
    if (said === '' || /No such file|Not a directory/.test(said)) return null
    throw new ClusterError('HOST_STATE', `cannot look at ${path}: ${said}`, {
      hint: 'check permissions, or set become: true',
    })
  }
  const fields = (kind === 'link' || kind === 'plain' ? line : kind).trim().split(' ')
  const numbers = fields.slice(1, 10).map(Number)
  const raw = Number.parseInt(fields[0] ?? '', 16)
  const type = TYPES.get(raw & 0o170000)
  if (type === undefined || numbers.some(Number.isNaN)) {
    throw new ClusterError('HOST_STATE', `unreadable answer about ${path}`, {
      hint: 'the host needs stat of coreutils or busybox',
    })
  }
  const [uid, gid, sizeBytes, accessTime, modifyTime, changeTime, inode, links, device] =
    numbers as [number, number, number, number, number, number, number, number, number]
  return {
    type,
    mode: raw & 0o7777,
    uid,
    gid,
    owner: fields[10] ?? '',
    group: fields[11] ?? '',
    sizeBytes,
    accessTime,
    modifyTime,
    changeTime,
    inode,
    links,
    device,
    target: kind === 'link' ? target : undefined,
  }
}

/** Reads `getent passwd`, `getent shadow` (or an empty line) and `id -Gn`, a line each. */
export function parseUser(answer: ExecResult): UserState | null {
  const [passwd = '', shadow = '', groups = ''] = answer.stdout.toString('utf8').split('\n')
  if (answer.rc !== 0 || passwd === '') return null
  const [name = '', , uid = '', gid = '', comment = '', home = '', shell = ''] = passwd.split(':')
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    comment,
    home,
    shell,
    groups: groups
      .split(' ')
      .filter((group) => group !== '')
      .toSorted(),
    password: shadow === '' ? undefined : (shadow.split(':')[1] ?? ''),
    aging: shadow === '' ? undefined : parseAging(shadow),
  }
}

function parseAging(shadow: string): Aging {
  const [, , , min, max, warn, , expires] = shadow
    .split(':')
    .map((field) => (/^\d+$/.test(field) ? Number(field) : undefined))
  return { expires, min, max, warn }
}

/** Reads `getent group`. */
export function parseGroup(answer: ExecResult): GroupState | null {
  const line = answer.stdout.toString('utf8').split('\n')[0] ?? ''
  if (answer.rc !== 0 || line === '') return null
  const [name = '', , gid = '', members = ''] = line.split(':')
  return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }
}

/** Reads `dpkg-query -W`: name, version and status; only what is fully installed counts. */
export function parsePackages(answer: ExecResult): ReadonlyMap<string, PackageState> {
  const packages = new Map<string, PackageState>()
  for (const line of answer.stdout.toString('utf8').split('\n')) {
    const [name, version, status] = line.split(' ')
    if (name !== undefined && version !== undefined && status?.startsWith('ii') === true) {
      packages.set(name, { name, version })
    }
  }
  return packages
}

/** Reads `systemctl show -p LoadState,ActiveState,SubState,UnitFileState`. */
export function parseUnit(name: string, answer: ExecResult): UnitState {
  const properties = new Map<string, string>()
  for (const line of answer.stdout.toString('utf8').split('\n')) {
    const cut = line.indexOf('=')
    if (cut > 0) properties.set(line.slice(0, cut), line.slice(cut + 1))
  }
  return {
    name,
    load: properties.get('LoadState') ?? 'not-found',
    active: properties.get('ActiveState') ?? 'inactive',
    sub: properties.get('SubState') ?? 'dead',
    enabled: properties.get('UnitFileState') ?? '',
  }
}

/** Reads `id -u; id -g; id -un; id -gn; umask` and the home folder, a line each. */
export function parseIdentity(answer: ExecResult): Identity {
  const [uid = '', gid = '', user = '', group = '', umask = '', home = ''] = answer.stdout
    .toString('utf8')
    .split('\n')
  return {
    uid: Number(uid),
    gid: Number(gid),
    user,
    group,
    umask: Number.parseInt(umask, 8),
    home,
  }
}

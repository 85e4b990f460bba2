// A host held in memory, from data: what golden cases stand on. It answers questions and makes no
// changes: an OverlayHost over it believes those. Not here: a shell; a script that no rule of the
// case answers is a mistake of the case.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type {
  Algorithm,
  ExecRequest,
  ExecResult,
  FileState,
  GroupState,
  Host,
  Identity,
  PackageState,
  UnitState,
  UserState,
} from '../../agent/src/host/host.ts'

export interface FileData {
  content?: string
  /** Instead of content, for what is no text. */
  base64?: string
  type?: FileState['type']
  target?: string
  mode?: string
  owner?: string
  group?: string
  inode?: number
  links?: number
  times?: number
}

/** What a script prints, by a pattern that its text matches. */
export interface Answer {
  match: string
  rc?: number
  stdout?: string
  stderr?: string
}

export interface HostData {
  me?: Partial<Identity>
  files?: Record<string, FileData>
  users?: Record<string, Partial<UserState>>
  groups?: Record<string, Partial<GroupState>>
  packages?: Record<string, string>
  /** The only programs that are there; every one when not given. */
  programs?: string[]
  /** Versions that apt could install. */
  candidates?: Record<string, string>
  units?: Record<string, Partial<UnitState>>
  sysctls?: Record<string, string>
  asks?: Answer[]
}

const ROOT: Identity = { user: 'root', group: 'root', uid: 0, gid: 0, umask: 0o022, home: '/root' }
const FOLDERS = [
  '/',
  '/etc',
  '/tmp',
  '/home',
  '/root',
  '/srv',
  '/usr',
  '/var',
  '/opt',
  '/etc/systemd',
  '/etc/systemd/system',
]

/** Every machine of Debian's has these, and answers so. */
const COMMON_ANSWERS: readonly Answer[] = [
  { match: String.raw`^\[ -d /run/systemd/system \]$` },
  { match: '^command -v apt-get$', stdout: '/usr/bin/apt-get\n' },
  { match: '^LC_ALL=C apt-cache showpkg', stdout: 'Reverse Provides: \n' },
]

export class MemoryHost implements Host {
  readonly name = 'memory'
  readonly isOverlay = false
  readonly #data: HostData
  readonly #paths = new Map<string, FileData>()

  constructor(data: HostData) {
    this.#data = data
    for (const path of FOLDERS) this.#paths.set(path, { type: 'directory' })
    for (const [path, file] of Object.entries(data.files ?? {})) {
      for (let at = posix.dirname(path); at !== '/'; at = posix.dirname(at)) {
        if (!this.#paths.has(at)) this.#paths.set(at, { type: 'directory' })
      }
      this.#paths.set(path, file)
    }
  }

  identity(): Promise<Identity> {
    return Promise.resolve({ ...ROOT, ...this.#data.me })
  }

  stat(path: string, options: { follow?: boolean } = {}): Promise<FileState | null> {
    const real = this.#resolve(path, options.follow === true)
    const file = this.#paths.get(real)
    if (file === undefined) return Promise.resolve(null)
    const state = this.#state(real, file)
    const clean = posix.normalize(path).replace(/(?<=.)\/$/, '')
    const reached = real === clean ? {} : { target: real }
    return Promise.resolve(options.follow === true ? { ...state, ...reached } : state)
  }

  read(path: string): Promise<Buffer | null> {
    const file = this.#paths.get(this.#resolve(path, true))
    return Promise.resolve(file === undefined ? null : contentOf(file))
  }

  async checksum(path: string, algorithm: Algorithm): Promise<string | null> {
    const content = await this.read(path)
    return content === null ? null : createHash(algorithm).update(content).digest('hex')
  }

  list(path: string): Promise<readonly string[]> {
    const real = this.#resolve(path, true)
    const names = [...this.#paths.keys()].filter((name) => posix.dirname(name) === real)
    return Promise.resolve(names.map((name) => posix.basename(name)).toSorted())
  }

  user(name: string): Promise<UserState | null> {
    const own = this.#data.users?.[name]
    const root = { uid: 0, gid: 0, home: '/root', shell: '/bin/bash', groups: ['root'] }
    const found = own ?? (name === 'root' ? root : undefined)
    if (found === undefined) return Promise.resolve(null)
    const base = { name, uid: 1000, gid: 1000, comment: '', home: `/home/${name}` }
    const rest = { shell: '/bin/sh', groups: [name], password: '!' }
    return Promise.resolve({ ...base, ...rest, ...found })
  }

  group(name: string): Promise<GroupState | null> {
    const found = this.#data.groups?.[name] ?? (name === 'root' ? { gid: 0 } : undefined)
    if (found === undefined) return Promise.resolve(null)
    return Promise.resolve({ name, gid: 1000, members: [], ...found })
  }

  packages(): Promise<ReadonlyMap<string, PackageState>> {
    const entries = Object.entries(this.#data.packages ?? {})
    return Promise.resolve(new Map(entries.map(([name, version]) => [name, { name, version }])))
  }

  unit(name: string): Promise<UnitState> {
    const bare = name.replace(/\.service$/, '')
    const found = this.#data.units?.[name] ?? this.#data.units?.[bare]
    const absent = { name, load: 'not-found', active: 'inactive', sub: 'dead', enabled: '' }
    if (found === undefined) return Promise.resolve(absent)
    return Promise.resolve({ ...absent, load: 'loaded', enabled: 'disabled', ...found })
  }

  sysctl(key: string): Promise<string | null> {
    return Promise.resolve(this.#data.sysctls?.[key] ?? null)
  }

  planned(): undefined {
    return undefined
  }

  isPlanned(): boolean {
    return false
  }

  plannedUnits(): ReadonlyMap<string, UnitState> {
    return new Map()
  }

  ask(script: string): Promise<ExecResult> {
    const link = /^readlink -m -- '?([^']*)'?$/.exec(script)?.[1]
    if (link !== undefined) return Promise.resolve(said(`${this.#resolve(link, true)}\n`))
    const answers = [...(this.#data.asks ?? []), ...COMMON_ANSWERS]
    const answer = answers.find(({ match }) => new RegExp(match).test(script))
    if (answer !== undefined) {
      return Promise.resolve(said(answer.stdout ?? '', answer.rc, answer.stderr))
    }
    const program = this.#program(script)
    if (program !== undefined) return Promise.resolve(program)
    if (script.includes('apt-cache policy')) return Promise.resolve(said(this.#policy(script)))
    return Promise.reject(new Error(`no answer to the script: ${script}`))
  }

  exec(request: ExecRequest): Promise<ExecResult> {
    return Promise.reject(new Error(`nothing is run in memory: ${JSON.stringify(request)}`))
  }

  apply(): Promise<ExecResult> {
    return Promise.reject(new Error('nothing is changed in memory'))
  }

  /** The answer to `command -v a || command -v b`. */
  #program(script: string): ExecResult | undefined {
    if (!/^command -v [\w./-]+( \|\| command -v [\w./-]+)*$/.test(script)) return undefined
    const names = script.split(' || ').map((word) => word.replace('command -v ', ''))
    const found = names.find((name) => this.#data.programs?.includes(name) ?? true)
    if (found === undefined) return said('', 1)
    return said(`${found.startsWith('/') ? found : `/usr/bin/${found}`}\n`)
  }

  #policy(script: string): string {
    const candidates = Object.entries(this.#data.candidates ?? {})
    return candidates
      .filter(([name]) => script.includes(name))
      .map(([name, version]) => `${name}:\n  Installed: (none)\n  Candidate: ${version}\n`)
      .join('')
  }

  /** The path with the links of its folders followed, and its own when asked. */
  #resolve(path: string, isFollowed: boolean): string {
    let at = '/'
    const parts = posix
      .normalize(path)
      .split('/')
      .filter((part) => part !== '')
    for (const [index, part] of parts.entries()) {
      at = posix.join(at, part)
      if (index === parts.length - 1 && !isFollowed) return at
      for (let count = 0; count < 40; count += 1) {
        const file = this.#paths.get(at)
        if (file?.target === undefined) break
        at = this.#resolve(posix.resolve(posix.dirname(at), file.target), false)
      }
    }
    return at
  }

  #state(path: string, file: FileData): FileState {
    const type = file.type ?? (file.target === undefined ? 'file' : 'link')
    const bits = { directory: '0755', link: '0777' }[type as string] ?? '0644'
    const owner = file.owner ?? 'root'
    const group = file.group ?? 'root'
    const user = owner === 'root' ? { uid: 0 } : this.#data.users?.[owner]
    const members = group === 'root' ? { gid: 0 } : this.#data.groups?.[group]
    return {
      type,
      mode: Number.parseInt(file.mode ?? bits, 8),
      uid: user?.uid ?? 1000,
      gid: members?.gid ?? 1000,
      owner,
      group,
      sizeBytes: type === 'directory' ? 4096 : contentOf(file).length,
      accessTime: file.times ?? 1_700_000_000,
      modifyTime: file.times ?? 1_700_000_000,
      changeTime: file.times ?? 1_700_000_000,
      inode: file.inode ?? [...this.#paths.keys()].indexOf(path) + 2,
      links: file.links ?? 1,
      device: 1,
      target: type === 'link' ? file.target : undefined,
    }
  }
}

function contentOf(file: FileData): Buffer {
  if (file.base64 !== undefined) return Buffer.from(file.base64, 'base64')
  return Buffer.from(file.content ?? '', 'utf8')
}

function said(stdout: string, rc = 0, stderr = ''): ExecResult {
  return { rc, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }
}

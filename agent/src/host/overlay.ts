// A predicted machine: questions are answered by what this run has planned so far, and else by the
// real machine underneath; changes are believed and never made. What cannot be known is Unknown:
// what an unrun command names, and what a planned package may bring. Not here: real changes.
import { createHash } from 'node:crypto'
import { dirname, posix } from 'node:path'
import { Unknown } from '../value/value.ts'
import type { Change, Effect } from './change.ts'
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
} from './host.ts'
import { PlannedPackages } from './packages.ts'
import { pathWord } from './quote.ts'
import { Taints, wordsOf } from './taint.ts'

interface FileEntry {
  readonly state: FileState | null
  readonly content: Buffer | Unknown | undefined
  /** Made by this run: nothing of the real machine lies beneath it. */
  readonly isNew: boolean
  readonly order: number
}

/** Links are followed this often, as Linux does. */
const LINKS_MAX = 40

/** Where files of units lie, the ones that win first. */
const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']

/** Programs that tell about units. */
const UNIT_PROGRAM = /^(?:\/(?:usr\/)?s?bin\/)?(?:systemctl|service|journalctl)$/

/** What has been planned for a machine so far; shared by all users that tasks become on it. */
export class OverlayState {
  readonly files = new Map<string, FileEntry>()
  readonly users = new Map<string, UserState | null>()
  readonly groups = new Map<string, GroupState | null>()
  readonly packages = new Map<string, PackageState | null>()
  readonly units = new Map<string, { readonly state: UnitState; readonly order: number }>()
  readonly sysctls = new Map<string, string>()
  /** States of modules' own, by the keys that they chose. */
  readonly states = new Map<string, string>()
  /** Real paths of folders, as the machine told them. */
  readonly folders = new Map<string, string>()
  readonly taints = new Taints()
  order = 0
}

export class OverlayHost implements Host {
  readonly name: string
  readonly isOverlay = true
  readonly #base: Host
  readonly #state: OverlayState

  constructor(base: Host, state: OverlayState = new OverlayState()) {
    this.#base = base
    this.#state = state
    this.name = base.name
  }

  identity(): Promise<Identity> {
    return this.#base.identity()
  }

  async stat(
    path: string,
    options: { follow?: boolean } = {},
  ): Promise<FileState | null | Unknown> {
    let at = path
    for (let count = 0; count < LINKS_MAX; count += 1) {
      const state = await this.#lookAt(await this.#canonical(at))
      if (options.follow !== true || state === null || state instanceof Unknown) return state
      if (state.type !== 'link' || state.target === undefined) {
        return at === path ? state : { ...state, target: at }
      }
      at = posix.resolve(dirname(at), state.target)
    }
    return null
  }

  async read(path: string): Promise<Buffer | null | Unknown> {
    const state = await this.stat(path, { follow: true })
    if (state === null || state instanceof Unknown) return state
    const real = await this.#canonical(state.target ?? path)
    const entry = this.#state.files.get(real)
    return entry?.content ?? this.#base.read(real)
  }

  async checksum(path: string, algorithm: Algorithm): Promise<string | null | Unknown> {
    const state = await this.stat(path, { follow: true })
    if (state === null || state instanceof Unknown) return state
    const real = await this.#canonical(state.target ?? path)
    const content = this.#state.files.get(real)?.content
    if (content === undefined) return this.#base.checksum(real, algorithm)
    if (content instanceof Unknown) return content
    return createHash(algorithm).update(content).digest('hex')
  }

  async list(path: string): Promise<readonly string[] | Unknown> {
    const folder = await this.#canonical(path)
    const entry = this.#state.files.get(folder)
    const below = entry?.isNew === true ? [] : await this.#base.list(folder)
    if (below instanceof Unknown) return below
    const names = new Set(below)
    for (const [file, { state }] of this.#state.files) {
      if (dirname(file) !== folder) continue
      if (state === null) names.delete(posix.basename(file))
      else names.add(posix.basename(file))
    }
    return [...names].toSorted()
  }

  async user(name: string): Promise<UserState | null | Unknown> {
    const planned = plannedIn(this.#state.users, 'uid', name)
    if (planned !== undefined) return planned
    return this.#believe(`the user ${name}`, name, await this.#base.user(name))
  }

  async group(name: string): Promise<GroupState | null | Unknown> {
    const planned = plannedIn(this.#state.groups, 'gid', name)
    if (planned !== undefined) return planned
    return this.#believe(`the group ${name}`, name, await this.#base.group(name))
  }

  async packages(): Promise<ReadonlyMap<string, PackageState> | Unknown> {
    const tainted = this.#state.taints.ofPackages()
    if (tainted !== undefined) return tainted
    const installed = await this.#base.packages()
    if (installed instanceof Unknown) return installed
    return new PlannedPackages(installed, this.#state.packages)
  }

  async unit(name: string): Promise<UnitState | Unknown> {
    const planned = this.#state.units.get(unitName(name))
    const tainted = this.#state.taints.ofAny(unitNames(name))
    if (planned !== undefined) {
      return tainted !== undefined && tainted.order > planned.order ? tainted.reason : planned.state
    }
    const state = await this.#base.unit(name)
    if (state instanceof Unknown || state.load !== 'not-found') return tainted?.reason ?? state
    return this.#plannedUnit(name, state)
  }

  async sysctl(key: string): Promise<string | null | Unknown> {
    return this.#state.sysctls.get(key) ?? this.#base.sysctl(key)
  }

  isPlanned(words: readonly string[]): boolean {
    const { files, users, groups, packages, units, sysctls, taints } = this.#state
    const paths = [...files.keys()]
    return words.some((word) => {
      if (users.has(word) || groups.has(word) || packages.has(word) || sysctls.has(word))
        return true
      if (units.has(unitName(word)) || taints.byWord(word) !== undefined) return true
      if (this.#unitFile(word) !== undefined) return true
      if (!word.startsWith('/')) return false
      const path = cleanPath(word)
      if (taints.byPath(path) ?? taints.byDescendant(path)) return true
      return paths.some((file) => isWithin(file, path) || isWithin(path, file))
    })
  }

  /** Whether the file itself is planned or in doubt, whatever is planned for the folders above. */
  isPlannedFile(path: string): boolean {
    const { files, taints } = this.#state
    return files.has(path) || taints.byPath(path) !== undefined
  }

  /** Whether this run has planned anything at all here. */
  get hasPlans(): boolean {
    return this.#state.order > 0
  }

  planned(key: string): string | undefined {
    return this.#state.states.get(key) ?? this.#base.planned(key)
  }

  plannedUnits(): ReadonlyMap<string, UnitState> {
    return new Map([
      ...this.#base.plannedUnits(),
      ...[...this.#state.units].map(([name, { state }]) => [name, state] as const),
    ])
  }

  ask(script: string, limitMs?: number): Promise<ExecResult> {
    return this.#base.ask(script, limitMs)
  }

  exec(request: ExecRequest): Promise<Unknown> {
    const what = request.argv?.[0] ?? 'the command'
    const text = request.script ?? request.argv?.join(' ') ?? ''
    const words = wordsOf(text, request.folder)
    // What systemd would say of a unit that this run writes is not what it says now.
    const unit = words.some((word) => UNIT_PROGRAM.test(word))
      ? words.map((word) => this.#unitFile(word)).find((file) => file !== undefined)
      : undefined
    const why = unit === undefined ? '' : `, and this run plans ${unit}`
    return Promise.resolve(new Unknown(`check mode does not run ${what}${why}`, this.name))
  }

  async apply(change: Change): Promise<Unknown> {
    for (const effect of change.effects) {
      // A path may lead through links: what is believed stands at the place where it really is.
      const isPath = effect.kind === 'file' || effect.kind === 'absent'
      this.#believeEffect(isPath ? { ...effect, path: await this.#realPath(effect.path) } : effect)
    }
    return new Unknown(`planned: ${change.summary}`, this.name)
  }

  #believeEffect(effect: Effect): void {
    this.#state.order += 1
    switch (effect.kind) {
      case 'file': {
        const known = this.#state.files.get(effect.path)
        this.#state.files.set(effect.path, {
          state: effect.state,
          content: effect.content ?? known?.content,
          isNew: known?.isNew ?? effect.state.inode === 0,
          order: this.#state.order,
        })
        break
      }
      case 'absent':
        for (const file of this.#state.files.keys()) {
          if (file.startsWith(`${effect.path}/`)) this.#state.files.delete(file)
        }
        this.#state.files.set(effect.path, {
          state: null,
          content: undefined,
          isNew: true,
          order: this.#state.order,
        })
        break
      case 'user':
        this.#state.users.set(effect.name, effect.state)
        break
      case 'group':
        this.#state.groups.set(effect.name, effect.state)
        break
      case 'package':
        this.#state.packages.set(effect.name, effect.state)
        break
      case 'unit':
        this.#state.units.set(unitName(effect.name), {
          state: effect.state,
          order: this.#state.order,
        })
        break
      case 'sysctl':
        this.#state.sysctls.set(effect.key, effect.value)
        break
      case 'state':
        this.#state.states.set(effect.key, effect.value)
        break
      case 'taint':
        this.#state.taints.add(effect.words, effect.reason, this.#state.order)
        break
    }
  }

  async #lookAt(path: string): Promise<FileState | null | Unknown> {
    const entry = this.#state.files.get(path)
    const tainted = this.#state.taints.byPath(path)
    if (entry !== undefined) {
      return tainted !== undefined && tainted.order > entry.order ? tainted.reason : entry.state
    }
    if (tainted !== undefined) return tainted.reason
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      if (this.#state.files.get(above)?.isNew === true) return null
    }
    const state = await this.#base.stat(path)
    if (state !== null) return state
    return this.#state.taints.byDescendant(path) ?? this.#mayCome(`the file ${path}`, path)
  }

  /** The path with the links of its folders followed, planned ones and real ones. */
  async #canonical(path: string): Promise<string> {
    // Without any plan the machine follows its links by itself.
    return this.#state.files.size === 0 ? cleanPath(path) : this.#realPath(path)
  }

  async #realPath(path: string): Promise<string> {
    const clean = cleanPath(path)
    if (!clean.startsWith('/')) return clean
    const folder = dirname(clean)
    let real = this.#state.folders.get(folder)
    if (real === undefined) {
      const answer = await this.#base.ask(`readlink -m -- ${pathWord(folder)}`)
      real = answer.rc === 0 ? answer.stdout.toString('utf8').replace(/\n$/, '') : folder
      this.#state.folders.set(folder, real)
    }
    return this.#throughPlannedLinks(posix.join(real, posix.basename(clean)), 0)
  }

  #throughPlannedLinks(path: string, depth: number): string {
    if (depth > LINKS_MAX) return path
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      const state = this.#state.files.get(above)?.state
      if (state?.type === 'link' && state.target !== undefined) {
        const target = posix.resolve(dirname(above), state.target)
        return this.#throughPlannedLinks(target + path.slice(above.length), depth + 1)
      }
    }
    return path
  }

  /** A unit whose file this run has planned is loaded and, so far, neither enabled nor running. */
  #plannedUnit(name: string, notFound: UnitState): UnitState | Unknown {
    const file = this.#unitFile(name)
    const tainted = this.#state.taints.ofAny(unitNames(name))
    const { order = 0, content } = this.#state.files.get(file ?? '') ?? {}
    if (file !== undefined && (tainted === undefined || tainted.order < order)) {
      const text = content instanceof Buffer ? content.toString('utf8') : '[Install]'
      const enabled = text.includes('[Install]') ? 'disabled' : 'static'
      return { name, load: 'loaded', active: 'inactive', sub: 'dead', enabled }
    }
    return tainted?.reason ?? this.#mayCome(`the unit ${name}`, undefined) ?? notFound
  }

  /** The file of a unit, where this run writes it. */
  #unitFile(name: string): string | undefined {
    return UNIT_FOLDERS.map((folder) => `${folder}/${unitName(name)}`).find(
      (path) => (this.#state.files.get(path)?.state ?? null) !== null,
    )
  }

  #believe<T>(what: string, word: string, state: T | null): T | null | Unknown {
    const tainted = this.#state.taints.byWord(word)
    if (tainted !== undefined) return tainted
    return state ?? this.#mayCome(what, undefined)
  }

  /** What is absent now may come with a package that this run would install. */
  #mayCome(what: string, path: string | undefined): Unknown | null {
    if (path !== undefined && /^\/(tmp|home|root|run|proc|sys|dev)(\/|$)/.test(path)) return null
    const planned = [...this.#state.packages].filter(([, state]) => state !== null)
    if (planned.length === 0) return null
    const names = planned.map(([name]) => name).join(', ')
    return new Unknown(`${what} may come with the package ${names}`, this.name)
  }
}

/** A planned account or group by its name, or by its number, as getent takes both. */
function plannedIn<K extends 'uid' | 'gid', T extends Readonly<Record<K, unknown>>>(
  planned: ReadonlyMap<string, T | null>,
  field: K,
  name: string,
): T | null | undefined {
  const known = planned.get(name)
  // Null is one that is removed.
  if (known !== undefined || !/^\d+$/.test(name)) return known
  const all = [...planned.values()]
  return all.find((state) => state !== null && state[field] === Number(name))
}

/** The full name of a unit; a service may go without its ending. */
function unitName(name: string): string {
  return /\.\w+$/.test(name) ? name : `${name}.service`
}

/** What commands call a unit. */
function unitNames(name: string): string[] {
  const full = unitName(name)
  return [full, full.replace(/\.service$/, '')]
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '')
}

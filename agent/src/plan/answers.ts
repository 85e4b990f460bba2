// A machine that notes what it is asked and what it answers, in words short enough for a plan: what
// a plan rests on. Times, inodes and sizes are left out, for they move without anything having been
// decided by them; whatever they do decide shows in the changes. Not here: comparing (moved.ts).
import type { Change } from '../host/change.ts'
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
} from '../host/host.ts'
import { Unknown } from '../value/value.ts'
import { AskedPackages, packageWords } from './askedpackages.ts'
import { canonical, digest, sealed, shortDigest } from './digest.ts'
import { type Secrecy, withoutPrivate } from './private.ts'
import { NONE, SHOWN_CHARS_MAX } from './shape.ts'

/** Takes a question and its answer. */
export type Note = (question: string, answer: string) => void

/** A clock answers anew each time. */
const CLOCK = /^(LC_ALL=C )?date /

export class AskedHost implements Host {
  readonly #host: Host
  readonly #note: Note
  readonly #isHidden: boolean
  readonly #isSecret: Secrecy

  /** `isHidden`: neither questions nor answers may be read from the notes. */
  constructor(host: Host, note: Note, isHidden: boolean, isSecret: Secrecy) {
    this.#isSecret = isSecret
    this.#host = host
    this.#isHidden = isHidden
    this.#note = isHidden ? (question, answer) => note(secretly(question), sealed(answer)) : note
  }

  get name(): string {
    return this.#host.name
  }

  get isOverlay(): boolean {
    return this.#host.isOverlay
  }

  async identity(): Promise<Identity> {
    const own = await this.#host.identity()
    this.#note('identity', `${own.user}:${own.group} umask ${own.umask.toString(8)} ${own.home}`)
    return own
  }

  async stat(path: string, options: { follow?: boolean } = {}) {
    const state = await this.#host.stat(path, options)
    const question = options.follow === true ? `followed path ${path}` : `path ${path}`
    this.#noted(question, state, fileWords)
    return state
  }

  async read(path: string) {
    const content = await this.#host.read(path)
    this.#noted(`content of ${path}`, content, (bytes) => {
      const isSecret = this.#isHidden || this.#isSecret(bytes.toString('utf8'))
      const sum = isSecret ? sealed(digest(bytes)).slice(0, 12) : shortDigest(bytes)
      return `${bytes.length} bytes, sha256 ${sum}`
    })
    return content
  }

  async checksum(path: string, algorithm: Algorithm) {
    const sum = await this.#host.checksum(path, algorithm)
    this.#noted(`${algorithm} of ${path}`, sum, (hex) => hex)
    return sum
  }

  async list(path: string) {
    const names = await this.#host.list(path)
    this.#noted(`names in ${path}`, names, (all) => listWords(all))
    return names
  }

  async user(name: string) {
    const state = await this.#host.user(name)
    this.#noted(`user ${name}`, state, userWords)
    return state
  }

  async group(name: string) {
    const state = await this.#host.group(name)
    this.#noted(`group ${name}`, state, groupWords)
    return state
  }

  async packages(): Promise<ReadonlyMap<string, PackageState> | Unknown> {
    const installed = await this.#host.packages()
    if (installed instanceof Unknown) return installed
    return new AskedPackages(
      installed,
      (name, state) => this.#note(`package ${name}`, packageWords(state)),
      () => this.#note('all packages', `${installed.size}, ${packagesDigest(installed)}`),
    )
  }

  async unit(name: string) {
    const state = await this.#host.unit(name)
    this.#noted(`unit ${name}`, state, unitWords)
    return state
  }

  async sysctl(key: string) {
    const value = await this.#host.sysctl(key)
    this.#noted(`sysctl ${key}`, value, (text) => withoutPrivate(text))
    return value
  }

  planned(key: string): string | undefined {
    return this.#host.planned(key)
  }

  plannedUnits(): ReadonlyMap<string, UnitState> {
    return this.#host.plannedUnits()
  }

  isPlanned(words: readonly string[]): boolean {
    return this.#host.isPlanned(words)
  }

  async ask(script: string, limitMs?: number): Promise<ExecResult> {
    const answer = await this.#host.ask(script, limitMs)
    if (!CLOCK.test(script)) this.#note(`question ${scriptWords(script)}`, execWords(answer))
    return answer
  }

  async exec(request: ExecRequest): Promise<ExecResult | Unknown> {
    const answer = await this.#host.exec(request)
    const text = request.argv?.slice(-1).join(' ') ?? request.script ?? ''
    const { argv, script, stdin, folder } = request
    const whole = canonical({ argv, script, stdin, folder })
    this.#noted(`command ${scriptWords(text, whole)}`, answer, execWords)
    return answer
  }

  apply(change: Change, environment?: Readonly<Record<string, string>>) {
    return this.#host.apply(change, environment)
  }

  #noted<T>(question: string, answer: T | null | Unknown, words: (known: T) => string): void {
    if (answer instanceof Unknown) return
    this.#note(question, answer === null ? NONE : words(answer))
  }
}

function secretly(question: string): string {
  return `hidden by no_log ${sealed(question).slice(0, 12)}`
}

function fileWords(state: FileState): string {
  const target = state.target === undefined ? '' : ` to ${state.target}`
  const mode = state.mode.toString(8).padStart(4, '0')
  return `${state.type} ${mode} ${text(state.owner)}:${text(state.group)}${target}`
}

function userWords(state: UserState): string {
  const { uid, gid, comment, home, shell, groups, password, aging } = state
  const groupNames = groups.length === 0 ? 'no groups' : `groups ${groups.join(',')}`
  const secret = password === undefined ? '' : `, password ${sealed(password).slice(0, 12)}`
  const ages = aging === undefined ? '' : `, ages ${canonical(aging)}`
  const name = comment === '' ? '' : `, ${comment}`
  return `${text(uid)}:${text(gid)}, ${shell}, ${home}, ${groupNames}${name}${secret}${ages}`
}

function groupWords({ gid, members }: GroupState): string {
  return `${text(gid)}${members.length === 0 ? '' : `, ${members.join(',')}`}`
}

function unitWords({ load, active, enabled }: UnitState): string {
  return [load, active, enabled].filter((word) => word !== '').join(', ')
}

function listWords(names: readonly string[]): string {
  const all = names.join(', ')
  if (all.length <= SHOWN_CHARS_MAX) return names.length === 0 ? 'empty' : all
  return `${names.length} names, ${shortDigest(names.join('\0'))}`
}

function packagesDigest(installed: ReadonlyMap<string, PackageState>): string {
  const lines = [...installed].map(([name, { version }]) => `${name} ${version}`)
  return shortDigest(lines.toSorted().join('\n'))
}

/** Times as find prints them move by looking. */
const FILE_TIME = /\b\d{9,10}\.\d{9,10}\b/g

function execWords({ rc, stdout }: ExecResult): string {
  const said = shortDigest(stdout.toString('latin1').replace(FILE_TIME, 'time'))
  return `exit code ${rc}, ${stdout.length} bytes, sha256 ${said}`
}

/** A script by its first words, and by a digest of all of it. */
function scriptWords(script: string, whole = script): string {
  const line = withoutPrivate(script).replace(/\s+/g, ' ').trim().slice(0, SHOWN_CHARS_MAX)
  return `${shortDigest(whole)} ${line}`
}

function text(value: string | number | Unknown): string {
  return value instanceof Unknown ? '?' : String(value)
}

// A machine that is asked about a file only once while a module makes up its mind: on a long line
// every question costs a round trip. For one probe, in which nothing is changed; a command or a
// change makes it forget. Not here: what is kept from task to task, which is nothing.
import { createHash } from 'node:crypto'
import { Unknown } from '../value/value.ts'
import type { Change } from './change.ts'
import type { Algorithm, ExecRequest, FileState, Host } from './host.ts'

type Stat = ReturnType<Host['stat']>

export class RememberingHost implements Host {
  readonly #host: Host
  readonly #own = new Map<string, Stat>()
  readonly #followed = new Map<string, Stat>()
  readonly #contents = new Map<string, ReturnType<Host['read']>>()
  readonly #checksums = new Map<string, ReturnType<Host['checksum']>>()

  constructor(host: Host) {
    this.#host = host
  }

  get name(): string {
    return this.#host.name
  }

  get isOverlay(): boolean {
    return this.#host.isOverlay
  }

  identity() {
    return this.#host.identity()
  }

  stat(path: string, options: { follow?: boolean } = {}): Stat {
    const isFollowed = options.follow === true
    const [same, other] = isFollowed ? [this.#followed, this.#own] : [this.#own, this.#followed]
    return once(same, path, async () => {
      const state = await other.get(path)
      const isTold = isNoLink(state) || (isFollowed && state === null)
      return isTold ? state : this.#host.stat(path, options)
    })
  }

  read(path: string) {
    return once(this.#contents, path, () => this.#host.read(path))
  }

  checksum(path: string, algorithm: Algorithm) {
    return once(this.#checksums, `${algorithm} ${path}`, async () => {
      const content = await this.#contents.get(path)
      if (content === undefined) return this.#host.checksum(path, algorithm)
      if (!Buffer.isBuffer(content)) return content
      return createHash(algorithm).update(content).digest('hex')
    })
  }

  list(path: string) {
    return this.#host.list(path)
  }

  user(name: string) {
    return this.#host.user(name)
  }

  group(name: string) {
    return this.#host.group(name)
  }

  packages() {
    return this.#host.packages()
  }

  unit(name: string) {
    return this.#host.unit(name)
  }

  sysctl(key: string) {
    return this.#host.sysctl(key)
  }

  planned(key: string) {
    return this.#host.planned(key)
  }

  plannedUnits() {
    return this.#host.plannedUnits()
  }

  isPlanned(words: readonly string[]) {
    return this.#host.isPlanned(words)
  }

  ask(script: string, limitMs?: number) {
    return this.#host.ask(script, limitMs)
  }

  exec(request: ExecRequest) {
    this.#forget()
    return this.#host.exec(request).finally(() => this.#forget())
  }

  apply(change: Change, environment?: Readonly<Record<string, string>>) {
    this.#forget()
    return this.#host.apply(change, environment).finally(() => this.#forget())
  }

  #forget(): void {
    this.#own.clear()
    this.#followed.clear()
    this.#contents.clear()
    this.#checksums.clear()
  }
}

/** Whether this is told of what the path itself names, however it was asked for. */
function isNoLink(state: FileState | null | Unknown | undefined): state is FileState {
  if (state === undefined || state === null || state instanceof Unknown) return false
  return state.type !== 'link' && state.target === undefined
}

function once<T>(answers: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(key)
  if (known !== undefined) return known
  const answer = ask()
  answers.set(key, answer)
  return answer
}

// The shells of one host: one for each user that tasks become, opened when first needed, replaced
// when a command may have left a writer behind, and ended with everything they started. Not here:
// how streams come to be (ssh.ts, local.ts).
import { ClusterError } from '../errors.ts'
import { quoteWord } from './quote.ts'
import type { ShellSource } from './real.ts'
import { endSession } from './scripts.ts'
import { Shell, type ShellAnswer } from './shell.ts'
import type { Become, Transport } from './transport.ts'

/** sudo may ask a directory service; a shell that is not there after this is not coming. */
const SHELL_START_LIMIT_MS = 30_000

/** Between SIGTERM and SIGKILL when a session is ended. */
const END_GRACE_SECONDS = 1

export class Session implements ShellSource {
  readonly #transport: Transport
  readonly #become: Become | undefined
  #shell: Promise<Shell> | undefined
  readonly #retired: Shell[] = []

  constructor(transport: Transport, become: Become | undefined) {
    this.#transport = transport
    this.#become = become
  }

  async run(script: string, limitMs: number): Promise<ShellAnswer> {
    this.#shell ??= this.#open()
    const opening = this.#shell
    try {
      const shell = await opening
      return await shell.run(script, limitMs)
    } catch (error) {
      // A shell that failed is not asked again: the next task gets a fresh one, or the same error.
      if (this.#shell === opening) this.#shell = undefined
      if (error instanceof ClusterError && error.code === 'TIMEOUT') await this.#end(opening)
      throw error
    }
  }

  retire(): void {
    const opening = this.#shell
    this.#shell = undefined
    void opening?.then((shell) => this.#retired.push(shell)).catch(() => undefined)
  }

  /** Ends every process that was started here and has not left the session. */
  async endAll(): Promise<void> {
    const opening = this.#shell
    this.#shell = undefined
    if (opening !== undefined) await this.#end(opening)
  }

  close(): void {
    for (const shell of this.#retired.splice(0)) shell.close()
    void this.#shell?.then((shell) => shell.close()).catch(() => undefined)
    this.#shell = undefined
  }

  async #open(): Promise<Shell> {
    const streams = await this.#transport.openShell(shellCommand(this.#become))
    const shell = new Shell(streams)
    if (this.#become?.password !== undefined) streams.stdin.write(`${this.#become.password}\n`)
    try {
      await shell.start(SHELL_START_LIMIT_MS)
    } catch (error) {
      const said = shell.lastWords()
      shell.close()
      if (this.#become === undefined) throw error
      throw new ClusterError(
        'BECOME',
        `cannot become ${this.#become.user}${said === '' ? '' : `: ${said}`}`,
        { hint: becomeHint(this.#become), cause: error },
      )
    }
    return shell
  }

  async #end(opening: Promise<Shell>): Promise<void> {
    const shell = await opening.catch(() => undefined)
    if (shell?.sessionId === undefined) return
    const killer = await this.#open().catch(() => undefined)
    await killer?.run(endSession(shell.sessionId, END_GRACE_SECONDS), 10_000).catch(() => undefined)
    killer?.close()
    shell.close()
  }
}

function shellCommand(become: Become | undefined): string {
  if (become === undefined) return 'exec /bin/sh'
  const user = quoteWord(become.user)
  switch (become.method) {
    case 'sudo':
      return become.password === undefined
        ? `exec sudo -H -n -u ${user} -- /bin/sh`
        : `exec sudo -H -S -p '' -u ${user} -- /bin/sh`
    case 'doas':
      return `exec doas -n -u ${user} -- /bin/sh`
    case 'su':
      return `exec su -s /bin/sh -c /bin/sh -- ${user}`
  }
}

function becomeHint(become: Become): string {
  if (become.method !== 'sudo') return `check that the login account may use ${become.method}`
  return become.password === undefined
    ? 'give the account sudo without a password, or pass the password with -K'
    : 'check the password and the sudoers rules of the login account'
}

// The shells of one host: one for each user that tasks become, opened when first needed, replaced
// when a command may have left a writer behind, and ended with everything they started. Not here:
// how streams come to be (ssh.ts, local.ts).
import { ClusterError } from '../errors.ts'
import { randomToken } from '../sys/random.ts'
import { judgeLease, type LeaseWish, leaseLimitMs, leaseScript } from './lease.ts'
import { quoteWord } from './quote.ts'
import type { ShellSource } from './real.ts'
import { endSession } from './scripts.ts'
import { Shell, type ShellAnswer } from './shell.ts'
import type { Become, Transport } from './transport.ts'

/** sudo may ask a directory service; a shell that is not there after this is not coming. */
const SHELL_START_LIMIT_MS = 30_000

/** Between SIGTERM and SIGKILL when a session is ended. */
const END_GRACE_SECONDS = 1

export interface SessionLease {
  readonly wish: LeaseWish
  /** Called when the host cannot be held: it has no flock, or no place for the file. */
  readonly onNone: () => void
  /** Called when the host is held by this session, whatever held it before. */
  readonly onHeld?: () => void
}

export class Session implements ShellSource {
  readonly #transport: Transport
  readonly #become: Become | undefined
  readonly #lease: SessionLease | undefined
  #shell: Promise<Shell> | undefined
  /** The shell once it is there: what is still being opened is not waited for at the end. */
  #opened: Shell | undefined
  #isOver = false
  readonly #retired: Shell[] = []

  constructor(transport: Transport, become: Become | undefined, lease?: SessionLease) {
    this.#transport = transport
    this.#become = become
    this.#lease = lease
  }

  async run(script: string, limitMs: number | undefined): Promise<ShellAnswer> {
    this.#refuseWhenOver()
    this.#shell ??= this.#openFirst()
    const opening = this.#shell
    try {
      const shell = await opening
      this.#refuseWhenOver()
      return await shell.run(script, limitMs)
    } catch (error) {
      // A shell that failed is not asked again: the next task gets a fresh one, or the same error.
      if (this.#shell === opening) this.#shell = undefined
      if (error instanceof ClusterError && error.code === 'TIMEOUT') await this.#end()
      else if (this.#shell === undefined) this.#opened = undefined
      throw error
    }
  }

  #refuseWhenOver(): void {
    if (!this.#isOver) return
    throw new ClusterError('UNREACHABLE', 'the run was interrupted', {
      hint: 'start it again: what was done stays done',
    })
  }

  retire(): void {
    const opening = this.#shell
    this.#shell = undefined
    this.#opened = undefined
    void opening?.then((shell) => this.#retired.push(shell)).catch(() => undefined)
  }

  /** Ends every process that was started here and has not left the session; others may follow. */
  async endRunning(): Promise<void> {
    this.#shell = undefined
    await this.#end()
  }

  /** As `endRunning`, and nothing is started here any more. */
  async endAll(): Promise<void> {
    this.#isOver = true
    await this.endRunning()
  }

  close(): void {
    for (const shell of this.#retired.splice(0)) shell.close()
    void this.#shell?.then((shell) => shell.close()).catch(() => undefined)
    this.#shell = undefined
  }

  async #openFirst(): Promise<Shell> {
    // A retired shell is kept to the end, and the lease with it.
    const shell = await this.#open(this.#lease, this.#retired.length === 0)
    this.#opened = shell
    return shell
  }

  async #open(lease?: SessionLease, isFollowing = true): Promise<Shell> {
    const mark = randomToken(12)
    const streams = await this.#transport.openShell(shellCommand(this.#become, mark))
    const shell = new Shell(streams)
    const password = this.#become?.password
    if (password !== undefined) streams.stdin.write(`${password}\n${mark}\n`)
    try {
      await Promise.all([shell.start(SHELL_START_LIMIT_MS), hold(shell, lease, isFollowing)])
    } catch (error) {
      const said = shell.lastWords()
      shell.close()
      if (this.#become === undefined || isHeld(error)) throw error
      throw new ClusterError(
        'BECOME',
        `cannot become ${this.#become.user}${said === '' ? '' : `: ${said}`}`,
        { hint: becomeHint(this.#become), cause: error },
      )
    }
    return shell
  }

  /** Retired shells are left alone: their commands were done, and what they left was meant. */
  async #end(): Promise<void> {
    const shell = this.#opened
    this.#opened = undefined
    if (shell?.sessionId === undefined) return
    // Closed first: a shell whose script is ended then goes by itself, and its traps run.
    shell.close()
    const killer = await this.#open().catch(() => undefined)
    await killer?.run(endSession(shell.sessionId, END_GRACE_SECONDS), 10_000).catch(() => undefined)
    killer?.close()
  }
}

function isHeld(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'LEASE'
}

/** Asked behind the shell's first question, before that is answered. */
async function hold(
  shell: Shell,
  lease: SessionLease | undefined,
  isFollowing: boolean,
): Promise<void> {
  if (lease === undefined) return
  const limitMs = SHELL_START_LIMIT_MS + leaseLimitMs(lease.wish)
  const script = leaseScript(lease.wish, isFollowing)
  if (judgeLease(await shell.run(script, limitMs))) lease.onHeld?.()
  else lease.onNone()
}

/**
 * Where sudo or su asks for no password, the shell would read it as a command: it is passed over,
 * up to the mark. A user name that starts with a dash is a name all the same.
 */
function shellCommand(become: Become | undefined, mark: string): string {
  if (become === undefined) return 'exec /bin/sh'
  const user = quoteWord(become.user)
  const passOver = `while read -r l && [ "$l" != ${mark} ]; do :; done; exec /bin/sh`
  const shell = become.password === undefined ? '/bin/sh' : `/bin/sh -c ${quoteWord(passOver)}`
  const program = quoteWord(become.program ?? become.method)
  const isSudo = become.method === 'sudo'
  const flags = (become.flags ?? (isSudo ? ['-H'] : [])).map((flag) => `${quoteWord(flag)} `)
  const start = `exec ${program} ${flags.join('')}`
  switch (become.method) {
    case 'sudo':
      return become.password === undefined
        ? `${start}-n -u ${user} -- ${shell}`
        : `${start}-S -p '' -u ${user} -- ${shell}`
    case 'doas':
      return `${start}-n -u ${user} -- ${shell}`
    case 'su':
      return `${start}-s /bin/sh -c ${quoteWord(shell)} -- ${user}`
  }
}

function becomeHint(become: Become): string {
  if (become.method !== 'sudo') return `check that the login account may use ${become.method}`
  return become.password === undefined
    ? 'check become_user; give the account sudo without a password, or pass the password with -K'
    : 'check become_user, the password, and the sudoers rules of the login account'
}

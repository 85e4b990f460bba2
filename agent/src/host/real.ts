// A real machine behind a Shell: questions become one line of the preamble's functions, answers
// are parsed here. Not here: prediction (overlay.ts) and transport (ssh.ts, local.ts).
import { ClusterError } from '../errors.ts'
import { systemClock } from '../sys/clock.ts'
import type { Change } from './change.ts'
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
import { LEASE_CLOSED } from './lease.ts'
import {
  parseGroup,
  parseIdentity,
  parsePackages,
  parseStat,
  parseUnit,
  parseUser,
} from './parse.ts'
import { exportLines, pathWord, quoteWord, quoteWords } from './quote.ts'
import type { ShellAnswer } from './shell.ts'

/** A question that does not run a task's own command answers within this, or the host is ill. */
const QUESTION_LIMIT_MS = 60_000

/** A shell that is ended in between takes the upload with it. */
const UPLOAD_BEGIN = `cos_upload=$(umask 077; mktemp "\${TMPDIR:-/tmp}/.cluster-os.XXXXXXXX") &&
trap 'rm -f -- "$cos_upload"' EXIT && trap 'exit 143' HUP TERM`
const UPLOAD_END = 'rm -f -- "$cos_upload"; trap - EXIT HUP TERM'

/** What the host is asked through: one shell, found again when it had to be replaced. */
export interface ShellSource {
  run(script: string, limitMs: number | undefined): Promise<ShellAnswer>
  /** The next script gets a fresh shell: the last command may have left a writer behind. */
  retire(): void
}

export class RealHost implements Host {
  readonly name: string
  readonly isOverlay = false
  readonly #shell: ShellSource
  #identity: Promise<Identity> | undefined

  constructor(shell: ShellSource, name: string) {
    this.name = name
    this.#shell = shell
  }

  identity(): Promise<Identity> {
    this.#identity ??= this.ask('id -u; id -g; id -un; id -gn; umask; printf %s "$HOME"').then(
      parseIdentity,
    )
    return this.#identity
  }

  async stat(path: string, options: { follow?: boolean } = {}): Promise<FileState | null> {
    const how = options.follow === true ? 'follow' : 'self'
    const answer = await this.ask(`cos_stat ${how} ${pathWord(path)}`)
    return parseStat(path, answer)
  }

  async read(path: string): Promise<Buffer | null> {
    const answer = await this.ask(`LC_ALL=C cat < ${pathWord(path)}`)
    if (answer.rc === 0) return answer.stdout
    if (isAbsence(answer)) return null
    throw refusal(`cannot read ${path}`, answer)
  }

  async checksum(path: string, algorithm: Algorithm): Promise<string | null> {
    const answer = await this.ask(`LC_ALL=C ${algorithm}sum < ${pathWord(path)}`)
    if (answer.rc === 0) return answer.stdout.toString('latin1').split(' ')[0] ?? ''
    if (isAbsence(answer)) return null
    throw refusal(`cannot read ${path}`, answer)
  }

  async list(path: string): Promise<readonly string[]> {
    const answer = await this.ask(`LC_ALL=C ls -A -1 -- ${pathWord(path)}`)
    if (answer.rc !== 0 && !isAbsence(answer)) throw refusal(`cannot list ${path}`, answer)
    return answer.stdout
      .toString('utf8')
      .split('\n')
      .filter((name) => name !== '')
  }

  async user(name: string): Promise<UserState | null> {
    const word = quoteWord(name)
    const answer = await this.ask(
      `LC_ALL=C getent passwd -- ${word} && { getent shadow -- ${word} || echo; } && id -Gn -- ${word}`,
    )
    return parseUser(answer)
  }

  async group(name: string): Promise<GroupState | null> {
    return parseGroup(await this.ask(`LC_ALL=C getent group -- ${quoteWord(name)}`))
  }

  async packages(): Promise<ReadonlyMap<string, PackageState>> {
    const format = '${Package} ${Version} ${db:Status-Abbrev}\\n'
    return parsePackages(await this.ask(`LC_ALL=C dpkg-query -W -f '${format}'`))
  }

  async unit(name: string): Promise<UnitState> {
    const properties = 'LoadState,ActiveState,SubState,UnitFileState'
    const answer = await this.ask(`LC_ALL=C systemctl show -p ${properties} -- ${quoteWord(name)}`)
    if (answer.rc !== 0) throw refusal(`cannot ask systemd about ${name}`, answer)
    return parseUnit(name, answer)
  }

  async sysctl(key: string): Promise<string | null> {
    const path = `/proc/sys/${key.replaceAll('.', '/')}`
    const answer = await this.ask(`LC_ALL=C cat < ${pathWord(path)}`)
    return answer.rc === 0 ? answer.stdout.toString('utf8').trim().replaceAll(/\s+/g, ' ') : null
  }

  planned(): undefined {
    return undefined
  }

  plannedUnits(): ReadonlyMap<string, UnitState> {
    return new Map()
  }

  isPlanned(): boolean {
    return false
  }

  ask(script: string, limitMs: number = QUESTION_LIMIT_MS): Promise<ExecResult> {
    return this.#shell.run(script, limitMs)
  }

  async exec(request: ExecRequest): Promise<ExecResult> {
    const script = execScript(request)
    const startMs = systemClock.wall()
    const result = await this.#shell.run(script, request.limitMs)
    if (mayLeaveWriter(request)) this.#shell.retire()
    return { ...result, times: { startMs, endMs: systemClock.wall() } }
  }

  async apply(
    change: Change,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ExecResult> {
    const script = changeScript(change, environment)
    const run = (): Promise<ShellAnswer> => this.#shell.run(script, change.limitMs)
    if (change.upload === undefined) return accepted(change, await run())
    return this.#withUpload(change, change.upload, async () => accepted(change, await run()))
  }

  /** Sends a large content in pieces, each with room in a shell's memory, and then acts on it. */
  async #withUpload<T>(change: Change, content: Buffer, act: () => Promise<T>): Promise<T> {
    const pieceBytes = 192 * 1024
    const create = await this.#shell.run(UPLOAD_BEGIN, QUESTION_LIMIT_MS)
    if (create.rc !== 0) throw refusal('no room for an upload', create)
    try {
      for (let start = 0; start < content.length; start += pieceBytes) {
        const end = Math.min(start + pieceBytes, content.length)
        const piece = content.toString('base64', start, end)
        const sent = await this.#shell.run(
          `base64 -d >> "$cos_upload" <<'COS_END'\n${piece}\nCOS_END`,
          QUESTION_LIMIT_MS,
        )
        if (sent.rc !== 0) throw refusal(`upload failed: ${change.summary}`, sent)
      }
      return await act()
    } finally {
      await this.#shell.run(UPLOAD_END, QUESTION_LIMIT_MS).catch(() => undefined)
    }
  }
}

/** `cannot open` alone is none: dash says so too of a file that may not be read. */
function isAbsence(answer: ShellAnswer): boolean {
  return /no such file|not a directory/i.test(answer.stderr.toString('latin1'))
}

function refusal(message: string, answer: ShellAnswer): ClusterError {
  const said = answer.stderr.toString('utf8').trim()
  return new ClusterError('HOST_STATE', said === '' ? message : `${message}: ${said}`, {
    hint: 'check permissions, or set become: true',
  })
}

function accepted(change: Change, answer: ShellAnswer): ExecResult {
  if (answer.rc === 0) return answer
  const said = answer.stderr.toString('utf8').trim()
  throw new ClusterError(
    'TASK_FAILED',
    `${change.summary}: ${said === '' ? `exit code ${answer.rc}` : said}`,
  )
}

/** The subshell in which a change is made. */
export function changeScript(
  change: Change,
  environment: Readonly<Record<string, string>>,
): string {
  const lines = [`exec ${LEASE_CLOSED}`, ...exportLines(environment), change.script]
  return `( ${lines.join('\n')}\n)`
}

/** The subshell in which a task's command runs, with the login's own PATH. */
export function execScript(request: ExecRequest): string {
  const lines = [`exec ${LEASE_CLOSED}`, 'PATH=$COS_LOGIN_PATH']
  if (request.umask !== undefined) lines.push(`umask ${request.umask.toString(8)}`)
  lines.push(...exportLines(request.environment ?? {}))
  if (request.folder !== undefined) lines.push(`cd -- ${pathWord(request.folder)} || exit 1`)
  const argv = request.argv ?? [request.shell ?? '/bin/sh', '-c', request.script ?? '']
  const stdin = request.stdin === undefined ? '' : `printf %s ${quoteWord(request.stdin)} | `
  // Without `exec` on the left of a pipe the exit code is still that of the last command.
  lines.push(stdin === '' ? `exec ${quoteWords(argv)}` : `${stdin}${quoteWords(argv)}`)
  return `( ${lines.join('\n')}\n)`
}

/**
 * Whether a command may leave a process behind that still writes to our streams: a lone `&`, or a
 * program known to detach. The marks keep its words out of later answers only between questions.
 */
function mayLeaveWriter(request: ExecRequest): boolean {
  const text = request.script ?? request.argv?.join(' ') ?? ''
  return /(?<![&>|\\])&(?![&>\d])|\b(nohup|setsid|daemon|disown)\b/.test(text)
}

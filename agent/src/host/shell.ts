// One persistent /bin/sh, spoken to through its standard streams: each script is sent at once, its
// answer is found between two marks that nobody else knows, and scripts may be sent ahead of
// answers. Not here: how the streams come to be (ssh.ts, local.ts) and what is said (scripts.ts).
import type { Readable, Writable } from 'node:stream'
import { ClusterError } from '../errors.ts'
import { type Clock, systemClock } from '../sys/clock.ts'
import { randomToken } from '../sys/random.ts'
import { PREAMBLE } from './scripts.ts'

/** The standard streams of a process that runs /bin/sh, and word of its end. */
export interface ShellStreams {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves when the process or its connection has gone. */
  readonly ended: Promise<{ reason: string }>
  close(): void
}

export interface ShellAnswer {
  readonly rc: number
  readonly stdout: Buffer
  readonly stderr: Buffer
}

interface Pending {
  readonly mark: string
  /** Starts the clock: what stands behind others in the queue has not begun. */
  readonly begin: () => void
  readonly resolve: (answer: ShellAnswer) => void
  readonly reject: (error: Error) => void
  rc: number | undefined
  stdout: Buffer | undefined
  stderr: Buffer | undefined
}

/** A mark and the line it stands on are shorter than this. */
const MARK_WINDOW_BYTES = 128

/** Collects one stream and cuts out what stands between the marks of the oldest question. */
class MarkedStream {
  readonly #secret: string
  #chunks: Buffer[] = []
  #tail: Buffer = Buffer.alloc(0)
  /** Whether a mark may have come since the last look; a long output is joined only then. */
  #hasNewMark = false

  constructor(secret: string) {
    this.#secret = secret
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    const window = Buffer.concat([this.#tail, chunk])
    this.#hasNewMark ||= window.includes(this.#secret)
    this.#tail = window.subarray(Math.max(0, window.length - MARK_WINDOW_BYTES))
  }

  rest(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  /** The bytes between the two marks and the line that follows the second, once all is there. */
  take(mark: string): { body: Buffer; line: string } | undefined {
    if (!this.#hasNewMark) return undefined
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    this.#hasNewMark = false
    const begin = all.indexOf(`${mark}<\n`)
    if (begin < 0) return undefined
    const bodyStart = begin + mark.length + 2
    const end = all.indexOf(`${mark}>`, bodyStart)
    const lineEnd = end < 0 ? -1 : all.indexOf(10, end)
    if (lineEnd < 0) return undefined
    const rest = all.subarray(lineEnd + 1)
    this.#chunks = [rest]
    this.#hasNewMark = rest.includes(this.#secret)
    const line = all.toString('latin1', end + mark.length + 1, lineEnd)
    return { body: all.subarray(bodyStart, end), line }
  }
}

export class Shell {
  readonly #streams: ShellStreams
  readonly #clock: Clock
  readonly #queue: Pending[] = []
  readonly #secret = randomToken(12)
  readonly #out = new MarkedStream(this.#secret)
  readonly #err = new MarkedStream(this.#secret)
  #questions = 0
  #ended: string | undefined
  /** Session id of the remote shell, by which everything it started can be ended. */
  sessionId: number | undefined

  constructor(streams: ShellStreams, clock: Clock = systemClock) {
    this.#streams = streams
    this.#clock = clock
    streams.stdout.on('data', (chunk: Buffer) => this.#receive(this.#out, chunk))
    streams.stderr.on('data', (chunk: Buffer) => this.#receive(this.#err, chunk))
    streams.stdin.on('error', () => undefined)
    void streams.ended.then(({ reason }) => this.#end(reason))
  }

  /** Sends the preamble; rejects when no shell answers within `limitMs`. */
  async start(limitMs: number): Promise<void> {
    const answer = await this.run(PREAMBLE, limitMs)
    const sessionId = Number.parseInt(answer.stdout.toString('latin1').trim(), 10)
    if (answer.rc !== 0 || !(sessionId > 0)) {
      throw new ClusterError('HOST_STATE', 'the remote shell did not start as /bin/sh', {
        hint: 'the login account needs a POSIX /bin/sh and a mounted /proc',
      })
    }
    this.sessionId = sessionId
  }

  /**
   * Runs a script of complete commands, which must not leave the shell. Answers come in the order
   * of the questions. Rejects with TIMEOUT after `limitMs` (the script may still be running: the
   * caller ends the session) and with UNREACHABLE when the shell goes away.
   */
  run(script: string, limitMs: number | undefined): Promise<ShellAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#gone(this.#ended))
    this.#questions += 1
    const mark = `${this.#secret}.${this.#questions}.`
    return new Promise((resolve, reject) => {
      let cancel: (() => void) | undefined
      this.#queue.push({
        mark,
        begin: () => {
          if (limitMs === undefined) return
          cancel ??= this.#clock.after(limitMs, () => reject(late(limitMs)))
        },
        resolve: (answer) => {
          cancel?.()
          resolve(answer)
        },
        reject: (error) => {
          cancel?.()
          reject(error)
        },
        rc: undefined,
        stdout: undefined,
        stderr: undefined,
      })
      this.#queue[0]?.begin()
      this.#streams.stdin.write(frame(mark, script))
    })
  }

  /** What came on standard error and answered no question: why a shell did not start. */
  lastWords(): string {
    return this.#err.rest().toString('utf8').trim()
  }

  /** Its script ends, and traps run, once what it does now is over or has been ended. */
  close(): void {
    this.#end('closed by us')
    this.#streams.close()
  }

  #receive(stream: MarkedStream, chunk: Buffer): void {
    stream.push(chunk)
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (first.stdout === undefined) {
        const taken = this.#out.take(first.mark)
        if (taken !== undefined) {
          first.stdout = taken.body
          first.rc = Number.parseInt(taken.line, 10)
        }
      }
      first.stderr ??= this.#err.take(first.mark)?.body
      if (first.stdout === undefined || first.stderr === undefined) return
      this.#queue.shift()
      this.#queue[0]?.begin()
      first.resolve({ rc: first.rc ?? -1, stdout: first.stdout, stderr: first.stderr })
    }
  }

  #gone(reason: string): ClusterError {
    return new ClusterError('UNREACHABLE', `connection lost: ${reason}`, {
      hint: 'check that the host is up and that its sshd accepts the account',
    })
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    for (const pending of this.#queue.splice(0)) pending.reject(this.#gone(reason))
  }
}

function late(limitMs: number): ClusterError {
  return new ClusterError('TIMEOUT', `no answer within ${Math.round(limitMs / 1000)} s`, {
    hint: 'the command was ended; see what keeps the host busy',
  })
}

function frame(mark: string, script: string): string {
  return (
    `printf '${mark}<\\n'; printf '${mark}<\\n' >&2\n` +
    `{ ${script}\n} </dev/null\n` +
    `printf '${mark}>%d\\n' $?; printf '${mark}>\\n' >&2\n`
  )
}

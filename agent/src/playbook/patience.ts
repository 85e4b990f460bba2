// The time that a task may take on a host: a clock that stands still while the task waits for other
// hosts, which is no fault of its own. Not here: the limit of a single command (host/shell.ts).
import { ClusterError } from '../errors.ts'
import type { Clock } from '../sys/clock.ts'

export class Patience {
  readonly #clock: Clock
  readonly #limitMs: number
  #leftMs: number
  #sinceMs: number | undefined
  #cancel: (() => void) | undefined
  #fail: ((error: Error) => void) | undefined

  /** Without a limit it never ends. */
  constructor(clock: Clock, limitMs: number | undefined) {
    this.#clock = clock
    this.#limitMs = limitMs ?? Number.POSITIVE_INFINITY
    this.#leftMs = this.#limitMs
  }

  /** As `work`, or TIMEOUT when it takes longer; the caller then ends what it had started. */
  async limit<T>(work: () => Promise<T>): Promise<T> {
    const exceeded = new Promise<never>((_, reject) => {
      this.#fail = reject
    })
    this.#start()
    try {
      return await Promise.race([work(), exceeded])
    } finally {
      this.#stop()
    }
  }

  /** Waits for others without growing impatient. */
  async rest<T>(wait: () => Promise<T>): Promise<T> {
    this.#stop()
    try {
      return await wait()
    } finally {
      this.#start()
    }
  }

  /** Throws TIMEOUT once the time is up: what was given up on must not change anything later. */
  check(): void {
    if (this.#leftMs <= 0) throw this.#exceeded()
  }

  #start(): void {
    if (this.#limitMs === Number.POSITIVE_INFINITY) return
    this.#sinceMs = this.#clock.now()
    this.#cancel = this.#clock.after(this.#leftMs, () => {
      this.#leftMs = 0
      this.#fail?.(this.#exceeded())
    })
  }

  #stop(): void {
    this.#cancel?.()
    if (this.#sinceMs === undefined) return
    if (this.#leftMs > 0) this.#leftMs -= this.#clock.now() - this.#sinceMs
    this.#sinceMs = undefined
  }

  #exceeded(): ClusterError {
    return new ClusterError('TIMEOUT', `the task took longer than ${this.#limitMs / 1000} s`, {
      hint: 'what it had started was ended; raise the time with `timeout:` or --task-timeout',
    })
  }
}

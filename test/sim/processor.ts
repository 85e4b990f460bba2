// Cores that all simulated processes share: whatever a process handles takes its time and waits for
// a core and for what the process did before. So a machine that is short of time can be simulated.
// Not here: what is handled (world.ts).

export interface ProcessorOptions {
  readonly cores: number
  /** What a process takes to start, for a datagram, and for a timer that is due. */
  readonly startMs: number
  readonly datagramMs: number
  readonly wakeMs: number
}

/** A socket holds no more datagrams that wait to be read. */
const WAITING_MOST = 2000

export class Processor {
  readonly #freeAtMs: number[]
  readonly #busyUntilMs = new Map<object, number>()
  readonly #waiting = new Map<object, number>()

  constructor({ cores }: ProcessorOptions) {
    this.#freeAtMs = Array.from({ length: cores }, () => 0)
  }

  /** When work that has come to a process is done; undefined when it holds too much already. */
  take(process: object, nowMs: number, costMs: number): number | undefined {
    const waiting = this.#waiting.get(process) ?? 0
    if (waiting >= WAITING_MOST) return undefined
    this.#waiting.set(process, waiting + 1)
    const core = this.#freeAtMs.indexOf(Math.min(...this.#freeAtMs))
    const freeMs = Math.max(nowMs, this.#freeAtMs[core] ?? 0)
    const endMs = Math.max(freeMs, this.#busyUntilMs.get(process) ?? 0) + costMs
    this.#freeAtMs[core] = freeMs + costMs
    this.#busyUntilMs.set(process, endMs)
    return endMs
  }

  done(process: object): void {
    this.#waiting.set(process, (this.#waiting.get(process) ?? 1) - 1)
  }
}

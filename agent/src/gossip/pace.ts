// How fast the network and this process are: round trips, lost tries, and whether we stood still.
// Not here: health of the machine, which the agent measures (daemon/).
import { GAP_MS, SUSPICION_LEAST_MS, TILT_MS } from './config.ts'

/** Weight of the newest measurement; as TCP's estimate of round trips (RFC 6298). */
const GAIN = 1 / 8
const HOP_DELAY_MS = 10
const PATIENCE_MOST_MS = 5000
/** One more round of news is needed where more than this share of datagrams is lost. */
const LOSS_MATTERS = 0.02
const ROUND_MS = 200

export class Pace {
  #roundTripMs = 1
  #deviationMs = 1
  /** Share of tries that had no answer. */
  #loss = 0
  #lastMs: number | undefined
  #tiltedUntilMs = Number.NEGATIVE_INFINITY

  /** Of one try, however late: a machine that is short of time is told from one that is gone. */
  answered(roundTripMs: number): void {
    this.#loss += GAIN * (0 - this.#loss) * 0.5
    this.#deviationMs += GAIN * (Math.abs(roundTripMs - this.#roundTripMs) - this.#deviationMs)
    this.#roundTripMs += GAIN * (roundTripMs - this.#roundTripMs)
  }

  lost(): void {
    this.#loss += GAIN * (1 - this.#loss) * 0.5
  }

  /** Told of every input: a long silence means that this process did not run. */
  passed(nowMs: number, dueMs: number | undefined): void {
    const wasDueMs = dueMs ?? nowMs
    const lateMs = nowMs - Math.max(wasDueMs, this.#lastMs ?? wasDueMs)
    if (this.#lastMs !== undefined && lateMs > GAP_MS) this.#tiltedUntilMs = nowMs + TILT_MS
    this.#lastMs = nowMs
  }

  isTilted(nowMs: number): boolean {
    return nowMs < this.#tiltedUntilMs
  }

  get tiltedUntilMs(): number {
    return this.#tiltedUntilMs
  }

  /** How long answers may take: as TCP's timeout (RFC 6298), and twice that, as all are slow. */
  get patienceMs(): number {
    return Math.min(2 * (this.#roundTripMs + 4 * this.#deviationMs), PATIENCE_MOST_MS)
  }

  /** From an accusation to death: twice the time that news take through a cluster of this size. */
  windowMs(members: number): number {
    const hops = Math.ceil(Math.log(Math.max(members, 2)) / Math.log(4)) + 2
    const hopMs = HOP_DELAY_MS + this.#roundTripMs / 2 + 2 * this.#deviationMs
    const roundsMs = this.#loss > LOSS_MATTERS ? ROUND_MS * 2 : 0
    return Math.max(SUSPICION_LEAST_MS, 2 * (hops * hopMs + roundsMs))
  }
}

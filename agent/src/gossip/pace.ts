// How fast the network and this process are: round trips, lost tries, and whether we stood still.
// Not here: health of the machine, which the agent measures (daemon/).
import type { NodeId } from '../wire/id.ts'
import { GAP_MS, PROBE_TIMEOUT_MS, SUSPICION_LEAST_MS, TILT_MS } from './config.ts'

/** Weight of the newest measurement; as TCP's estimate of round trips (RFC 6298). */
const GAIN = 1 / 8
const HOP_DELAY_MS = 10
const SLOWNESS_MOST = 20
/** Before so many answers nobody knows how slow others are. */
const ANSWERS_FEW = 8
const SLOWNESS_UNKNOWN = 3
/** Members whose newest answers are looked at together. */
const MEMBERS_SEEN = 8
/** What is left of being behind after each input. */
const BEHIND_DECAY = 0.9
/** One more round of news is needed where more than this share of datagrams is lost. */
const LOSS_MATTERS = 0.02
const ROUND_MS = 200

export class Pace {
  #roundTripMs = 1
  #deviationMs = 1
  /** Share of tries that had no answer. */
  #loss = 0
  #answers = 0
  /** Round trips by member, the newest last. */
  readonly #newest = new Map<NodeId, number>()
  /** How late what was due has been done lately. */
  #behindMs = 0
  #lastMs: number | undefined
  #tiltedUntilMs = Number.NEGATIVE_INFINITY

  /**
   * Of one try, however late: a machine that is short of time is told from one that is gone. What
   * most members do counts: one that stood still says nothing of the others.
   */
  answered(by: NodeId, lastMs: number): void {
    this.#answers++
    this.#loss += GAIN * (0 - this.#loss) * 0.5
    const roundTripMs = this.#middleOf(by, lastMs)
    const deviationMs = Math.abs(roundTripMs - this.#roundTripMs)
    // Answers that become fast are no reason to wait longer: as in the TCP of Linux.
    const isFaster = roundTripMs < this.#roundTripMs - this.#deviationMs
    this.#deviationMs += (isFaster ? GAIN / 8 : GAIN) * (deviationMs - this.#deviationMs)
    this.#roundTripMs += (isFaster ? 2 * GAIN : GAIN) * (roundTripMs - this.#roundTripMs)
  }

  /** The middle one of the newest answers of several members; of two the faster. */
  #middleOf(by: NodeId, roundTripMs: number): number {
    this.#newest.delete(by)
    this.#newest.set(by, roundTripMs)
    const oldest = this.#newest.keys().next().value
    if (this.#newest.size > MEMBERS_SEEN && oldest !== undefined) this.#newest.delete(oldest)
    const inOrder = [...this.#newest.values()].toSorted((a, b) => a - b)
    return inOrder[Math.floor((inOrder.length - 1) / 2)] ?? roundTripMs
  }

  lost(): void {
    this.#loss += GAIN * (1 - this.#loss) * 0.5
  }

  /** Told of every input: a long silence means that this process did not run. */
  passed(nowMs: number, dueMs: number | undefined): void {
    const wasDueMs = dueMs ?? nowMs
    this.#behindMs = Math.max(nowMs - wasDueMs, this.#behindMs * BEHIND_DECAY)
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

  /**
   * How many times longer than usual answers may take: as TCP's timeout says (RFC 6298), twice, as
   * the way back is as slow; and as far as this process itself is behind.
   */
  get slowness(): number {
    const answersMs = 2 * (this.#roundTripMs + 4 * this.#deviationMs)
    const least = this.#answers < ANSWERS_FEW ? SLOWNESS_UNKNOWN : this.ownSlowness
    return Math.min(Math.max(answersMs / PROBE_TIMEOUT_MS, least), SLOWNESS_MOST)
  }

  /** How many times less often this process should ask, as it is behind with what it has to do. */
  get ownSlowness(): number {
    return Math.min(Math.max((4 * this.#behindMs) / PROBE_TIMEOUT_MS, 1), SLOWNESS_MOST)
  }

  /** From an accusation to death: twice the time that news take through a cluster of this size. */
  windowMs(members: number): number {
    const hops = Math.ceil(Math.log(Math.max(members, 2)) / Math.log(4)) + 2
    const hopMs = HOP_DELAY_MS + this.#roundTripMs / 2 + 2 * this.#deviationMs
    const roundsMs = this.#loss > LOSS_MATTERS ? ROUND_MS * 2 : 0
    return Math.max(SUSPICION_LEAST_MS, 2 * (hops * hopMs + roundsMs))
  }
}

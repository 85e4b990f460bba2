// Whether very much is new here, as when a whole room is switched on: then news go in steps, papers
// that can wait do so, and answers may take longer. Not here: what each part does about it.
import { STORM_MS, stormFrom } from './config.ts'
import type { Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'

/** Twice as many as make a storm among most members. */
const NOTED_MOST = 2048

export class Storm {
  readonly #runtime: Runtime
  readonly #roster: Roster
  /** When the newest were noted, enough of them to tell a storm. */
  readonly #newestMs: number[] = []
  /** When each slot of news was last noted there, the oldest first. */
  readonly #notedMs = new Map<string, number>()

  constructor(runtime: Runtime, roster: Roster) {
    this.#runtime = runtime
    this.#roster = roster
  }

  isOn(): boolean {
    const first = this.#newestMs[this.#newestMs.length - stormFrom(this.#roster.count())]
    return first !== undefined && this.#runtime.moment.nowMs - first < STORM_MS
  }

  /** Something is new in a slot; each once in a while: who says much of itself is no storm. */
  note(slot: string): void {
    const { nowMs } = this.#runtime.moment
    if (nowMs - (this.#notedMs.get(slot) ?? Number.NEGATIVE_INFINITY) < STORM_MS) return
    this.#notedMs.delete(slot)
    this.#notedMs.set(slot, nowMs)
    this.#newestMs.push(nowMs)
    if (this.#newestMs.length <= NOTED_MOST) return
    this.#newestMs.splice(0, NOTED_MOST / 2)
    for (const old of [...this.#notedMs.keys()].slice(0, NOTED_MOST / 2)) {
      this.#notedMs.delete(old)
    }
  }
}

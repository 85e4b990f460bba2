// How much counts that only ever grow have grown in the last minutes: what went wrong once, at boot
// perhaps, is not wrong for ever. Not here: what is counted (gossip/traffic.ts, sys/udp.ts).
import type { Clock } from '../sys/clock.ts'

/** Some ten beacons of each node around (BEACON_INTERVAL_MS). */
export const RECENT_MS = 5 * 60_000
/** Between samples; so many more or less the minutes are. */
const APART_MS = 30_000

type Counts = ReadonlyMap<string, number>

export class Recent {
  readonly #clock: Clock
  readonly #read: () => Counts
  /** Oldest first; the first is the last one that is older than the minutes, once one is. */
  readonly #samples: { readonly atMs: number; readonly counts: Counts }[] = []

  constructor(clock: Clock, read: () => Counts) {
    this.#clock = clock
    this.#read = read
  }

  /** To be called from time to time, more often than samples are apart. */
  note(): void {
    const atMs = this.#clock.now()
    const last = this.#samples.at(-1)
    if (last !== undefined && atMs - last.atMs < APART_MS) return
    this.#samples.push({ atMs, counts: new Map(this.#read()) })
    while ((this.#samples[1]?.atMs ?? atMs) <= atMs - RECENT_MS) this.#samples.shift()
  }

  counts(): Record<string, number> {
    const untilMs = this.#clock.now() - RECENT_MS
    const before = this.#samples.findLast(({ atMs }) => atMs <= untilMs)?.counts
    const grown = [...this.#read()].map(([name, count]): [string, number] => [
      name,
      count - (before?.get(name) ?? 0),
    ])
    return Object.fromEntries(grown.filter(([, count]) => count > 0))
  }
}

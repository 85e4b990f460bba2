// A network of datagrams with every fault as a named option. Who may hear whom is decided when a
// datagram is sent; when it arrives is drawn then too. Not here: time (world.ts) and when faults
// begin and end (nemesis.ts).
import type { Dice } from '../../agent/src/gossip/dice.ts'

export interface NetworkOptions {
  /** Share of datagrams lost, of each way. */
  readonly loss: number
  readonly delayLeastMs: number
  /** Exponential beyond the least; reorders what is sent close together. */
  readonly delayMeanMs: number
  /** Share of datagrams that arrive twice. */
  readonly duplicates: number
  /** Share of datagrams of which one bit is turned. */
  readonly corruption: number
}

export const QUIET: NetworkOptions = {
  loss: 0,
  delayLeastMs: 0.1,
  delayMeanMs: 0.2,
  duplicates: 0,
  corruption: 0,
}

/** Nothing waits in a network for longer. */
const DELAY_MOST_MS = 3000

export class Network {
  options: NetworkOptions
  readonly #dice: Dice
  /** Ways that are cut, as `from>to`. */
  readonly #cut = new Set<string>()
  /** More loss for what some nodes receive or send. */
  readonly deaf = new Map<number, number>()
  readonly mute = new Map<number, number>()

  constructor(options: NetworkOptions, dice: Dice) {
    this.options = options
    this.#dice = dice
  }

  /** Delays after which a datagram arrives, each with its bytes; none when it is lost. */
  ways(from: number, to: number, bytes: Uint8Array): { delayMs: number; bytes: Uint8Array }[] {
    if (this.#cut.has(`${from}>${to}`)) return []
    const { loss, duplicates, corruption } = this.options
    const kept = (1 - loss) * (1 - (this.mute.get(from) ?? 0)) * (1 - (this.deaf.get(to) ?? 0))
    if (kept < 1 && this.#dice.fraction() >= kept) return []
    const arrivals = [{ delayMs: this.#delayMs(), bytes }]
    if (duplicates > 0 && this.#dice.fraction() < duplicates) {
      arrivals.push({ delayMs: this.#delayMs(), bytes })
    }
    if (corruption > 0 && this.#dice.fraction() < corruption) {
      const turned = new Uint8Array(bytes)
      const at = this.#dice.below(turned.length)
      turned[at] = (turned[at] as number) ^ (1 << this.#dice.below(8))
      arrivals.push({ delayMs: this.#delayMs(), bytes: turned })
      arrivals.shift()
    }
    return arrivals
  }

  cut(from: number, to: number): void {
    this.#cut.add(`${from}>${to}`)
  }

  /** Two groups that do not hear each other. */
  split(a: readonly number[], b: readonly number[]): void {
    for (const one of a) {
      for (const other of b) {
        this.cut(one, other)
        this.cut(other, one)
      }
    }
  }

  heal(): void {
    this.#cut.clear()
    this.deaf.clear()
    this.mute.clear()
  }

  #delayMs(): number {
    const { delayLeastMs, delayMeanMs } = this.options
    const drawn = -Math.log(1 - this.#dice.fraction()) * delayMeanMs
    return Math.min(delayLeastMs + drawn, DELAY_MOST_MS)
  }
}

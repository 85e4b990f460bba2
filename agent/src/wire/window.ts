// Which counters were seen, so that a datagram counts once: the sliding window of RFC 6479, in a
// ring of words. Not here: for which sender and epoch a window is.

const WINDOW = 1024
const WORD_BITS = 32
/** One word more than the window fills, as its ends seldom lie on the ends of words. */
const WORDS = WINDOW / WORD_BITS + 1

export class ReplayWindow {
  readonly #words = new Uint32Array(WORDS)
  /** The highest counter seen; -1 before the first. */
  #highest = -1

  /**
   * Marks a counter (u32) and says whether it was new; what is 1,024 or more behind the highest is
   * not. Only what opened is marked, or a forger could push the window on.
   */
  take(counter: number): boolean {
    if (counter <= this.#highest - WINDOW) return false
    if (counter > this.#highest) this.#moveTo(counter)
    const word = Math.floor(counter / WORD_BITS) % WORDS
    const bit = 1 << (counter % WORD_BITS)
    const before = this.#words[word] ?? 0
    this.#words[word] = before | bit
    return (before & bit) === 0
  }

  /** Clears the words that come into the window. */
  #moveTo(counter: number): void {
    const from = Math.floor(this.#highest / WORD_BITS)
    const to = Math.floor(counter / WORD_BITS)
    for (let word = Math.max(from + 1, to - WORDS + 1); word <= to; word++) {
      this.#words[word % WORDS] = 0
    }
    this.#highest = counter
  }
}

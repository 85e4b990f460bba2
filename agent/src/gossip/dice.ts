// Chance for the core: a seeded sequence, so that a run can be repeated. It picks whom to ask; no
// secret hangs on it. Not here: randomness of the system (sys/random.ts), which salts come from.

/** xoshiro128** of Blackman and Vigna (public domain), seeded by splitmix32. */
export class Dice {
  readonly #state: Uint32Array

  constructor(seed: number) {
    this.#state = new Uint32Array(4)
    let x = seed >>> 0
    for (let index = 0; index < 4; index++) {
      x = (x + 0x9e3779b9) >>> 0
      let z = x
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      this.#state[index] = z ^ (z >>> 16)
    }
  }

  /** 32 bits. */
  next(): number {
    const s = this.#state as unknown as [number, number, number, number]
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotate(s[3], 11)
    return result
  }

  /** In [0, 1). */
  fraction(): number {
    return this.next() / 2 ** 32
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** Up to `count` different items, in random order; the list stays as it is. */
  pick<T>(items: readonly T[], count: number): T[] {
    const wanted = Math.min(count, items.length)
    if (wanted * 2 >= items.length) return this.shuffled(items).slice(0, wanted)
    const taken = new Set<number>()
    while (taken.size < wanted) taken.add(this.below(items.length))
    return [...taken].map((index) => items[index] as T)
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items]
    for (let index = result.length - 1; index > 0; index--) {
      const other = this.below(index + 1)
      const item = result[index] as T
      result[index] = result[other] as T
      result[other] = item
    }
    return result
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

// A measure that is told only once it has stayed the same for a while, as each word of a node's
// health goes to the whole cluster. Not here: measuring (vitals.ts).
import { isDeepStrictEqual } from 'node:util'

export class Steady<T> {
  readonly #times: number
  #told: T | undefined
  /** As it was measured last, and how often so in a row. */
  #measured: T | undefined
  #count = 0

  /** `times`: how often in a row a new value must be measured before it is told. */
  constructor(times: number) {
    this.#times = times
  }

  /** The last value that was measured, told or not. */
  get measured(): T | undefined {
    return this.#measured
  }

  /** Takes a measure and gives what is told; the first is told at once. */
  take(value: T): T {
    this.#count = isDeepStrictEqual(value, this.#measured) ? this.#count + 1 : 1
    this.#measured = value
    const told = this.#told === undefined || this.#count >= this.#times ? value : this.#told
    this.#told = told
    return told
  }
}

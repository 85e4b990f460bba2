// What came out of vaults, so that it can be taken out of everything that is printed. Not here:
// no_log, which hides a result as a whole (output/).
import { repr } from '../value/python.ts'

/** Shorter texts would take ordinary words out of the output with them. */
const SECRET_LENGTH_MIN = 8

export const HIDDEN = '<vault secret>'

export class Secrets {
  readonly #texts = new Set<string>()
  #pattern: RegExp | undefined

  /** Remembers a text: each of its lines, and how JSON and Python spell them. */
  add(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const bare = line.trim()
      if (bare.length < SECRET_LENGTH_MIN) continue
      this.#texts.add(bare).add(JSON.stringify(bare).slice(1, -1))
      // Python escapes single quotes only beside double ones.
      this.#texts.add(repr(bare).slice(1, -1)).add(repr(`"${bare}`).slice(2, -1))
      this.#pattern = undefined
    }
  }

  /** The text with every secret in it replaced. */
  hide(text: string): string {
    if (this.#texts.size === 0) return text
    this.#pattern ??= new RegExp(
      [...this.#texts]
        .toSorted((a, b) => b.length - a.length)
        .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    )
    return text.replace(this.#pattern, HIDDEN)
  }
}

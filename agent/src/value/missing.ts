// What was not found, with the names that were there, so that an error can offer the nearest one.
import type { Position } from '../errors.ts'
import { Undefined } from './value.ts'

/** An Undefined that remembers what was asked and which names would have been right. */
export class Missing extends Undefined {
  readonly wanted: string
  readonly known: () => Iterable<string>

  constructor(
    message: string,
    origin: Position | undefined,
    wanted: string,
    known: () => Iterable<string>,
  ) {
    super(message, origin)
    this.wanted = wanted
    this.known = known
  }

  get hint(): string | undefined {
    const near = nearest(this.wanted, this.known())
    return near === undefined ? undefined : `did you mean '${near}'?`
  }
}

/** A variable that is there and needs what is not: it is told where the missing name stands. */
export class Needy extends Undefined {
  readonly hint: string | undefined

  constructor(message: string, origin: Position | undefined, hint: string | undefined) {
    super(message, origin)
    this.hint = hint
  }

  /** As it is told where `name` is used, which may be a variable again. */
  usedBy(name: string, { file, line, column }: Position): Needy {
    const use = `${name} needs it and is used at ${file}:${line}:${column}`
    const hint = this.hint === undefined ? use : `${this.hint}; ${use}`
    return new Needy(this.message, this.origin, hint)
  }
}

/** The name closest to `wanted` by edit distance, when one is close enough to be a slip. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  const limit = wanted.length <= 3 ? 1 : Math.ceil(wanted.length / 3)
  let best: string | undefined
  let bestDistance = limit + 1
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue
    const distance = editDistance(wanted, name)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

// Damerau-Levenshtein with adjacent swaps (optimal string alignment), rows kept one at a time.
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + cost,
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      }
      row.push(least)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}

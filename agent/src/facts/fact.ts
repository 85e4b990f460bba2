// The shape of a fact, and how its answers are read. Not here: the facts themselves, a file for each
// family.
import type { Value } from '../value/value.ts'

export interface Fact {
  /** Whether the fact's script gives a variable of this name. */
  readonly gives: (name: string) => boolean
  /** Belongs to the subset of this name (`min`, `hardware`, `network`, `virtual`). */
  readonly subset: string
  /** For /bin/sh; prints text. */
  readonly script: string
  /** Variables by their full names; a pure function of what was printed. */
  readonly parse: (printed: string) => Record<string, Value>
}

/** Reads `key=value` lines. */
export function readPairs(printed: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const line of printed.split('\n')) {
    const cut = line.indexOf('=')
    if (cut > 0) pairs.set(line.slice(0, cut), line.slice(cut + 1))
  }
  return pairs
}

export function oneOf(...names: readonly string[]): (name: string) => boolean {
  const known = new Set(names)
  return (name) => known.has(name)
}

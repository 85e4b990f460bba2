// The shape of a fact, and how its answers are read. Not here: the facts themselves, a file for
// each family.
import type { Value } from '../value/value.ts'

export interface Fact {
  /** Whether the fact's script gives a variable of this name. */
  readonly gives: (name: string) => boolean
  /** Belongs to the subset of this name (`min`, `hardware`, `network`, `virtual`). */
  readonly subset: string
  /** For /bin/sh; prints text. */
  readonly script: string
  /** A folder that others fill: what a run is about to put there cannot be told beforehand. */
  readonly folder?: string
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

/** The parts of an answer between lines `== name`, each without its last newline. */
export function readParts(printed: string): Map<string, string> {
  const parts = new Map<string, string>()
  for (const part of printed.split(/^== /m).slice(1)) {
    const cut = part.indexOf('\n')
    parts.set(part.slice(0, cut), part.slice(cut + 1).replace(/\n$/, ''))
  }
  return parts
}

/** A script whose answer `readParts` reads. */
export function partsScript(scripts: Readonly<Record<string, string>>): string {
  return Object.entries(scripts)
    .map(([name, script]) => `echo; echo '== ${name}'; ${script}`)
    .join('\n')
}

export function dictOf(entries: Readonly<Record<string, Value>>): Value {
  return new Map<Value, Value>(Object.entries(entries))
}

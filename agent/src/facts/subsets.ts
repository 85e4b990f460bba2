// The words of gather_subset: which facts they ask for, whole subsets or parts of them. Not here:
// the facts themselves.
import type { Fact } from './fact.ts'

export const SUBSETS = ['min', 'hardware', 'network', 'virtual']

/** Ansible's words for parts of subsets, where they are no names of facts. */
const PARTS: Readonly<Record<string, string>> = {
  caps: 'min',
  chroot: 'min',
  local: 'min',
  platform: 'min',
  ssh_host_pub_keys: 'min',
  ssh_pub_keys: 'min',
  devices: 'hardware',
  dmi: 'hardware',
  iscsi: 'network',
  nvme: 'network',
  facter: 'min',
  ohai: 'min',
}

/** Parts whose facts bear their names, so that they are told apart from their subset. */
function isAlone(word: string): boolean {
  return word === 'local' || !Object.hasOwn(PARTS, word)
}

export class Subsets {
  readonly #facts: readonly Fact[]
  readonly #named: readonly string[]
  readonly #out: ReadonlySet<string>

  constructor(words: readonly string[], facts: readonly Fact[]) {
    this.#facts = facts
    this.#named = words.filter((word) => !word.startsWith('!'))
    this.#out = new Set(words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)))
  }

  /** A word that names no subset and no part of one. */
  get odd(): string | undefined {
    return [...this.#named, ...this.#out].find((word) => this.#subsetOf(word) === undefined)
  }

  asks({ subset }: Fact): boolean {
    const isNamed = this.#named.some((word) => this.#subsetOf(word) === subset)
    if (this.#out.has(subset)) return isNamed
    const isAll = this.#named.length === 0 || this.#named.includes('all')
    // `min` is always there, as in Ansible, unless it is named with `!`.
    return isNamed || subset === 'min' || (isAll && !this.#out.has('all'))
  }

  /** Of a subset that is named with `!`, only those parts are told that are named without. */
  tells({ subset }: Fact, name: string): boolean {
    if (!this.#out.has(subset)) return true
    return this.#named.some(
      (word) => name === `ansible_${word}` || (!isAlone(word) && PARTS[word] === subset),
    )
  }

  /** The subset that a word means, whole or in part. */
  #subsetOf(word: string): string | undefined {
    if (word === 'all' || SUBSETS.includes(word)) return word
    return PARTS[word] ?? this.#facts.find((fact) => fact.gives(`ansible_${word}`))?.subset
  }
}

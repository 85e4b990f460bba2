// What commands that check mode did not run may have changed: whatever they name. A command is
// believed to leave alone what its text does not name; docs/check-mode.md says so to users.
import { posix } from 'node:path'
import type { Unknown } from '../value/value.ts'

interface Taint {
  readonly words: ReadonlySet<string>
  readonly reason: Unknown
  readonly order: number
}

const INSTALLERS = new Set(['apt', 'apt-get', 'aptitude', 'dpkg'])

export class Taints {
  readonly #taints: Taint[] = []

  add(words: readonly string[], reason: Unknown, order: number): void {
    this.#taints.push({ words: new Set(words), reason, order })
  }

  /** The newest taint that names the path or a folder above it. */
  byPath(path: string): Taint | undefined {
    return this.#taints.findLast(({ words }) => {
      for (let at = path; at !== '/' && at !== '.'; at = posix.dirname(at)) {
        if (words.has(at)) return true
      }
      return false
    })
  }

  /** A taint that names something below the path: it may have made the path itself. */
  byDescendant(path: string): Unknown | undefined {
    return this.#taints.findLast(({ words }) =>
      [...words].some((word) => word.startsWith(`${path}/`)),
    )?.reason
  }

  /** Something that was not run may have installed or removed packages. */
  ofPackages(): Unknown | undefined {
    return this.#taints.findLast(({ words }) =>
      [...words].some((word) => INSTALLERS.has(word) || word.endsWith('.deb')),
    )?.reason
  }

  byWord(word: string): Unknown | undefined {
    return this.ofAny([word])?.reason
  }

  /** The newest taint that names something by any of its names. */
  ofAny(names: readonly string[]): Taint | undefined {
    return this.#taints.findLast(({ words }) => names.some((name) => words.has(name)))
  }
}

/** The words of a command's text: paths made absolute, and bare words. */
export function wordsOf(text: string, folder: string | undefined): string[] {
  const words = new Set<string>()
  for (const raw of text.split(/[\s"'`;|&<>(){}$=:,]+/)) {
    const word = raw.replace(/\/+$/, '')
    if (word === '' || /^-+\w*$/.test(word)) continue
    words.add(word)
    if (!word.startsWith('/') && folder !== undefined) words.add(posix.join(folder, word))
  }
  return [...words]
}

// Installed packages that note which of them were asked for, so that a plan rests on those alone.
// Not here: how packages are listed (host/real.ts).
import type { PackageState } from '../host/host.ts'
import { NONE } from './shape.ts'

export class AskedPackages extends Map<string, PackageState> {
  readonly #one: (name: string, state: PackageState | undefined) => void
  readonly #all: () => void

  constructor(
    installed: ReadonlyMap<string, PackageState>,
    one: (name: string, state: PackageState | undefined) => void,
    all: () => void,
  ) {
    super()
    for (const [name, state] of installed) super.set(name, state)
    this.#one = one
    this.#all = all
  }

  override get(name: string): PackageState | undefined {
    const state = super.get(name)
    this.#one(name, state)
    return state
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined
  }

  override entries(): MapIterator<[string, PackageState]> {
    this.#all()
    return super.entries()
  }

  override keys(): MapIterator<string> {
    this.#all()
    return super.keys()
  }

  override values(): MapIterator<PackageState> {
    this.#all()
    return super.values()
  }

  override [Symbol.iterator](): MapIterator<[string, PackageState]> {
    return this.entries()
  }
}

export function packageWords(state: PackageState | undefined): string {
  return state === undefined ? NONE : state.version
}

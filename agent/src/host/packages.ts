// Installed packages as a picture of two layers: what a run has planned over what is there. Only
// what is asked for is looked at below, so that a plan depends on no other package. Not here: how
// packages are listed (real.ts).
import type { PackageState } from './host.ts'

type Packages = ReadonlyMap<string, PackageState>

export class PlannedPackages implements Packages {
  readonly #installed: Packages
  readonly #planned: ReadonlyMap<string, PackageState | null>

  constructor(installed: Packages, planned: ReadonlyMap<string, PackageState | null>) {
    this.#installed = installed
    this.#planned = planned
  }

  get(name: string): PackageState | undefined {
    const planned = this.#planned.get(name)
    return planned === undefined ? this.#installed.get(name) : (planned ?? undefined)
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  get size(): number {
    return this.#all().size
  }

  entries(): MapIterator<[string, PackageState]> {
    return this.#all().entries()
  }

  keys(): MapIterator<string> {
    return this.#all().keys()
  }

  values(): MapIterator<PackageState> {
    return this.#all().values()
  }

  forEach(each: (value: PackageState, key: string, map: Packages) => void): void {
    for (const [name, state] of this.#all()) each(state, name, this)
  }

  [Symbol.iterator](): MapIterator<[string, PackageState]> {
    return this.entries()
  }

  #all(): Map<string, PackageState> {
    const all = new Map(this.#installed)
    for (const [name, state] of this.#planned) {
      if (state === null) all.delete(name)
      else all.set(name, state)
    }
    return all
  }
}

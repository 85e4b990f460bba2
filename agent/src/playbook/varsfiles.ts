// The files of variables that a play names, read for each host: their names may hold its facts. Not
// here: where their variables stand in the order of precedence (variables.ts).
import { render } from '../template/template.ts'
import { str } from '../value/python.ts'
import { Template } from '../value/value.ts'
import { isMadeByHost } from './hostmade.ts'
import { listOf } from './inherit.ts'
import type { VariableScope } from './scope.ts'
import type { Sources } from './sources.ts'
import type { Placed, Play, StaticLayer } from './tree.ts'

export class VarsFiles {
  readonly #play: Play
  readonly #sources: Sources
  readonly #scope: (host: string) => VariableScope
  readonly #layers = new Map<string, readonly StaticLayer[]>()

  constructor(play: Play, sources: Sources, scope: (host: string) => VariableScope) {
    this.#play = play
    this.#sources = sources
    this.#scope = scope
  }

  /** One layer a file, lowest first. */
  layers(host: string): readonly StaticLayer[] {
    const known = this.#layers.get(host)
    if (known !== undefined) return known
    // While the names are rendered the files themselves are not there yet.
    this.#layers.set(host, [])
    const layers = this.#play.layers.files.flatMap((file) => this.#read(host, file))
    this.#layers.set(host, layers)
    return layers
  }

  /** They are read again once facts have come that their names may hold. */
  forget(host: string): void {
    this.#layers.delete(host)
  }

  #read(host: string, file: Placed): StaticLayer[] {
    const scope = this.#scope(host)
    const names: string[] = []
    for (const { value } of listOf(file)) {
      try {
        names.push(str(render(value, scope.context)))
      } catch (error) {
        // A name that holds a fact which is not there yet is read once it is.
        if (value instanceof Template) return []
        throw error
      }
    }
    const folder = this.#play.folder
    const isHostMade = listOf(file).some(({ value }) => isMadeByHost(value, scope))
    const { path, vars } = this.#sources.readFirstVariables(names, folder, file.at, isHostMade)
    return [{ name: `vars_files ${path}`, vars }]
  }
}

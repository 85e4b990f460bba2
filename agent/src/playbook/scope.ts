// Names as a template sees them: the layers of a host's variables, rendered when they are asked
// for, and the magic variables above them. Not here: the order of layers (variables.ts).
import { ClusterError, isPosition } from '../errors.ts'
import type { Scope, TemplateContext } from '../template/context.ts'
import { render } from '../template/template.ts'
import { Needy } from '../value/missing.ts'
import { Template, Undefined, type Unknown, type Value } from '../value/value.ts'
import type { Found, Layer } from './variables.ts'

/** Thrown where a value of other hosts is asked for ahead of them; the runner waits and repeats. */
export class NeedsOthers extends Error {}

/** Thrown where a fact is asked for that has not been gathered; the runner gathers and repeats. */
export class NeedsFacts extends Error {
  /** Whose fact it is: another host's, by hostvars. */
  readonly host: string

  constructor(name: string, host: string) {
    super(name)
    this.host = host
  }
}

export interface ScopeOptions {
  readonly host: string
  readonly layers: readonly Layer[]
  /** Loop items and the like: above everything. */
  readonly special: ReadonlyMap<string, Value>
  /** inventory_hostname, groups, hostvars ... made when asked for. */
  readonly magic: (name: string) => Value | undefined
  readonly magicNames: readonly string[]
  /** Whether a name that is found nowhere may be a fact that is still to be gathered. */
  readonly isMissingFact: (name: string) => boolean
  /** What a name is that is found nowhere, where check mode cannot know all names. */
  readonly otherwise?: Unknown | undefined
  readonly context: Omit<TemplateContext, 'scope'>
}

export class VariableScope implements Scope {
  readonly #options: ScopeOptions
  readonly #rendered = new Map<string, Value>()
  readonly #open: string[] = []
  #added: (name: string) => Found | undefined = () => undefined

  constructor(options: ScopeOptions) {
    this.#options = options
  }

  /** The same names with some above them all. */
  with(names: ReadonlyMap<string, Value>): VariableScope {
    const special = new Map([...this.#options.special, ...names])
    return new VariableScope({ ...this.#options, special }).addBelow(this.#added)
  }

  /** The same names without those of which only `addBelow` knows that are not wanted. */
  withBelow(isWanted: (name: string) => boolean): VariableScope {
    const added = this.#added
    const below = (name: string): Found | undefined => (isWanted(name) ? added(name) : undefined)
    return new VariableScope(this.#options).addBelow(below)
  }

  get context(): TemplateContext {
    return { ...this.#options.context, scope: this }
  }

  /** Names below all layers, which `connection` does not ask. */
  addBelow(added: (name: string) => Found | undefined): this {
    this.#added = added
    return this
  }

  lookup(name: string): Value {
    const known = this.#rendered.get(name)
    if (known !== undefined) return known
    const found = this.find(name)
    if (found === undefined) {
      if (this.#options.isMissingFact(name)) throw new NeedsFacts(name, this.#options.host)
      return this.#options.otherwise ?? new Undefined(`'${name}' is undefined`)
    }
    const value = this.#renderOrUndefined(name, found)
    this.#rendered.set(name, value)
    return value
  }

  render(value: Value): Value {
    return render(value, this.context)
  }

  names(): string[] {
    const names = new Set([...this.#options.special.keys(), ...this.#options.magicNames])
    for (const layer of this.#options.layers) for (const name of layer.names()) names.add(name)
    return [...names]
  }

  /** A variable as it was written, with its origin. */
  find(name: string): Found | undefined {
    const { special, magic, layers } = this.#options
    const own = special.get(name)
    if (own !== undefined) return { value: own, origin: 'the loop', layer: 'loop' }
    const made = magic(name)
    if (made !== undefined) return { value: made, origin: 'the run', layer: 'magic variables' }
    for (const layer of layers) {
      const found = layer.get(name)
      if (found !== undefined) return { ...found, layer: layer.name }
    }
    return this.#added(name)
  }

  /** Every layer that has the name, the one that wins first. */
  findAll(name: string): Found[] {
    const first = this.find(name)
    if (first === undefined) return []
    const all = this.#options.layers.flatMap((layer): Found[] => {
      const found = layer.get(name)
      return found === undefined ? [] : [{ ...found, layer: layer.name }]
    })
    return all.some(({ layer, value }) => layer === first.layer && value === first.value)
      ? all
      : [first, ...all]
  }

  /** A variable that says how to connect: never from facts or registers. */
  connection(name: string): Value | undefined {
    for (const layer of this.#options.layers) {
      if (layer.isFromHost) continue
      const found = layer.get(name)
      if (found !== undefined) return render(found.value, this.context)
    }
    return undefined
  }

  /** A variable that needs what is not there is not there itself: `is defined` says so. */
  #renderOrUndefined(name: string, found: Found): Value {
    try {
      return this.#render(name, found)
    } catch (error) {
      const isMissing = error instanceof ClusterError && error.code === 'TEMPLATE_UNDEFINED'
      if (!isMissing) throw error
      const { where, hint } = error
      const origin = where !== undefined && isPosition(where) ? where : undefined
      return new Needy(error.message, origin, hint)
    }
  }

  #render(name: string, found: Found): Value {
    const { value } = found
    if (typeof value !== 'object' || value === null) return value
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(' -> ')
      throw new ClusterError('VARIABLE_CYCLE', `the variable ${name} needs itself: ${circle}`, {
        where: value instanceof Template ? value.origin : undefined,
        hint: 'give one of them a value of its own',
      })
    }
    this.#open.push(name)
    try {
      return render(value, this.context)
    } finally {
      this.#open.pop()
    }
  }
}

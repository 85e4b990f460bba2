// The variables of a run, in Ansible's order of precedence, kept as layers and never copied. Not
// here: rendering them (scope.ts), reading inventories (inventory/).
import type { VarLayer } from '../inventory/inventory.ts'
import { isDict, type Unknown, type Value } from '../value/value.ts'
import type { Placed, Role, StaticLayer, Task } from './tree.ts'

/** A variable as it was written or made, and where. */
export interface Found {
  readonly value: Value
  /** `file:line:column`, or what made it. */
  readonly origin: string
  readonly layer: string
  /** Made by set_fact of a host's words. */
  readonly isHostMade?: boolean
}

export interface Layer {
  readonly name: string
  /** Facts and registers come from hosts: they never say how to connect. */
  readonly isFromHost: boolean
  get(name: string): { value: Value; origin: string; isHostMade?: boolean } | undefined
  names(): Iterable<string>
}

/** Everything that is known about one host while a run lasts. */
export class HostVariables {
  readonly host: string
  /** Lowest first; other ones after add_host and group_by. */
  inventory: readonly VarLayer[]
  readonly facts = new Map<string, Value>()
  /** set_fact and register. */
  readonly made = new Map<string, Value>()
  /** Names in `made` that an author gave by set_fact; the rest are registers. */
  readonly authored = new Set<string>()
  /** Names in `authored` whose values hold words of a host. */
  readonly #hostMade = new Set<string>()
  readonly included = new Map<string, Value>()
  /** Whether all facts have been gathered, or only those that the play names. */
  areFactsComplete = false
  wereFactsGathered = false
  /** Set once check mode cannot tell which variables a file brings: any name may be one of them. */
  mayHaveMore: Unknown | undefined

  constructor(host: string, inventory: readonly VarLayer[]) {
    this.host = host
    this.inventory = inventory
  }

  setFact(name: string, value: Value, isHostMade: boolean): void {
    this.made.set(name, value)
    this.authored.add(name)
    if (isHostMade) this.#hostMade.add(name)
    else this.#hostMade.delete(name)
  }

  /** Answers how to have a name as it is now again. */
  remember(name: string): () => void {
    const value = this.made.get(name)
    const isAuthored = this.authored.has(name)
    const isHostMade = this.isHostMade(name)
    return () => {
      this.made.delete(name)
      this.authored.delete(name)
      if (value === undefined) return
      if (isAuthored) this.setFact(name, value, isHostMade)
      else this.made.set(name, value)
    }
  }

  isHostMade(name: string): boolean {
    return this.#hostMade.has(name)
  }

  addFacts(facts: ReadonlyMap<string, Value>): void {
    for (const [name, value] of facts) this.facts.set(name, value)
    this.wereFactsGathered = true
  }
}

function mapLayer(
  name: string,
  values: ReadonlyMap<string, Value>,
  origin: string,
  isFromHost = false,
): Layer {
  return {
    name,
    isFromHost,
    get: (key) => {
      const value = values.get(key)
      return value === undefined ? undefined : { value, origin }
    },
    names: () => values.keys(),
  }
}

function staticLayer(layer: StaticLayer): Layer {
  return placedLayer(layer.name, layer.vars, layer.isHostMade === true)
}

function placedLayer(name: string, vars: ReadonlyMap<string, Placed>, isHostMade = false): Layer {
  return {
    name,
    isFromHost: false,
    get: (key) => {
      const placed = vars.get(key)
      if (placed === undefined) return undefined
      const { file, line, column } = placed.at
      return { value: placed.value, origin: `${file}:${line}:${column}`, isHostMade }
    },
    names: () => vars.keys(),
  }
}

function inventoryLayer(layer: VarLayer): Layer {
  return {
    name: layer.name,
    isFromHost: false,
    get: (key) => layer.vars.get(key),
    names: () => layer.vars.keys(),
  }
}

/** Facts, and `ansible_local` and the like, under their full names. */
function factLayer(variables: HostVariables): Layer {
  return mapLayer('facts', variables.facts, `fact of ${variables.host}`, true)
}

/** set_fact is an author's word; a register came from the host. */
function madeLayers(variables: HostVariables): Layer[] {
  const { made, authored, host } = variables
  const pick = (isAuthored: boolean, name: string, origin: string): Layer => ({
    name,
    isFromHost: !isAuthored,
    get: (key) => {
      const value = made.get(key)
      if (value === undefined || authored.has(key) !== isAuthored) return undefined
      return { value, origin, isHostMade: variables.isHostMade(key) }
    },
    names: () => [...made.keys()].filter((key) => authored.has(key) === isAuthored),
  })
  return [
    pick(true, 'set_fact', `set_fact on ${host}`),
    pick(false, 'registered variables', `registered on ${host}`),
  ]
}

export interface PlayLayers {
  readonly vars: StaticLayer
  readonly files: readonly StaticLayer[]
  readonly roles: readonly Role[]
}

export const NO_PLAY: PlayLayers = { vars: { name: '', vars: new Map() }, files: [], roles: [] }

/**
 * All layers of a host, highest first, as Ansible's documentation orders them: extra vars, include
 * params, role params, set_fact and registers, include_vars, task, block, role vars, vars_files,
 * play vars, facts, inventory (host over group), role defaults.
 */
export function layersOf(
  variables: HostVariables,
  play: PlayLayers,
  task: Task | undefined,
  extra: ReadonlyMap<string, Placed>,
): Layer[] {
  const role = task?.role
  const otherRoles = play.roles.filter(({ vars }) => vars !== role?.vars).toReversed()
  return [
    placedLayer('extra vars', extra),
    ...(task?.includeLayers.toReversed().map(staticLayer) ?? []),
    ...(role === undefined ? [] : [staticLayer(role.params)]),
    ...madeLayers(variables),
    mapLayer('include_vars', variables.included, 'include_vars'),
    ...(task?.layers.toReversed().map(staticLayer) ?? []),
    ...(role === undefined ? [] : [staticLayer(role.vars)]),
    ...otherRoles.flatMap(({ vars, given }) => [staticLayer(vars), staticLayer(given)]),
    ...play.files.toReversed().map(staticLayer),
    staticLayer(play.vars),
    factLayer(variables),
    ...variables.inventory.toReversed().map(inventoryLayer),
    ...(role === undefined ? [] : [staticLayer(role.defaults)]),
    ...otherRoles.map(({ defaults }) => staticLayer(defaults)),
  ]
}

/** `ansible_facts`: facts under their short names. */
export function shortFacts(facts: ReadonlyMap<string, Value>): Map<Value, Value> {
  const short = new Map<Value, Value>()
  for (const [name, value] of facts) short.set(name.replace(/^ansible_/, ''), value)
  return short
}

/** A dict as variables; keys that are no text are left out. */
export function asVariables(value: Value): Map<string, Value> {
  const variables = new Map<string, Value>()
  if (!isDict(value)) return variables
  for (const [name, item] of value) if (typeof name === 'string') variables.set(name, item)
  return variables
}

// The state of a run over all its plays: variables of every host, magic variables, connections.
// Not here: the order of tasks (iterate.ts, batch.ts) and single tasks (runner.ts).
import { dirname } from 'node:path'
import type { Host } from '../host/host.ts'
import { OverlayHost } from '../host/overlay.ts'
import {
  groupsOf,
  hostLayers,
  hostsOf,
  matchPattern,
  type VarLayer,
} from '../inventory/inventory.ts'
import { localZone, systemClock } from '../sys/clock.ts'
import { randomFraction } from '../sys/random.ts'
import { fromPlain } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { isDict, LazyDict, OMIT, Undefined, Unknown, type Value } from '../value/value.ts'
import { ADDED_LAYER } from './added.ts'
import { Jobs } from './background.ts'
import { Links, type Reach } from './links.ts'
import { type LookupRun, makeLookup } from './lookups/lookup.ts'
import type { RunOptions } from './options.ts'
import { PlannedFiles } from './planned.ts'
import { playMagic } from './playmagic.ts'
import { isReachVariable, reachOf } from './reach.ts'
import { NeedsFacts, NeedsOthers, VariableScope } from './scope.ts'
import type { Sources } from './sources.ts'
import type { Play, Task } from './tree.ts'
import { Turns } from './turns.ts'
import { HostVariables, layersOf, NO_PLAY, type PlayLayers, shortFacts } from './variables.ts'
import { type Watch, watchedLayers } from './watch.ts'

/** What a scope is for. */
export interface ScopePlace {
  readonly play: Play
  readonly layers: PlayLayers
  readonly batch: readonly string[]
  /** Hosts of the play that are still in it. */
  readonly hosts: readonly string[]
  readonly allHosts: readonly string[]
}

/** The place of a play that is not cut into batches and that has lost no host. */
export function wholePlay(
  play: Play,
  hosts: readonly string[],
  files: PlayLayers['files'] = [],
): ScopePlace {
  const layers = { vars: play.layers.vars, files, roles: play.roles }
  return { play, layers, batch: hosts, hosts, allHosts: hosts }
}

const MAGIC = new Set([
  'inventory_hostname',
  'inventory_hostname_short',
  'group_names',
  'groups',
  'hostvars',
  'vars',
  'omit',
  'ansible_facts',
  'ansible_check_mode',
  'ansible_diff_mode',
  'ansible_forks',
  'ansible_verbosity',
  'ansible_version',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_limit',
  'ansible_inventory_sources',
  'ansible_play_name',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_batch',
  'play_hosts',
  'ansible_playbook_python',
  'ansible_role_names',
  'ansible_play_role_names',
  'ansible_dependent_role_names',
  'ansible_parent_role_names',
  'ansible_config_file',
  'role_names',
  'environment',
  'ansible_search_path',
  'playbook_dir',
  'inventory_dir',
  'inventory_file',
  'role_name',
  'ansible_role_name',
  'ansible_collection_name',
  'role_path',
])

export class World {
  readonly options: RunOptions
  readonly sources: Sources
  readonly links: Links
  readonly jobs = new Jobs()
  readonly turns = new Turns()
  /** Of set_stats, by host; those of the whole run under `_run`. */
  readonly stats = new Map<string, Map<string, Value>>()
  readonly #variables = new Map<string, HostVariables>()
  readonly #playFolder: string
  readonly #lookupRun: LookupRun

  constructor(options: RunOptions, sources: Sources, playFolder: string) {
    this.options = options
    this.sources = sources
    sources.planned = options.isCheck ? new PlannedFiles() : undefined
    this.links = new Links({
      lease: options.isCheck ? undefined : options.lease,
      onUnheld: (host) => options.report({ kind: 'unheld', host }),
      onIgnored: (host, words) => options.report({ kind: 'ignored', host, words }),
    })
    this.#playFolder = playFolder
    this.#lookupRun = {
      sources,
      isCheck: options.isCheck,
      managed: options.managed,
      folder: playFolder,
      random: randomFraction,
      hostsOf: (patterns, at) => matchPattern(options.inventory, patterns, at),
    }
  }

  variables(host: string): HostVariables {
    let variables = this.#variables.get(host)
    if (variables === undefined) {
      variables = new HostVariables(host, this.#layers(host))
      this.#variables.set(host, variables)
    }
    return variables
  }

  /** Layers of the inventory are found again: hosts have come or changed groups. */
  forgetLayers(): void {
    for (const [host, variables] of this.#variables) variables.inventory = this.#layers(host)
  }

  /** What has been read stays where it is known, with what is there now. */
  async refreshInventory(): Promise<void> {
    const { inventory, reloadInventory } = this.options
    const fresh = await reloadInventory()
    for (const part of ['hosts', 'groups'] as const) inventory[part].clear()
    for (const [name, host] of fresh.hosts) inventory.hosts.set(name, host)
    for (const [name, group] of fresh.groups) inventory.groups.set(name, group)
    this.forgetLayers()
  }

  addStat(owner: string, name: string, value: Value, isAdded: boolean): void {
    const own = this.stats.get(owner) ?? new Map<string, Value>()
    this.stats.set(owner, own.set(name, isAdded ? sum(own.get(name), value) : value))
  }

  #layers(host: string): readonly VarLayer[] {
    const { inventory } = this.options
    return inventory.hosts.has(host) ? hostLayers(inventory, host, this.#playFolder) : []
  }

  /** `mayReadOthers` is false while a host runs ahead: asking for others' values then stops it. */
  scope(
    host: string,
    place: ScopePlace | undefined,
    task: Task | undefined,
    special: ReadonlyMap<string, Value>,
    mayReadOthers: boolean,
  ): VariableScope {
    const variables = this.variables(host)
    const { extraVars, isCheck, watch } = this.options
    const all = layersOf(variables, place?.layers ?? NO_PLAY, task, extraVars)
    const layers = watchedLayers(all, host, watch)
    const scope: VariableScope = new VariableScope({
      host,
      layers,
      special,
      magicNames: [...MAGIC],
      magic: (name) =>
        MAGIC.has(name)
          ? this.#magic(name, host, place, task, mayReadOthers, () => scope)
          : undefined,
      isMissingFact: (name) =>
        variables.wereFactsGathered &&
        !variables.areFactsComplete &&
        /^ansible_\w+/.test(name) &&
        !isReachVariable(name),
      otherwise: variables.mayHaveMore,
      context: {
        unknowns: isCheck,
        now: () => systemClock.wall(),
        zone: localZone,
        random: randomFraction,
        lookup: makeLookup(task, this.#lookupRun, () => scope),
        readTemplate: (name, at) => this.sources.readTemplate(name, task?.searchFolders ?? [], at),
      },
    })
    return scope
  }

  /** The machine that a task works on; an overlay in check mode. */
  async host(reach: Reach, isCheck: boolean, seen = (host: Host): Host => host): Promise<Host> {
    if (!isCheck) return seen(await this.links.real(reach))
    if (this.options.isCheck) {
      const overlay = await this.links.overlay(reach, seen)
      if (reach.connection === 'local') await this.sources.planned?.addMachine(overlay)
      return overlay
    }
    // check_mode: true on a task of a real run predicts from what is there now.
    return new OverlayHost(await this.links.real(reach))
  }

  /** `scope` is of the host that is reached, `own` of the `owner`, for which the task is. */
  reach(options: {
    host: string
    scope: VariableScope
    task: Task
    owner: string
    own: VariableScope
  }): Reach {
    const { inventory, connection } = this.options
    const isInInventory = inventory.hosts.has(options.host)
    return reachOf({ ...options, isInInventory, defaults: connection })
  }

  #magic(
    name: string,
    host: string,
    place: ScopePlace | undefined,
    task: Task | undefined,
    mayReadOthers: boolean,
    scope: () => VariableScope,
  ): Value | undefined {
    const { options } = this
    switch (name) {
      case 'inventory_hostname':
        return host
      case 'inventory_hostname_short':
        return host.split('.')[0] ?? host
      case 'group_names':
        return options.inventory.hosts.has(host) ? groupsOf(options.inventory, host) : []
      case 'groups':
        return this.#groups()
      case 'hostvars':
        if (!mayReadOthers) throw new NeedsOthers('hostvars')
        return new HostVars(this)
      case 'vars':
        return new ScopeDict(scope())
      case 'omit':
        return OMIT
      case 'ansible_facts':
        return new FactsDict(this.variables(host), options.watch)
      case 'ansible_check_mode':
        // A plan is for a run in which it is another: what rests on it cannot be promised.
        return options.isCheck && options.watch !== undefined
          ? new Unknown('ansible_check_mode is another in a plan than when it is applied', host)
          : options.isCheck
      case 'ansible_diff_mode':
        return options.isDiff
      case 'ansible_forks':
        return options.forks
      case 'ansible_verbosity':
        return options.verbosity
      case 'ansible_version':
        return fromPlain({ full: '2.14.18', major: 2, minor: 14, revision: 18, string: '2.14.18' })
      case 'ansible_run_tags':
        return options.tags.length === 0 ? ['all'] : [...options.tags]
      case 'ansible_skip_tags':
        return [...options.skipTags]
      case 'ansible_limit':
        return options.limit
      case 'ansible_inventory_sources':
        return [...options.inventorySources]
      case 'ansible_config_file':
        return options.configFile ?? null
      case 'ansible_playbook_python':
        return '/usr/bin/python3'
      case 'inventory_dir':
        return options.inventorySources[0] === undefined
          ? null
          : dirname(options.inventorySources[0])
      case 'inventory_file':
        return options.inventorySources[0] ?? null
      default:
        return place === undefined ? undefined : playMagic(name, place, task, mayReadOthers)
    }
  }

  #groups(): Value {
    const groups = new Map<Value, Value>()
    const { inventory } = this.options
    for (const name of inventory.groups.keys()) groups.set(name, hostsOf(inventory, name))
    return groups
  }
}

/** Values of one name put together: numbers and lists are added, dicts joined. */
function sum(before: Value | undefined, value: Value): Value {
  if (before === undefined) return value
  if (typeof before === 'number' && typeof value === 'number') return before + value
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...value]
  return isDict(before) && isDict(value) ? new Map([...before, ...value]) : value
}

/** `hostvars`: every host's variables, rendered as that host would see them. */
class HostVars extends LazyDict {
  readonly #world: World

  constructor(world: World) {
    super()
    this.#world = world
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    const isKnown = this.#world.options.inventory.hosts.has(key)
    if (!isKnown && key !== 'localhost') return undefined
    return new ScopeDict(this.#world.scope(key, undefined, undefined, new Map(), true))
  }

  keys(): Value[] {
    return [...this.#world.options.inventory.hosts.keys()]
  }
}

/** `ansible_facts`: what was gathered; asking for more than the play's text names gathers all. */
class FactsDict extends LazyDict {
  readonly #variables: HostVariables
  readonly #watch: Watch | undefined

  constructor(variables: HostVariables, watch: Watch | undefined) {
    super()
    this.#variables = variables
    this.#watch = watch
  }

  get(key: Value): Value | undefined {
    const { facts, host } = this.#variables
    const found = facts.get(`ansible_${str(key)}`) ?? facts.get(str(key))
    if (found === undefined) this.#needAll(`ansible_${str(key)}`)
    else this.#watch?.usedFact(host, `ansible_${str(key)}`, found)
    return found
  }

  keys(): Value[] {
    this.#needAll('all facts')
    return [...shortFacts(this.#variables.facts).keys()]
  }

  #needAll(name: string): void {
    const { wereFactsGathered, areFactsComplete } = this.#variables
    if (wereFactsGathered && !areFactsComplete) throw new NeedsFacts(name, this.#variables.host)
  }
}

/** A scope as a dict: `vars`, or a host within `hostvars`. */
class ScopeDict extends LazyDict {
  readonly #scope: VariableScope

  constructor(scope: VariableScope) {
    super()
    this.#scope = scope
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    if (this.#scope.find(key)?.layer === ADDED_LAYER) return undefined
    const value = this.#scope.lookup(key)
    return value instanceof Undefined ? undefined : value
  }

  keys(): Value[] {
    return this.#scope.names().filter((name) => !MAGIC.has(name) || name === 'inventory_hostname')
  }
}

// Which hosts there are, in which groups, with which variables: read from YAML, INI, programs,
// folders and host lists as Ansible reads them, and merged in the order they are given. Not here:
// variables by precedence (layers.ts), patterns (pattern.ts), printing (show.ts).
import { dirname, extname, join } from 'node:path'
import { ClusterError } from '../errors.ts'
import { fileKind, isExecutable, listFolder, readText } from '../sys/files.ts'
import type { Value } from '../value/value.ts'
import type { VaultReader } from '../yaml/parse.ts'
import { Draft } from './draft.ts'
import { readIni } from './ini.ts'
import { LIVE, readLive } from './live.ts'
import { hostNames } from './names.ts'
import { runScript } from './script.ts'
import { readYamlInventory } from './yaml.ts'

// The folder's one door: what others need of it is named here.
export { groupsOf, hostLayers, hostsOf } from './layers.ts'
export { LOCAL_NAMES, matchPattern } from './pattern.ts'
export { hostVariables, inventoryAsJson, inventoryAsTree, inventoryGraph } from './show.ts'

/** A variable with the place it was written at: `file:line:column`. */
export interface PlacedValue {
  readonly value: Value
  readonly origin: string
}

export type Vars = Map<string, PlacedValue>

export interface HostEntry {
  readonly name: string
  /** Every group the host is in, `all` too: by depth, then priority, then name. */
  readonly groups: readonly string[]
  /** What the inventory itself says of the host, without group_vars and host_vars. */
  readonly vars: Vars
}

export interface GroupEntry {
  readonly name: string
  /** Hosts that were put into this very group, in the order of the inventory. */
  readonly hosts: readonly string[]
  readonly children: readonly string[]
  readonly parents: readonly string[]
  /** Steps down from `all`; deeper groups win. */
  readonly depth: number
  readonly priority: number
  readonly vars: Vars
}

export interface Inventory {
  readonly hosts: Map<string, HostEntry>
  readonly groups: Map<string, GroupEntry>
  /** Folders whose group_vars and host_vars belong to the inventory, in the order of sources. */
  readonly folders: readonly string[]
  /** Opens the vaults among its files of variables, which are read when a host is asked for. */
  readonly vault?: VaultReader
}

/** Variables of one origin; a list of layers goes from the lowest precedence to the highest. */
export interface VarLayer {
  /** For instance `inventory group_vars/all`. */
  readonly name: string
  readonly vars: Vars
}

/** In a folder, `.ini` files are passed over too, as Ansible takes them for settings. */
const IGNORED_NAMES = /^\.|^(?:host_vars|group_vars|vars_plugins)$/
const IGNORED_ENDINGS = /(?:\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/
const YAML_ENDINGS = new Set(['.yml', '.yaml', '.json'])

/**
 * Reads the sources, each a file, a program, a folder, a host list (`a,b,`) or `cluster`: the
 * members that the agent at `agentSocket` knows. Throws INVENTORY, YAML_SYNTAX or FILE_UNREADABLE at the mistake's place.
 */
export async function loadInventory(
  sources: readonly string[],
  vault?: VaultReader,
  agentSocket?: () => string,
): Promise<Inventory> {
  const draft = new Draft()
  const folders: string[] = []
  for (const source of sources) {
    if (isLive(source)) await readLive(draft, agentSocket?.())
    else await readSource(draft, source, vault)
    if (!isHostList(source) && !isLive(source)) {
      folders.push(fileKind(source) === 'folder' ? source : dirname(source))
    }
  }
  const inventory = draft.finish([...new Set(folders)])
  return vault === undefined ? inventory : { ...inventory, vault }
}

/** The members of the cluster; a file of that name goes first. */
function isLive(source: string): boolean {
  return source === LIVE && fileKind(source) === undefined
}

function isHostList(source: string): boolean {
  return source.includes(',') && fileKind(source) === undefined
}

async function readSource(
  draft: Draft,
  source: string,
  vault: VaultReader | undefined,
): Promise<void> {
  if (isHostList(source)) return readHostList(draft, source)
  const kind = fileKind(source)
  if (kind === undefined) {
    throw new ClusterError('INVENTORY', `there is no inventory ${source}`, {
      hint: 'give a file, a folder, or hosts with a comma: -i a,b,',
    })
  }
  if (kind === 'folder') {
    for (const name of listFolder(source)) {
      if (IGNORED_NAMES.test(name) || IGNORED_ENDINGS.test(name)) continue
      await readSource(draft, join(source, name), vault)
    }
    return
  }
  const sealed = readText(source)
  const text = vault?.openText(sealed, { file: source, line: 1, column: 1 }) ?? sealed
  if (isExecutable(source) && /^(?:#!|\x7fELF)/.test(text)) return runScript(draft, source, vault)
  if (looksLikeYaml(source, text)) readYamlInventory(draft, sealed, source, vault)
  else readIni(draft, text, source)
}

function looksLikeYaml(source: string, text: string): boolean {
  const ending = extname(source)
  if (YAML_ENDINGS.has(ending)) return true
  if (ending !== '') return false
  const first = text.split('\n').find((line) => !/^\s*(?:[#;].*)?$/.test(line)) ?? ''
  return /^(?:---|\{|[\w.-]+:\s*$)/.test(first)
}

function readHostList(draft: Draft, source: string): void {
  const at = { file: source, line: 1, column: 1 }
  for (const part of source.split(',')) {
    if (part.trim() === '') continue
    const { names, port } = hostNames(part.trim(), at)
    for (const name of names) draft.addHost(name, 'ungrouped', port, at)
  }
}

// Prints an inventory: as the JSON that inventory programs speak, so that ansible can use ours, as
// the data of a YAML inventory, and as a graph for people. Not here: reading that JSON (script.ts).
import { fromPlain, type Plain, toPlain } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { hasTemplateMark, isDict, Sealed, Template, type Value } from '../value/value.ts'
import type { Inventory, VarLayer } from './inventory.ts'
import { groupLayers, hostLayers, hostsOf } from './layers.ts'

type JsonGroup = { children?: string[]; hosts?: string[] }

/**
 * What `ansible-inventory --list` prints: groups by name, and all variables of each host under
 * `_meta.hostvars`, templates as they were written.
 */
export function inventoryAsJson(
  inventory: Inventory,
  playbookDir?: string,
): { [key: string]: Plain } {
  const groups: { [key: string]: Plain } = {}
  for (const name of inventory.groups.keys()) {
    const group = jsonGroup(inventory, name)
    if (Object.keys(group).length > 0) groups[name] = toPlain(fromPlain(group))
  }
  const hostvars: { [key: string]: Plain } = {}
  for (const host of hostsOf(inventory, 'all')) {
    const vars = hostVariables(inventory, host, playbookDir)
    if (Object.keys(vars).length > 0) hostvars[host] = vars
  }
  return { _meta: { hostvars: sortedKeys(hostvars) }, ...sortedKeys(groups) }
}

function sortedKeys(plain: { [key: string]: Plain }): { [key: string]: Plain } {
  const entries = Object.entries(plain).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries)
}

/** The variables of one host, merged and sorted by name, as `--host NAME` prints them. */
export function hostVariables(
  inventory: Inventory,
  host: string,
  playbookDir?: string,
): { [key: string]: Plain } {
  return merged(hostLayers(inventory, host, playbookDir))
}

function merged(layers: readonly VarLayer[]): { [key: string]: Plain } {
  const plain: { [key: string]: Plain } = {}
  for (const { vars } of layers) {
    for (const [name, { value }] of vars) plain[name] = spelt(value)
  }
  return sortedKeys(plain)
}

/** What `ansible-inventory --list --yaml` prints; a host has its variables where it first stands. */
export function inventoryAsTree(inventory: Inventory, playbookDir?: string): Plain {
  const told = new Set<string>()
  const draw = (name: string): { [key: string]: Plain } => {
    const { children = [], hosts = [] } = inventory.groups.get(name) ?? {}
    const below = children.map((child) => [child, draw(child)] as const)
    const own = (name === 'all' ? [] : hosts).map((host) => {
      const isTold = told.has(host)
      told.add(host)
      return [host, isTold ? {} : hostVariables(inventory, host, playbookDir)] as const
    })
    return {
      ...(below.length > 0 ? { children: Object.fromEntries(below) } : {}),
      ...(own.length > 0 ? { hosts: Object.fromEntries(own) } : {}),
    }
  }
  return { all: draw('all') }
}

/** A template as its author wrote it; data that looks like one is marked, so it stays data. */
function spelt(value: Value): Plain {
  if (value instanceof Sealed) return { __ansible_vault: value.source }
  if (value instanceof Template) return value.source
  if (typeof value === 'string' && hasTemplateMark(value)) return { __ansible_unsafe: value }
  if (Array.isArray(value)) return value.map(spelt)
  if (!isDict(value)) return toPlain(value)
  return toPlain(new Map([...value].map(([key, item]) => [key, fromPlain(spelt(item))])))
}

function jsonGroup(inventory: Inventory, name: string): JsonGroup {
  const { children = [], hosts = [] } = inventory.groups.get(name) ?? {}
  return {
    ...(children.length > 0 ? { children: [...children] } : {}),
    ...(hosts.length > 0 && name !== 'all' ? { hosts: [...hosts] } : {}),
  }
}

/**
 * What `ansible-inventory --graph` prints: groups with `@`, hosts below them. With `vars`, what each
 * host has and what each group says by itself.
 */
export function inventoryGraph(
  inventory: Inventory,
  top = 'all',
  vars?: { readonly playbookDir: string | undefined },
): string {
  const lines: string[] = []
  const tell = (plain: Readonly<Record<string, Plain>>, depth: number) => {
    if (vars === undefined) return
    for (const [name, value] of Object.entries(plain)) {
      lines.push(`${bars(depth)}{${name} = ${str(fromPlain(value))}}`)
    }
  }
  const draw = (name: string, depth: number) => {
    lines.push(`${bars(depth)}@${name}:`)
    const group = inventory.groups.get(name)
    for (const child of group?.children ?? []) draw(child, depth + 1)
    // The hosts of `all` itself are shown as ungrouped, or in their groups.
    for (const host of name === 'all' ? [] : (group?.hosts ?? [])) {
      lines.push(`${bars(depth + 1)}${host}`)
      tell(hostVariables(inventory, host, vars?.playbookDir), depth + 2)
    }
    tell(merged(groupLayers(inventory, name)), depth + 1)
  }
  draw(top, 0)
  return `${lines.join('\n')}\n`
}

function bars(depth: number): string {
  return depth === 0 ? '' : `${'  |'.repeat(depth)}--`
}

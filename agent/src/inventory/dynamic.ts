// Hosts and groups that a run adds to an inventory that has been read: what add_host and group_by
// do. Not here: sources (draft.ts).
import type { Position } from '../errors.ts'
import { byWeight, refuseHidden } from './draft.ts'
import type { GroupEntry, Inventory, Vars } from './inventory.ts'

/**
 * Adds a host, or adds to one that is there; answers whether anything is new. Groups that do not
 * exist are made below `all`. Throws INVENTORY for names that hide something.
 */
export function addHost(
  inventory: Inventory,
  name: string,
  groups: readonly string[],
  vars: Vars,
  at: Position,
): boolean {
  refuseHidden('host', name, at)
  const before = inventory.hosts.get(name)
  const merged: Vars = new Map([...(before?.vars ?? []), ...vars])
  inventory.hosts.set(name, { name, groups: before?.groups ?? [], vars: merged })
  let isNew = before === undefined
  for (const group of groups) isNew = addToGroup(inventory, name, group, [], at) || isNew
  if (groups.length === 0 && before === undefined) {
    addToGroup(inventory, name, 'ungrouped', [], at)
  }
  return isNew
}

/** Puts a host that is there into a group, which is made below its parents; answers as above. */
export function addToGroup(
  inventory: Inventory,
  host: string,
  group: string,
  parents: readonly string[],
  at: Position,
): boolean {
  const isMade = ensureGroup(inventory, group, at)
  for (const parent of parents) ensureGroup(inventory, parent, at)
  const above = parents.length === 0 && isMade ? ['all'] : parents
  const placed = above.map((parent) => putBelow(inventory, group, parent))
  let isNew = isMade || placed.includes(true)
  const entry = inventory.groups.get(group) as GroupEntry
  if (!entry.hosts.includes(host)) {
    inventory.groups.set(group, { ...entry, hosts: [...entry.hosts, host] })
    isNew = true
  }
  settle(inventory, host)
  return isNew
}

/** Answers whether the group had to be made. */
function ensureGroup(inventory: Inventory, name: string, at: Position): boolean {
  refuseHidden('group', name, at)
  if (inventory.groups.has(name)) return false
  inventory.groups.set(name, groupEntry(name))
  if (name !== 'all') putBelow(inventory, name, 'all')
  return true
}

/** Answers whether the group was not below that parent already. */
function putBelow({ groups }: Inventory, name: string, parent: string): boolean {
  const above = groups.get(parent) ?? groupEntry(parent)
  const own = groups.get(name) ?? groupEntry(name)
  if (name === parent || above.children.includes(name)) return false
  // A group that has a parent of its own is below `all` by that.
  const others = parent === 'all' ? own.parents : own.parents.filter((each) => each !== 'all')
  groups.set(parent, { ...above, children: [...above.children, name] })
  const all = groups.get('all')
  if (parent !== 'all' && all !== undefined) {
    groups.set('all', { ...all, children: all.children.filter((each) => each !== name) })
  }
  const depth = Math.max(own.depth, above.depth + 1)
  groups.set(name, { ...own, parents: [...others, parent], depth })
  return true
}

function groupEntry(name: string): GroupEntry {
  return { name, hosts: [], children: [], parents: [], depth: 0, priority: 1, vars: new Map() }
}

/** The host's groups anew, with those above them. */
function settle(inventory: Inventory, host: string): void {
  const found = new Set<string>(['all'])
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const parent of inventory.groups.get(name)?.parents ?? []) visit(parent)
  }
  for (const [name, group] of inventory.groups) if (group.hosts.includes(host)) visit(name)
  if (found.size > 2) found.delete('ungrouped')
  const groups = [...found].toSorted((a, b) => byWeight(inventory.groups, a, b))
  const entry = inventory.hosts.get(host)
  if (entry !== undefined) inventory.hosts.set(host, { ...entry, groups })
}

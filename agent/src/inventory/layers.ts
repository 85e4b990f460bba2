// The variables of a host in Ansible's order of precedence, its levels 3 to 10: the inventory's
// own, then group_vars and host_vars beside inventory and playbook. Not here: plays and facts.
import { resolve } from 'node:path'
import { nearest } from '../value/nearest.ts'
import { readVarsOf } from './files.ts'
import type { Inventory, VarLayer, Vars } from './inventory.ts'

/** Files are read once per inventory, however many hosts share a group. */
const readBefore = new WeakMap<Inventory, Map<string, Vars>>()

/**
 * The host's layers, lowest precedence first; empty ones are left out. A host that the inventory
 * does not know, such as an implicit localhost, has those of `all`. `playbookDir` is the folder
 * of the playbook, whose group_vars and host_vars win over those beside the inventory.
 */
export function hostLayers(inventory: Inventory, host: string, playbookDir?: string): VarLayer[] {
  const entry = inventory.hosts.get(host)
  const groups = (entry?.groups ?? []).filter((name) => name !== 'all')
  const plays = playbookDir === undefined ? [] : [playbookDir]
  const own = (names: readonly string[]) =>
    names.map((name) => layer(`inventory group ${name}`, inventory.groups.get(name)?.vars))
  const files = (
    place: string,
    folders: readonly string[],
    kind: 'group_vars' | 'host_vars',
    names: readonly string[],
  ) =>
    folders.flatMap((folder) =>
      names.map((name) => layer(`${place} ${kind}/${name}`, cached(inventory, folder, kind, name))),
    )
  // A folder that is the inventory's and the playbook's, however each is written, is told once.
  const folders = inventory.folders.filter((folder) =>
    plays.every((play) => resolve(folder) !== resolve(play)),
  )
  const layers = [
    ...own(['all']),
    ...own(groups),
    ...files('inventory', folders, 'group_vars', ['all']),
    ...files('playbook', plays, 'group_vars', ['all']),
    ...files('inventory', folders, 'group_vars', groups),
    ...files('playbook', plays, 'group_vars', groups),
    layer(`inventory host ${host}`, entry?.vars),
    ...files('inventory', folders, 'host_vars', [host]),
    ...files('playbook', plays, 'host_vars', [host]),
  ]
  return layers.filter(({ vars }) => vars.size > 0)
}

/** What a group says by itself, in the inventory and in the group_vars beside it. */
export function groupLayers(inventory: Inventory, group: string): VarLayer[] {
  const files = inventory.folders.map((folder) =>
    layer(`inventory group_vars/${group}`, cached(inventory, folder, 'group_vars', group)),
  )
  return [layer(`inventory group ${group}`, inventory.groups.get(group)?.vars), ...files]
}

function layer(name: string, vars: Vars | undefined): VarLayer {
  return { name, vars: vars ?? new Map() }
}

function cached(
  inventory: Inventory,
  folder: string,
  kind: 'group_vars' | 'host_vars',
  name: string,
): Vars {
  let known = readBefore.get(inventory)
  if (known === undefined) readBefore.set(inventory, (known = new Map()))
  const key = `${folder}\0${kind}\0${name}`
  let vars = known.get(key)
  // A name with a slash could lead out of the folder.
  if (vars === undefined) {
    vars = name.includes('/') ? new Map() : readVarsOf(folder, kind, name, inventory.vault)
    known.set(key, vars)
  }
  return vars
}

/** The magic variable group_names: sorted, without `all`. */
export function groupsOf(inventory: Inventory, host: string): string[] {
  const groups = inventory.hosts.get(host)?.groups ?? []
  return groups.filter((name) => name !== 'all').toSorted()
}

/** All hosts of a group and its descendants, each once, in the order of the inventory. */
export function hostsOf(inventory: Inventory, group: string): string[] {
  const hosts = new Set<string>()
  const seen = new Set<string>()
  let level = [group]
  while (level.length > 0) {
    const next: string[] = []
    for (const name of level) {
      if (seen.has(name)) continue
      seen.add(name)
      const entry = inventory.groups.get(name)
      for (const host of entry?.hosts ?? []) hosts.add(host)
      next.push(...(entry?.children ?? []))
    }
    level = next
  }
  return [...hosts]
}

/** The known host or group that a wrong name was probably meant to be. */
export function nearestName(inventory: Inventory, name: string): string | undefined {
  return nearest(name, [...inventory.groups.keys(), ...inventory.hosts.keys()])
}

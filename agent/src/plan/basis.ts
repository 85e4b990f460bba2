// What a plan rests on at the controller: authors' files, the inventory's hosts, groups and
// variables, the extra variables. Private-looking variables are part of the whole digest only. Not
// here: what hosts were asked (answers.ts).
import { groupsOf, hostLayers, type Inventory } from '../inventory/inventory.ts'
import type { Placed } from '../playbook/tree.ts'
import type { Value } from '../value/value.ts'
import { isSecretName } from '../vault/names.ts'
import { canonical, digest, sealed, shortDigest, written } from './digest.ts'
import { withoutPrivate } from './private.ts'
import type { Plan } from './shape.ts'

/** The path of a file and its content's digest, as files are read. */
export class SourceNotes {
  readonly digests: Record<string, string> = {}

  readonly onRead = (path: string, bytes: Buffer): void => {
    this.digests[path] ??= digest(bytes)
  }
}

export function inventoryBasis(
  inventory: Inventory,
  hosts: Iterable<string>,
  playFolders: readonly string[],
  hide: (text: string) => string,
): Plan['inventory'] {
  const told: Plan['inventory']['hosts'] = {}
  const whole: Record<string, unknown> = {}
  for (const host of new Set(hosts)) {
    const values = variablesOf(inventory, host, playFolders)
    const groups = inventory.hosts.has(host) ? groupsOf(inventory, host) : []
    const variables: Record<string, string> = {}
    for (const [name, text] of Object.entries(values)) {
      const isPrivate = isSecretName(name) || hide(withoutPrivate(text)) !== text
      if (!isPrivate) variables[name] = shortDigest(text)
    }
    told[host] = { groups, variables }
    whole[host] = { groups, values }
  }
  const groups = Object.fromEntries(
    [...inventory.groups].map(([name, group]) => [name, [...group.hosts]]),
  )
  return { digest: sealed(canonical({ whole, groups })), hosts: told }
}

/** Each variable as it is written in the layers of the inventory, the highest one last. */
function variablesOf(
  inventory: Inventory,
  host: string,
  playFolders: readonly string[],
): Record<string, string> {
  const all = new Map<string, Value[]>()
  for (const folder of new Set(playFolders)) {
    for (const { vars } of hostLayers(inventory, host, folder)) {
      for (const [name, { value }] of vars) all.set(name, [...(all.get(name) ?? []), value])
    }
  }
  return Object.fromEntries(
    [...all].map(([name, values]) => [name, canonical(values.map(written))]),
  )
}

export function extraVarsBasis(extraVars: ReadonlyMap<string, Placed>): Plan['extraVars'] {
  const names = [...extraVars.keys()].toSorted()
  const values = names.map((name) => [name, written(extraVars.get(name)?.value ?? null)])
  return { names, digest: sealed(canonical(values)) }
}

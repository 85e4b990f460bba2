// cluster-os inventory: what an inventory says, as JSON or YAML, as a graph, or for one host.
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import {
  hostVariables,
  type Inventory,
  inventoryAsJson,
  inventoryAsTree,
  inventoryGraph,
} from '../inventory/inventory.ts'
import { escapeJson, escapeText } from '../output/escape.ts'
import { workFolder } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import { fromPlain, type Plain } from '../value/plain.ts'
import { dumpYaml } from '../yaml/dump.ts'
import type { CommandContext } from './context.ts'
import { type Flags, inventoryOf, keyringOf } from './flags.ts'

export interface InventoryFlags extends Flags {
  readonly list?: boolean
  readonly graph?: boolean
  readonly host?: string
  readonly vars?: boolean
  readonly yaml?: boolean
  readonly playbookDir?: string
}

export async function inventoryCommand(
  group: string | undefined,
  flags: InventoryFlags,
  context: CommandContext,
): Promise<number> {
  refuseMixed(group, flags)
  // Another program may read what is printed: it needs the values as they are.
  const inventory = await inventoryOf(flags, context, await keyringOf(flags, context, true))
  const playbookDir = flags.playbookDir === undefined ? workFolder() : resolve(flags.playbookDir)
  if (flags.graph === true) {
    context.write(escapeText(graph(inventory, group ?? 'all', flags, playbookDir)))
    return 0
  }
  if (flags.host !== undefined) refuseUnknown('host', flags.host, inventory.hosts.keys())
  const told = (): Plain => {
    if (flags.host !== undefined) return hostVariables(inventory, flags.host, playbookDir)
    const show = flags.yaml === true ? inventoryAsTree : inventoryAsJson
    return show(inventory, playbookDir)
  }
  context.write(flags.yaml === true ? escapeText(dumpYaml(fromPlain(told()))) : jsonText(told()))
  return 0
}

function graph(
  inventory: Inventory,
  group: string,
  flags: InventoryFlags,
  playbookDir: string,
): string {
  refuseUnknown('group', group, inventory.groups.keys())
  return inventoryGraph(inventory, group, flags.vars === true ? { playbookDir } : undefined)
}

function refuse(what: string, hint: string): never {
  throw new ClusterError('USAGE', what, { hint })
}

/** One thing is shown at a time, and what shapes another is not passed over. */
function refuseMixed(group: string | undefined, flags: InventoryFlags): void {
  const { list, graph: isGraph, host, vars, yaml } = flags
  if ([list, isGraph, host].filter((each) => each !== undefined).length > 1) {
    refuse('--list, --graph and --host do not go together', 'give one of them')
  }
  if (isGraph === true && yaml === true) refuse('a graph is no YAML', 'leave out --yaml or --graph')
  if (isGraph === true) return
  if (vars === true) refuse('--vars is for --graph', 'variables are shown without it')
  if (group !== undefined) refuse(`${group} is for --graph`, `--graph ${group}, or --host ${group}`)
}

function refuseUnknown(kind: 'host' | 'group', name: string, names: Iterable<string>): void {
  const known = [...names]
  if (known.includes(name)) return
  const close = nearest(name, known)
  throw new ClusterError('PATTERN', `there is no ${kind} ${name}`, {
    hint: close === undefined ? 'see: cluster-os inventory --graph' : `did you mean ${close}?`,
  })
}

function jsonText(value: unknown): string {
  return `${escapeJson(JSON.stringify(value, null, 4))}\n`
}

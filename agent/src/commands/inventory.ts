// cluster-os inventory: what an inventory says, as JSON, as a graph, or for one host.
import { ClusterError } from '../errors.ts'
import { hostVariables, inventoryAsJson, inventoryGraph } from '../inventory/inventory.ts'
import { escapeJson, escapeText } from '../output/escape.ts'
import { nearest } from '../value/nearest.ts'
import type { CommandContext } from './context.ts'
import { type Flags, inventoryOf, keyringOf } from './flags.ts'

export interface InventoryFlags extends Flags {
  readonly list?: boolean
  readonly graph?: boolean
  readonly host?: string
}

export async function inventoryCommand(
  flags: InventoryFlags,
  context: CommandContext,
): Promise<number> {
  // Another program may read what is printed: it needs the values as they are.
  const inventory = await inventoryOf(flags, await keyringOf(flags, context, true))
  if (flags.host !== undefined) {
    if (!inventory.hosts.has(flags.host)) {
      const close = nearest(flags.host, inventory.hosts.keys())
      throw new ClusterError('PATTERN', `there is no host ${flags.host}`, {
        hint: close === undefined ? 'see: cluster-os inventory --graph' : `did you mean ${close}?`,
      })
    }
    context.write(jsonText(hostVariables(inventory, flags.host)))
  } else if (flags.graph === true) {
    context.write(escapeText(inventoryGraph(inventory)))
  } else {
    context.write(jsonText(inventoryAsJson(inventory)))
  }
  return 0
}

function jsonText(value: unknown): string {
  return `${escapeJson(JSON.stringify(value, null, 4))}\n`
}

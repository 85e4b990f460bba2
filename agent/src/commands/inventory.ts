// cluster-os inventory: what an inventory says, as JSON, as a graph, or for one host.
import { ClusterError } from '../errors.ts'
import { hostLayers, inventoryAsJson, inventoryGraph } from '../inventory/inventory.ts'
import { nearest } from '../value/nearest.ts'
import { toPlain } from '../value/plain.ts'
import { Template, type Value } from '../value/value.ts'
import type { CommandContext } from './context.ts'
import { type Flags, inventoryOf } from './flags.ts'

export interface InventoryFlags extends Flags {
  readonly list?: boolean
  readonly graph?: boolean
  readonly host?: string
}

export async function inventoryCommand(
  flags: InventoryFlags,
  context: CommandContext,
): Promise<number> {
  const inventory = await inventoryOf(flags)
  if (flags.host !== undefined) {
    if (!inventory.hosts.has(flags.host)) {
      const close = nearest(flags.host, inventory.hosts.keys())
      throw new ClusterError('PATTERN', `there is no host ${flags.host}`, {
        hint: close === undefined ? 'see: cluster-os inventory --graph' : `did you mean ${close}?`,
      })
    }
    const vars = new Map<string, Value>()
    for (const layer of hostLayers(inventory, flags.host, undefined)) {
      for (const [name, { value }] of layer.vars) vars.set(name, asWritten(value))
    }
    context.write(`${JSON.stringify(toPlain(new Map(vars)), null, 4)}\n`)
  } else if (flags.graph === true) {
    context.write(inventoryGraph(inventory))
  } else {
    context.write(`${JSON.stringify(inventoryAsJson(inventory), null, 4)}\n`)
  }
  return 0
}

/** Templates are shown as their authors wrote them. */
function asWritten(value: Value): Value {
  if (value instanceof Template) return value.source
  if (Array.isArray(value)) return value.map(asWritten)
  return value instanceof Map ? new Map([...value].map(([k, v]) => [k, asWritten(v)])) : value
}

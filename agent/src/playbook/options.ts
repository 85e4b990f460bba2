// What a run is asked to do: the command line's words, already read. Not here: reading them.
import type { Inventory } from '../inventory/inventory.ts'
import type { RunEvent } from './events.ts'
import type { ConnectionDefaults } from './reach.ts'
import type { Placed } from './tree.ts'

export interface RunOptions {
  readonly inventory: Inventory
  /** Reads the sources of the inventory again. */
  readonly reloadInventory: () => Promise<Inventory>
  readonly inventorySources: readonly string[]
  readonly limit: string | undefined
  readonly forks: number
  readonly isCheck: boolean
  readonly isDiff: boolean
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly extraVars: ReadonlyMap<string, Placed>
  readonly rolesPath: readonly string[]
  readonly connection: ConnectionDefaults
  /** The text of `ansible_managed`, when the settings have one. */
  readonly managed?: string | undefined
  readonly verbosity: number
  /** Failed hosts run the handlers that they have notified, in plays that do not say. */
  readonly isForcingHandlers: boolean
  /** The longest that a single task may take on a host, in milliseconds. */
  readonly taskLimitMs: number
  readonly signal: AbortSignal
  /** Asks the person at the terminal; undefined where there is none. */
  readonly ask: ((question: string, isHidden: boolean) => Promise<string>) | undefined
  /** Asks before a task, once for all hosts, whether it shall run. */
  readonly step?: (id: string, title: string) => Promise<boolean>
  readonly report: (event: RunEvent) => void
}

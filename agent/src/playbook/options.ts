// What a run is asked to do: the command line's words, already read. Not here: reading them.
import type { LeaseWish } from '../host/lease.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Journal } from '../journal/journal.ts'
import type { Owed } from '../journal/owed.ts'
import type { RunEvent } from './events.ts'
import type { ConnectionDefaults } from './reach.ts'
import type { Placed } from './tree.ts'
import type { Watch } from './watch.ts'

/** Commands that only look, by their author's word or by the user's. */
export interface Probes {
  /** Names of tasks that the user takes for probes, beside those with `changed_when: false`. */
  readonly names: readonly string[]
}

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
  /** The file of settings that was read. */
  readonly configFile?: string | undefined
  readonly verbosity: number
  /** Failed hosts run the handlers that they have notified, in plays that do not say. */
  readonly isForcingHandlers: boolean
  /** The longest that a single task may take on a host, in milliseconds; undefined for no limit. */
  readonly taskLimitMs: number | undefined
  readonly signal: AbortSignal
  /** What has been done, written down and found again; undefined where nothing is to be kept. */
  readonly journal?: Journal | undefined
  /** Handlers that earlier runs of the playbook left. */
  readonly owed?: Owed | undefined
  /** Hosts are held while the run lasts; undefined where they are not. */
  readonly lease?: LeaseWish | undefined
  /** Which of several playbooks of the command it is, from 0. */
  readonly playbookIndex?: number
  /** Asks the person at the terminal; undefined where there is none. */
  readonly ask: ((question: string, isHidden: boolean) => Promise<string>) | undefined
  /** Asks before a task, once for all hosts, whether it shall run. */
  readonly step?: (id: string, title: string) => Promise<boolean>
  /** Sees what is asked and done; see watch.ts. */
  readonly watch?: Watch | undefined
  /** Which commands check mode runs after all; none unless given. */
  readonly probes?: Probes | undefined
  readonly report: (event: RunEvent) => void
}

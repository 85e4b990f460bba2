// What goes into the order of a play and what comes out of it: the words that iterate.ts and those
// who drive it share. Not here: the order itself.
import type { Item, Task } from './tree.ts'

export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'unknown'

/** What a host did with a task. `result` is carried through to the report, unread. */
export interface Outcome<R> {
  readonly status: Status
  /** A failure that is ignored goes on as if it were none. */
  readonly isIgnored: boolean
  readonly notify: readonly string[]
  /** Tasks that an include brought. */
  readonly included?: readonly Item[]
  /** Handlers of roles that an include brought, told apart by a key: each is taken once. */
  readonly handlers?: ReadonlyMap<string, readonly Task[]>
  readonly result: R
}

export type Input<R> =
  | { readonly kind: 'start' }
  /** The running task of the host would change something, and asks whether it may. */
  | { readonly kind: 'waiting'; readonly host: string }
  | { readonly kind: 'finished'; readonly host: string; readonly outcome: Outcome<R> }
  /** The play is to end now: a signal. */
  | { readonly kind: 'abort' }

export type Effect<R> =
  | {
      readonly kind: 'run'
      readonly host: string
      readonly task: Task
      /** A handler that check mode cannot tell to be notified. */
      readonly isMaybe: boolean
      /** All hosts have come here already: the task need not ask. */
      readonly isReleased: boolean
    }
  | { readonly kind: 'release'; readonly host: string }
  | {
      readonly kind: 'report'
      readonly host: string
      readonly task: Task
      readonly outcome: Outcome<R>
      readonly isRescued: boolean
    }
  /** The result of a run_once task holds for these hosts too. */
  | {
      readonly kind: 'share'
      readonly from: string
      readonly hosts: readonly string[]
      readonly task: Task
      readonly outcome: Outcome<R>
    }
  | {
      readonly kind: 'end'
      readonly reason: 'done' | 'fatal' | 'percentage' | 'aborted' | 'end_play'
    }

/**
 * How hosts wait for each other. linear: for every task that changes something. free: never.
 * host_pinned: never, and a host is begun when another is through.
 */
export const STRATEGIES = ['linear', 'free', 'host_pinned'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** What `order` may be. */
export const ORDERS = [
  'inventory',
  'reverse_inventory',
  'sorted',
  'reverse_sorted',
  'shuffle',
] as const

/** What a handler is notified by. */
export interface HandlerNames {
  readonly names: readonly string[]
  readonly listen: readonly string[]
}

export interface Policy {
  readonly anyErrorsFatal: boolean
  /** The play ends when a larger share of its hosts than this is lost. */
  readonly maxFailPercentage: number | undefined
  /** Of how many hosts that is a share; of those that there are unless told. */
  readonly batchSize?: number
  /** linear unless told. */
  readonly strategy?: Strategy
  /** Hosts under way at a time, for host_pinned. */
  readonly forks?: number
  /** A failed host still runs the handlers that it has notified. */
  readonly forceHandlers?: boolean
  /** The truth of a boolean keyword that may be a template; written truths unless told. */
  readonly isOn?: (task: Task, keyword: 'run_once' | 'any_errors_fatal') => boolean
  /** The names of a handler for a host; written ones unless told. */
  readonly namesOf?: (handler: Task, host: string) => HandlerNames
}

export type EndReason = Extract<Effect<never>, { kind: 'end' }>['reason']

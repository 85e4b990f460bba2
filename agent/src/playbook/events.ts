// What a run tells while it goes: text, JSON, JUnit and the live view are all made of these and of
// nothing else. Not here: how they are shown (output/).
import type { Position } from '../errors.ts'
import { isDict, type Value } from '../value/value.ts'
import type { TaskResult } from './result.ts'
import type { Status } from './steps.ts'

export interface PlayInfo {
  readonly id: string
  readonly name: string
  readonly at: Position
}

export interface TaskInfo {
  readonly id: string
  /** The name with its role, rendered for the first host that tells. */
  readonly name: string
  readonly action: string
  readonly at: Position
  readonly isHandler: boolean
  /** What it comes to is said always: debug, and assert unless it is quiet. */
  readonly isSpoken?: boolean
}

export type RunEvent =
  /** Told for each batch of `serial`, with its hosts. */
  | {
      readonly kind: 'play-start'
      readonly play: PlayInfo
      readonly hosts: readonly string[]
      readonly atMs: number
    }
  /** The play has no hosts. */
  | { readonly kind: 'play-empty'; readonly play: PlayInfo; readonly atMs: number }
  | { readonly kind: 'task-start'; readonly task: TaskInfo; readonly atMs: number }
  | { readonly kind: 'running'; readonly task: TaskInfo; readonly host: string }
  | {
      readonly kind: 'item' | 'retry'
      readonly task: TaskInfo
      readonly host: string
      readonly result: TaskResult
      readonly left: number
    }
  | {
      readonly kind: 'result'
      readonly task: TaskInfo
      readonly host: string
      readonly status: Status
      readonly result: TaskResult
      /** Handlers that it notifies. */
      readonly notify: readonly string[]
      /** Of a handler: the names that notify it. */
      readonly answersTo?: readonly string[]
      readonly isRescued: boolean
      /** Done before the run was stopped and went on. */
      readonly isRestored: boolean
      readonly durationMs: number
      readonly atMs: number
    }
  /** The task was under way when the run was stopped: a command runs once more, else it is probed. */
  | {
      readonly kind: 'again'
      readonly task: TaskInfo
      readonly host: string
      readonly isCommand: boolean
    }
  /** The host has no flock, or no place for a lease: another run might come to it meanwhile. */
  | { readonly kind: 'unheld'; readonly host: string }
  /** SSH arguments of the host that mean nothing here. */
  | { readonly kind: 'ignored'; readonly host: string; readonly words: readonly string[] }
  /** Handlers that an earlier run has left run before all else. */
  | { readonly kind: 'owed'; readonly host: string; readonly handlers: readonly string[] }
  /** The play ended before its tasks did. */
  | { readonly kind: 'play-cut'; readonly reason: string }
  | { readonly kind: 'run-end'; readonly summary: RunSummary }

export interface HostStats {
  ok: number
  changed: number
  unreachable: number
  failed: number
  skipped: number
  rescued: number
  ignored: number
  unknown: number
}

/** Under this name the statistics of set_stats stand that are of no single host. */
export const RUN_STATS = '_run'

export interface RunSummary {
  readonly hosts: ReadonlyMap<string, HostStats>
  /** Handlers that were notified and did not run, by host. */
  readonly pendingHandlers: ReadonlyMap<string, readonly string[]>
  /** Of set_stats, by host; those of the whole run under `_run`. */
  readonly stats: ReadonlyMap<string, ReadonlyMap<string, Value>>
  readonly isCheck: boolean
  readonly wasAborted: boolean
  readonly exitCode: number
}

export function emptyStats(): HostStats {
  return {
    ok: 0,
    changed: 0,
    unreachable: 0,
    failed: 0,
    skipped: 0,
    rescued: 0,
    ignored: 0,
    unknown: 0,
  }
}

/** Counts one result as Ansible's recap does: a change is ok too. */
export function countResult(
  stats: HostStats,
  status: Status,
  result: TaskResult,
  isRescued: boolean,
): void {
  if (status === 'failed' && result.isIgnored) {
    stats.ok += 1
    stats.ignored += 1
    if (isDict(result.value) && result.value.get('changed') === true) stats.changed += 1
  } else if (status === 'failed' && isRescued) {
    stats.rescued += 1
  } else if (status === 'changed') {
    stats.ok += 1
    stats.changed += 1
  } else if (status === 'unreachable' && result.isIgnored) {
    stats.ok += 1
    stats.ignored += 1
  } else {
    stats[status] += 1
  }
}

/** 0 ok, 2 a host failed, 4 a host unreachable, 6 both: what became of the hosts that were lost. */
export function exitCodeOf(fates: Iterable<'failed' | 'unreachable'>): number {
  let code = 0
  for (const fate of fates) code |= fate === 'failed' ? 2 : 4
  return code
}

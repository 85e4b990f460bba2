// What failures of some hosts mean for the others: those that are fatal, and those that are too
// many, as Ansible counts them. Pure; not here: how a host goes on after its failure (cursor.ts).
import type { EndReason } from './steps.ts'
import { comparePaths, type Task } from './tree.ts'

/** A failure that nothing held up, or the loss of a host. */
export interface Loss {
  readonly host: string
  readonly task: Task
  readonly kind: 'failed' | 'unreachable'
  /** Nothing is left to run, no `always` of a block further out either. */
  readonly isAtOnce: boolean
}

export interface Verdict {
  readonly path: readonly number[]
  readonly reason: EndReason
}

export interface Judgement {
  /** Where the play ends, if it does. */
  readonly verdict: Verdict | undefined
  /** Hosts that a fatal failure took along. */
  readonly taken: ReadonlySet<string>
  readonly isFatal: boolean
}

export interface Judged {
  readonly losses: readonly Loss[]
  readonly hostCount: number
  /** Losses are judged once every host is through with their task; undefined when all are. */
  readonly front: readonly number[] | undefined
  readonly maxFailPercentage: number | undefined
  readonly batchSize: number
  readonly isFatal: (loss: Loss) => boolean
  /** Hosts that a fatal failure at this place takes along. */
  readonly exposedAt: (path: readonly number[]) => readonly string[]
}

/**
 * Whether the losses so far end the play, and at which task. It ends when a fatal one has taken
 * every host along. A share of exactly the limit does not end it.
 */
export function judgeLosses(judged: Judged): Judgement {
  const { front, maxFailPercentage: limit, batchSize, hostCount } = judged
  const failed = new Set<string>()
  const taken = new Set<string>()
  let isFatal = false
  const end = (path: readonly number[], reason: EndReason): Judgement => ({
    verdict: { path, reason },
    taken,
    isFatal,
  })
  const losses = judged.losses.toSorted((a, b) => comparePaths(a.task.path, b.task.path))
  for (const loss of losses) {
    const { path } = loss.task
    if (front !== undefined && comparePaths(path, front) >= 0) break
    if (judged.isFatal(loss)) {
      isFatal = true
      for (const host of judged.exposedAt(path)) taken.add(host)
      if (taken.size === hostCount) return end(path, 'fatal')
    }
    if (loss.isAtOnce && loss.kind === 'failed') failed.add(loss.host)
    const share = (new Set([...failed, ...taken]).size / batchSize) * 100
    if (limit !== undefined && share > limit) return end(path, 'percentage')
  }
  return { verdict: undefined, taken, isFatal }
}

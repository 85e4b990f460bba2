// The items of one loop in a run's journal: those that are through are not done again. Not here: the
// loop (runner.ts), the passage to plain data (record.ts).
import type { TaskPlace } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Value } from '../value/value.ts'
import type { Kept } from './keep.ts'
import { readItem, readItems, writeItem, writeItems } from './record.ts'
import type { TaskResult } from './result.ts'

export interface LoopRecord {
  /** The items as they were when the loop began, if it had begun. */
  items(): Value[] | undefined
  begin(items: readonly Value[]): void
  /** The result of an item that is through. */
  done(index: number): TaskResult | undefined
  finish(index: number, result: TaskResult): void
}

interface Keeper {
  readonly kept: readonly Kept[]
  keep(kept: Kept): unknown
}

const NOWHERE: LoopRecord = {
  items: () => undefined,
  begin: () => undefined,
  done: () => undefined,
  finish: () => undefined,
}

export function loopRecord(
  journal: Journal | undefined,
  place: TaskPlace,
  keeper: Keeper,
  signal: AbortSignal,
): LoopRecord {
  if (journal === undefined) return NOWHERE
  let keptBefore = 0
  let isWritten = false
  return {
    items: () => {
      const plain = journal.loop(place)
      return plain === undefined ? undefined : readItems(plain)
    },
    begin: (items) => {
      // The one item of a short loop is through when the task is.
      isWritten = items.length > 1
      if (isWritten && journal.loop(place) === undefined) {
        journal.beginLoop(place, writeItems(items))
      }
      keptBefore = keeper.kept.length
    },
    done: (index) => {
      const plain = journal.item(place, index)
      if (plain === undefined) return undefined
      const { result, kept } = readItem(plain)
      for (const each of kept) keeper.keep(each)
      keptBefore = keeper.kept.length
      return result
    },
    finish: (index, result) => {
      // What a signal has ended is not through.
      if (!isWritten || signal.aborted) return
      const kept = keeper.kept.slice(keptBefore)
      keptBefore = keeper.kept.length
      journal.finishItem(place, index, writeItem({ result, kept }))
    },
  }
}

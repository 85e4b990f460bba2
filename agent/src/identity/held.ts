// What a node has held before, in whatever order it lies on the disk. Not here: the disk
// (store.ts), and what is taken (book.ts).

/**
 * Each may rest on another that comes later, and a certificate that was displaced is wanted again
 * when a receipt that names it comes. What a first turn names a second takes, so where two turns
 * take nothing all are taken that ever will be.
 */
export function addAll<T>(held: readonly T[], add: (statement: T) => string): void {
  const turn = (): number => held.filter((statement) => add(statement) === 'new').length
  // Each round takes one at least that stays.
  for (const _ of held) if (turn() + turn() === 0) return
}

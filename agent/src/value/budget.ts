// A bound on work: templates come from people, values from hosts, and either may hold what would
// run or grow for ever. Whoever walks values or repeats a body spends from here. Not here: limits
// of time, which belong to whoever waits.
import { ClusterError } from '../errors.ts'

/** Steps (visited values, loop passes, calls) that one evaluation may take: about a second. */
const STEPS_PER_EVALUATION = 5_000_000

/** The longest text, in UTF-16 units, and the longest list that a template may make. */
const TEXT_LIMIT = 10_000_000
const LIST_LIMIT = 1_000_000

/** The most items that `range()` gives: what ansible-core's sandbox allows too. */
export const RANGE_LIMIT = 100_000

let left = STEPS_PER_EVALUATION
let depth = 0

/** Takes steps from the evaluation under way; refuses when none are left. */
export function spend(steps = 1): void {
  left -= steps
  // Outside an evaluation nobody refills the budget, so a single call gets a whole one.
  if (left >= 0) return
  if (depth === 0) left = STEPS_PER_EVALUATION
  else throw refusal('more than five million steps', 'make the loop or the value smaller')
}

/** Runs one evaluation with a budget of its own; inner evaluations share the outermost one's. */
export function withBudget<T>(run: () => T): T {
  if (depth === 0) left = STEPS_PER_EVALUATION
  depth += 1
  try {
    return run()
  } finally {
    depth -= 1
  }
}

/** The text, when it is not too long. */
export function boundText(text: string): string {
  checkTextLength(text.length)
  return text
}

/** Refuses a text before it is made. */
export function checkTextLength(length: number): void {
  if (!(length <= TEXT_LIMIT)) throw refusal('a text of more than 10 MB', 'make the text smaller')
}

/** Refuses a list before it is made. */
export function checkListLength(length: number): void {
  if (!(length <= LIST_LIMIT)) {
    throw refusal('a list of more than a million items', 'make the list smaller')
  }
}

function refusal(what: string, hint: string): ClusterError {
  return new ClusterError('TEMPLATE_REFUSED', `the template needs ${what}`, { hint })
}

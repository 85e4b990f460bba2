// Which date has passed for sure, by what was signed with dates on it, so that a clock that was put
// back lets nobody in by a stick that is over. One clock that was wrong when something was signed
// must not make all sticks look over, so each signer's word has a bound. Not here: our own clock.
import type { Chains } from './chains.ts'
import type { Counting } from './counting.ts'
import type { Revocations } from './revocations.ts'

/**
 * So far beyond what others have dated may the root put the date. It is rarely used and is taken
 * back by nobody, so a year that it has wrong takes a day from each stick and not the cluster.
 */
const ROOT_MOST_S = 86_400

/**
 * Seconds since 1970: the second newest date of what members have signed, so that no single one
 * can put it forward; what an operator has dated, up to the end of its own paper; and what the
 * root has, up to a day beyond those and the beginning of the newest stick.
 */
export function newestDate(chains: Chains, revocations: Revocations, counting: Counting): number {
  const signers = [...revocations.newestDates()].map(([name, date]) => {
    const key = new Uint8Array(Buffer.from(name, 'hex'))
    return { date, isRoot: chains.isRoot(key), end: chains.operatorEnd(key) }
  })
  const ofOperators = signers
    .filter(({ isRoot }) => !isRoot)
    .map(({ date, end }) => Math.min(date, end))
  const others = Math.max(counting.newestDate(), ...ofOperators)
  const most = Math.max(others, chains.newestBeginning) + ROOT_MOST_S
  const ofRoot = signers.filter(({ isRoot }) => isRoot).map(({ date }) => Math.min(date, most))
  return Math.max(others, ...ofRoot)
}

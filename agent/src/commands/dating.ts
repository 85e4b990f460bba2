// The date of what an operator or the root takes back. It is never undone, and members reckon by
// it, so a machine whose clock is wrong is asked before it signs. Not here: what members make of
// such a date (identity/passed.ts).
import { ClusterError } from '../errors.ts'
import type { Cluster } from '../identity/clusterfile.ts'
import { utcText } from '../identity/dates.ts'
import type { OperatorFolder } from '../identity/operator.ts'
import { CLOCK_SLACK_S, nowS, type OperatingFlags } from './operating.ts'

/** The root is used some times a year; beyond this a person compares the date with a calendar. */
const ROOT_MOST_S = 30 * 86_400

/** Now, for a revocation; ADMISSION where the papers of the folder say that it is another date. */
export function revocationDate(
  by: 'operator' | 'root',
  folder: OperatorFolder,
  cluster: Cluster,
  flags: OperatingFlags,
): number {
  const now = nowS()
  if (flags.force === true) return now
  const newest = newestOf(folder, cluster)
  if (now < newest - CLOCK_SLACK_S) throw wrong(now, `something was made on ${utcText(newest)}`)
  const { notAfter } = cluster.operator.body
  if (by === 'operator' && now > notAfter) {
    throw wrong(now, `the operator key is good until ${utcText(notAfter)} only`)
  }
  if (by === 'root' && now > newest + ROOT_MOST_S) {
    throw wrong(now, `the newest paper of this folder is of ${utcText(newest)}`)
  }
  return now
}

/** When the newest paper was made. */
function newestOf(folder: OperatorFolder, { operator }: Cluster): number {
  const papers = [operator, ...folder.operators(), ...folder.seeds()]
  const made = papers.map(({ body }) => body.notBefore + CLOCK_SLACK_S)
  return Math.max(...made, ...folder.revocations().map(({ body }) => body.date))
}

function wrong(now: number, other: string): ClusterError {
  return new ClusterError('ADMISSION', `here it is ${utcText(now)}, and ${other}`, {
    hint: 'set the clock of this machine; if the date is right, say --force',
  })
}

// The lease of a host: one run holds it at a time. It is a lock of the kernel on a file, held by
// the run's own shell there: it goes when the shell goes, however that comes, and nothing is left to
// be removed. Taken in one question, sent together with the shell's first. Not here: who wants one.
import { ClusterError } from '../errors.ts'
import { quoteWord } from './quote.ts'
import { endSession } from './scripts.ts'
import type { ShellAnswer } from './shell.ts'

/** Kept open by the shell, and closed for all that it starts. */
export const LEASE_CLOSED = '9>&-'

/**
 * The shell of a run that has just ended goes within this, and a run's second shell on a host sees
 * within it that the first has the lease.
 */
const LEAVE_SECONDS = 2

export interface LeaseWish {
  /** The run, and the process that runs it: what a dead process of the run holds is taken over. */
  readonly run: string
  readonly process: string
  /** `alice@laptop`, for those who find the host held. */
  readonly who: string
  /** When the run began. */
  readonly since: string
  readonly waitSeconds: number
  /** Where the file lies for root, instead of a folder that only root may write. */
  readonly folder?: string
}

/** How long taking a lease may last, beyond what a question takes. */
export function leaseLimitMs(wish: LeaseWish): number {
  return (LEAVE_SECONDS + wish.waitSeconds) * 1000
}

/**
 * A second shell of the run waits behind the first, in the background and for as long as that
 * lives: when the first goes, the lease is the second's at once, before anybody else's.
 */
function follow(holder: string, words: string): string {
  const note = `echo ${holder} $cos_i ${words} >"$cos_lease"`
  return `( ( flock 9 && ${note} ) </dev/null >/dev/null 2>&1 & )`
}

/**
 * Answers `held`, `none` where the host cannot lock, or `busy` and who holds it. /run/lock would
 * not do for root: on many systems anybody may write there, and could hold the host for ever.
 */
export function leaseScript(wish: LeaseWish, isFollowing = true): string {
  const holder = `${wish.run}.${wish.process}`
  const folder = quoteWord(wish.folder ?? '/run/cluster-os')
  const words = quoteWord(`${wish.who} since ${wish.since}`)
  const tries = Math.ceil(leaseLimitMs(wish) / 100)
  return [
    `cos_lease="$HOME/.cluster-os.lease"`,
    `[ "$(id -u)" != 0 ] || { cos_lease=${folder}/lease; mkdir -p -m 755 ${folder} 2>/dev/null; }`,
    `if ! command -v flock >/dev/null || ! ( : >>"$cos_lease" ) 2>/dev/null; then echo none; else`,
    `exec 9<>"$cos_lease"; read -r cos_l </proc/$$/stat; cos_l=\${cos_l##*) }; set -- $cos_l; cos_i=$4`,
    'cos_n=0; while :; do',
    `if flock -n 9; then echo ${holder} $cos_i ${words} >"$cos_lease"; echo held; break; fi`,
    `cos_h=; read -r cos_h cos_s cos_w <"$cos_lease"; case $cos_h in`,
    `${holder}) ${isFollowing ? follow(holder, words) : ':'}; echo held; break;;`,
    // What is left of this run belongs to a process that was killed.
    `${wish.run}.*) case $cos_s in ''|*[!0-9]*) ;; *) ${endSession('$cos_s', 1)};; esac;; esac`,
    `if [ $cos_n -ge ${tries} ]; then echo "busy $cos_h $cos_w"; break; fi`,
    'cos_n=$((cos_n+1)); sleep 0.1; done; fi',
  ].join('\n')
}

/** Whether the host is held; LEASE names who holds it instead. */
export function judgeLease(answer: ShellAnswer): boolean {
  const [word = '', ...holder] = answer.stdout.toString('utf8').trim().split(' ')
  if (word === 'held') return true
  if (word !== 'busy') return false
  const [id = '', ...words] = holder
  const run = id.replace(/\.[^.]*$/, '')
  throw new ClusterError('LEASE', `the host is held by the run ${run} of ${words.join(' ')}`, {
    hint:
      'if it is still going, --wait-lease SECONDS waits for it; if it was killed, ' +
      'cluster-os resume ends what it left and goes on',
  })
}

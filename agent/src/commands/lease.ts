// Who a host is told to be held by, and how long this command waits for a host that another run
// holds. Not here: the lease itself (host/lease.ts).
import type { LeaseWish } from '../host/lease.ts'
import { systemClock } from '../sys/clock.ts'
import { hostName, userName } from '../sys/env.ts'
import { randomToken } from '../sys/random.ts'
import type { CommandContext } from './context.ts'
import { type Flags, wholeNumber } from './flags.ts'

/** `run` as its journal calls it. */
export function leaseOf(
  flags: Flags,
  context: CommandContext,
  run: string | undefined,
): LeaseWish | undefined {
  if (context.stateFolder === undefined || flags.lease === false) return undefined
  return {
    run: run ?? `${systemClock.wall()}`,
    process: randomToken(4),
    who: `${userName()}@${hostName()}`.replaceAll(/[^\w.@-]/g, '_'),
    since: new Date(systemClock.wall()).toISOString(),
    waitSeconds: wholeNumber('--wait-lease', flags.waitLease) ?? 0,
  }
}

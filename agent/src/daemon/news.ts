// What happens in the cluster, as the agent's log tells it. Not here: who listens to events
// (control.ts), and what happens (gossip/).
import type { GossipEvent } from '../gossip/types.ts'
import { addressKey } from '../wire/address.ts'

/** Undefined for what is no news. */
export function logLine(event: GossipEvent): string | undefined {
  switch (event.kind) {
    case 'member':
      return memberLine(event)
    case 'updated':
      return undefined
    case 'equivocal':
      return `member: has signed two records of one version id=${event.id}`
    case 'conflict': {
      const other = event.other.body.addresses.map(addressKey).join()
      return `identity: is in use on another machine too addresses=${other}`
    }
  }
}

function memberLine(event: Extract<GossipEvent, { kind: 'member' }>): string | undefined {
  const { id, state, before, reason } = event
  // A suspicion is a question; news are its answers.
  const isNews = state !== 'suspect' && before !== 'suspect'
  if (!isNews && state !== 'dead') return undefined
  return `member: is ${state} id=${id}${before ? ` before=${before}` : ''}${reason ? `; ${reason}` : ''}`
}

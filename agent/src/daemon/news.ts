// What happens in the cluster, as the agent tells it to its log and to who listens to events. Not
// here: who listens (control.ts), and what happens (gossip/).
import type { GossipEvent } from '../gossip/types.ts'
import { addressKey } from '../wire/address.ts'
import type { RecordBody } from '../wire/record.ts'
import type { TimedEvent } from './control.ts'

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

/** `own`: our record. Bytes of statements are nothing to read, so what matters of them is told. */
export function timedEvent(event: GossipEvent, own: RecordBody, at: string): TimedEvent {
  if (event.kind !== 'conflict') return { ...event, at }
  return {
    kind: 'conflict',
    id: own.nodeId,
    addresses: own.addresses.map(addressKey),
    twinAddresses: event.other.body.addresses.map(addressKey),
    at,
  }
}

function memberLine(event: Extract<GossipEvent, { kind: 'member' }>): string | undefined {
  const { id, state, before, reason } = event
  // A suspicion is a question; news are its answers.
  const isNews = state !== 'suspect' && before !== 'suspect'
  if (!isNews && state !== 'dead') return undefined
  return `member: is ${state} id=${id}${before ? ` before=${before}` : ''}${reason ? `; ${reason}` : ''}`
}

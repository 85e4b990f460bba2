// What goes into the core and comes out of it. The core knows no clock, socket, disk or chance but
// by these. Not here: what is done with them (daemon/ for the agent, test/sim for the simulator).

import type { AdmissionStatement } from '../identity/book.ts'
import type { Refusal } from '../identity/chains.ts'
import type { Address } from '../wire/address.ts'
import type { NodeId } from '../wire/id.ts'
import type { RecordBody } from '../wire/record.ts'
import type { RefusalReason } from '../wire/refusal.ts'
import type { RecordStatement, Statement } from '../wire/statement.ts'

/** What the node tells about itself that the core does not decide. */
export type Particulars = Omit<
  RecordBody,
  | 'nodeId'
  | 'boot'
  | 'incarnation'
  | 'status'
  | 'protocol'
  | 'salt'
  | 'gossipKey'
  | 'addresses'
  | 'leftAt'
>

/** An interface that a beacon can leave by. */
export interface Link {
  /** `eth0`. */
  readonly name: string
  /** Broadcast addresses of IPv4 and the scoped multicast address of IPv6. */
  readonly beacons: readonly Address[]
}

export type Input =
  | { readonly kind: 'start' }
  | { readonly kind: 'datagram'; readonly from: Address; readonly bytes: Uint8Array }
  /** The moment that the last `wake` named has come. */
  | { readonly kind: 'wake' }
  /** Own addresses, and what beacons can leave by, as they are now. */
  | {
      readonly kind: 'links'
      readonly addresses: readonly Address[]
      readonly links: readonly Link[]
    }
  /** `details`: a blob for whoever wants to know more, at most 16 KiB. */
  | {
      readonly kind: 'publish'
      readonly particulars: Particulars
      readonly details?: Uint8Array
    }
  /** Statements that a person brings: revocations, operators. */
  | { readonly kind: 'statements'; readonly statements: readonly Statement[] }
  | { readonly kind: 'leave' }

/** When an input comes. */
export interface Moment {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: number
  /** Seconds since 1970 by this machine's clock, for dates of admission only. */
  readonly dateS: number
}

export type MemberState = 'alive' | 'suspect' | 'dead' | 'left' | 'quarantined' | 'revoked'

export type GossipEvent =
  | {
      readonly kind: 'member'
      readonly id: NodeId
      readonly state: MemberState
      readonly before: MemberState | undefined
      /** In words, when there is more to say than the state. */
      readonly reason?: string
    }
  | { readonly kind: 'updated'; readonly id: NodeId }
  /** It has signed two different records of one version. */
  | { readonly kind: 'equivocal'; readonly id: NodeId }
  /** Another machine uses our identity. */
  | { readonly kind: 'conflict'; readonly other: RecordStatement }

export type Effect =
  | { readonly kind: 'send'; readonly to: Address; readonly bytes: Uint8Array }
  /** A beacon on the interface of that name. */
  | {
      readonly kind: 'beacon'
      readonly link: string
      readonly to: Address
      readonly bytes: Uint8Array
    }
  /** To be on disk, synced, before a later effect is carried out. */
  | { readonly kind: 'keep-boot'; readonly boot: number }
  /** Statements of admission that are to survive a restart. */
  | { readonly kind: 'keep'; readonly statements: readonly AdmissionStatement[] }
  | { readonly kind: 'event'; readonly event: GossipEvent }

/** Why something was ignored, counted by reason; the core's own reasons besides the wire's. */
export type Ignored = RefusalReason | Refusal | OwnReason
type OwnReason =
  | 'unknown sender'
  | 'epoch'
  | 'not admitted'
  | 'revoked'
  | 'replay'
  | 'not sent to us'
  | 'other source'
  | 'not asked'
  | 'malformed'
  | 'stale'
  | 'signature'
  | 'other key'
  | 'bound'

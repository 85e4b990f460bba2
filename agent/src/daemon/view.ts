// What an agent tells about members to people and programs: one shape, used by the control socket,
// `members --json` and the live inventory. Names and details are of others: shown, never believed.
// Not here: how it is shown (commands/).
import type { Gossip } from '../gossip/core.ts'
import { type Member, twinAddresses } from '../gossip/roster.ts'
import type { MemberState } from '../gossip/types.ts'
import type { Book } from '../identity/book.ts'
import { addressKey } from '../wire/address.ts'
import type { NodeId } from '../wire/id.ts'
import { type Details, toldDetails } from './told.ts'

export interface MemberView {
  readonly id: NodeId
  readonly short: string
  readonly isSelf: boolean
  readonly state: MemberState
  readonly hostname: string
  readonly addresses: readonly string[]
  /** Of the other machine, while two use its identity. */
  readonly twinAddresses?: readonly string[]
  readonly boot: number
  readonly incarnation: number
  /** Those that its seed allows. */
  readonly roles: readonly string[]
  readonly mayCoordinate: boolean
  readonly health: readonly string[]
  readonly overlayIpv4?: string
  readonly wireguardKey?: string
  readonly agentDigest?: string
  /** Undefined until it was fetched. */
  readonly details?: Details
}

const HEALTH_WORDS = {
  isLoaded: 'loaded',
  isShortOfMemory: 'short of memory',
  isShortOfDisk: 'short of disk',
  hasFailedUnits: 'failed units',
  isClockOff: 'clock off',
  isUnhealthy: 'unhealthy',
} as const

export function memberView(member: Member, gossip: Gossip, book: Book): MemberView {
  const { body } = member.record
  const health = body.health
  const words = Object.entries(HEALTH_WORDS).filter(
    ([name]) => health?.[name as keyof typeof HEALTH_WORDS] === true,
  )
  const twins = twinAddresses(member)
  const details = toldDetails(gossip.detailsOf(member))
  return {
    id: member.id,
    short: member.short,
    isSelf: member.isSelf,
    state: gossip.stateOf(member),
    hostname: body.hostname ?? '',
    addresses: body.addresses.map(addressKey),
    boot: body.boot,
    incarnation: body.incarnation,
    roles: allowedRoles(body.roles, member.id, book),
    mayCoordinate: book.mayCoordinate(member.id),
    ...(twins.length === 0 ? {} : { twinAddresses: twins.map(addressKey) }),
    health: words.map(([, word]) => word),
    ...(body.overlayIpv4 === undefined ? {} : { overlayIpv4: body.overlayIpv4 }),
    ...(body.wireguardKey === undefined ? {} : { wireguardKey: base64(body.wireguardKey) }),
    ...(body.agentDigest === undefined ? {} : { agentDigest: hex(body.agentDigest) }),
    ...(details === undefined ? {} : { details }),
  }
}

/** A record says what its node wants to be, and its seed what it may be. */
function allowedRoles(roles: readonly string[], id: NodeId, book: Book): readonly string[] {
  const allowed = book.rolesOf(id)
  return allowed === undefined ? roles : roles.filter((role) => allowed.includes(role))
}

/** All members, by hostname and then by id. */
export function memberViews(gossip: Gossip, book: Book): MemberView[] {
  return [...gossip.roster.all()]
    .map((member) => memberView(member, gossip, book))
    .toSorted((a, b) => compare(a.hostname, b.hostname) || compare(a.id, b.id))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

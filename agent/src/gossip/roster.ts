// The table of members: one record each, the newest; who is held dead; and the sums by which two
// tables are compared. Merging is a join of a lattice: order and repetition do not matter. Not
// here: why somebody is dead (suspicion.ts) and who may be a member (admission.ts).
import type { Address } from '../wire/address.ts'
import { addressKey } from '../wire/address.ts'
import { type NodeId, type ShortId, shortOf } from '../wire/id.ts'
import type { RecordStatement } from '../wire/statement.ts'
import type { Suite } from '../wire/suite.ts'
import { MEMBERS_MOST } from './config.ts'
import { type Part, Sums } from './sums.ts'

/** What is common to all: state 1 is death by accusations, 2 quarantine. */
type Standing = 'good' | 'dead' | 'quarantined'
const STANDINGS: readonly Standing[] = ['good', 'dead', 'quarantined']

export interface Member {
  readonly id: NodeId
  readonly short: ShortId
  /** The first 32 bits of its id. */
  readonly point: number
  readonly isSelf: boolean
  record: RecordStatement
  standing: Standing
  /** What this member adds to the view. */
  part: Part
  /** Where its last datagram came from; it wins over addresses of the record. */
  via: Address | undefined
  /** Where another process of it was: its last one, or another machine with its key. */
  before: readonly Address[]
  /** The start of it that two records of one version were told of for. */
  equivocalBoot: number | undefined
  /** Held dead in our view only. */
  isLoneDead: boolean
  diedAtMs: number | undefined
}

export type Merge = 'new' | 'newer' | 'same' | 'older' | 'bound'

export class Roster {
  readonly sums = new Sums()
  readonly #suite: Suite
  readonly #self: NodeId
  readonly #members = new Map<NodeId, Member>()
  readonly #byShort = new Map<ShortId, Member>()
  /**
   * Members that are probed and told news; kept as a list because it is drawn from all the time.
   */
  #living: Member[] = []

  constructor(self: NodeId, suite: Suite) {
    this.#self = self
    this.#suite = suite
  }

  get size(): number {
    return this.#members.size
  }

  get(id: NodeId): Member | undefined {
    return this.#members.get(id)
  }

  byShort(short: ShortId): Member | undefined {
    return this.#byShort.get(short)
  }

  all(): Iterable<Member> {
    return this.#members.values()
  }

  /** All that are here and in good standing, without ourselves. */
  living(): readonly Member[] {
    return this.#living
  }

  /** Members in good standing, ourselves among them: the N of all formulas. */
  count(): number {
    return this.#living.length + 1
  }

  /** Takes a record in if it is newer than what is held. */
  merge(record: RecordStatement): { readonly merge: Merge; readonly member?: Member } {
    const held = this.#members.get(record.body.nodeId)
    if (held === undefined) return this.#add(record)
    const order = compareRecords(record, held.record)
    if (order === 0) return { merge: 'same', member: held }
    const other = order < 0 ? record.body : held.record.body
    const isProcess = Buffer.compare(record.body.salt, held.record.body.salt) === 0
    if (!isProcess) held.before = other.addresses
    if (order < 0) return { merge: 'older', member: held }
    if (held.via !== undefined && !isAt(record, held.via)) held.via = undefined
    held.record = record
    this.#refresh(held, held.standing === 'dead' ? 'good' : held.standing)
    return { merge: 'newer', member: held }
  }

  setStanding(member: Member, standing: Standing): void {
    if (member.standing !== standing) this.#refresh(member, standing)
  }

  /** Held dead here although the cluster has not agreed on it. */
  setLoneDead(member: Member, isDead: boolean): void {
    if (member.isLoneDead === isDead) return
    member.isLoneDead = isDead
    this.#placeLiving(member)
  }

  forget(member: Member): void {
    this.sums.remove(member.short, member.part)
    this.#members.delete(member.id)
    this.#byShort.delete(member.short)
    this.#living = this.#living.filter((other) => other !== member)
  }

  #add(record: RecordStatement): { merge: Merge; member?: Member } {
    const id = record.body.nodeId
    const short = shortOf(id)
    if (this.#members.size >= MEMBERS_MOST || this.#byShort.has(short)) return { merge: 'bound' }
    const standing = record.body.status === 'conflict' ? 'quarantined' : 'good'
    const part = this.#partOf(record, standing)
    const member: Member = {
      id,
      short,
      point: pointOf(short),
      isSelf: id === this.#self,
      record,
      standing,
      part,
      via: undefined,
      before: [],
      equivocalBoot: undefined,
      isLoneDead: false,
      diedAtMs: undefined,
    }
    this.#members.set(id, member)
    this.#byShort.set(short, member)
    this.sums.add(short, part)
    this.#placeLiving(member)
    return { merge: 'new', member }
  }

  #refresh(member: Member, standing: Standing): void {
    this.sums.remove(member.short, member.part)
    member.standing = standing
    member.part = this.#partOf(member.record, standing)
    if (standing === 'good') member.isLoneDead = false
    this.sums.add(member.short, member.part)
    this.#placeLiving(member)
  }

  #placeLiving(member: Member): void {
    const isLiving = isHere(member) && !member.isSelf
    const at = this.#living.indexOf(member)
    if (isLiving && at < 0) this.#living = [...this.#living, member]
    if (!isLiving && at >= 0) this.#living = this.#living.filter((other) => other !== member)
  }

  #partOf(record: RecordStatement, standing: Standing): Part {
    const state = Buffer.from([STANDINGS.indexOf(standing)])
    const digest = Buffer.from(record.digest, 'hex')
    return this.#suite.digest(Buffer.concat([MEMBER, digest, state])).subarray(0, 8)
  }
}

const MEMBER = Buffer.from('member')

/** The first 32 bits of an id: distances between ids are equal in all eyes. */
export function pointOf(short: ShortId): number {
  return Number.parseInt(short.slice(0, 8), 16)
}

/** Takes part now. */
export function isHere(member: Member): boolean {
  return member.standing === 'good' && !member.isLoneDead && member.record.body.status === 'here'
}

/** Positive when `a` is newer. Two records of one boot and incarnation: the lower digest wins. */
export function compareRecords(a: RecordStatement, b: RecordStatement): number {
  if (a.body.boot !== b.body.boot) return a.body.boot - b.body.boot
  if (a.body.incarnation !== b.body.incarnation) return a.body.incarnation - b.body.incarnation
  if (a.digest === b.digest) return 0
  return a.digest < b.digest ? 1 : -1
}

/** Where the other machine is, while two use its identity. */
export function twinAddresses({ record, before }: Member): readonly Address[] {
  if (record.body.status !== 'conflict') return []
  return before.filter((address) => !isAt(record, address))
}

/** Of one version and different: whoever signed them says two things at once. */
export function isEquivocal(a: RecordStatement, b: RecordStatement): boolean {
  const isSameVersion = a.body.boot === b.body.boot && a.body.incarnation === b.body.incarnation
  return isSameVersion && a.digest !== b.digest
}

function isAt(record: RecordStatement, address: Address): boolean {
  const wanted = addressKey(address)
  return record.body.addresses.some((other) => addressKey(other) === wanted)
}

/**
 * Where to send the n-th try: what it was last heard from, then the addresses of its record in
 * turn.
 */
export function addressOf(member: Member, turn: number): Address | undefined {
  const { addresses } = member.record.body
  const places = member.via === undefined ? addresses : [member.via, ...addresses]
  return places[turn % places.length]
}

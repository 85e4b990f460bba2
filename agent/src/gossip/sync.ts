// Repair: two members whose views differ find out in three steps where, and give each other what is
// missing: sums of 16 buckets, the ids and versions of a bucket that differs, the statements. News
// that were lost, splits and joins end here. Not here: news on their way (rumours.ts).
import type { NodeId, ShortId } from '../wire/id.ts'
import type { Message } from '../wire/message.ts'
import type { Statement } from '../wire/statement.ts'
import {
  SYNC_AFTER_MS,
  SYNC_AGAIN_MS,
  SYNC_DIFFERS_MS,
  SYNC_INTERVAL_MS,
  SYNC_PATIENCE_MS,
  syncLatestMs,
  syncStormMs,
} from './config.ts'
import type { Graves } from './graves.ts'
import type { Holdings } from './holdings.ts'
import { answerWith, packedBy } from './packing.ts'
import type { Member, Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'
import type { Storm } from './storm.ts'
import { BUCKETS } from './sums.ts'
import type { Suspicions } from './suspicion.ts'

type Ids = Extract<Message, { type: 'ids' }>

const IDS_MOST = 64
const LAST = 'ffffffffffffffff'
/** Ids told of in one answer, by whole buckets, and at least one bucket. */
const IDS_AT_ONCE = 256
/** Lists that are looked at in one datagram: no bucket has more than two pieces there. */
const LISTS_MOST = 2 * BUCKETS
/** What a list of ids takes besides them, and each of them with its version and without. */
const LIST_BYTES = 5
const VERSION_BYTES = 12
const ID_BYTES = 8
/** Who lacks so much goes on comparing at once. */
const MUCH = 16
/** What was given is judged, and taken, within this time. */
const TAKEN_MS = 350

interface Parts {
  readonly runtime: Runtime
  readonly roster: Roster
  readonly holdings: Holdings
  readonly suspicions: Suspicions
  readonly graves: Graves
  readonly storm: Storm
}

export class Sync {
  readonly #parts: Parts
  #changedMs = Number.NEGATIVE_INFINITY
  /** When what changes now began to. */
  #changingMs = Number.NEGATIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY
  /** With whom we compare, until our views are equal, and how long we wait before the next time. */
  #partner: NodeId | undefined
  #againMs = SYNC_AGAIN_MS
  /** Who was asked for statements, and whether any have come. */
  #asked: { readonly id: NodeId; hasGiven: boolean } | undefined
  /** At the last time much was missing here. */
  #isMuch = false
  /** With whom we catch up since we started, and when that ends, once it does. */
  readonly #caughtUpFrom = new Set<NodeId>()
  #catchUpEndMs = Number.POSITIVE_INFINITY

  constructor(parts: Parts) {
    this.#parts = parts
  }

  view(): bigint {
    return this.#parts.roster.sums.total ^ this.#parts.holdings.sums.total
  }

  /** Something that the view is made of has changed. */
  changed(): void {
    const { nowMs } = this.#parts.runtime.moment
    if (nowMs - this.#changedMs >= SYNC_AFTER_MS) this.#changingMs = nowMs
    this.#changedMs = nowMs
  }

  /** A member has told its view. */
  compare(member: Member, view: bigint): void {
    if (view === this.view()) return
    const { agenda, moment } = this.#parts.runtime
    const { nowMs } = moment
    if (nowMs - this.#changedMs < SYNC_AFTER_MS) {
      const sinceMs = nowMs - Math.max(this.#askedMs, this.#changingMs)
      if (sinceMs >= syncLatestMs(this.#parts.roster.count())) this.begin(member)
      return
    }
    if (nowMs - this.#askedMs < SYNC_INTERVAL_MS || agenda.has('compare')) return
    // The news by which we differ may be on their way.
    agenda.set('compare', nowMs + SYNC_DIFFERS_MS, () => {
      if (this.#changedMs < nowMs) this.begin(member)
    })
  }

  /** Compares now: with who has just been met, or is known to differ. */
  begin(member: Member): void {
    this.#againMs = SYNC_AGAIN_MS
    this.#ask(member)
  }

  /** What this member tells is new to us alone. */
  catchesUpWith(id: NodeId): boolean {
    return this.#caughtUpFrom.has(id) && this.#parts.runtime.moment.nowMs < this.#catchUpEndMs
  }

  /** Statements came: the comparison goes on a while after the last of what we wait for. */
  gave(from: Member): void {
    if (this.#asked?.id !== from.id) return
    this.#asked.hasGiven = true
    const leastMs = this.#isMuch || this.#parts.storm.isOn() ? TAKEN_MS : 0
    this.#againAfter(Math.max(this.#againMs, leastMs))
  }

  #ask(member: Member): void {
    this.#askedMs = this.#parts.runtime.moment.nowMs
    this.#partner = member.id
    this.#asked = undefined
    this.#parts.runtime.tell(member, [{ type: 'buckets', sums: this.#buckets() }])
    this.#againAfter(syncLatestMs(this.#parts.roster.count()))
  }

  buckets(from: Member, sums: readonly bigint[]): void {
    const own = this.#buckets()
    const differing = own
      .map((_, bucket) => bucket)
      .filter((bucket) => own[bucket] !== sums[bucket])
    const lists: Ids[] = []
    let count = 0
    for (const bucket of this.#parts.runtime.dice.shuffled(differing)) {
      const pieces = this.#pieces(bucket)
      count += pieces.reduce((sum, { ids }) => sum + ids.length, 0)
      if (count > IDS_AT_ONCE && lists.length > 0) break
      lists.push(...pieces)
    }
    const bytesOf = ({ ids }: Ids): number => LIST_BYTES + VERSION_BYTES * ids.length
    for (const messages of packedBy(lists, bytesOf)) this.#parts.runtime.tell(from, messages)
  }

  /**
   * The other's ids of buckets: asks for what differs, gives what the other lacks. Who has just
   * come gives nothing: what it lacks has told others of it already.
   */
  ids(from: Member, lists: readonly Ids[]): void {
    const differing = lists.slice(0, LISTS_MOST).map((list) => this.#differing(list))
    const lacking = new Set(differing.flatMap((one) => one.wanted))
    const unknown = [...lacking].filter((short) => this.#parts.roster.byShort(short) === undefined)
    const isPartner = from.id === this.#partner
    const isBehind = isPartner && !this.#hasCaughtUp() && unknown.length >= MUCH
    const pulls = packedBy(isBehind ? unknown : lacking, () => ID_BYTES, IDS_MOST)
    for (const ids of pulls) this.#parts.runtime.tell(from, [{ type: 'pull', ids }])
    const given = new Set(isBehind ? [] : differing.flatMap((one) => one.given))
    answerWith(this.#parts.runtime, from, this.#statementsOf(given))
    if (!isPartner) return
    const isMuch = lacking.size >= MUCH
    this.#catchUp(from.id, isMuch)
    if (lacking.size + given.size > 0) this.#goOn(from.id, isMuch, lacking.size > 0)
  }

  #catchUp(from: NodeId, isMuch: boolean): void {
    if (this.#hasCaughtUp()) return
    if (isMuch) this.#caughtUpFrom.add(from)
    else this.#catchUpEndMs = this.#parts.runtime.moment.nowMs + TAKEN_MS
  }

  #hasCaughtUp(): boolean {
    return this.#catchUpEndMs < Number.POSITIVE_INFINITY
  }

  #differing({ bucket, ids, hasBefore, hasMore }: Ids) {
    const theirs = new Map(ids.map(({ short, version }) => [short, version]))
    const own = this.#versions(bucket)
    // What they have and we do not is a member that we have forgotten already.
    const isSame = (short: ShortId): boolean => {
      const word = ((own.get(short) ?? 0) ^ (theirs.get(short) ?? 0)) >>> 0
      return word === 0 || this.#parts.graves.isOf(short, word)
    }
    const wanted = [...theirs.keys()].filter((short) => !isSame(short))
    // A piece of a list tells nothing about what lies beyond its ends.
    const first = hasBefore ? (ids[0]?.short ?? '') : ''
    const last = hasMore ? (ids.at(-1)?.short ?? '') : LAST
    const given = [...own.keys()].filter(
      (short) => !isSame(short) && short >= first && short <= last,
    )
    return { wanted, given }
  }

  /**
   * Once what we have asked for is there, or has not come. When little is missing the next time is
   * ever later, as the rest may be on its way.
   */
  #goOn(id: NodeId, isMuch: boolean, isAsked: boolean): void {
    if (!isMuch) this.#againMs = this.#laterMs()
    this.#asked = isAsked ? { id, hasGiven: false } : undefined
    this.#isMuch = isMuch
    this.#againAfter(isAsked ? SYNC_PATIENCE_MS : this.#againMs)
  }

  #laterMs(): number {
    const laterMs = Math.min(2 * this.#againMs, SYNC_INTERVAL_MS)
    if (!this.#parts.storm.isOn()) return laterMs
    // Who lacked much is among many, although it may know few of them yet.
    const isAmongMany = this.#caughtUpFrom.size > 0
    const count = this.#parts.roster.count()
    return Math.max(laterMs, isAmongMany ? syncLatestMs(count) : syncStormMs(count))
  }

  #againAfter(delayMs: number): void {
    const { agenda, dice, moment } = this.#parts.runtime
    agenda.set('sync again', moment.nowMs + delayMs, () => {
      // Views that differ and do not change are compared when members tell them.
      const sinceMs = this.#parts.runtime.moment.nowMs - this.#changedMs
      if (sinceMs > 2 * syncLatestMs(this.#parts.roster.count())) return this.#end()
      const partner =
        this.#partner === undefined ? undefined : this.#parts.roster.get(this.#partner)
      // The other half of a split knows what our own half does not. All have what a newcomer lacks.
      const stays = this.#isMuch && this.#hasCaughtUp() && this.#asked?.hasGiven !== false
      const [other] = stays ? [] : dice.pick(this.#parts.roster.living(), 1)
      const next = other ?? partner
      if (next !== undefined) this.#ask(next)
    })
  }

  /** What the partner tells from now on is news like any other. */
  #end(): void {
    this.#partner = undefined
    this.#asked = undefined
  }

  pull(from: Member, ids: readonly ShortId[]): void {
    answerWith(this.#parts.runtime, from, this.#statementsOf(new Set(ids)))
  }

  *#statementsOf(ids: ReadonlySet<ShortId>): Iterable<Statement> {
    for (const short of ids) yield* this.#statements(short)
  }

  /** All about one subject: what admits it, its record, and why it is held dead. */
  #statements(short: ShortId): Statement[] {
    const member = this.#parts.roster.byShort(short)
    const admission = [...this.#parts.holdings.about(short)]
    if (member === undefined) return admission
    return [...admission, member.record, ...this.#parts.suspicions.against(member)]
  }

  /** All ids of a bucket; each piece but the first begins with the end of the one before. */
  #pieces(bucket: number): Ids[] {
    const ids = [...this.#versions(bucket)]
      .map(([short, version]) => ({ short, version }))
      .toSorted((a, b) => (a.short < b.short ? -1 : 1))
    const pieces: Ids[] = []
    for (let at = 0; at === 0 || at < ids.length - 1; at += IDS_MOST - 1) {
      const some = ids.slice(at, at + IDS_MOST)
      const [hasBefore, hasMore] = [at > 0, at + IDS_MOST < ids.length]
      pieces.push({ type: 'ids', bucket, hasBefore, hasMore, ids: some })
    }
    return pieces
  }

  #versions(bucket: number): Map<ShortId, number> {
    const versions = new Map(this.#parts.roster.sums.words(bucket))
    for (const [short, word] of this.#parts.holdings.sums.words(bucket)) {
      versions.set(short, ((versions.get(short) ?? 0) ^ word) >>> 0)
    }
    return versions
  }

  #buckets(): bigint[] {
    return Array.from(
      { length: BUCKETS },
      (_, bucket) =>
        this.#parts.roster.sums.bucket(bucket) ^ this.#parts.holdings.sums.bucket(bucket),
    )
  }
}

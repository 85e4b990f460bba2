// Repair: two members whose views differ find out in three steps where, and give each other what is
// missing: sums of 16 buckets, the ids and versions of a bucket that differs, the statements. News
// that were lost, splits and joins end here. Not here: news on their way (rumours.ts).
import type { NodeId, ShortId } from '../wire/id.ts'
import type { Message } from '../wire/message.ts'
import type { Statement } from '../wire/statement.ts'
import {
  ANSWER_DATAGRAMS_MOST,
  SYNC_AFTER_MS,
  SYNC_AGAIN_MS,
  SYNC_INTERVAL_MS,
  syncLatestMs,
} from './config.ts'
import { type Holdings, partOf } from './holdings.ts'
import { packed } from './packing.ts'
import type { Member, Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'
import { BUCKETS, partWord } from './sums.ts'
import type { Suspicions } from './suspicion.ts'

type Ids = Extract<Message, { type: 'ids' }>

const IDS_MOST = 64
const LAST = 'ffffffffffffffff'
/** Buckets told of in one answer. */
const BUCKETS_AT_ONCE = 4

export class Sync {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #holdings: Holdings
  readonly #suspicions: Suspicions
  #changedMs = Number.NEGATIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY
  /** Who may have more for us; a comparison that brought something goes on with that member. */
  #partner: NodeId | undefined

  constructor(runtime: Runtime, roster: Roster, holdings: Holdings, suspicions: Suspicions) {
    this.#runtime = runtime
    this.#roster = roster
    this.#holdings = holdings
    this.#suspicions = suspicions
  }

  view(): bigint {
    return this.#roster.sums.total ^ this.#holdings.sums.total
  }

  /** Something that the view is made of has changed. */
  changed(): void {
    this.#changedMs = this.#runtime.moment.nowMs
  }

  /** A member has told its view. */
  compare(member: Member, view: bigint): void {
    if (view === this.view()) return
    const { nowMs } = this.#runtime.moment
    const isQuiet = nowMs - this.#changedMs >= SYNC_AFTER_MS
    const sinceMs = nowMs - this.#askedMs
    if (sinceMs < (isQuiet ? SYNC_INTERVAL_MS : syncLatestMs(this.#roster.count()))) return
    this.begin(member)
  }

  /** Compares now: with who has just been met, or is known to differ. */
  begin(member: Member): void {
    this.#askedMs = this.#runtime.moment.nowMs
    this.#partner = member.id
    this.#runtime.tell(member, [{ type: 'buckets', sums: this.#buckets() }])
  }

  /** Statements came from a member that we are comparing with: there may be more. */
  progressed(member: Member): void {
    if (this.#partner !== member.id) return
    const { agenda, moment } = this.#runtime
    agenda.set('sync again', moment.nowMs + SYNC_AGAIN_MS, () => this.begin(member))
  }

  buckets(from: Member, sums: readonly bigint[]): void {
    const own = this.#buckets()
    const differing = own
      .map((_, bucket) => bucket)
      .filter((bucket) => own[bucket] !== sums[bucket])
    for (const bucket of this.#runtime.dice.pick(differing, BUCKETS_AT_ONCE)) {
      this.#tellIds(from, bucket)
    }
  }

  /** The other's ids of a bucket: asks for what differs, gives what the other lacks. */
  ids(from: Member, message: Ids): void {
    const theirs = new Map(message.ids.map(({ short, version }) => [short, version]))
    const own = this.#versions(message.bucket)
    const wanted = [...theirs].filter(([short, version]) => own.get(short) !== version)
    if (wanted.length > 0) {
      this.#partner = from.id
      this.#runtime.tell(from, [{ type: 'pull', ids: wanted.map(([short]) => short) }])
    }
    // A piece of a list tells nothing about what lies beyond its ends.
    const first = message.hasBefore ? (message.ids[0]?.short ?? '') : ''
    const last = message.hasMore ? (message.ids.at(-1)?.short ?? '') : LAST
    const given = [...own].filter(
      ([short, version]) => theirs.get(short) !== version && short >= first && short <= last,
    )
    this.#give(
      from,
      given.map(([short]) => short),
    )
  }

  pull(from: Member, ids: readonly ShortId[]): void {
    this.#give(from, ids)
  }

  #give(to: Member, ids: readonly ShortId[]): void {
    const statements = ids.flatMap((short) => this.#statements(short))
    for (const batch of packed(statements).slice(0, ANSWER_DATAGRAMS_MOST)) {
      this.#runtime.tell(to, [{ type: 'statements', statements: batch }])
    }
  }

  /** All about one subject: what admits it, its record, and why it is held dead. */
  #statements(short: ShortId): Statement[] {
    const member = this.#roster.byShort(short)
    const admission = [...this.#holdings.about(short)]
    if (member === undefined) return admission
    return [...admission, member.record, ...this.#suspicions.against(member)]
  }

  #tellIds(to: Member, bucket: number): void {
    const ids = [...this.#versions(bucket)]
      .map(([short, version]) => ({ short, version }))
      .toSorted((a, b) => (a.short < b.short ? -1 : 1))
    // Each piece but the first begins with the end of the one before.
    for (let at = 0; at === 0 || at < ids.length - 1; at += IDS_MOST - 1) {
      const some = ids.slice(at, at + IDS_MOST)
      const [hasBefore, hasMore] = [at > 0, at + IDS_MOST < ids.length]
      this.#runtime.tell(to, [{ type: 'ids', bucket, hasBefore, hasMore, ids: some }])
    }
  }

  #versions(bucket: number): Map<ShortId, number> {
    const versions = new Map<ShortId, number>()
    for (const { short, part } of this.#roster.inBucket(bucket)) versions.set(short, partWord(part))
    for (const short of this.#holdings.subjects()) {
      if (Number.parseInt(short.charAt(0), 16) !== bucket) continue
      for (const statement of this.#holdings.about(short)) {
        const word = partWord(partOf(statement))
        versions.set(short, ((versions.get(short) ?? 0) ^ word) >>> 0)
      }
    }
    return versions
  }

  #buckets(): bigint[] {
    return Array.from(
      { length: BUCKETS },
      (_, bucket) => this.#roster.sums.bucket(bucket) ^ this.#holdings.sums.bucket(bucket),
    )
  }
}

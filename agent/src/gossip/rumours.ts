// News on their way through the cluster: each statement that is new here is told to a few members
// at once, again soon after, and then at intervals, a bounded number of times. One place for each
// subject and kind, so that the queue is bounded by the members and the newest word wins. Not here:
// what is new (intake.ts), and repair of what was missed (sync.ts).
import type { NodeId } from '../wire/id.ts'
import type { Statement } from '../wire/statement.ts'
import {
  FANOUT,
  SPREAD_AT_MS,
  SPREAD_INTERVAL_MS,
  SPREAD_MOST,
  STEP_MS,
  STORM_MS,
  spreadLimit,
  stormFrom,
} from './config.ts'
import { packed } from './packing.ts'
import type { Member, Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'

interface Rumour {
  readonly statement: Statement
  sent: number
  rounds: number
  dueMs: number
  /** Members that told us. */
  readonly heardFrom: Set<NodeId>
  /** How often we told a member: a datagram may be lost, so once more is better than not at all. */
  readonly told: Map<NodeId, number>
}

/** Twice as many as make a storm among most members. */
const ADDED_MOST = 2048

/** Datagrams for one member in one round; the rest waits for the next. */
const DATAGRAMS_MOST = 4

export class Rumours {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #rumours = new Map<string, Rumour>()
  /** When the newest were added, enough of them to tell a storm. */
  readonly #addedMs: number[] = []
  /** When each was last noted there, the oldest first. */
  readonly #notedMs = new Map<string, number>()

  constructor(runtime: Runtime, roster: Roster) {
    this.#runtime = runtime
    this.#roster = roster
  }

  get size(): number {
    return this.#rumours.size
  }

  /** Very much has become new within a moment. */
  isStorm(): boolean {
    const first = this.#addedMs[this.#addedMs.length - stormFrom(this.#roster.count())]
    return first !== undefined && this.#runtime.moment.nowMs - first < STORM_MS
  }

  /** Spreads a statement that is new here; `from` has it already. */
  add(statement: Statement, from?: NodeId): void {
    const slot = slotOf(statement)
    this.#note(statement)
    this.#rumours.delete(slot)
    if (this.#rumours.size >= SPREAD_MOST) {
      const oldest = this.#rumours.keys().next().value
      if (oldest !== undefined) this.#rumours.delete(oldest)
    }
    const { nowMs } = this.#runtime.moment
    const dueMs = this.#together(statement, nowMs + (SPREAD_AT_MS[0] ?? 0))
    const heardFrom = new Set(from === undefined ? [] : [from])
    const told = new Map<NodeId, number>()
    this.#rumours.set(slot, { statement, sent: 0, rounds: 0, dueMs, heardFrom, told })
    this.#schedule(dueMs)
  }

  /** Each subject once in a while: one member that says much of itself is no storm. */
  #note(statement: Statement): void {
    if (statement.kind === 'accusation') return
    const { nowMs } = this.#runtime.moment
    const slot = slotOf(statement)
    if (nowMs - (this.#notedMs.get(slot) ?? Number.NEGATIVE_INFINITY) < STORM_MS) return
    this.#notedMs.delete(slot)
    this.#notedMs.set(slot, nowMs)
    this.#addedMs.push(nowMs)
    if (this.#addedMs.length <= ADDED_MOST) return
    this.#addedMs.splice(0, ADDED_MOST / 2)
    for (const old of [...this.#notedMs.keys()].slice(0, ADDED_MOST / 2)) {
      this.#notedMs.delete(old)
    }
  }

  /** Somebody told us what we know: it need not be told. */
  heard(statement: Statement, from: NodeId): void {
    const rumour = this.#rumours.get(slotOf(statement))
    if (rumour?.statement.digest === statement.digest) rumour.heardFrom.add(from)
  }

  #schedule(atMs: number): void {
    const { agenda } = this.#runtime
    if (!agenda.has('spread')) agenda.set('spread', atMs, () => this.#round())
  }

  #round(): void {
    const { nowMs } = this.#runtime.moment
    // What is due a moment later goes along: one datagram instead of two.
    const due = [...this.#rumours.values()].filter(({ dueMs }) => dueMs <= nowMs + 5)
    for (const target of this.#targets(due)) this.#tell(target, due)
    const limit = spreadLimit(this.#roster.count())
    for (const rumour of due) {
      rumour.rounds++
      const next = SPREAD_AT_MS[rumour.rounds]
      const before = SPREAD_AT_MS[rumour.rounds - 1] ?? 0
      const waitMs = next === undefined ? SPREAD_INTERVAL_MS : next - before
      rumour.dueMs = this.#together(rumour.statement, nowMs + waitMs)
      const most = this.#mayWait(rumour.statement) ? FANOUT : limit
      const isOver = rumour.sent >= most || rumour.rounds > most
      if (isOver) this.#rumours.delete(slotOf(rumour.statement))
    }
    let nextMs = Number.POSITIVE_INFINITY
    for (const { dueMs } of this.#rumours.values()) nextMs = Math.min(nextMs, dueMs)
    if (nextMs < Number.POSITIVE_INFINITY) this.#schedule(nextMs)
  }

  /** Some wait a little for others, so that datagrams are full. */
  #together(statement: Statement, dueMs: number): number {
    return this.#mayWait(statement) ? Math.ceil(dueMs / STEP_MS) * STEP_MS : dueMs
  }

  /** Nobody waits for a receipt, as whoever hears of a node looks at its papers itself. */
  #mayWait({ kind }: Statement): boolean {
    return kind === 'receipt' || (kind !== 'accusation' && this.isStorm())
  }

  /** Members that may lack the first of the news, the least told first; others fill up. */
  #targets(due: readonly Rumour[]): Member[] {
    const living = this.#roster.living()
    const { dice } = this.#runtime
    const [first] = due
    if (first === undefined) return []
    if (living.length <= FANOUT) return [...living]
    const drawn = dice.pick(living, FANOUT + first.heardFrom.size + first.told.size)
    const lacking = drawn.filter(({ id }) => !first.heardFrom.has(id))
    const order = (lacking.length > 0 ? lacking : drawn).toSorted(
      (a, b) => (first.told.get(a.id) ?? 0) - (first.told.get(b.id) ?? 0),
    )
    return order.slice(0, FANOUT)
  }

  #tell(target: Member, due: readonly Rumour[]): void {
    const news = due.filter(({ heardFrom }) => !heardFrom.has(target.id))
    const batches = packed(news.map(({ statement }) => statement)).slice(0, DATAGRAMS_MOST)
    const told = new Set(batches.flat())
    for (const statements of batches) {
      this.#runtime.tell(target, [{ type: 'statements', statements }])
    }
    for (const rumour of news) {
      if (!told.has(rumour.statement)) continue
      rumour.sent++
      rumour.told.set(target.id, (rumour.told.get(target.id) ?? 0) + 1)
    }
  }
}

/** What a newer statement takes the place of. */
export function slotOf(statement: Statement): string {
  if (statement.kind === 'record') return `record ${statement.body.nodeId}`
  if (statement.kind === 'accusation') {
    return `accusation ${statement.body.subject} ${statement.body.accuser}`
  }
  return `${statement.kind} ${statement.digest}`
}

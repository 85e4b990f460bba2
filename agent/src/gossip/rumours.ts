// News on their way through the cluster: each statement that is new here is told to a few members
// at once, again soon after, and then at intervals, a bounded number of times. One place for each
// subject and kind, so that the queue is bounded by the members and the newest word wins. Not here:
// what is new (intake.ts), and repair of what was missed (sync.ts).
import type { NodeId } from '../wire/id.ts'
import type { Statement } from '../wire/statement.ts'
import {
  FANOUT,
  KNOWN_FROM,
  SPREAD_AT_MS,
  SPREAD_INTERVAL_MS,
  SPREAD_MOST,
  STEP_MS,
  STORM_FANOUT,
  spreadLimit,
} from './config.ts'
import { packed } from './packing.ts'
import type { Member, Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'
import type { Storm } from './storm.ts'

interface Rumour {
  readonly statement: Statement
  /** It does not wait, however much is new. */
  readonly isUrgent: boolean
  sent: number
  rounds: number
  dueMs: number
  /** Members that told us. */
  readonly heardFrom: Set<NodeId>
  /** How often we told a member: a datagram may be lost, so once more is better than not at all. */
  readonly told: Map<NodeId, number>
}

/** Datagrams for one member in one round; the rest waits for the next. */
const DATAGRAMS_MOST = 4

export class Rumours {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #storm: Storm
  readonly #rumours = new Map<string, Rumour>()

  constructor(runtime: Runtime, roster: Roster, storm: Storm) {
    this.#runtime = runtime
    this.#roster = roster
    this.#storm = storm
  }

  get size(): number {
    return this.#rumours.size
  }

  /** Spreads a statement that is new here; `from` has it already. */
  add(statement: Statement, from?: NodeId, isUrgent = statement.kind === 'accusation'): void {
    const slot = slotOf(statement)
    if (statement.kind !== 'accusation') this.#storm.note(slot)
    this.#rumours.delete(slot)
    if (this.#rumours.size >= SPREAD_MOST) {
      const oldest = this.#rumours.keys().next().value
      if (oldest !== undefined) this.#rumours.delete(oldest)
    }
    const { nowMs } = this.#runtime.moment
    const heardFrom = new Set(from === undefined ? [] : [from])
    const told = new Map<NodeId, number>()
    const rumour = { statement, isUrgent, sent: 0, rounds: 0, dueMs: nowMs, heardFrom, told }
    this.#rumours.set(slot, rumour)
    rumour.dueMs = this.#together(rumour, nowMs + (SPREAD_AT_MS[0] ?? 0))
    this.#schedule(rumour.dueMs)
  }

  /** Somebody told us what we know: it need not be told. */
  heard(statement: Statement, from: NodeId): void {
    const rumour = this.#rumours.get(slotOf(statement))
    if (rumour?.statement.digest === statement.digest) rumour.heardFrom.add(from)
  }

  /** A round at this time, unless one is to come before. */
  #schedule(atMs: number): void {
    const { agenda } = this.#runtime
    const nextMs = agenda.dueMs('spread')
    if (nextMs === undefined || atMs < nextMs) agenda.set('spread', atMs, () => this.#round())
  }

  #round(): void {
    const { nowMs } = this.#runtime.moment
    this.#dropKnown()
    // What is due a moment later goes along: one datagram instead of two.
    const due = [...this.#rumours.values()].filter(({ dueMs }) => dueMs <= nowMs + 5)
    for (const target of this.#targets(due)) this.#tell(target, due)
    const limit = spreadLimit(this.#roster.count())
    for (const rumour of due) {
      rumour.rounds++
      const next = SPREAD_AT_MS[rumour.rounds]
      const before = SPREAD_AT_MS[rumour.rounds - 1] ?? 0
      const waitMs = next === undefined ? SPREAD_INTERVAL_MS : next - before
      rumour.dueMs = this.#together(rumour, nowMs + waitMs)
      const most = this.#mayWait(rumour) ? STORM_FANOUT : limit
      const isOver = rumour.sent >= most || rumour.rounds > most
      if (isOver) this.#rumours.delete(slotOf(rumour.statement))
    }
    let nextMs = Number.POSITIVE_INFINITY
    for (const { dueMs } of this.#rumours.values()) nextMs = Math.min(nextMs, dueMs)
    if (nextMs < Number.POSITIVE_INFINITY) this.#schedule(nextMs)
  }

  /** Many know what may wait when so many have told us: the rest find it by comparing. */
  #dropKnown(): void {
    for (const [slot, rumour] of this.#rumours) {
      if (rumour.heardFrom.size >= KNOWN_FROM && this.#mayWait(rumour)) this.#rumours.delete(slot)
    }
  }

  /** Some wait a little for others, so that datagrams are full. */
  #together(rumour: Rumour, dueMs: number): number {
    return this.#mayWait(rumour) ? Math.ceil(dueMs / STEP_MS) * STEP_MS : dueMs
  }

  /** Nobody waits for a receipt, as whoever hears of a node looks at its papers itself. */
  #mayWait({ statement, isUrgent }: Rumour): boolean {
    return statement.kind === 'receipt' || (!isUrgent && this.#storm.isOn())
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
    return order.slice(0, this.#mayWait(first) ? STORM_FANOUT : FANOUT)
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

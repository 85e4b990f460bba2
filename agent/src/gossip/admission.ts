// Who may be a member, between the book that knows the rules and the core that has the members:
// asks for what a chain lacks, keeps records of nodes that are not admitted yet, judges dates once
// and signs receipts. Not here: the rules themselves (identity/book.ts).
import type { AdmissionStatement, Book } from '../identity/book.ts'
import { type NodeId, type ShortId, shortOf } from '../wire/id.ts'
import {
  makeStatement,
  type RecordStatement,
  type Signer,
  type Statement,
} from '../wire/statement.ts'
import { CONFIRMING_PROBERS, PENDING_MOST } from './config.ts'
import type { Holdings } from './holdings.ts'
import type { Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'

export interface AdmissionPort {
  isNew(statement: Statement, from?: RecordStatement): void
  standingChanged(id: NodeId): void
  /** Its record waits no longer. */
  dropped(id: NodeId): void
}

/** Where so many are members a node wants two receipts. */
const TWO_RECEIPTS_FROM = 4
/** A receipt travels with the papers of its node, or a moment behind them. */
const JUDGE_AFTER_MS = 150
/** A second acceptor is drawn within this time, so that few sign at once. */
const SECOND_WITHIN_MS = 2000

export class Admission {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #holdings: Holdings
  readonly #book: Book
  readonly #signer: Signer
  readonly #self: NodeId
  readonly #port: AdmissionPort
  /** Records of nodes that are not admitted, oldest first. */
  readonly #pending = new Map<NodeId, RecordStatement>()

  constructor(
    runtime: Runtime,
    roster: Roster,
    holdings: Holdings,
    options: Signer & { readonly book: Book; readonly nodeId: NodeId },
    port: AdmissionPort,
  ) {
    this.#runtime = runtime
    this.#roster = roster
    this.#holdings = holdings
    this.#book = options.book
    this.#signer = options
    this.#self = options.nodeId
    this.#port = port
    for (const statement of this.#book.statements()) this.#holdings.add(statement)
  }

  /** A member, or we ourselves: a node alone is good in its own eyes. */
  isMember(id: NodeId): boolean {
    if (id === this.#self) return true
    const standing = this.#book.standing(id)
    return standing === 'admitted' || standing === 'quarantined'
  }

  isRevoked(id: NodeId): boolean {
    return this.#book.standing(id) === 'revoked'
  }

  isQuarantined(id: NodeId): boolean {
    return this.#book.standing(id) === 'quarantined'
  }

  statementsOf(id: NodeId): readonly Statement[] {
    return this.#book.statementsOf(id)
  }

  wanted(digests: readonly string[]): Statement[] {
    return digests.flatMap((digest) => this.#holdings.get(digest) ?? [])
  }

  /** Records that wait. */
  get waiting(): number {
    return this.#pending.size
  }

  /** The record of a node that is not admitted. */
  pending(short: ShortId): RecordStatement | undefined {
    for (const [id, record] of this.#pending) if (shortOf(id) === short) return record
    return undefined
  }

  /**
   * Keeps a record, already verified, until its node may be a member, and looks whether it may now.
   */
  wait(record: RecordStatement, from?: RecordStatement): void {
    const { nodeId } = record.body
    this.#pending.delete(nodeId)
    if (this.#pending.size >= PENDING_MOST) {
      const oldest = this.#pending.keys().next().value
      if (oldest !== undefined) {
        this.#pending.delete(oldest)
        this.#port.dropped(oldest)
      }
    }
    this.#pending.set(nodeId, record)
    if (from?.body.nodeId === nodeId && this.#judge(nodeId, true)) return
    if (this.#book.standing(nodeId) === 'unjudged') return this.#judgeLater(nodeId)
    this.#runtime.ignore('not admitted')
    // A member that holds it as one has what shows it.
    if (from !== undefined && from.body.nodeId !== nodeId) this.#ask(from, [], shortOf(nodeId))
  }

  /** A record that waited and need not any more. */
  release(id: NodeId): RecordStatement | undefined {
    const record = this.#pending.get(id)
    if (record === undefined || !this.isMember(id)) return undefined
    this.#pending.delete(id)
    return record
  }

  take(statement: AdmissionStatement, from?: RecordStatement): void {
    const added = this.#book.add(statement)
    switch (added.kind) {
      case 'known':
        return
      case 'refused':
        return this.#runtime.ignore(added.reason)
      case 'missing':
        return this.#ask(from, added.digests)
      case 'new':
        break
    }
    for (const dropped of added.dropped) this.#holdings.remove(dropped)
    if (!this.#holdings.add(statement)) return
    this.#runtime.emit({ kind: 'keep', statements: [statement] })
    this.#port.isNew(statement, from)
    for (const id of added.affected) this.#affected(id)
  }

  #affected(id: NodeId): void {
    if (this.#book.standing(id) === 'unjudged') this.#judgeLater(id)
    else {
      this.#port.standingChanged(id)
      this.#secondPerhaps(id)
    }
  }

  /**
   * Dates are looked at once. Who came to us gets a receipt now; of who is only heard of, whoever
   * it came to has most likely signed one.
   */
  #judge(id: NodeId, isHere: boolean): boolean {
    if (this.#book.standing(id) !== 'unjudged' || id === this.#self) return false
    const { agenda, dice, moment } = this.#runtime
    if (!this.#book.judge(id, moment.dateS)) return false
    if (isHere) this.#sign(id)
    else {
      agenda.set(`receipt ${id}`, moment.nowMs + dice.below(SECOND_WITHIN_MS), () => {
        if (this.#book.receipts(id) === 0 && this.isMember(id)) this.#sign(id)
      })
    }
    this.#port.standingChanged(id)
    return true
  }

  /** Of who is only heard of, a receipt is most likely on its way: it saves looking. */
  #judgeLater(id: NodeId): void {
    const { agenda, dice, moment } = this.#runtime
    const name = `judge ${id}`
    if (agenda.has(name)) return
    const atMs = moment.nowMs + JUDGE_AFTER_MS + dice.below(JUDGE_AFTER_MS)
    agenda.set(name, atMs, () => this.#judge(id, false))
  }

  #sign(id: NodeId): void {
    const certificate = this.#book.certificateOf(id)
    const wanted = this.#roster.count() < TWO_RECEIPTS_FROM ? 1 : 2
    if (certificate === undefined || this.#book.receipts(id) >= wanted) return
    const body = {
      nodeId: id,
      certificate: certificate.digest,
      date: this.#runtime.moment.dateS,
      acceptor: this.#self,
    }
    const receipt = makeStatement('receipt', body, this.#signer, this.#runtime.suite)
    this.take(receipt)
  }

  /** In a cluster of four and more a member wants a second receipt, from another. */
  #secondPerhaps(id: NodeId): void {
    const { agenda, dice, moment } = this.#runtime
    const members = this.#roster.count()
    if (id === this.#self || members < TWO_RECEIPTS_FROM || !this.#needsSecond(id)) return
    if (dice.fraction() >= CONFIRMING_PROBERS / members) return
    agenda.set(`receipt ${id}`, moment.nowMs + dice.below(SECOND_WITHIN_MS), () => {
      if (this.#needsSecond(id) && this.isMember(id)) this.#sign(id)
    })
  }

  #needsSecond(id: NodeId): boolean {
    return this.#book.receipts(id) === 1
  }

  /** Asks for statements by digest, or for all about a subject. */
  #ask(from: RecordStatement | undefined, digests: readonly string[], short?: ShortId): void {
    const member = from === undefined ? undefined : this.#roster.get(from.body.nodeId)
    if (member === undefined) return this.#runtime.ignore('not admitted')
    if (short !== undefined) this.#runtime.tell(member, [{ type: 'pull', ids: [short] }])
    if (digests.length > 0)
      this.#runtime.tell(member, [{ type: 'want', digests: digests.slice(0, 32) }])
  }
}

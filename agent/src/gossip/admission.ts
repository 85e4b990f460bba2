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
import { PENDING_MOST } from './config.ts'
import { EarlyReceipts } from './early.ts'
import type { Holdings } from './holdings.ts'
import { pointOf, type Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'
import type { Storm } from './storm.ts'

export interface AdmissionPort {
  isNew(statement: Statement, from?: RecordStatement): void
  standingChanged(id: NodeId): void
  /** Its record waits no longer. */
  dropped(id: NodeId): void
}

/** A record, and who told it. */
interface Waiting {
  readonly record: RecordStatement
  readonly from: RecordStatement | undefined
}

/** Where so many are members a node wants two receipts. */
const TWO_RECEIPTS_FROM = 4
/** A receipt travels with the papers of its node, or a moment behind them. */
const RECEIPT_AFTER_MS = 150
/** Members sign one after another, the nearest first, so that mostly one does. */
const TURN_LEAST_MS = 4000
/** Where many come at once news take longer, and who signs is to know what others have signed. */
const TURN_PER_MEMBER_MS = 150
/** Beyond so many turns chance decides, within as many again. */
const TURNS = 8
/** Receipts that wait until nobody has come for one turn look for it at this interval, */
const QUIET_WAIT_MS = 5000
/** and wait no longer than this, as some cluster may never be quiet. */
const QUIET_WAIT_MOST_MS = 60_000
/** Who has run for less long knows too little of what others have signed, and waits with it. */
const SETTLED_AFTER_MS = 4000

export class Admission {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #holdings: Holdings
  readonly #book: Book
  readonly #signer: Signer
  readonly #self: NodeId
  readonly #storm: Storm
  readonly #port: AdmissionPort
  readonly #settledMs: number
  /** When a node was last admitted here. */
  #admittedMs = Number.NEGATIVE_INFINITY
  /** Records of nodes that are not admitted, oldest first. */
  readonly #pending = new Map<NodeId, Waiting>()
  readonly #early = new EarlyReceipts()
  /** Nodes of which something is new, so that their early receipts are to be looked at. */
  readonly #renewed: NodeId[] = []
  #isTakingEarly = false
  /** Of which of them a member is to be asked, and which member. */
  readonly #toAsk = new Map<NodeId, RecordStatement>()

  constructor(
    runtime: Runtime,
    roster: Roster,
    holdings: Holdings,
    options: Signer & { readonly book: Book; readonly nodeId: NodeId },
    storm: Storm,
    port: AdmissionPort,
  ) {
    this.#runtime = runtime
    this.#roster = roster
    this.#holdings = holdings
    this.#book = options.book
    this.#signer = options
    this.#self = options.nodeId
    this.#storm = storm
    this.#port = port
    for (const statement of this.#book.statements()) this.#holdings.add(statement)
    this.#settledMs = runtime.moment.nowMs + SETTLED_AFTER_MS
  }

  /** A member, or we ourselves: a node alone is good in its own eyes. */
  isMember(id: NodeId): boolean {
    if (id === this.#self) return true
    const standing = this.#book.standing(id)
    return standing === 'admitted' || standing === 'quarantined'
  }

  /** Seconds since 1970 by our clock, never earlier than what has passed for sure. */
  get dateS(): number {
    return Math.max(this.#runtime.moment.dateS, this.#book.newestDate())
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

  wanted(digests: ReadonlySet<string>): Statement[] {
    return [...digests].flatMap((digest) => this.#holdings.get(digest) ?? [])
  }

  /** Records that wait. */
  get waiting(): number {
    return this.#pending.size
  }

  /** Receipts that wait. */
  get early(): number {
    return this.#early.size
  }

  /** The record of a node that is not admitted. */
  pending(short: ShortId): RecordStatement | undefined {
    for (const [id, { record }] of this.#pending) if (shortOf(id) === short) return record
    return undefined
  }

  /** This very record waits, and so its signature was looked at. */
  isWaiting({ digest, body }: RecordStatement): boolean {
    return this.#pending.get(body.nodeId)?.record.digest === digest
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
    this.#pending.set(nodeId, { record, from })
    if (from?.body.nodeId === nodeId && this.#judge(nodeId, true)) return
    if (this.#book.standing(nodeId) === 'unjudged') return this.#judgeLater(nodeId)
    this.#runtime.ignore('not admitted')
    if (from !== undefined && from.body.nodeId !== nodeId) this.#askLater(from, nodeId)
  }

  /** A member that holds it as one has what shows it; most often that is on its way. */
  #askLater(from: RecordStatement, id: NodeId): void {
    const { agenda, moment } = this.#runtime
    if (this.#toAsk.size < PENDING_MOST && !this.#toAsk.has(id)) this.#toAsk.set(id, from)
    if (agenda.has('papers')) return
    agenda.set('papers', moment.nowMs + RECEIPT_AFTER_MS, () => {
      for (const [one, knows] of this.#toAsk) {
        if (this.#lacksPapers(one)) this.#ask(knows, [], shortOf(one))
      }
      this.#toAsk.clear()
    })
  }

  #lacksPapers(id: NodeId): boolean {
    if (this.#pending.has(id) && this.#book.standing(id) === 'unknown') return true
    return this.#early.certificates(id).some((one) => this.#holdings.get(one) === undefined)
  }

  /** A record that waited and need not any more. */
  release(id: NodeId): Waiting | undefined {
    const waiting = this.#pending.get(id)
    if (waiting === undefined || !this.isMember(id)) return undefined
    this.#pending.delete(id)
    return waiting
  }

  take(statement: AdmissionStatement, from?: RecordStatement): void {
    this.#take(statement, from)
    this.#takeEarly()
  }

  /** Early receipts of whom something is new. */
  #takeEarly(): void {
    // One after another, as those who accepted each other are a chain as long as the cluster.
    if (this.#isTakingEarly) return
    this.#isTakingEarly = true
    for (let id = this.#renewed.pop(); id !== undefined; id = this.#renewed.pop()) {
      for (const { receipt, from } of this.#early.take(id)) this.#take(receipt, from)
    }
    this.#isTakingEarly = false
  }

  #take(statement: AdmissionStatement, from?: RecordStatement): void {
    const added = this.#book.add(statement)
    switch (added.kind) {
      case 'known':
        return
      case 'refused':
        return this.#runtime.ignore(added.reason)
      case 'missing':
        if (statement.kind === 'receipt' && this.#isEarly(from)) {
          this.#early.add(statement, from)
          if (added.digests.length > 0) this.#askLater(from, statement.body.nodeId)
          return
        }
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

  /**
   * Of a member what comes early is kept, as its papers are most likely on their way; who is none
   * yet brings its own, and gets no room for others'.
   */
  #isEarly(from?: RecordStatement): from is RecordStatement {
    return from !== undefined && this.isMember(from.body.nodeId)
  }

  #affected(id: NodeId): void {
    this.#renewed.push(id)
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
    const { nowMs, dateS } = this.#runtime.moment
    if (!this.#book.judge(id, dateS, isHere)) return false
    const isFirst = isHere && this.#book.receipts(id) === 0
    if (isFirst && nowMs >= this.#settledMs && !this.#mustWait(id)) this.#sign(id)
    else this.#signInTurn(id)
    this.#admittedMs = nowMs
    this.#port.standingChanged(id)
    this.#renewed.push(id)
    this.#takeEarly()
    return true
  }

  /** Of who is only heard of, a receipt is most likely on its way: it saves looking. */
  #judgeLater(id: NodeId): void {
    const { agenda, dice, moment } = this.#runtime
    const name = `judge ${id}`
    if (agenda.has(name)) return
    const atMs = moment.nowMs + RECEIPT_AFTER_MS + dice.below(RECEIPT_AFTER_MS)
    agenda.set(name, atMs, () => this.#judge(id, false))
  }

  /** When it is our turn to sign for a node: by how near its id is to ours, as all reckon it. */
  #turnMs(id: NodeId): number {
    const { dice, moment } = this.#runtime
    const turnMs = this.#oneTurnMs()
    const point = pointOf(shortOf(id))
    const distance = (other: number): number => (other ^ point) >>> 0
    const own = distance(pointOf(shortOf(this.#self)))
    let turn = 0
    for (const member of this.#roster.living()) {
      if (member.id !== id && distance(member.point) < own) turn++
      if (turn === TURNS) break
    }
    const later = turn < TURNS ? 0 : dice.below(TURNS * turnMs)
    return moment.nowMs + RECEIPT_AFTER_MS + turn * turnMs + later
  }

  #sign(id: NodeId): void {
    const certificate = this.#book.certificateOf(id)
    if (certificate === undefined || this.#book.receipts(id) >= this.#wanted()) return
    if (!this.#book.hasKey(id)) return this.#runtime.ignore('key')
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
    const isOne = this.#book.receipts(id) === 1
    if (id !== this.#self && isOne && this.#wanted() > 1) this.#signInTurn(id)
  }

  #signInTurn(id: NodeId): void {
    const { agenda, moment } = this.#runtime
    const name = `receipt ${id}`
    if (agenda.has(name) || this.#book.hasReceipt(id, this.#self)) return
    const latestMs = moment.nowMs + QUIET_WAIT_MOST_MS
    const inTurn = (): void => {
      agenda.set(name, this.#turnMs(id), () => {
        const { nowMs } = this.#runtime.moment
        // Others' receipts may be among what is on its way.
        if (this.#mustWait(id) && nowMs < latestMs) {
          agenda.set(name, nowMs + QUIET_WAIT_MS, inTurn)
        } else if (this.isMember(id)) this.#sign(id)
      })
    }
    if (moment.nowMs >= this.#settledMs) inTurn()
    else agenda.set(name, this.#settledMs, inTurn)
  }

  #oneTurnMs(): number {
    return Math.max(TURN_LEAST_MS, TURN_PER_MEMBER_MS * this.#roster.count())
  }

  /**
   * Many have come lately, and more may; but receipts that decide which of them are beyond a bound
   * are signed at once.
   */
  #mustWait(id: NodeId): boolean {
    const stick = this.#book.chainOf(id)?.delegation.body
    if (stick !== undefined && stick.mostJoins + stick.mostCoordinators > 0) return false
    return this.#storm.isOn() || this.#runtime.moment.nowMs - this.#admittedMs < this.#oneTurnMs()
  }

  #wanted(): number {
    return this.#roster.count() < TWO_RECEIPTS_FROM ? 1 : 2
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

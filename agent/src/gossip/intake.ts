// What becomes of a statement: verified, merged, told on, or ignored for a reason. All that changes
// the table of members goes through here, whoever brings it. Not here: messages (inbox.ts) and the
// rules of admission (admission.ts).
import { keyOf, type NodeId } from '../wire/id.ts'
import {
  type AccusationStatement,
  isSignedBy,
  makeStatement,
  type RecordStatement,
  type Signer,
  type Statement,
} from '../wire/statement.ts'
import type { Admission } from './admission.ts'
import type { Blobs } from './blobs.ts'
import { CONFIRMING_PROBERS } from './config.ts'
import type { Graves } from './graves.ts'
import type { Greeter } from './greeter.ts'
import type { Prober } from './probe.ts'
import type { Reports } from './reports.ts'
import { isEquivocal, isHere, type Member, type Roster } from './roster.ts'
import type { Rumours } from './rumours.ts'
import type { Runtime } from './runtime.ts'
import type { Self } from './self.ts'
import type { Sessions } from './sessions.ts'
import type { Suspicions } from './suspicion.ts'
import type { Sync } from './sync.ts'

export interface Parts {
  readonly runtime: Runtime
  readonly signer: Signer
  readonly self: Self
  readonly roster: Roster
  readonly admission: Admission
  readonly rumours: Rumours
  readonly suspicions: Suspicions
  readonly graves: Graves
  readonly prober: Prober
  readonly sync: Sync
  readonly reports: Reports
  readonly blobs: Blobs
  readonly sessions: Sessions
  readonly greeter: Greeter
}

export class Intake {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  take(statement: Statement, from?: RecordStatement): void {
    if (statement.kind === 'record') this.#takeRecord(statement, from)
    else if (statement.kind === 'accusation') this.#takeAccusation(statement, from)
    else this.#parts.admission.take(statement, from)
  }

  #takeRecord(record: RecordStatement, from?: RecordStatement): void {
    const { nodeId } = record.body
    const held = this.#parts.roster.get(nodeId)
    if (held?.record.digest === record.digest) return
    if (this.#parts.admission.isRevoked(nodeId)) return this.#parts.runtime.ignore('revoked')
    const { suite } = this.#parts.runtime
    const { clusterId } = this.#parts.signer
    const isVerified = this.#parts.admission.isWaiting(record)
    if (!isVerified && !isSignedBy(record, keyOf(nodeId), clusterId, suite)) {
      return this.#parts.runtime.ignore('signature')
    }
    if (nodeId === this.#parts.self.id) return this.#contradicted(record)
    if (held === undefined && from?.body.nodeId !== nodeId && this.#isForgotten(record)) {
      return this.#passOver(record)
    }
    if (!this.#parts.admission.isMember(nodeId)) return this.#parts.admission.wait(record, from)
    this.#merge(record, from)
  }

  #isForgotten(record: RecordStatement): boolean {
    return this.#parts.graves.covers(record.body) || this.#parts.graves.isOver(record)
  }

  /** Others hold a node that we have forgotten: if it is there it says so itself. */
  #passOver(record: RecordStatement): void {
    const { graves, greeter, runtime } = this.#parts
    runtime.ignore('stale')
    const { addresses, status } = record.body
    const [address] = addresses
    if (status === 'here' && address !== undefined && graves.mayAsk(record.body))
      greeter.hello(address)
  }

  #merge(record: RecordStatement, from?: RecordStatement): void {
    const held = this.#parts.roster.get(record.body.nodeId)
    if (held !== undefined && isEquivocal(record, held.record)) this.#parts.reports.equivocal(held)
    const { merge, member } = this.#parts.roster.merge(record)
    if (member === undefined || merge === 'bound') return this.#parts.runtime.ignore('bound')
    if (merge === 'same' || merge === 'older') {
      if (merge === 'older') this.#parts.runtime.ignore('stale')
      return
    }
    if (merge === 'new') this.#parts.prober.add(member)
    else this.#parts.prober.seen(member)
    const isRefutation = this.#parts.suspicions.clear(member)
    member.diedAtMs = record.body.status === 'left' ? this.#parts.runtime.moment.nowMs : undefined
    if (merge === 'new' && from?.body.nodeId !== member.id) this.#remember(member)
    this.restand(member.id)
    this.#parts.sync.changed()
    this.#spread(record, from, isRefutation)
    this.#parts.blobs.noticed(member)
    this.#parts.reports.touch(member, merge === 'new' ? undefined : 'updated')
  }

  /** We have forgotten too soon that it is dead; why that is so comes with it. */
  #remember(member: Member): void {
    const diedAtMs = this.#parts.graves.diedAtMs(member.record.body)
    if (diedAtMs === undefined || !isHere(member)) return
    this.#parts.roster.setStanding(member, 'dead')
    member.diedAtMs = diedAtMs
  }

  #contradicted(record: RecordStatement): void {
    const answer = this.#parts.self.contradicted(record)
    if (answer === 'none') return
    this.#parts.runtime.emit({ kind: 'keep-boot', boot: this.#parts.self.boot })
    if (answer === 'conflict') {
      this.#parts.runtime.emit({ kind: 'event', event: { kind: 'conflict', other: record } })
    }
    this.publish()
    // The others hold us so by this record, and views are to agree.
    if (answer === 'conflict') this.restand(record.body.nodeId)
  }

  #takeAccusation(accusation: AccusationStatement, from?: RecordStatement): void {
    const { accuser, subject, boot, incarnation } = accusation.body
    const member = this.#parts.roster.get(subject)
    const by = this.#parts.roster.get(accuser)
    if (member === undefined && by !== undefined) this.#tellOfForgotten(by, accusation)
    // Who says of itself that it is dead is not.
    if (
      member === undefined ||
      by === undefined ||
      by === member ||
      !this.#parts.admission.isMember(accuser)
    ) {
      return this.#parts.runtime.ignore('not admitted')
    }
    const { record } = member
    const isCurrent = boot === record.body.boot && incarnation === record.body.incarnation
    if (!isCurrent) return this.#parts.runtime.ignore('stale')
    if (this.#parts.suspicions.holds(member, accuser)) return this.#second(member)
    const { suite } = this.#parts.runtime
    const { clusterId } = this.#parts.signer
    if (!isSignedBy(accusation, keyOf(accuser), clusterId, suite)) {
      return this.#parts.runtime.ignore('signature')
    }
    if (member.isSelf) {
      if (this.#parts.self.refute(boot, incarnation)) {
        this.publish(true)
        this.#parts.runtime.tell(by, [
          { type: 'statements', statements: [this.#parts.self.record] },
        ])
      }
      return
    }
    // It has no voice; but the accused may answer, as others may not know that yet.
    if (by.standing === 'quarantined') return this.#parts.runtime.ignore('not admitted')
    this.#suspect(member, accusation, from)
  }

  /** Who slept while it died does not know how long it has been dead. */
  #tellOfForgotten(by: Member, { body }: AccusationStatement): void {
    const { dice } = this.#parts.runtime
    const statements = this.#parts.graves.answerTo(body)
    if (statements.length === 0) return
    if (dice.fraction() >= CONFIRMING_PROBERS / this.#parts.roster.count()) return
    this.#parts.runtime.tell(by, [{ type: 'statements', statements }])
  }

  #suspect(member: Member, accusation: AccusationStatement, from?: RecordStatement): void {
    const isNew = this.#parts.suspicions.add(member, accusation)
    // Our own again: the member still does not answer, and the first time may have been lost.
    if (!isNew && from !== undefined) return
    this.#parts.rumours.add(accusation, from?.body.nodeId)
    // The accused first: it may answer before others believe.
    this.#parts.runtime.tell(member, [{ type: 'statements', statements: [accusation] }])
    if (from !== undefined) this.#second(member)
  }

  /** Somebody asks whether a member is dead that we hold dead. */
  #second(member: Member): void {
    if (this.#parts.suspicions.lacksAccusers(member)) this.accuse(member)
  }

  accuse(member: Member): void {
    const { admission, runtime, self, signer, suspicions } = this.#parts
    const own = suspicions.own(member)
    if (own !== undefined) return this.#suspect(member, own)
    const { boot, incarnation } = member.record.body
    const since = suspicions.sinceS(member) ?? admission.dateS
    const body = { accuser: self.id, subject: member.id, boot, incarnation, since }
    this.#suspect(member, makeStatement('accusation', body, signer, runtime.suite))
  }

  publish(isRefutation = false): void {
    this.#parts.roster.merge(this.#parts.self.record)
    this.#parts.sync.changed()
    this.#parts.rumours.add(this.#parts.self.record, undefined, isRefutation)
    const self = this.#parts.roster.get(this.#parts.self.id)
    if (self !== undefined) this.#parts.reports.touch(self)
  }

  /** The dead that are forgotten for good. */
  bury(member: Member): void {
    this.#parts.graves.dig(member)
    this.forget(member)
  }

  forget(member: Member): void {
    this.#parts.prober.seen(member)
    this.#parts.suspicions.clear(member)
    this.#parts.roster.forget(member)
    this.#parts.sessions.forget(member.id)
    this.#parts.reports.forget(member)
    this.#parts.blobs.forget(member.id)
    this.#parts.sync.changed()
  }

  /** A record is taken or a statement has come: who may be here now? */
  restand(id: NodeId): void {
    const member = this.#parts.roster.get(id)
    const waiting = this.#parts.admission.release(id)
    if (member === undefined) {
      if (waiting !== undefined) this.#merge(waiting.record, waiting.from)
      return
    }
    if (this.#parts.admission.isRevoked(id)) {
      this.#parts.reports.revoked(member)
      this.forget(member)
      return
    }
    const isQuarantined =
      member.record.body.status === 'conflict' || this.#parts.admission.isQuarantined(id)
    if (isQuarantined) this.#parts.roster.setStanding(member, 'quarantined')
    else if (member.standing === 'quarantined') this.#parts.roster.setStanding(member, 'good')
    this.#parts.reports.touch(member)
  }

  /** Something about admission is new here. */
  isNew(statement: Statement, from?: RecordStatement): void {
    this.#parts.sync.changed()
    this.#spread(statement, from)
  }

  /** Unless it is new to us alone, as we have just started. */
  #spread(statement: Statement, from?: RecordStatement, isUrgent = false): void {
    const id = from?.body.nodeId
    if (id !== undefined && this.#parts.sync.catchesUpWith(id)) return
    this.#parts.rumours.add(statement, id, isUrgent)
  }
}

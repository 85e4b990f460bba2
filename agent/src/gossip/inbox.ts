// Datagrams as they come in: opened, and each message handed to the part that it is for. Who was
// not admitted is heard in what may admit it, and in nothing else. Not here: what the parts decide.
import type { Address } from '../wire/address.ts'
import { type Opened, openHeader } from '../wire/datagram.ts'
import { decodeMessages, type Message } from '../wire/message.ts'
import { isRefused, type Refused } from '../wire/refusal.ts'
import type { RecordStatement, Statement } from '../wire/statement.ts'
import type { Admission } from './admission.ts'
import type { Blobs } from './blobs.ts'
import type { Graves } from './graves.ts'
import type { Greeter } from './greeter.ts'
import type { Intake } from './intake.ts'
import { answerWith, packed } from './packing.ts'
import type { Prober } from './probe.ts'
import type { Member, Roster } from './roster.ts'
import type { Rumours } from './rumours.ts'
import type { Runtime } from './runtime.ts'
import type { Self } from './self.ts'
import type { Sessions } from './sessions.ts'
import type { Suspicions } from './suspicion.ts'
import type { Sync } from './sync.ts'

interface Parts {
  readonly runtime: Runtime
  readonly self: Self
  readonly tagKey: Uint8Array
  readonly roster: Roster
  readonly sessions: Sessions
  readonly greeter: Greeter
  readonly admission: Admission
  readonly prober: Prober
  readonly rumours: Rumours
  readonly suspicions: Suspicions
  readonly graves: Graves
  readonly sync: Sync
  readonly intake: Intake
  readonly blobs: Blobs
  /** Sealed messages for who is not in the roster. */
  readonly tellAt: (record: RecordStatement, to: Address, messages: readonly Message[]) => void
}

export class Inbox {
  readonly #parts: Parts
  /** The datagram that was asked about, until it is handed in: its tag is not looked at twice. */
  #looked: { readonly bytes: Uint8Array; readonly opened: Opened | Refused } | undefined

  /** Where the last datagram came from, if a member has sealed it; as it was handed in. */
  provenSource: Address | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Not of anybody who knows the discovery secret: counted, and nothing else is done. */
  isStrange(bytes: Uint8Array): boolean {
    const opened = openHeader(bytes, this.#parts.tagKey, this.#parts.runtime.suite)
    this.#looked = { bytes, opened }
    if (!isRefused(opened)) return false
    this.#parts.runtime.ignore(opened.refused)
    return true
  }

  datagram(bytes: Uint8Array, from: Address): void {
    this.provenSource = undefined
    const looked = this.#looked
    this.#looked = undefined
    const opened =
      looked?.bytes === bytes
        ? looked.opened
        : openHeader(bytes, this.#parts.tagKey, this.#parts.runtime.suite)
    if (isRefused(opened)) return this.#parts.runtime.ignore(opened.refused)
    if (opened.header.form === 'discovery') return this.#parts.greeter.received(opened, from)
    const member = this.#parts.roster.byShort(opened.header.short)
    const record = member?.record ?? this.#parts.admission.pending(opened.header.short)
    if (record === undefined) return this.#parts.runtime.ignore('unknown sender')
    if (this.#parts.admission.isRevoked(record.body.nodeId))
      return this.#parts.runtime.ignore('revoked')
    const plain = this.#parts.sessions.open(record, opened, this.#parts.runtime.moment.nowMs)
    if (typeof plain === 'string') return this.#parts.runtime.ignore(plain)
    const messages = decodeMessages(plain, 'pair', this.#parts.runtime.suite)
    if (isRefused(messages)) return this.#parts.runtime.ignore(messages.refused)
    if (member === undefined) return this.#fromPending(record, from, messages)
    member.via = from
    this.provenSource = from
    for (const message of messages) this.#message(member, message)
    this.#demands(member, messages)
  }

  /** All that a datagram asks for, each thing once, so that one bound holds for the answer. */
  #demands(member: Member, messages: readonly Message[]): void {
    const lists = messages.filter((message) => message.type === 'ids')
    if (lists.length > 0) this.#parts.sync.ids(member, lists)
    const pulled = messages.flatMap((message) => (message.type === 'pull' ? message.ids : []))
    if (pulled.length > 0) this.#parts.sync.pull(member, pulled)
    const wanted = this.#parts.admission.wanted(digestsOf(messages))
    answerWith(this.#parts.runtime, member, wanted)
  }

  /** Of who was not admitted yet, only what may admit it is looked at. */
  #fromPending(record: RecordStatement, from: Address, messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'statements') {
        for (const statement of message.statements) this.#parts.intake.take(statement, record)
      } else if (message.type !== 'want') this.#parts.runtime.ignore('not admitted')
    }
    // No more than it has sent, as nobody knows that it is where it says.
    const [statements] = packed(this.#parts.admission.wanted(digestsOf(messages)), 1)
    if (statements !== undefined)
      this.#parts.tellAt(record, from, [{ type: 'statements', statements }])
  }

  #message(member: Member, message: Message): void {
    switch (message.type) {
      case 'ping':
        return this.#ping(member, message.sequence, message.view)
      case 'ack':
        this.#parts.prober.answered(member, message.sequence)
        this.#parts.sync.compare(member, message.view)
        return this.remind(member)
      case 'ping-req':
        return this.#parts.prober.help(member, message.sequence, message.target)
      case 'relayed-ack':
        return this.#parts.prober.relayed(member, message.sequence)
      case 'statements':
        return this.#statements(member, message.statements)
      case 'buckets':
        return this.#parts.sync.buckets(member, message.sums)
      case 'blob-get':
        return this.#parts.blobs.get(member, message.digest, message.offset)
      case 'blob-part':
        return this.#parts.blobs.part(member, message)
      // Who asked is not helped by a nack; what asks for statements is taken together; the others
      // come in form 2.
      case 'nack':
      case 'ids':
      case 'pull':
      case 'want':
      case 'beacon':
      case 'hello':
        return undefined
    }
  }

  #ping(member: Member, sequence: number, view: bigint): void {
    // Who left is not kept in the belief that it takes part.
    if (this.#parts.self.status !== 'here') return
    this.#parts.runtime.tell(member, [{ type: 'ack', sequence, view: this.#parts.sync.view() }])
    this.#parts.sync.compare(member, view)
    this.remind(member)
  }

  /** Tells a member that is there what is said against it, so that it can answer. */
  remind(member: Member): void {
    const { graves, runtime, suspicions } = this.#parts
    answerWith(runtime, member, [...suspicions.against(member), ...graves.against(member)])
  }

  #statements(member: Member, statements: readonly Statement[]): void {
    for (const statement of statements) {
      this.#parts.rumours.heard(statement, member.id)
      this.#parts.intake.take(statement, member.record)
    }
    this.#parts.sync.gave(member)
  }
}

/** What messages want, each once. */
function digestsOf(messages: readonly Message[]): ReadonlySet<string> {
  return new Set(messages.flatMap((message) => (message.type === 'want' ? message.digests : [])))
}

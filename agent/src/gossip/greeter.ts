// First contact: beacons, and the hello by which two processes learn each other's salt, record and
// certificate. Nothing is answered that a captured datagram, sent again by somebody else, could
// bring to him. Not here: sealing (discovery.ts), and what makes a member (admission.ts).
import { type Address, addressKey } from '../wire/address.ts'
import type { Opened } from '../wire/datagram.ts'
import { PLAIN_MAX_BYTES } from '../wire/datagram.ts'
import type { HelloMessage } from '../wire/hello.ts'
import { keyOf, type NodeId } from '../wire/id.ts'
import { type BeaconMessage, decodeMessages, encodeMessages } from '../wire/message.ts'
import { isRefused } from '../wire/refusal.ts'
import { isSignedBy, type RecordStatement, type Statement } from '../wire/statement.ts'
import type { Discovery } from './discovery.ts'
import { compareRecords, isHere, type Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'
import type { Self } from './self.ts'

export interface GreeterPort {
  isRevoked(id: NodeId): boolean
  /** Is the address one that datagrams reach us at? */
  isOurs(address: Address): boolean
  /** What shows that we are a member, in the order of its weight. */
  ownStatements(): readonly Statement[]
  /** Revocations by which a node that says hello is no member. */
  takenBack(id: NodeId): readonly Statement[]
  /** A hello that is genuine: its record, and all it brings. */
  met(record: RecordStatement, statements: readonly Statement[], isAnswer: boolean): void
  beaconHeard(id: NodeId): void
}

/** type u8, flags u8, family u8, at most 16 bytes, port u16, echo 16 bytes, count u8. */
const HELLO_BYTES = 1 + 1 + 1 + 16 + 2 + 16 + 1
const STATEMENTS_MOST = 8
/** Members that answer one beacon of a node that is new to all of them. */
const ANSWERERS = 8
/** They do so within this time, in which one of them may already have told the others. */
const ANSWER_WITHIN_MS = 60
const NO_ECHO = new Uint8Array(16)

export class Greeter {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #self: Self
  readonly #clusterId: Uint8Array
  readonly #discovery: Discovery
  readonly #port: GreeterPort

  constructor(
    runtime: Runtime,
    roster: Roster,
    self: Self,
    clusterId: Uint8Array,
    discovery: Discovery,
    port: GreeterPort,
  ) {
    this.#runtime = runtime
    this.#roster = roster
    this.#self = self
    this.#clusterId = clusterId
    this.#discovery = discovery
    this.#port = port
  }

  /** `asksAnswer`: whoever gets it is to say hello, whatever it thinks of us. */
  beacon(asksAnswer: boolean): Uint8Array {
    const { id, boot, addresses } = this.#self
    const message: BeaconMessage = { type: 'beacon', asksAnswer, nodeId: id, boot, addresses }
    return this.#discovery.seal(encodeMessages([message]))
  }

  /** Says hello to an address; `answered` is the salt of who has asked. */
  hello(to: Address, answered?: Uint8Array, besides: readonly Statement[] = []): void {
    const message: HelloMessage = {
      type: 'hello',
      wantsAnswer: answered === undefined,
      isAnswer: answered !== undefined,
      sentTo: to,
      echo: answered ?? NO_ECHO,
      statements: this.#fitting([...besides]),
    }
    this.#runtime.emit({ kind: 'send', to, bytes: this.#discovery.seal(encodeMessages([message])) })
  }

  received(opened: Opened, from: Address): void {
    const plain = this.#discovery.open(opened)
    if (typeof plain === 'string') return this.#runtime.ignore(plain)
    const messages = decodeMessages(plain, 'discovery', this.#runtime.suite)
    if (isRefused(messages)) return this.#runtime.ignore(messages.refused)
    const [message] = messages
    if (opened.header.form !== 'discovery') return
    if (message?.type === 'beacon') this.#beacon(message, from)
    else if (message?.type === 'hello') this.#hello(message, opened.header.salt, from)
  }

  #beacon(message: BeaconMessage, from: Address): void {
    const { nodeId, boot, addresses, asksAnswer } = message
    // Our own comes back from some networks; from elsewhere it is another's with our identity.
    if (nodeId === this.#self.id && this.#port.isOurs(from)) return
    if (this.#port.isRevoked(nodeId)) return this.#runtime.ignore('revoked')
    // Who sends a captured beacon again from elsewhere gets nothing.
    if (!isAmong(from, addresses)) return this.#runtime.ignore('other source')
    if (!asksAnswer) this.#port.beaconHeard(nodeId)
    const isNew = (): boolean => {
      const held = this.#roster.get(nodeId)
      if (held === undefined || !isHere(held) || held.record.body.boot < boot) return true
      return !isAmong(from, held.record.body.addresses)
    }
    if (!asksAnswer && !isNew()) return
    const { agenda, dice, moment } = this.#runtime
    if (!asksAnswer && dice.fraction() >= ANSWERERS / this.#roster.count()) return
    const atMs = moment.nowMs + dice.below(ANSWER_WITHIN_MS)
    agenda.set(`answer ${nodeId}`, atMs, () => {
      if (asksAnswer || isNew()) this.hello(from)
    })
  }

  #hello(message: HelloMessage, salt: Uint8Array, from: Address): void {
    const [record] = message.statements
    const reason = this.#reasonAgainst(message, record, salt)
    if (reason !== undefined) return this.#runtime.ignore(reason)
    const ours = record as RecordStatement
    const held = this.#roster.get(ours.body.nodeId)
    const known = held?.record.body.boot ?? -1
    // A disk that was rolled back: the node learns what others have of it, and starts above.
    const isBehind = held !== undefined && compareRecords(ours, held.record) < 0
    this.#port.met(ours, message.statements, message.isAnswer)
    if (!message.wantsAnswer) return
    const to = this.#answerTo(ours, from, known)
    if (to === undefined) return this.#runtime.ignore('other source')
    this.hello(to, salt, isBehind ? [held.record] : this.#port.takenBack(ours.body.nodeId))
  }

  #reasonAgainst(message: HelloMessage, record: Statement | undefined, salt: Uint8Array) {
    if (!this.#port.isOurs(message.sentTo)) return 'not sent to us'
    if (message.isAnswer && Buffer.compare(message.echo, this.#self.salt) !== 0) return 'replay'
    if (record?.kind !== 'record') return 'malformed'
    const { nodeId } = record.body
    if (Buffer.compare(record.body.salt, salt) !== 0) return 'other key'
    if (this.#port.isRevoked(nodeId)) return 'revoked'
    const { suite } = this.#runtime
    const isHeld = this.#roster.get(nodeId)?.record.digest === record.digest
    if (!isHeld && !isSignedBy(record, keyOf(nodeId), this.#clusterId, suite)) return 'signature'
    return undefined
  }

  /**
   * Only to a place that the record names, so that whoever sends a captured hello again before its
   * sender is heard gets nothing; see docs/PROTOCOL.md.
   */
  #answerTo(record: RecordStatement, from: Address, knownBoot: number): Address | undefined {
    const { addresses, boot } = record.body
    if (isAmong(from, addresses)) return from
    return boot >= knownBoot ? addresses[0] : undefined
  }

  /** Our record and what shows that we are a member, as much as a datagram holds. */
  #fitting(besides: readonly Statement[]): Statement[] {
    const statements: Statement[] = []
    let left: number = PLAIN_MAX_BYTES.discovery - HELLO_BYTES
    for (const statement of [this.#self.record, ...besides, ...this.#port.ownStatements()]) {
      if (statement.bytes.length > left || statements.length === STATEMENTS_MOST) continue
      statements.push(statement)
      left -= statement.bytes.length
    }
    return statements
  }
}

function isAmong(address: Address, addresses: readonly Address[]): boolean {
  const wanted = addressKey(address)
  return addresses.some((other) => addressKey(other) === wanted)
}

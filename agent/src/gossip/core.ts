// Membership as one pure machine: `handle(input, moment)` gives effects, and the same inputs give
// the same effects. This file only says which part hears what; the parts decide. Not here: sockets,
// clocks and disks (daemon/), elections, and what members are used for.
import type { Book } from '../identity/book.ts'
import type { Address } from '../wire/address.ts'
import { addressKey } from '../wire/address.ts'
import type { NodeId } from '../wire/id.ts'
import { tagKey } from '../wire/keys.ts'
import { encodeMessages, type Message } from '../wire/message.ts'
import type { RecordStatement, Statement } from '../wire/statement.ts'
import type { Suite } from '../wire/suite.ts'
import { Admission } from './admission.ts'
import { Agenda } from './agenda.ts'
import { Beacons } from './beacons.ts'
import { Blobs } from './blobs.ts'
import { Dice } from './dice.ts'
import { Discovery } from './discovery.ts'
import { Graves } from './graves.ts'
import { Greeter } from './greeter.ts'
import { Healer } from './heal.ts'
import { Holdings } from './holdings.ts'
import { Inbox } from './inbox.ts'
import { Intake } from './intake.ts'
import { Pace } from './pace.ts'
import { Prober } from './probe.ts'
import { Reports } from './reports.ts'
import { addressOf, isHere, type Member, Roster } from './roster.ts'
import { Rumours } from './rumours.ts'
import type { Runtime } from './runtime.ts'
import { Self } from './self.ts'
import { Sessions } from './sessions.ts'
import { Storm } from './storm.ts'
import { Suspicions } from './suspicion.ts'
import { Sync } from './sync.ts'
import { Traffic } from './traffic.ts'
import type { Effect, Input, Link, MemberState, Moment, Particulars } from './types.ts'

export interface GossipOptions {
  readonly suite: Suite
  readonly clusterId: Uint8Array
  readonly discoverySecret: Uint8Array
  readonly nodeId: NodeId
  readonly gossipSecret: Uint8Array
  readonly gossipKey: Uint8Array
  /** 16 bytes, drawn for this process. */
  readonly salt: Uint8Array
  /** Raised and on disk. */
  readonly boot: number
  /** 32 bits for the dice. */
  readonly seed: number
  readonly hints: readonly Address[]
  readonly particulars: Particulars
  readonly book: Book
  /** How long the dead are remembered, if not a day. */
  readonly deadRememberedMs?: number
  sign(message: Uint8Array): Uint8Array
}

export interface Held {
  readonly members: number
  /** Records of nodes that are not admitted. */
  readonly pending: number
  /** Receipts that came before other papers. */
  readonly early: number
  /** Of admission. */
  readonly statements: number
  readonly sessions: number
  /** Statements waiting to be told on. */
  readonly rumours: number
  readonly timers: number
}

export class Gossip {
  readonly roster: Roster
  readonly #options: GossipOptions
  readonly #runtime: Runtime
  readonly #agenda = new Agenda()
  readonly #self: Self
  readonly #sessions: Sessions
  readonly #tagKey: Uint8Array
  readonly #holdings = new Holdings()
  readonly #pace = new Pace()
  readonly #rumours: Rumours
  readonly #suspicions: Suspicions
  readonly #graves: Graves
  readonly #prober: Prober
  readonly #sync: Sync
  readonly #greeter: Greeter
  readonly #healer: Healer
  readonly #beacons: Beacons
  readonly #admission: Admission
  readonly #reports: Reports
  readonly #intake: Intake
  readonly #blobs: Blobs
  readonly #inbox: Inbox
  readonly traffic = new Traffic()
  #moment: Moment
  #effects: Effect[] = []
  #links: readonly Link[] = []
  #isStarted = false

  constructor(options: GossipOptions, moment: Moment) {
    const { suite, clusterId, discoverySecret, nodeId, salt } = options
    this.#options = options
    this.#moment = moment
    this.#tagKey = tagKey(discoverySecret, clusterId, suite)
    this.#runtime = this.#makeRuntime()
    this.#self = new Self(options, suite)
    const runtime = this.#runtime
    this.roster = new Roster(nodeId, suite)
    this.roster.merge(this.#self.record)
    this.#sessions = new Sessions({ ...options, tagKey: this.#tagKey }, suite, moment.nowMs)
    const storm = new Storm(runtime, this.roster)
    this.#rumours = new Rumours(runtime, this.roster, storm)
    this.#suspicions = new Suspicions(runtime, this.roster, this.#pace, nodeId, {
      dateS: () => this.#admission.dateS,
      confirm: (member) => this.#prober.confirm(member),
      died: (member) => this.#died(member),
      changed: (member) => this.#reports.touch(member),
    })
    this.#prober = new Prober(runtime, this.roster, this.#pace, storm, {
      hello: (member) => this.#helloTo(member),
      accuse: (member) => this.#intake.accuse(member),
      view: () => this.#sync.view(),
    })
    this.#graves = new Graves(runtime, this.#suspicions, options, () => this.#admission.dateS)
    this.#sync = new Sync({
      runtime,
      roster: this.roster,
      holdings: this.#holdings,
      suspicions: this.#suspicions,
      graves: this.#graves,
      storm,
    })
    const discovery = new Discovery(
      { clusterId, discoverySecret, tagKey: this.#tagKey, salt },
      suite,
    )
    this.#greeter = new Greeter(runtime, this.roster, this.#self, clusterId, discovery, {
      isRevoked: (id) => this.#admission.isRevoked(id),
      isOurs: (address) => this.#isOurs(address),
      ownStatements: () => this.#admission.statementsOf(nodeId),
      takenBack: (id) => this.#takenBack(id),
      met: (record, statements, isAnswer) => this.#met(record, statements, isAnswer),
      beaconHeard: (id) => this.#beacons.heard(id),
    })
    this.#healer = new Healer(runtime, this.roster, options.hints, {
      beacon: (to) => runtime.emit({ kind: 'send', to, bytes: this.#greeter.beacon(true) }),
      isDue: (member) => this.#graves.isDue(member),
      forget: (member) => this.#intake.bury(member),
    })
    this.#beacons = new Beacons(runtime, ({ name }, to) =>
      runtime.emit({ kind: 'beacon', link: name, to, bytes: this.#greeter.beacon(false) }),
    )
    this.#reports = new Reports(runtime, this.roster, this.#suspicions)
    this.#admission = new Admission(runtime, this.roster, this.#holdings, options, storm, {
      isNew: (statement, from) => this.#intake.isNew(statement, from),
      standingChanged: (id) => this.#intake.restand(id),
      dropped: (id) => {
        if (this.roster.get(id) === undefined) this.#sessions.forget(id)
      },
    })
    this.#blobs = new Blobs(runtime, this.roster, (id) =>
      runtime.emit({ kind: 'event', event: { kind: 'updated', id } }),
    )
    this.#intake = this.#makeIntake()
    this.#inbox = this.#makeInbox()
  }

  /** What the input brings about, in this order. */
  handle(input: Input, moment: Moment): readonly Effect[] {
    this.#pace.passed(moment.nowMs, this.#agenda.nextMs())
    this.#moment = moment
    this.#effects = []
    switch (input.kind) {
      case 'start':
        this.#start()
        break
      case 'datagram':
        this.#inbox.datagram(input.bytes, input.from)
        break
      case 'wake':
        this.#agenda.runDue(moment.nowMs)
        break
      case 'links':
        this.#setLinks(input.addresses, input.links)
        break
      case 'publish':
        this.#particulars(input.particulars, input.details)
        break
      case 'statements':
        for (const statement of input.statements) this.#intake.take(statement)
        break
      case 'leave':
        this.#leave()
        break
    }
    this.#reports.tell()
    return this.#effects
  }

  /**
   * Whether a datagram need not be handed in, as it is a stranger's. Asked first it keeps a flood
   * at the price of one tag each.
   */
  isStrange(bytes: Uint8Array): boolean {
    return this.#inbox.isStrange(bytes)
  }

  /** Whether the datagram that was handed in last, from there, was sealed by a member. */
  isMemberAt(from: Address): boolean {
    return this.#inbox.provenSource === from
  }

  /** When `wake` is to come; undefined when nothing waits. */
  get wakeAtMs(): number | undefined {
    return this.#agenda.nextMs()
  }

  get record(): RecordStatement {
    return this.#self.record
  }

  /** What the node tells about itself, as it was last published. */
  get particulars(): Particulars {
    return this.#self.particulars
  }

  /** This process stood still a moment ago and believes its timeouts less. */
  get isTilted(): boolean {
    return this.#pace.isTilted(this.#moment.nowMs)
  }

  get view(): bigint {
    return this.#sync.view()
  }

  /** How much is held of what others have said: each has a bound, whoever says how much. */
  get held(): Held {
    return {
      members: this.roster.size,
      pending: this.#admission.waiting,
      early: this.#admission.early,
      statements: this.#holdings.size,
      sessions: this.#sessions.size,
      rumours: this.#rumours.size,
      timers: this.#agenda.size,
    }
  }

  #makeIntake(): Intake {
    return new Intake({
      runtime: this.#runtime,
      signer: this.#options,
      self: this.#self,
      roster: this.roster,
      admission: this.#admission,
      rumours: this.#rumours,
      suspicions: this.#suspicions,
      graves: this.#graves,
      prober: this.#prober,
      sync: this.#sync,
      reports: this.#reports,
      blobs: this.#blobs,
      sessions: this.#sessions,
      greeter: this.#greeter,
    })
  }

  #makeInbox(): Inbox {
    return new Inbox({
      runtime: this.#runtime,
      self: this.#self,
      tagKey: this.#tagKey,
      roster: this.roster,
      sessions: this.#sessions,
      greeter: this.#greeter,
      admission: this.#admission,
      prober: this.#prober,
      rumours: this.#rumours,
      suspicions: this.#suspicions,
      graves: this.#graves,
      sync: this.#sync,
      intake: this.#intake,
      blobs: this.#blobs,
      tellAt: (record, to, messages) => this.#tellAt(record, to, messages),
    })
  }

  #makeRuntime(): Runtime {
    const moment = (): Moment => this.#moment
    return {
      suite: this.#options.suite,
      dice: new Dice(this.#options.seed),
      agenda: this.#agenda,
      get moment() {
        return moment()
      },
      emit: (effect) => this.#effects.push(effect),
      ignore: (reason) => this.traffic.ignore(reason),
      tell: (member, messages, turn = 0) => this.#tell(member, messages, turn),
    }
  }

  /** What a member has told of its machine: bytes that it made, not looked at. */
  detailsOf(member: Member): Uint8Array | undefined {
    return this.#blobs.of(member)
  }

  /** As it was last told of. */
  stateOf(member: Member): MemberState {
    return this.#reports.stateOf(member)
  }

  #particulars(particulars: Particulars, blob: Uint8Array | undefined): void {
    const details = blob === undefined ? undefined : this.#blobs.setOwn(this.#self.id, blob)
    const told = details === undefined ? particulars : { ...particulars, details }
    if (this.#self.setParticulars(told)) this.#intake.publish()
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#prober.start()
    this.#healer.start()
    for (const hint of this.#options.hints) if (!this.#isOurs(hint)) this.#greeter.hello(hint)
  }

  #setLinks(addresses: readonly Address[], links: readonly Link[]): void {
    this.#links = links
    if (this.#self.setAddresses(addresses)) this.#intake.publish()
    this.#beacons.setLinks(links)
  }

  #leave(): void {
    this.#self.leave(this.#admission.dateS)
    this.#intake.publish()
    // Nobody sends it on for us once we are gone, so all are told at once, bounded by a burst.
    const told = this.#runtime.dice.pick(this.roster.living(), 64)
    for (const member of told) {
      this.#tell(member, [{ type: 'statements', statements: [this.#self.record] }], 0)
    }
  }

  #tell(member: Member, messages: readonly Message[], turn: number): void {
    const to = addressOf(member, turn)
    if (to === undefined || member.isSelf) return
    this.#tellAt(member.record, to, messages)
  }

  #tellAt(record: RecordStatement, to: Address, messages: readonly Message[]): void {
    const plain = encodeMessages(messages)
    const bytes = this.#sessions.seal(record, plain, this.#moment.nowMs)
    if (bytes === undefined) return
    this.traffic.send(messages)
    this.#runtime.emit({ kind: 'send', to, bytes })
  }

  #died(member: Member): void {
    this.#sync.changed()
    this.#reports.touch(member)
  }

  #helloTo(member: Member): void {
    const to = addressOf(member, 0)
    if (to !== undefined) this.#greeter.hello(to)
  }

  #met(record: RecordStatement, statements: readonly Statement[], isAnswer: boolean): void {
    const id = record.body.nodeId
    const before = this.roster.get(id)
    const wasHere = before !== undefined && isHere(before)
    const [, ...others] = statements
    for (const statement of others) this.#intake.take(statement, record)
    this.#intake.take(record, record)
    const member = this.roster.get(id)
    if (member === undefined) return
    this.#inbox.remind(member)
    // Who has just been met knows what we do not; the one who asked begins.
    if (isAnswer && (!wasHere || this.roster.count() <= 2)) this.#sync.begin(member)
  }

  /** What keeps a node out that has good papers: nobody else would tell it. */
  #takenBack(id: NodeId): Statement[] {
    const chain = this.#options.book.chainOf(id)
    if (chain === undefined || this.#admission.isMember(id)) return []
    const { delegation, operator } = chain
    const keys = [delegation.body.admissionKey, operator.body.operatorKey]
    return keys.flatMap((key) => this.#holdings.revocationsOf(key))
  }

  #isOurs(address: Address): boolean {
    const wanted = addressKey(address)
    const isSame = (other: Address): boolean => addressKey(other) === wanted
    return (
      this.#self.addresses.some(isSame) || this.#links.some(({ beacons }) => beacons.some(isSame))
    )
  }
}

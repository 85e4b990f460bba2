// A cluster of simulated machines: the very core of the agent under a network, clocks, disks and
// processes that fail on demand. One queue orders everything; the same seed gives the same run. Not
// here: which faults come when (nemesis.ts), and what must hold (checkers.ts).
import { Gossip } from '../../agent/src/gossip/core.ts'
import { Dice } from '../../agent/src/gossip/dice.ts'
import type { Effect, GossipEvent, Input } from '../../agent/src/gossip/types.ts'
import { type Address, addressKey } from '../../agent/src/wire/address.ts'
import type { NodeId } from '../../agent/src/wire/id.ts'
import type { Suite } from '../../agent/src/wire/suite.ts'
import { type Cluster, type Machine, makeCluster } from './cluster.ts'
import { Network, type NetworkOptions, QUIET } from './network.ts'
import { Processor, type ProcessorOptions } from './processor.ts'
import { Queue } from './queue.ts'
import { simSuite } from './suite.ts'

export interface WorldOptions {
  readonly seed: number
  readonly nodes: number
  readonly network?: NetworkOptions
  readonly suite?: Suite
  /** Salts that a restart does not draw anew: a planted bug. */
  readonly keepsSalts?: boolean
  /** Timers before datagrams when a process goes on, as a driver that does not wait one turn. */
  readonly isTimersFirst?: boolean
  /** A network that carries no beacons: everybody has the first node's address as a hint. */
  readonly hasNoBeacons?: boolean
  /** How long the dead are remembered, if not a day. */
  readonly deadRememberedMs?: number
  /** Cores that all nodes share; without it nothing takes time. */
  readonly processor?: ProcessorOptions
}

export interface SimNode {
  readonly index: number
  readonly id: NodeId
  readonly machine: Machine
  gossip: Gossip | undefined
  address: Address
  isFrozen: boolean
  /** The local clock is `offset + rate * time`. */
  offsetMs: number
  rate: number
  /** Seconds that the machine's wall clock is off. */
  wallOffsetS: number
  /** What came while the process stood still. */
  inbox: { from: Address; bytes: Uint8Array }[]
  upSinceMs: number
  /** Counts starts, so that timers of ended processes do nothing. */
  life: number
  timerAtMs: number
  sentBytes: number
  sentDatagrams: number
}

export interface Observed {
  readonly atMs: number
  readonly observer: number
  readonly event: GossipEvent
}

/** UDP and IPv4. */
const HEADERS_BYTES = 28
/** The default receive buffer of Linux holds about so many small datagrams. */
const INBOX_MOST = 256
const START_S = 1_800_000_000

export class World {
  readonly nodes: SimNode[]
  readonly network: Network
  readonly dice: Dice
  readonly cluster: Cluster
  readonly observed: Observed[] = []
  nowMs = 0
  /** Faults that go on, and when the last one began or ended. */
  faults = 0
  faultMs = 0
  nonceUsedTwice: string | undefined
  onEvent: (observed: Observed) => void = () => undefined
  readonly #queue = new Queue()
  readonly #options: WorldOptions
  readonly #suite: Suite
  readonly #byAddress = new Map<string, SimNode>()
  readonly #processor: Processor | undefined
  /** Lives whose timer is due and waits for a core. */
  readonly #waking = new Map<SimNode, number>()
  #trace = 0x811c9dc5

  constructor(options: WorldOptions) {
    this.#options = options
    const { processor } = options
    this.#processor = processor === undefined ? undefined : new Processor(processor)
    this.#suite = this.#watched(options.suite ?? simSuite)
    this.dice = new Dice(options.seed)
    this.network = new Network(options.network ?? QUIET, new Dice(options.seed ^ 0x5eed))
    this.cluster = makeCluster(options.nodes, options.seed, this.#suite, START_S)
    this.nodes = this.cluster.machines.map((machine, index) => this.#node(machine, index))
  }

  /** A number that two runs of one seed share. */
  get trace(): number {
    return this.#trace >>> 0
  }

  /** Seconds since 1970, as a clock that is right tells them. */
  get dateS(): number {
    return START_S + Math.floor(this.nowMs / 1000)
  }

  at(atMs: number, action: () => void): void {
    this.#queue.at(atMs, action)
  }

  /** Lets time pass until `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const nextMs = this.#queue.nextMs
      if (nextMs === undefined || nextMs > untilMs) break
      this.nowMs = nextMs
      this.#queue.take()?.action()
    }
    this.nowMs = untilMs
  }

  start(node: SimNode): void {
    this.#work(node, this.#options.processor?.startMs, () => this.#begin(node))
  }

  #begin(node: SimNode): void {
    if (node.gossip !== undefined) return
    const { peers = [] } = node.machine.disk
    const hints = this.#options.hasNoBeacons === true ? [this.node(0).address, ...peers] : peers
    node.life++
    node.isFrozen = false
    node.inbox = []
    node.upSinceMs = this.nowMs
    const gossip = this.cluster.start(node.machine, {
      suite: this.#suite,
      hints,
      dice: this.dice,
      moment: this.#moment(node),
      keepsSalt: this.#options.keepsSalts === true,
      deadRememberedMs: this.#options.deadRememberedMs,
    })
    node.gossip = gossip
    this.#handle(node, { kind: 'links', addresses: [node.address], links: [LINK] })
    this.#handle(node, { kind: 'start' })
  }

  /** The process is gone; what was not synced is lost with it. */
  kill(node: SimNode): void {
    node.gossip = undefined
    node.life++
  }

  /** Says good-bye and ends half a second later. */
  leave(node: SimNode): void {
    this.#handle(node, { kind: 'leave' })
    const { life } = node
    this.at(this.nowMs + 500, () => {
      if (node.life === life) this.kill(node)
    })
  }

  freeze(node: SimNode): void {
    node.isFrozen = true
  }

  thaw(node: SimNode): void {
    if (!node.isFrozen) return
    node.isFrozen = false
    if (this.#options.isTimersFirst === true) this.#wake(node, node.life)
    const { inbox } = node
    node.inbox = []
    for (const { from, bytes } of inbox) this.#handle(node, { kind: 'datagram', from, bytes })
    this.#wake(node, node.life)
  }

  /** The machine has another address from now on. */
  move(node: SimNode, address: Address): void {
    this.#byAddress.delete(addressKey(node.address))
    node.address = address
    this.#byAddress.set(addressKey(address), node)
    this.#handle(node, { kind: 'links', addresses: [address], links: [LINK] })
  }

  node(index: number): SimNode {
    return this.nodes[index] as SimNode
  }

  /** Counts a fault that begins (1) or ends (-1). */
  countFault(change: number): void {
    this.faults += change
    this.faultMs = this.nowMs
  }

  /** Another rate from now on, without a jump of the clock that never goes back. */
  setClock(node: SimNode, rate: number, wallOffsetS: number): void {
    node.offsetMs += (node.rate - rate) * this.nowMs
    node.rate = rate
    node.wallOffsetS = wallOffsetS
    node.timerAtMs = Number.POSITIVE_INFINITY
    this.#setTimer(node)
  }

  input(node: SimNode, input: Input): void {
    this.#handle(node, input)
  }

  /** Puts a datagram on the wire as if it came from anywhere. */
  inject(from: Address, to: SimNode, bytes: Uint8Array): void {
    this.#arrive(to, to.life, from, bytes)
  }

  /** Sees every datagram that is sent. */
  onSend: (from: SimNode, to: Address, bytes: Uint8Array) => void = () => undefined

  /** Looks at every nonce of every key. */
  #watched(suite: Suite): Suite {
    const used = new Set<string>()
    return {
      ...suite,
      seal: (key, nonce, associated, plain) => {
        const name = Buffer.concat([key, nonce]).toString('latin1')
        if (used.has(name)) this.nonceUsedTwice = `at ${this.nowMs} ms`
        used.add(name)
        return suite.seal(key, nonce, associated, plain)
      },
    }
  }

  #node(machine: Machine, index: number): SimNode {
    const address = addressOf(index)
    const node: SimNode = {
      index,
      id: machine.id,
      machine,
      gossip: undefined,
      address,
      isFrozen: false,
      offsetMs: this.dice.below(1_000_000),
      rate: 1,
      wallOffsetS: 0,
      inbox: [],
      upSinceMs: 0,
      life: 0,
      timerAtMs: Number.POSITIVE_INFINITY,
      sentBytes: 0,
      sentDatagrams: 0,
    }
    this.#byAddress.set(addressKey(address), node)
    return node
  }

  #moment(node: SimNode) {
    const localMs = node.offsetMs + node.rate * this.nowMs
    return { nowMs: localMs, dateS: this.dateS + node.wallOffsetS }
  }

  #handle(node: SimNode, input: Input): void {
    const { gossip } = node
    if (gossip === undefined) return
    const effects = gossip.handle(input, this.#moment(node))
    for (const effect of effects) this.#carryOut(node, effect)
    this.#setTimer(node)
  }

  #carryOut(node: SimNode, effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.#send(node, effect.to, effect.bytes)
      case 'beacon':
        if (this.#options.hasNoBeacons === true) return undefined
        for (const other of this.nodes) {
          if (other !== node) this.#send(node, other.address, effect.bytes, effect.to)
        }
        return undefined
      case 'keep-boot':
        node.machine.disk.boot = effect.boot
        return undefined
      case 'keep':
        node.machine.disk.statements.push(...effect.statements)
        return undefined
      case 'event': {
        const observed = { atMs: this.nowMs, observer: node.index, event: effect.event }
        this.observed.push(observed)
        this.#remember(node)
        this.#note(node.index, effect.event.kind.length)
        this.onEvent(observed)
        return undefined
      }
    }
  }

  /** With nobody there what was known before stays, as in the agent. */
  #remember({ gossip, machine }: SimNode): void {
    const peers = (gossip?.roster.living() ?? []).flatMap(
      ({ via, record }) => via ?? record.body.addresses[0] ?? [],
    )
    if (peers.length > 0) machine.disk.peers = peers
  }

  /** One beacon is one datagram however many hear it. */
  #send(node: SimNode, to: Address, bytes: Uint8Array, group?: Address): void {
    const isCounted = group === undefined || to.host === firstOther(this.nodes, node)
    if (isCounted) {
      node.sentBytes += bytes.length + HEADERS_BYTES
      node.sentDatagrams++
    }
    this.#note(node.index, bytes.length)
    this.onSend(node, to, bytes)
    const target = this.#byAddress.get(addressKey(to))
    if (target === undefined) return
    const { life } = target
    for (const way of this.network.ways(node.index, target.index, bytes)) {
      const from = node.address
      this.at(this.nowMs + way.delayMs, () => this.#arrive(target, life, from, way.bytes))
    }
  }

  /** Now, or when the cores have got to it. */
  #work(node: SimNode, costMs: number | undefined, action: () => void): void {
    if (this.#processor === undefined || costMs === undefined) return action()
    const endMs = this.#processor.take(node, this.nowMs, costMs)
    if (endMs === undefined) return
    this.at(endMs, () => {
      this.#processor?.done(node)
      action()
    })
  }

  #arrive(node: SimNode, life: number, from: Address, bytes: Uint8Array): void {
    const { datagramMs } = this.#options.processor ?? {}
    this.#work(node, datagramMs, () => this.#read(node, life, from, bytes))
  }

  #read(node: SimNode, life: number, from: Address, bytes: Uint8Array): void {
    if (node.gossip === undefined || node.life !== life) return
    if (node.isFrozen) {
      if (node.inbox.length < INBOX_MOST) node.inbox.push({ from, bytes })
      return
    }
    this.#handle(node, { kind: 'datagram', from, bytes })
  }

  #setTimer(node: SimNode): void {
    const localMs = node.gossip?.wakeAtMs
    if (localMs === undefined) return
    const atMs = Math.max((localMs - node.offsetMs) / node.rate, this.nowMs)
    // A timer that is due earlier is there already; it sets the next.
    if (node.timerAtMs <= atMs && node.timerAtMs >= this.nowMs) return
    node.timerAtMs = atMs
    const { life } = node
    // A real timer is never early: rounding must not make it so.
    this.at(atMs + 0.001, () => this.#wake(node, life))
  }

  #wake(node: SimNode, life: number): void {
    // One timer of a process waits, however often it would be due.
    if (this.#waking.get(node) === life) return
    this.#waking.set(node, life)
    this.#work(node, this.#options.processor?.wakeMs, () => {
      if (this.#waking.get(node) === life) this.#waking.delete(node)
      this.#due(node, life)
    })
  }

  #due(node: SimNode, life: number): void {
    if (node.life !== life || node.isFrozen) return
    node.timerAtMs = Number.POSITIVE_INFINITY
    this.#handle(node, { kind: 'wake' })
  }

  #note(a: number, b: number): void {
    this.#trace = Math.imul(this.#trace ^ a, 0x01000193)
    this.#trace = Math.imul(this.#trace ^ b ^ Math.floor(this.nowMs * 1000), 0x01000193)
  }
}

const BROADCAST: Address = { family: 4, host: '10.0.255.255', port: 4665 }
const LINK = { name: 'eth0', beacons: [BROADCAST] }

export function addressOf(index: number): Address {
  const number = index + 1
  return { family: 4, host: `10.0.${Math.floor(number / 250)}.${number % 250}`, port: 4665 }
}

function firstOther(nodes: readonly SimNode[], node: SimNode): string {
  return (nodes[0] === node ? nodes[1] : nodes[0])?.address.host ?? ''
}

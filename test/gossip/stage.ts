// A small settled cluster with an attacker beside it: what he sends goes in at the socket, and what
// is sent to him is counted there. Not here: what he tries (the tests).
import type { Book } from '../../agent/src/identity/book.ts'
import type { Address } from '../../agent/src/wire/address.ts'
import { addressKey } from '../../agent/src/wire/address.ts'
import type { HelloMessage } from '../../agent/src/wire/hello.ts'
import {
  makeStatement,
  type RecordStatement,
  type Statement,
} from '../../agent/src/wire/statement.ts'
import { simSuite } from '../sim/suite.ts'
import { addressOf, type SimNode, World, type WorldOptions } from '../sim/world.ts'
import { Mouth, recordOf, signerOf } from './forge.ts'

export interface Captured {
  readonly from: SimNode
  readonly to: Address
  readonly bytes: Uint8Array
}

/** Nobody of the cluster lives there. */
export const STRANGER: Address = addressOf(9999)

/** No statement fits into so few. */
const PROBE_MOST_BYTES = 100
/** No hello with a record fits into so few. */
const BEACON_LESS_BYTES = 200

export class Stage {
  readonly world: World
  readonly captured: Captured[] = []
  readonly #count: number
  readonly #mouths = new Map<string, Mouth>()
  #answeredBytes = 0
  /** What is sent there is counted. */
  #watched = ''

  /** `members` nodes are up and know one another; the others are the attacker's to start. */
  constructor(members = 3, options: Partial<WorldOptions> = {}) {
    this.#count = members
    this.world = new World({ seed: 11, nodes: members + 1, ...options })
    this.world.onSend = (from, to, bytes) => {
      this.captured.push({ from, to, bytes })
      // Beacons go to all that are on the network.
      const isBeacon = bytes[9] === 2 && bytes.length < BEACON_LESS_BYTES
      if (isBeacon && this.#watched !== addressKey(STRANGER)) return
      if (addressKey(to) === this.#watched) this.#answeredBytes += bytes.length
    }
    for (const node of this.world.nodes.slice(0, members)) this.world.start(node)
    this.pass(20_000)
  }

  node(index: number): SimNode {
    return this.world.node(index)
  }

  bookOf(index: number): Book {
    const book = this.world.cluster.bookOf(this.node(index).machine)
    if (book === undefined) throw new Error(`node ${index} was never started`)
    return book
  }

  pass(ms: number): void {
    this.world.run(this.world.nowMs + ms)
  }

  /** A datagram at the socket of the first node. */
  injects(bytes: Uint8Array, from = STRANGER): void {
    this.world.inject(from, this.node(0), bytes)
  }

  /** Bytes that come back to where these come from, within ten seconds. */
  answerTo(datagrams: readonly Uint8Array[], to = this.node(0), from = STRANGER): number {
    this.#answeredBytes = 0
    this.#watched = addressKey(from)
    for (const bytes of datagrams) this.world.inject(from, to, bytes)
    this.pass(10_000)
    return this.#answeredBytes
  }

  /** What has come back since the last question of answerTo. */
  get answeredBytes(): number {
    return this.#answeredBytes
  }

  /** How many members a node lists as there, itself among them. */
  listed(index: number): number {
    return (this.node(index).gossip?.roster.living().length ?? -1) + 1
  }

  /** What one node says of another, signed by it; since now. */
  accusation(
    by: number,
    of: number,
    version: { boot: number; incarnation: number },
    since = this.world.dateS,
  ) {
    const { id, machine } = this.node(by)
    const { boot, incarnation } = version
    const body = { accuser: id, subject: this.node(of).id, boot, incarnation, since }
    return makeStatement('accusation', body, signerOf(this.world, machine.seed), simSuite)
  }

  /** Nothing but pings and acks of the node arrives: it cannot say that something is not so. */
  silence(index: number): void {
    const { network } = this.world
    const ways = network.ways.bind(network)
    network.ways = (from, to, bytes) =>
      from === index && bytes.length > PROBE_MOST_BYTES ? [] : ways(from, to, bytes)
  }

  /** A member says statements to the first node as if they had come from itself. */
  brings(...statements: readonly Statement[]): void {
    this.world.input(this.node(0), { kind: 'statements', statements })
  }

  /**
   * The machine beside the cluster, with software of the attacker's, says hello to every member
   * with these papers, twice, as some papers rest on others; who then has it in its table.
   */
  offers(papers: readonly Statement[], record?: RecordStatement): number {
    const attacker = this.#beside()
    const own = record ?? recordOf(this.world, attacker)
    const mouth = this.#mouthOf(own.body.salt)
    for (const node of [...this.#members(), ...this.#members()]) {
      const statements = [own, ...papers]
      const bytes = mouth.hello({ sentTo: node.address, statements })
      this.world.inject(attacker.address, node, bytes)
      this.pass(20)
    }
    this.pass(2000)
    return this.#holding(attacker)
  }

  /** A hello of these statements to the first node, by a process of this salt; what it answers. */
  saysHello(
    statements: readonly Statement[],
    salt: Uint8Array,
    message: Partial<HelloMessage> = {},
    from = this.#beside().address,
  ): number {
    const to = this.node(0)
    const mouth = this.#mouthOf(salt)
    const bytes = mouth.hello({ sentTo: to.address, statements, ...message })
    return this.answerTo([bytes], to, from)
  }

  /** The same machine starts with the agent's own software; who has it in its table then. */
  starts(papers: Statement[], ms = 10_000): number {
    const attacker = this.#beside()
    attacker.machine.disk.statements = papers as typeof attacker.machine.disk.statements
    this.world.start(attacker)
    this.pass(ms)
    return this.#holding(attacker)
  }

  /** One for each process, or its counters would come twice. */
  #mouthOf(salt: Uint8Array): Mouth {
    const name = Buffer.from(salt).toString('hex')
    const mouth = this.#mouths.get(name) ?? new Mouth(this.world, salt)
    this.#mouths.set(name, mouth)
    return mouth
  }

  #beside(): SimNode {
    return this.node(this.#count)
  }

  #members(): SimNode[] {
    return this.world.nodes.slice(0, this.#count)
  }

  #holding({ id }: SimNode): number {
    return this.#members().filter(({ gossip }) => gossip?.roster.get(id) !== undefined).length
  }

  ignored(index: number, reason: string): number {
    const ignored = this.node(index).gossip?.traffic.ignored as
      | ReadonlyMap<string, number>
      | undefined
    return ignored?.get(reason) ?? 0
  }
}

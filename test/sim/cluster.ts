// The keys and papers of a simulated cluster: a root, an operator, a stick, and machines that were
// installed by it. Not here: what the machines do (world.ts).

import { Gossip } from '../../agent/src/gossip/core.ts'
import { Dice } from '../../agent/src/gossip/dice.ts'
import type { Moment } from '../../agent/src/gossip/types.ts'
import { type AdmissionStatement, Book } from '../../agent/src/identity/book.ts'
import type { Address } from '../../agent/src/wire/address.ts'
import { type NodeId, nodeIdOf } from '../../agent/src/wire/id.ts'
import {
  type DelegationStatement,
  makeStatement,
  type OperatorStatement,
} from '../../agent/src/wire/statement.ts'
import type { Suite } from '../../agent/src/wire/suite.ts'
import { publicHalf } from './suite.ts'

export interface Disk {
  boot: number
  statements: AdmissionStatement[]
  /** Where members were, as the agent remembers it from one start to the next. */
  peers?: readonly Address[]
}

export interface Machine {
  readonly id: NodeId
  readonly seed: Uint8Array
  readonly gossipSecret: Uint8Array
  readonly gossipKey: Uint8Array
  readonly disk: Disk
}

interface StartOptions {
  readonly suite: Suite
  readonly hints: readonly Address[]
  readonly dice: Dice
  readonly moment: Moment
  readonly keepsSalt: boolean
  readonly deadRememberedMs: number | undefined
}

export interface Cluster {
  readonly machines: readonly Machine[]
  readonly clusterId: Uint8Array
  readonly discoverySecret: Uint8Array
  /** For those who forge papers. */
  readonly stick: Stick
  /** What the newest process of a machine has of admission. */
  bookOf(machine: Machine): Book | undefined
  start(machine: Machine, options: StartOptions): Gossip
}

const WEEK_S = 7 * 86_400

export function makeCluster(nodes: number, seed: number, suite: Suite, dateS: number): Cluster {
  const dice = new Dice(seed ^ 0xc105)
  const root = bytes(dice, 32)
  const clusterId = publicHalf(root)
  const discoverySecret = bytes(dice, 32)
  const stick = stickOf(dice, root, clusterId, suite, dateS)
  const machines = Array.from({ length: nodes }, () => machineOf(dice, stick.admit))
  const books = new Map<NodeId, Book>()
  return {
    machines,
    clusterId,
    discoverySecret,
    stick,
    bookOf: ({ id }) => books.get(id),
    start(machine, { hints, dice: chance, moment, keepsSalt, deadRememberedMs }) {
      machine.disk.boot++
      const salt = bytes(chance, 16)
      const book = new Book({
        clusterId,
        self: machine.id,
        suite,
        held: machine.disk.statements,
        isKey: () => true,
      })
      books.set(machine.id, book)
      return new Gossip(
        {
          suite,
          clusterId,
          discoverySecret,
          nodeId: machine.id,
          gossipSecret: machine.gossipSecret,
          gossipKey: machine.gossipKey,
          salt: keepsSalt ? machine.seed.slice(0, 16) : salt,
          boot: machine.disk.boot,
          seed: chance.next(),
          hints,
          particulars: { roles: [] },
          book,
          ...(deadRememberedMs === undefined ? {} : { deadRememberedMs }),
          sign: (message) => suite.sign(machine.seed, message),
        },
        moment,
      )
    },
  }
}

type Admit = (id: NodeId) => AdmissionStatement[]

export interface Stick {
  readonly admit: Admit
  readonly root: Uint8Array
  readonly operatorSecret: Uint8Array
  readonly admissionSecret: Uint8Array
  readonly operator: OperatorStatement
  readonly delegation: DelegationStatement
}

/** A stick of a week, by an operator of the root: gives a node its papers. */
function stickOf(
  dice: Dice,
  root: Uint8Array,
  clusterId: Uint8Array,
  suite: Suite,
  dateS: number,
): Stick {
  const [operatorSecret, admissionSecret] = [bytes(dice, 32), bytes(dice, 32)]
  const signer = (secret: Uint8Array) => ({
    clusterId,
    sign: (message: Uint8Array) => suite.sign(secret, message),
  })
  const dates = { notBefore: dateS - WEEK_S, notAfter: dateS + WEEK_S }
  const operator = makeStatement(
    'operator',
    { operatorKey: publicHalf(operatorSecret), ...dates, name: 'operator' },
    signer(root),
    suite,
  )
  const delegation = makeStatement(
    'delegation',
    {
      admissionKey: publicHalf(admissionSecret),
      operator: operator.digest,
      ...dates,
      mayCoordinate: true,
      mostJoins: 0,
      mostCoordinators: 0,
      expectedMembers: 1,
      roles: [],
      name: 'stick',
    },
    signer(operatorSecret),
    suite,
  )
  const admit: Admit = (nodeId) => {
    const body = { nodeId, delegation: delegation.digest, mayCoordinate: true }
    const certificate = makeStatement('certificate', body, signer(admissionSecret), suite)
    return [operator, delegation, certificate]
  }
  return { admit, root, operatorSecret, admissionSecret, operator, delegation }
}

function machineOf(dice: Dice, admit: Admit): Machine {
  const seed = bytes(dice, 32)
  const gossipSecret = bytes(dice, 32)
  const id = nodeIdOf(publicHalf(seed))
  return {
    id,
    seed,
    gossipSecret,
    gossipKey: publicHalf(gossipSecret),
    disk: { boot: 0, statements: admit(id) },
  }
}

function bytes(dice: Dice, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => dice.below(256))
}

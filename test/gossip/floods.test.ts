// Goal: whoever says how much, what is held of it is bounded, and no more of it is sent than of
// anything else. Method: floods by one who has a good key of some kind, and what is held is
// counted. Not here: datagrams that nobody can read (fuzz.test.ts, strangers.test.ts).
import assert from 'node:assert/strict'
import {
  EARLY_MOST,
  MEMBERS_MOST,
  PENDING_MOST,
  SPREAD_MOST,
} from '../../agent/src/gossip/config.ts'
import { Book } from '../../agent/src/identity/book.ts'
import { STICK_MOST } from '../../agent/src/identity/certificates.ts'
import { keyOf } from '../../agent/src/wire/id.ts'
import { encodeMessages } from '../../agent/src/wire/message.ts'
import { makeStatement, type Statement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { publicHalf, simSuite } from '../sim/suite.ts'
import { identity, takenOver } from './floods.ts'
import {
  certificateOf,
  Mouth,
  operatorOf,
  receiptOf,
  recordOf,
  revocationOf,
  START_S,
  secretOf,
  signerOf,
  stickOf,
} from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/floods', { timeoutMs: 60_000 })

const COUNT = 10_000

/** What the first node holds; throws where nobody is. */
function heldBy(stage: Stage) {
  const held = stage.node(0).gossip?.held
  assert.ok(held)
  return held
}

test('of ten thousand nodes without papers that say hello 512 records wait, and no keys stay', () => {
  const stage = new Stage()
  for (let index = 0; index < COUNT; index++) {
    const node = identity(stage, index)
    const own = recordOf(stage.world, node)
    const mouth = new Mouth(stage.world, own.body.salt)
    const to = stage.node(0)
    stage.world.inject(node.address, to, mouth.hello({ sentTo: to.address, statements: [own] }))
    const ping = encodeMessages([{ type: 'ping', sequence: 1, view: 1n }])
    stage.world.inject(node.address, to, mouth.say(node, own, to, ping))
  }
  const { members, pending, sessions, rumours } = heldBy(stage)
  assert.deepEqual([members, pending, rumours], [3, PENDING_MOST, 0])
  assert.ok(sessions <= PENDING_MOST + 3, `${sessions} sessions`)
})

test('ten thousand beacons of as many nodes leave no member and no timer', () => {
  const stage = new Stage()
  const before = heldBy(stage)
  for (let index = 0; index < COUNT; index++) {
    const { id, address } = identity(stage, index)
    const mouth = new Mouth(stage.world, secretOf(id).slice(0, 16))
    const beacon = { type: 'beacon', asksAnswer: true, nodeId: id, boot: 1, addresses: [address] }
    const bytes = mouth.whisper(encodeMessages([beacon as never]))
    stage.world.inject(address, stage.node(0), bytes)
  }
  stage.pass(1000)
  const { members, pending, sessions, timers } = heldBy(stage)
  assert.deepEqual([members, pending, sessions], [before.members, before.pending, before.sessions])
  assert.ok(timers < before.timers + 10, `${timers} timers`)
})

type Flood = (stage: Stage, index: number) => Statement

const FLOODS: readonly [what: string, flood: Flood][] = [
  [
    'records of nodes without papers',
    (stage, index) => recordOf(stage.world, identity(stage, index)),
  ],
  [
    'records of itself under new versions',
    (stage, index) => recordOf(stage.world, stage.node(2), { boot: 9, incarnation: index }),
  ],
  [
    'receipts for nodes that do not exist',
    (stage, index) => {
      const certificate = certificateOf(stage.world, identity(stage, index).id)
      return receiptOf(stage.world, stage.node(2).machine.seed, certificate)
    },
  ],
  [
    'receipts for one node',
    (stage, index) => {
      const certificate = certificateOf(stage.world, stage.node(1).id)
      return receiptOf(stage.world, stage.node(2).machine.seed, certificate, START_S + index)
    },
  ],
  [
    'accusations of nodes that do not exist',
    (stage, index) => {
      const body = { accuser: stage.node(2).id, subject: identity(stage, index).id }
      const whole = { ...body, boot: 1, incarnation: 0, since: START_S }
      return makeStatement(
        'accusation',
        whole,
        signerOf(stage.world, stage.node(2).machine.seed),
        simSuite,
      )
    },
  ],
  [
    'accusations of one node under all versions',
    (stage, index) => stage.accusation(2, 1, { boot: 1, incarnation: index }),
  ],
  [
    'revocations by its own key',
    (stage, index) => {
      const target = { kind: 'node', key: keyOf(identity(stage, index).id) } as const
      return revocationOf(stage.world, stage.node(2).machine.seed, target)
    },
  ],
  [
    'operators by its own key',
    (stage, index) =>
      operatorOf(stage.world, { root: stage.node(2).machine.seed, name: `operator ${index}` }),
  ],
  [
    'sticks by its own key',
    (stage, index) =>
      stickOf(stage.world, { operatorSecret: stage.node(2).machine.seed, name: `stick ${index}` }),
  ],
]

for (const [what, flood] of FLOODS) {
  test(`ten thousand ${what}, by one member, leave next to nothing`, () => {
    const stage = new Stage()
    const before = heldBy(stage)
    const { tell } = takenOver(stage, 2)
    for (let index = 0; index < COUNT; index += 2) {
      tell([flood(stage, index), flood(stage, index + 1)])
    }
    const { members, pending, statements, sessions, rumours, timers } = heldBy(stage)
    assert.equal(members, 3)
    assert.ok(pending <= PENDING_MOST)
    assert.ok(statements <= before.statements + 4, `${statements} statements`)
    assert.ok(sessions <= before.sessions + PENDING_MOST, `${sessions} sessions`)
    assert.ok(rumours <= 8, `${rumours} rumours`)
    assert.ok(timers <= before.timers + 2 * PENDING_MOST, `${timers} timers`)
  })
}

test('of ten thousand receipts by nobody, told by one member, a thousand wait', () => {
  const stage = new Stage()
  const { tell } = takenOver(stage, 2)
  const certificate = certificateOf(stage.world, stage.node(1).id)
  for (let index = 0; index < COUNT; index++) {
    tell([receiptOf(stage.world, secretOf(`nobody ${index}`), certificate)])
  }
  assert.equal(heldBy(stage).early, EARLY_MOST)
})

test('what a flood by a stick leaves has a bound, and so has what is told on of it', () => {
  const stage = new Stage()
  const ids = Array.from({ length: 2 * SPREAD_MOST }, (_, index) => identity(stage, index).id)
  stage.brings(...ids.map((id) => certificateOf(stage.world, id)))
  const { members, statements, rumours } = heldBy(stage)
  assert.equal(members, 3)
  assert.ok(statements >= ids.length && STICK_MOST <= MEMBERS_MOST)
  assert.equal(rumours, SPREAD_MOST)
})

/** The papers of a cluster alone, as a flood of many thousands goes faster without a network. */
function bookOf({ world }: Stage): Book {
  const { clusterId } = world.cluster
  const { operator, delegation } = world.cluster.stick
  const held = [operator, delegation]
  return new Book({ clusterId, suite: simSuite, isKey: () => true, self: world.node(3).id, held })
}

test('one stick certifies as many nodes as a cluster has at most, and others still do', () => {
  const stage = new Stage()
  const book = bookOf(stage)
  const spare = stickOf(stage.world, { name: 'spare' })
  book.add(spare)
  const kinds = Array.from({ length: STICK_MOST + 10 }, (_, index) => {
    return book.add(certificateOf(stage.world, identity(stage, index).id)).kind
  })
  assert.equal(kinds.indexOf('refused'), STICK_MOST)
  const honest = certificateOf(stage.world, stage.node(0).id, spare)
  assert.equal(book.add(honest).kind, 'new')
})

test('a stolen operator key that takes back all it can does not keep the root from it', () => {
  const stage = new Stage()
  const book = bookOf(stage)
  const { root, operatorSecret } = stage.world.cluster.stick
  const taking = (secret: Uint8Array, index: number) =>
    revocationOf(stage.world, secret, { kind: 'admission', key: publicHalf(secretOf(`${index}`)) })
  const kinds = Array.from({ length: 16_400 }, (_, index) => {
    return book.add(taking(operatorSecret, index)).kind
  })
  assert.equal(kinds.indexOf('refused'), 16_384)
  const target = { kind: 'operator', key: publicHalf(operatorSecret) } as const
  assert.equal(book.add(revocationOf(stage.world, root, target)).kind, 'new')
})

test.run()

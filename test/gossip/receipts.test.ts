// Goal: a receipt admits the one node that a member has accepted, by the one certificate that it
// has looked at. Method: papers whose dates are over, so that nothing but a receipt could admit
// them, offered at the socket of every member.
import assert from 'node:assert/strict'
import { keyOf } from '../../agent/src/wire/id.ts'
import type { CertificateStatement, Statement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { takenOver } from './floods.ts'
import {
  certificateOf,
  EXPIRED,
  receiptOf,
  recordOf,
  revocationOf,
  rewritten,
  START_S,
  secretOf,
  stickOf,
  WEEK_S,
} from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/receipts', { timeoutMs: 60_000 })

interface Late {
  readonly papers: readonly [Statement, Statement, CertificateStatement]
  readonly certificate: CertificateStatement
}

/** Papers of the machine beside the cluster by a stick that is over. */
function late({ world }: Stage, index = 3): Late {
  const stick = stickOf(world, EXPIRED)
  const certificate = certificateOf(world, world.node(index).id, stick)
  return { papers: [world.cluster.stick.operator, stick, certificate], certificate }
}

const seedOf = (stage: Stage, index: number) => stage.node(index).machine.seed
const accomplice = secretOf('accomplice')

type Forge = (stage: Stage, certificate: CertificateStatement) => Statement[]

const FORGERIES: readonly [what: string, receipts: Forge][] = [
  ['no receipt at all', () => []],
  ['a receipt by a stranger', ({ world }, one) => [receiptOf(world, accomplice, one)]],
  ['a receipt by the node itself', (stage, one) => [receiptOf(stage.world, seedOf(stage, 3), one)]],
  [
    'a receipt by another that the same stick let in too late',
    (stage, one) => {
      const friend = certificateOf(stage.world, stage.node(4).id, stickOf(stage.world, EXPIRED))
      return [friend, receiptOf(stage.world, seedOf(stage, 4), one)]
    },
  ],
  [
    'receipts that two of them give each other',
    (stage, one) => {
      const friend = certificateOf(stage.world, stage.node(4).id, stickOf(stage.world, EXPIRED))
      return [
        friend,
        receiptOf(stage.world, seedOf(stage, 4), one),
        receiptOf(stage.world, seedOf(stage, 3), friend),
      ]
    },
  ],
  [
    'a receipt by a member that has the signature of another',
    (stage, one) => {
      const good = receiptOf(stage.world, seedOf(stage, 1), one)
      return [rewritten(stage.world, good, seedOf(stage, 3), (body) => body)]
    },
  ],
  [
    'a receipt that a member gave to another node',
    (stage) => {
      const theirs = certificateOf(stage.world, stage.node(2).id)
      return [receiptOf(stage.world, seedOf(stage, 1), theirs, START_S - 5)]
    },
  ],
  [
    'a receipt that a member gave to another node, made its own',
    (stage, one) => {
      const theirs = receiptOf(
        stage.world,
        seedOf(stage, 1),
        certificateOf(stage.world, stage.node(2).id),
      )
      const mine = receiptOf(stage.world, seedOf(stage, 1), one)
      const bytes = new Uint8Array(mine.bytes)
      bytes.set(theirs.bytes.slice(-64), bytes.length - 64)
      return [{ ...mine, bytes }]
    },
  ],
  [
    'a receipt of a member for a certificate that is not shown',
    (stage) => {
      const unseen = certificateOf(
        stage.world,
        stage.node(3).id,
        stickOf(stage.world, { name: 'unseen' }),
      )
      return [receiptOf(stage.world, seedOf(stage, 1), unseen)]
    },
  ],
  [
    'a receipt for the certificate in the name of another node',
    (stage, one) => [receiptOf(stage.world, seedOf(stage, 1), one, START_S, stage.node(4).id)],
  ],
  [
    'a receipt whose certificate was changed after it',
    (stage, one) => {
      const good = receiptOf(
        stage.world,
        seedOf(stage, 1),
        certificateOf(stage.world, stage.node(3).id),
      )
      const bytes = new Uint8Array(good.bytes)
      bytes.set(Buffer.from(one.digest, 'hex'), 3 + 32)
      return [{ ...good, bytes, body: { ...good.body, certificate: one.digest } }]
    },
  ],
]

test('the certificate that a receipt of a member names is asked for once', () => {
  const stage = new Stage()
  const { tell } = takenOver(stage, 2)
  const { certificate } = late(stage)
  const asks = () => stage.node(0).gossip?.traffic.sent.get('pull') ?? 0
  const before = asks()
  for (const by of [1, 2]) tell([receiptOf(stage.world, seedOf(stage, by), certificate)])
  stage.pass(300)
  assert.equal(asks(), before + 1)
})

for (const [what, date] of [
  ['before the seed was made', START_S - 3650 * 86_400],
  ['after the seed had expired', START_S],
] as const) {
  test(`after its date nobody comes in by a receipt of a member, dated ${what}`, () => {
    const stage = new Stage()
    const { papers, certificate } = late(stage)
    const receipt = receiptOf(stage.world, seedOf(stage, 1), certificate, date)
    assert.equal(stage.offers([...papers, receipt]), 0)
  })
}

for (const [what, receipts] of FORGERIES) {
  test(`after its date nobody comes in by ${what}`, () => {
    const stage = new Stage(3, { nodes: 5 })
    const { papers, certificate } = late(stage)
    assert.equal(stage.offers([...papers, ...receipts(stage, certificate)]), 0)
  })
}

test('by the receipt of a member the same machine comes in, as it was accepted in time', () => {
  const stage = new Stage()
  const { papers, certificate } = late(stage)
  const date = START_S - 0.75 * WEEK_S
  assert.equal(
    stage.offers([...papers, receiptOf(stage.world, seedOf(stage, 1), certificate, date)]),
    3,
  )
})

const revoked = (stage: Stage, index: number, date: number) =>
  revocationOf(
    stage.world,
    stage.world.cluster.stick.operatorSecret,
    { kind: 'node', key: keyOf(stage.node(index).id) },
    date,
  )

for (const [what, dates] of [
  ['the second in which it was taken back', [100, 100]],
  ['a second after', [100, 101]],
  ['a time that is far off', [100, 3650 * 86_400]],
] as const) {
  test(`a stolen member that was taken back lets nobody in by a receipt of ${what}`, () => {
    const stage = new Stage()
    const [takenBack, given] = dates
    stage.world.kill(stage.node(2))
    stage.brings(revoked(stage, 2, START_S + takenBack))
    stage.pass(2000)
    const { papers, certificate } = late(stage)
    const receipt = receiptOf(stage.world, seedOf(stage, 2), certificate, START_S + given)
    assert.equal(stage.offers([...papers, receipt]), 0)
  })
}

test('whom a stolen member accepted after the date of its taking back goes with it', () => {
  const stage = new Stage()
  const { papers, certificate } = late(stage)
  const date = START_S - 0.75 * WEEK_S
  const receipt = receiptOf(stage.world, seedOf(stage, 2), certificate, date)
  assert.equal(stage.offers([...papers, receipt]), 3)
  stage.brings(revoked(stage, 2, date - 50))
  stage.pass(2000)
  const listed = [0, 1].map((index) => stage.node(index).gossip?.roster.get(stage.node(3).id))
  assert.ok(listed.every((member) => member === undefined || member.standing === 'dead'))
})

for (const [what, date] of [
  ['far in the future', START_S + 3650 * 86_400],
  ['at the last second that can be written', 2 ** 48 - 1],
  ['in the year 1970', 0],
] as const) {
  test(`one member that dates a receipt ${what} closes the door to nobody`, () => {
    const stage = new Stage(3, { nodes: 5 })
    const { papers, certificate } = late(stage, 4)
    stage.brings(...papers, receiptOf(stage.world, seedOf(stage, 2), certificate, date))
    stage.pass(1000)
    assert.equal(stage.starts(stage.world.cluster.stick.admit(stage.node(3).id) as Statement[]), 3)
  })
}

// A receipt is for one certificate.

const seniorOf = ({ world }: Stage) =>
  stickOf(world, { ...EXPIRED, mayCoordinate: true, name: 'x' })

/** Certificates of a good stick without the right, and of one that is over with it. */
function both(stage: Stage) {
  const { world } = stage
  const good = stickOf(world, { mayCoordinate: false, name: 'good' })
  const [meek, proud] = [good, ...olds(stage)].map((by) =>
    certificateOf(world, stage.node(3).id, by),
  )
  return { sticks: [good, ...olds(stage)], meek, proud } as {
    sticks: Statement[]
    meek: CertificateStatement
    proud: CertificateStatement
  }
}

/** The certificate of this stick has a lower digest than the good one, so it was preferred. */
function olds(stage: Stage) {
  const good = stickOf(stage.world, { mayCoordinate: false, name: 'good' })
  const mine = certificateOf(stage.world, stage.node(3).id, good).digest
  for (let tried = 0; tried < 1000; tried++) {
    const old = stickOf(stage.world, {
      ...seniorOf(stage).body,
      by: stage.world.cluster.stick.operator,
      name: `old ${tried}`,
    })
    if (certificateOf(stage.world, stage.node(3).id, old).digest < mine) return [old]
  }
  throw new Error('no digest is lower')
}

function standingsOf(stage: Stage) {
  return [0, 1, 2].map((index) => {
    const book = stage.bookOf(index)
    return [book.standing(stage.node(3).id), book.mayCoordinate(stage.node(3).id)]
  })
}

test('a stick that is over lends its right to no node that came in by another', () => {
  for (const order of ['at once', 'later'] as const) {
    const stage = new Stage()
    const { sticks, meek, proud } = both(stage)
    if (order === 'later') {
      assert.equal(stage.offers([...sticks, meek]), 3)
      stage.brings(proud)
      stage.pass(2000)
    } else {
      stage.brings(...sticks)
      stage.pass(1000)
      assert.equal(stage.offers([meek, proud, recordOf(stage.world, stage.node(3))]), 3)
    }
    const wanted = ['admitted', false]
    assert.deepEqual(standingsOf(stage), [wanted, wanted, wanted])
  }
})

test.run()

// Goal: a stick lets in what its operator allowed, as long as it is good, and no more. Method: the
// core in the simulator; sticks that are good but for one thing, and one good stick in wrong hands.
import assert from 'node:assert/strict'
import type { AdmissionStatement } from '../../agent/src/identity/book.ts'
import { keyOf } from '../../agent/src/wire/id.ts'
import type { CertificateStatement, Statement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { publicHalf } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import {
  certificateOf,
  EXPIRED,
  Mouth,
  receiptOf,
  recordOf,
  revocationOf,
  rewritten,
  START_S,
  type StickForgery,
  secretOf,
  stickOf,
  WEEK_S,
} from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/seeds', { timeoutMs: 60_000 })

const throwaway = secretOf('throw-away')

/** Papers of a machine by a stick of its own admission key. */
function papersBy({ world }: Stage, forgery: StickForgery = {}, index = 3): AdmissionStatement[] {
  const stick = stickOf(world, { admissionKey: publicHalf(throwaway), ...forgery })
  const { id } = world.node(index)
  const certificate = certificateOf(world, id, stick, stick.body.mayCoordinate, throwaway)
  return [world.cluster.stick.operator, stick, certificate]
}

const onStick = (stage: Stage, takes: boolean, key = publicHalf(throwaway)) =>
  revocationOf(
    stage.world,
    stage.world.cluster.stick.operatorSecret,
    { kind: 'admission', key },
    START_S,
    takes,
  )

const FORGERIES: readonly [what: string, papers: (stage: Stage) => Statement[]][] = [
  ['that is over', (stage) => papersBy(stage, EXPIRED)],
  ['that is not good yet', (stage) => papersBy(stage, { notBefore: START_S + WEEK_S })],
  [
    'of another cluster',
    (stage) => {
      const other = new World({ seed: 77, nodes: 4 })
      const stick = stickOf(other)
      return [other.cluster.stick.operator, stick, certificateOf(other, stage.node(3).id, stick)]
    },
  ],
  [
    'that the operator has made for another cluster',
    (stage) => papersBy(stage, { clusterId: publicHalf(secretOf('another cluster')) }),
  ],
  [
    'whose admission key is another',
    ({ world }) => {
      const { delegation } = world.cluster.stick
      return [delegation, certificateOf(world, world.node(3).id, delegation, true, throwaway)]
    },
  ],
  [
    'that a member has made',
    (stage) => papersBy(stage, { operatorSecret: stage.node(1).machine.seed }),
  ],
  [
    'that the root has made',
    (stage) => papersBy(stage, { operatorSecret: stage.world.cluster.stick.root }),
  ],
  ['that it has made itself', (stage) => papersBy(stage, { operatorSecret: throwaway })],
  [
    'that lengthens its own time',
    (stage) => {
      const [operator, stick, certificate] = papersBy(stage, EXPIRED) as Statement[]
      const longer = stickOf(stage.world, { admissionKey: publicHalf(throwaway) })
      const signature = (stick as Statement).bytes.slice(-64)
      const bytes = new Uint8Array([...longer.bytes.slice(0, -64), ...signature])
      return [operator, { ...longer, bytes }, certificate] as Statement[]
    },
  ],
  [
    'whose certificate claims the right to coordinate that the stick lacks',
    ({ world }) => {
      const stick = stickOf(world, { mayCoordinate: false })
      return [stick, certificateOf(world, world.node(3).id, stick, true)]
    },
  ],
  [
    'whose certificate has the right to coordinate switched on',
    ({ world }) => {
      const stick = stickOf(world, { mayCoordinate: false })
      const meek = certificateOf(world, world.node(3).id, stick)
      const bytes = new Uint8Array(meek.bytes)
      bytes[3 + 64] = 1
      return [stick, { ...meek, bytes }]
    },
  ],
  [
    'whose certificate names rights that do not exist',
    ({ world }) => {
      const { delegation, admissionSecret } = world.cluster.stick
      const good = certificateOf(world, world.node(3).id)
      return [delegation, rewritten(world, good, admissionSecret, (body) => body.with(64, 2))]
    },
  ],
]

for (const [what, papers] of FORGERIES) {
  test(`nobody comes in by a stick ${what}`, () => {
    const stage = new Stage()
    assert.equal(stage.offers(papers(stage)), 0)
    assert.equal(stage.starts(papers(stage) as AdmissionStatement[]), 0)
  })
}

test('by a stick of the operator the same machine comes in, either way', () => {
  const [offered, started] = [new Stage(), new Stage()]
  assert.equal(offered.offers(papersBy(offered)), 3)
  assert.equal(started.starts(papersBy(started)), 3)
})

test('a stick that was taken back lets nobody in, heard before or after it', () => {
  for (const isHeardBefore of [true, false]) {
    const stage = new Stage()
    const [operator, stick, certificate] = papersBy(stage)
    if (!isHeardBefore) stage.brings(operator as Statement, stick as Statement)
    stage.brings(onStick(stage, false))
    stage.pass(1000)
    assert.equal(stage.offers([operator, stick, certificate] as Statement[]), 0)
  }
})

test('a stick that was taken back with what it admitted takes that out everywhere', () => {
  const stage = new Stage()
  assert.equal(stage.starts(papersBy(stage)), 3)
  stage.brings(onStick(stage, true))
  stage.pass(2000)
  for (const index of [0, 1, 2]) assert.equal(stage.listed(index), 3)
})

test('a stick cannot take back, and its holder cannot have it given back', () => {
  const stage = new Stage()
  stage.brings(onStick(stage, false))
  stage.pass(1000)
  // A newer stick of the same admission key, of other dates and another name.
  assert.equal(stage.offers(papersBy(stage, { name: 'again', notAfter: START_S + WEEK_S / 2 })), 0)
})

// A node that was taken back comes back by no other way.

const onNode = (stage: Stage, index: number) =>
  revocationOf(stage.world, stage.world.cluster.stick.operatorSecret, {
    kind: 'node',
    key: keyOf(stage.node(index).id),
  })

test('a node that was taken back does not come back by a new stick', () => {
  const stage = new Stage()
  stage.brings(onNode(stage, 3))
  stage.pass(1000)
  assert.equal(stage.offers(papersBy(stage)), 0)
  assert.equal(stage.starts(papersBy(stage)), 0)
})

test('nor by a receipt of a member that does not know it yet', () => {
  const stage = new Stage()
  const papers = papersBy(stage)
  stage.brings(onNode(stage, 3))
  stage.pass(1000)
  const receipt = receiptOf(
    stage.world,
    stage.node(1).machine.seed,
    papers[2] as CertificateStatement,
  )
  assert.equal(stage.offers([...papers, receipt]), 0)
})

test('a node that was taken back while it was away is out when it returns after 30 days', () => {
  const stage = new Stage(4)
  stage.world.kill(stage.node(3))
  stage.pass(10_000)
  stage.brings(onNode(stage, 3))
  stage.pass(2000)
  for (const index of [0, 1, 2]) stage.world.kill(stage.node(index))
  stage.pass(30 * 86_400_000)
  for (const index of [3, 0, 1, 2]) stage.world.start(stage.node(index))
  stage.pass(20_000)
  for (const index of [0, 1, 2]) {
    assert.equal(stage.listed(index), 3)
    assert.equal(stage.node(index).gossip?.roster.get(stage.node(3).id), undefined)
  }
})

// Bounds of a stick.

/** `count` machines start one after the other by a stick of these bounds. */
function joins(forgery: StickForgery, count: number): Stage {
  const stage = new Stage(3, { nodes: 3 + count })
  for (let index = 3; index < 3 + count; index++) {
    const node = stage.node(index)
    node.machine.disk.statements = papersBy(stage, forgery, index)
    stage.world.start(node)
    stage.pass(3000)
  }
  stage.pass(10_000)
  return stage
}

test('of more joins than a stick allows the newest are quarantined, the same ones everywhere', () => {
  const stage = joins({ mostJoins: 2 }, 5)
  const [good, bad] = ['admitted', 'quarantined']
  for (const index of [0, 1, 2, 3, 7]) {
    const standings = [3, 4, 5, 6, 7].map((other) => {
      return stage.bookOf(index).standing(stage.node(other).id)
    })
    // Its own papers are good in the eyes of each, its place is not.
    assert.deepEqual(standings, [good, good, bad, bad, bad], `node ${index}`)
  }
  assert.equal(stage.listed(0), 5)
})

test('of more coordinators than a stick allows the newest are none, the same ones everywhere', () => {
  const stage = joins({ mostCoordinators: 1 }, 3)
  for (const index of [0, 1, 2]) {
    const may = [3, 4, 5].map((other) => stage.bookOf(index).mayCoordinate(stage.node(other).id))
    assert.deepEqual(may, [true, false, false], `node ${index}`)
  }
})

test('who is quarantined has no voice: two of them have nobody held dead', () => {
  for (const [mostJoins, standing] of [
    [1, 'good'],
    [3, 'dead'],
  ] as const) {
    const stage = joins({ mostJoins }, 3)
    const record = stage.node(0).gossip?.roster.get(stage.node(1).id)?.record
    assert.ok(record)
    const { boot, incarnation } = record.body
    stage.silence(1)
    stage.brings(...[4, 5].map((by) => stage.accusation(by, 1, { boot, incarnation })))
    stage.pass(5000)
    assert.equal(stage.node(0).gossip?.roster.get(stage.node(1).id)?.standing, standing)
  }
})

for (const [who, mostJoins] of [
  ['are quarantined', 1],
  ['have died', 0],
] as const) {
  test(`accusers who ${who} keep no place from those whose word counts`, () => {
    const stage = joins({ mostJoins }, 5)
    const idle = [4, 5, 6, 7]
    if (mostJoins === 0) for (const index of idle) stage.world.kill(stage.node(index))
    stage.pass(60_000)
    assert.equal(stage.listed(0), 4)
    const record = stage.node(0).gossip?.roster.get(stage.node(1).id)?.record
    assert.ok(record)
    const { boot, incarnation } = record.body
    stage.silence(1)
    for (const accusers of [idle, [2, 3]]) {
      stage.brings(...accusers.map((by) => stage.accusation(by, 1, { boot, incarnation })))
    }
    stage.pass(5000)
    assert.equal(stage.node(0).gossip?.roster.get(stage.node(1).id)?.standing, 'dead')
  })
}

test('who becomes one too many by an older receipt of another is quarantined everywhere', () => {
  const stage = joins({ mostJoins: 1 }, 2)
  assert.equal(stage.node(0).gossip?.roster.get(stage.node(3).id)?.standing, 'good')
  const [, , certificate] = papersBy(stage, { mostJoins: 1 }, 4)
  const older = receiptOf(
    stage.world,
    stage.node(2).machine.seed,
    certificate as CertificateStatement,
    START_S - 5,
  )
  stage.brings(older)
  stage.pass(3000)
  for (const index of [0, 1, 2]) {
    const { roster } = stage.node(index).gossip ?? {}
    const standings = [3, 4].map((other) => roster?.get(stage.node(other).id)?.standing)
    assert.deepEqual(standings, ['quarantined', 'good'], `node ${index}`)
  }
})

test('of a thousand identities from one stick of two joins two have rights, everywhere', () => {
  const stage = new Stage()
  const stick = stickOf(stage.world, { mostJoins: 2, admissionKey: publicHalf(throwaway) })
  stage.brings(stick)
  stage.pass(1000)
  const many = Array.from({ length: 1000 }, (_, index) => {
    const seed = secretOf(`identity ${index}`)
    const machine = {
      ...stage.node(3).machine,
      seed,
      id: `ed25519:${Buffer.from(publicHalf(seed)).toString('hex')}`,
    }
    return { ...stage.node(3), id: machine.id, machine }
  })
  for (const [index, node] of many.entries()) {
    const own = recordOf(stage.world, node)
    const certificate = certificateOf(stage.world, node.id, stick, true, throwaway)
    const to = stage.node(index % 3)
    const mouth = new Mouth(stage.world, own.body.salt)
    const hello = mouth.hello({ sentTo: to.address, statements: [own, certificate] })
    stage.world.inject(node.address, to, hello)
    stage.pass(20)
  }
  stage.pass(30_000)
  const standings = [0, 1, 2].map((index) => {
    const book = stage.bookOf(index)
    return many.filter(({ id }) => book.standing(id) === 'admitted').map(({ id }) => id)
  })
  assert.equal(standings[0]?.length, 2)
  assert.deepEqual(standings[1], standings[0])
  assert.deepEqual(standings[2], standings[0])
  const gossip = stage.node(0).gossip
  assert.ok(gossip)
  assert.equal(gossip.roster.size, 1003)
})

test('who holds a stick of no joins left has no member quarantined by another certificate', () => {
  const stage = joins({ mostJoins: 1 }, 1)
  const victim = stage.node(1)
  const stick = papersBy(stage, { mostJoins: 1 }, 3)[1] as ReturnType<typeof stickOf>
  const own = stage.bookOf(0).certificateOf(victim.id)?.digest ?? ''
  // Signatures are the stick's to choose until the digest is lower.
  const forged = Array.from({ length: 64 }, (_, index) => {
    const dated = stickOf(stage.world, {
      ...stick.body,
      by: stage.world.cluster.stick.operator,
      name: `stick ${index}`,
    })
    return [dated, certificateOf(stage.world, victim.id, dated, true, throwaway)] as const
  }).find(([, certificate]) => certificate.digest < own)
  assert.ok(forged)
  stage.brings(...forged)
  stage.pass(3000)
  for (const index of [0, 2]) {
    assert.equal(stage.bookOf(index).certificateOf(victim.id)?.digest, own)
    assert.equal(stage.bookOf(index).standing(victim.id), 'admitted')
  }
})

test.run()

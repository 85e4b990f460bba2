// Goal: whose key the root did not make an operator's, or took back, lets nobody in and takes
// nobody out. Method: papers that are good but for the operator, offered at the socket of every
// member by software of the attacker's and then by the agent's own.
import assert from 'node:assert/strict'
import { keyOf } from '../../agent/src/wire/id.ts'
import type { Statement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { publicHalf } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import {
  certificateOf,
  EXPIRED,
  type OperatorForgery,
  operatorOf,
  revocationOf,
  rewritten,
  rotationOf,
  START_S,
  secretOf,
  stickOf,
  WEEK_S,
} from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/operators', { timeoutMs: 60_000 })

const other = secretOf('another operator')
const nextRoot = secretOf('next root')
const key = publicHalf(other)

/** The papers of the machine beside the cluster by another operator. */
function papersBy({ world }: Stage, forgery: OperatorForgery): Statement[] {
  const operator = operatorOf(world, { operatorKey: key, ...forgery })
  return [operator, ...below(world, operator)]
}

function below(world: World, operator: ReturnType<typeof operatorOf>): Statement[] {
  const stick = stickOf(world, { by: operator, operatorSecret: other })
  return [stick, certificateOf(world, world.node(3).id, stick)]
}

/** With a name of these bytes, which no spelling has; the name is the last of the body. */
function named(stage: Stage, name: Uint8Array | string): Statement[] {
  const { root } = stage.world.cluster.stick
  const good = operatorOf(stage.world, { operatorKey: key, name: '-' })
  const bytes = Buffer.from(name)
  const operator = rewritten(stage.world, good, root, (body) =>
    Buffer.concat([body.subarray(0, -2), Buffer.from([bytes.length]), bytes]),
  )
  return [operator, ...below(stage.world, operator)]
}

/** Dates stand behind the key, six bytes each. */
function backwards(stage: Stage): Statement[] {
  const { root } = stage.world.cluster.stick
  const good = operatorOf(stage.world, { operatorKey: key, notAfter: START_S + WEEK_S })
  const operator = rewritten(stage.world, good, root, (body) =>
    Buffer.concat([
      body.subarray(0, 32),
      body.subarray(38, 44),
      body.subarray(32, 38),
      body.subarray(44),
    ]),
  )
  return [operator, ...below(stage.world, operator)]
}

const FORGERIES: readonly [what: string, papers: (stage: Stage) => Statement[]][] = [
  ['that has expired', (stage) => papersBy(stage, EXPIRED)],
  ['that is not one yet', (stage) => papersBy(stage, { notBefore: START_S + WEEK_S })],
  [
    'of another cluster',
    (stage) => papersBy(stage, { root: new World({ seed: 77, nodes: 1 }).cluster.stick.root }),
  ],
  [
    'that the root has made for another cluster',
    (stage) => papersBy(stage, { clusterId: publicHalf(secretOf('another cluster')) }),
  ],
  [
    'that an operator has signed',
    (stage) => papersBy(stage, { root: stage.world.cluster.stick.operatorSecret }),
  ],
  [
    'that a stick has signed',
    (stage) => papersBy(stage, { root: stage.world.cluster.stick.admissionSecret }),
  ],
  ['that a member has signed', (stage) => papersBy(stage, { root: stage.node(1).machine.seed })],
  ['that has signed itself', (stage) => papersBy(stage, { root: other })],
  [
    'by the name of a good one and another key',
    (stage) => papersBy(stage, { root: other, name: 'operator' }),
  ],
  ['by a root key that no rotation names', (stage) => papersBy(stage, { root: nextRoot })],
  [
    'by a next root key that the root did not name',
    (stage) => [rotationOf(stage.world, other, nextRoot), ...papersBy(stage, { root: nextRoot })],
  ],
  [
    'by a next root key that did not agree',
    ({ world, ...stage }) => [
      rotationOf(world, world.cluster.stick.root, nextRoot, 1, other),
      ...papersBy({ world, ...stage } as Stage, { root: nextRoot }),
    ],
  ],
  [
    'by a second root key without the first',
    (stage) => [rotationOf(stage.world, nextRoot, other, 2), ...papersBy(stage, { root: other })],
  ],
  [
    'whose paper another operator has cited',
    ({ world }) => {
      const stick = stickOf(world, { operatorSecret: other })
      return [stick, certificateOf(world, world.node(3).id, stick)]
    },
  ],
  ['whose name breaks the line', (stage) => named(stage, 'ada\nroot')],
  ['whose name turns a terminal', (stage) => named(stage, '\u001b[2Jada')],
  ['whose name turns the direction', (stage) => named(stage, 'ada\u202etoor')],
  ['whose name is no UTF-8', (stage) => named(stage, new Uint8Array([0xc0, 0xaf]))],
  ['without a name', (stage) => named(stage, '')],
  ['whose time ends before it begins', (stage) => backwards(stage)],
  ['whose name is over the bound', (stage) => named(stage, 'a'.repeat(33))],
]

for (const [what, papers] of FORGERIES) {
  test(`nobody comes in by an operator ${what}`, () => {
    const stage = new Stage()
    assert.equal(stage.offers(papers(stage)), 0)
    assert.equal(stage.starts(papers(stage)), 0)
  })
}

test('by an operator of the root the same machine comes in, either way', () => {
  const [offered, started] = [new Stage(), new Stage()]
  assert.equal(offered.offers(papersBy(offered, {})), 3)
  assert.equal(started.starts(papersBy(started, {})), 3)
})

test('by operators of the root before and after a rotation one comes in, and by no third', () => {
  for (const [root, members] of [
    [undefined, 3],
    [nextRoot, 3],
    [other, 0],
  ] as const) {
    const stage = new Stage()
    stage.brings(rotationOf(stage.world, stage.world.cluster.stick.root, nextRoot))
    stage.pass(1000)
    assert.equal(stage.offers(papersBy(stage, root === undefined ? {} : { root })), members)
  }
})

test('a second successor of a root, named later, makes no operators', () => {
  const stage = new Stage()
  const { root } = stage.world.cluster.stick
  stage.brings(rotationOf(stage.world, root, nextRoot))
  stage.pass(1000)
  const rival = rotationOf(stage.world, root, other)
  assert.equal(stage.offers([rival, ...papersBy(stage, { root: other })]), 0)
})

// What an operator that was taken back does.

const onOperator = (stage: Stage, operator: Uint8Array, date: number, takes = false) =>
  revocationOf(
    stage.world,
    stage.world.cluster.stick.root,
    { kind: 'operator', key: publicHalf(operator) },
    date,
    takes,
  )

test('an operator that was taken back makes no stick any more', () => {
  const stage = new Stage()
  stage.brings(onOperator(stage, other, START_S))
  stage.pass(1000)
  assert.equal(stage.offers(papersBy(stage, {})), 0)
  assert.equal(stage.starts(papersBy(stage, {})), 0)
})

test('nor does one whose taking back is heard after its stick', () => {
  const stage = new Stage()
  const [operator, stick, certificate] = papersBy(stage, {})
  stage.brings(operator as Statement, stick as Statement)
  stage.pass(1000)
  stage.brings(onOperator(stage, other, START_S))
  stage.pass(1000)
  assert.equal(stage.offers([operator, stick, certificate] as Statement[]), 0)
})

test('another paper of the key of an operator that was taken back does not bring it back', () => {
  const stage = new Stage()
  stage.brings(onOperator(stage, other, START_S))
  stage.pass(1000)
  assert.equal(stage.offers(papersBy(stage, { name: 'again', notAfter: START_S + 9 * WEEK_S })), 0)
})

test('an operator that was taken back with what it admitted leaves none of that', () => {
  const stage = new Stage()
  assert.equal(stage.starts(papersBy(stage, {})), 3)
  stage.brings(onOperator(stage, other, START_S, true))
  stage.pass(2000)
  for (const index of [0, 1, 2]) assert.equal(stage.listed(index), 3)
})

/** Whether the others still have the second node after this revocation of it. */
function keeps(stage: Stage, ...statements: readonly Statement[]): boolean {
  stage.brings(...statements)
  stage.pass(3000)
  return [0, 2].every(
    (index) => stage.node(index).gossip?.roster.get(stage.node(1).id)?.standing === 'good',
  )
}

const onVictim = (stage: Stage, secret: Uint8Array, date = START_S + 30, takes = false) =>
  revocationOf(stage.world, secret, { kind: 'node', key: keyOf(stage.node(1).id) }, date, takes)

const WORDS: readonly [what: string, words: (stage: Stage) => Statement[]][] = [
  ['by an operator that nobody made', (stage) => [onVictim(stage, other)]],
  [
    'by an operator dated after it was taken back',
    (stage) => [
      operatorOf(stage.world, { operatorKey: key }),
      onOperator(stage, other, START_S + 20),
      onVictim(stage, other),
    ],
  ],
  [
    'by an operator dated after it was taken back, heard before that',
    (stage) => [
      operatorOf(stage.world, { operatorKey: key }),
      onVictim(stage, other),
      onOperator(stage, other, START_S + 20),
    ],
  ],
  [
    'of the operator by another operator, with what it admitted',
    (stage) => {
      const target = { kind: 'operator', key: stage.world.cluster.stick.operator.body.operatorKey }
      return [
        operatorOf(stage.world, { operatorKey: key }),
        revocationOf(stage.world, other, target as never, START_S, true),
      ]
    },
  ],
  ['by the node beside it', (stage) => [onVictim(stage, stage.node(2).machine.seed)]],
  ['by its stick', (stage) => [onVictim(stage, stage.world.cluster.stick.admissionSecret)]],
  [
    'in the name of the root',
    (stage) => {
      const { root, operatorSecret } = stage.world.cluster.stick
      const good = onVictim(stage, root)
      return [rewritten(stage.world, good, operatorSecret, (body) => body)]
    },
  ],
  [
    'made that of another node',
    (stage) => {
      const { operatorSecret } = stage.world.cluster.stick
      const spare = { kind: 'node', key: keyOf(stage.node(3).id) } as const
      const good = revocationOf(stage.world, operatorSecret, spare)
      const bytes = new Uint8Array(good.bytes)
      bytes.set(keyOf(stage.node(1).id), 4)
      return [{ ...good, bytes, body: onVictim(stage, operatorSecret).body } as Statement]
    },
  ],
]

for (const [what, words] of WORDS) {
  test(`a node stays after a revocation ${what}`, () => {
    const stage = new Stage()
    assert.ok(keeps(stage, ...words(stage)))
  })
}

test('after a revocation by its operator it goes', () => {
  const stage = new Stage()
  assert.ok(!keeps(stage, onVictim(stage, stage.world.cluster.stick.operatorSecret)))
})

test.run()

// Goal: papers that are not in order make nobody a member. Method: the core in the simulator, with
// an attacker who knows the discovery secret.
import assert from 'node:assert/strict'
import { Dice } from '../../agent/src/gossip/dice.ts'
import type { AdmissionStatement } from '../../agent/src/identity/book.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { makeStatement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { publicHalf, simSuite } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/papers', { timeoutMs: 60_000 })

const dice = new Dice(5)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => dice.below(256))

// Papers that are not in order: whoever has the discovery secret and these is no member.

interface Forgery {
  readonly name: string
  readonly papers: (stage: Stage) => AdmissionStatement[]
}

const signer = (stage: Stage, secret: Uint8Array) => ({
  clusterId: stage.world.cluster.clusterId,
  sign: (message: Uint8Array) => simSuite.sign(secret, message),
})

/** The attacker's own papers, with one of them made anew. */
const own = (stage: Stage): AdmissionStatement[] =>
  stage.world.cluster.stick.admit(stage.node(3).id)

const WEEK_S = 7 * 86_400
const START_S = 1_800_000_000

function withStick(
  stage: Stage,
  change: Partial<{
    operatorSecret: Uint8Array
    notBefore: number
    notAfter: number
    mayCoordinate: boolean
    certifies: boolean
  }>,
): AdmissionStatement[] {
  const { stick } = stage.world.cluster
  const admission = bytes(32)
  const delegation = makeStatement(
    'delegation',
    {
      ...stick.delegation.body,
      admissionKey: publicHalf(admission),
      notBefore: change.notBefore ?? stick.delegation.body.notBefore,
      notAfter: change.notAfter ?? stick.delegation.body.notAfter,
      mayCoordinate: change.mayCoordinate ?? true,
    },
    signer(stage, change.operatorSecret ?? stick.operatorSecret),
    simSuite,
  )
  const body = {
    nodeId: stage.node(3).id,
    delegation: delegation.digest,
    mayCoordinate: change.certifies ?? false,
  }
  const certificate = makeStatement('certificate', body, signer(stage, admission), simSuite)
  return [stick.operator, delegation, certificate]
}

function reSigned(stage: Stage, at: number, secret: Uint8Array): AdmissionStatement[] {
  const papers = own(stage)
  const paper = papers[at] as AdmissionStatement
  papers[at] = makeStatement(
    paper.kind,
    paper.body as never,
    signer(stage, secret),
    simSuite,
  ) as AdmissionStatement
  return papers
}

const FORGERIES: readonly Forgery[] = [
  { name: 'no papers at all', papers: () => [] },
  { name: 'no certificate', papers: (stage) => own(stage).slice(0, 2) },
  {
    name: 'no delegation',
    papers: (stage) => own(stage).filter(({ kind }) => kind !== 'delegation'),
  },
  { name: 'no operator', papers: (stage) => own(stage).slice(1) },
  { name: 'a certificate by the wrong key', papers: (stage) => reSigned(stage, 2, bytes(32)) },
  {
    name: 'a certificate by the node itself',
    papers: (stage) => reSigned(stage, 2, stage.node(3).machine.seed),
  },
  { name: 'an operator by the wrong root', papers: (stage) => reSigned(stage, 0, bytes(32)) },
  {
    name: 'a delegation of its own making',
    papers: (stage) => withStick(stage, { operatorSecret: bytes(32) }),
  },
  {
    name: 'a delegation that the admission key has signed',
    papers: (stage) =>
      withStick(stage, { operatorSecret: stage.world.cluster.stick.admissionSecret }),
  },
  {
    name: 'an expired delegation',
    papers: (stage) =>
      withStick(stage, { notBefore: START_S - 2 * WEEK_S, notAfter: START_S - WEEK_S }),
  },
  {
    name: 'a delegation that is not good yet',
    papers: (stage) => withStick(stage, { notBefore: START_S + WEEK_S }),
  },
  {
    name: 'a certificate with a right that its delegation lacks',
    papers: (stage) => withStick(stage, { mayCoordinate: false, certifies: true }),
  },
  {
    name: 'the certificate of another node',
    papers: (stage) => stage.world.cluster.stick.admit(stage.node(1).id),
  },
  {
    name: 'papers of another cluster',
    papers: (stage) => {
      const other = new World({ seed: 77, nodes: 1 })
      return other.cluster.stick.admit(stage.node(3).id)
    },
  },
]

for (const { name, papers } of FORGERIES) {
  test(`no member by ${name}`, () => {
    const stage = new Stage()
    const attacker = stage.node(3)
    attacker.machine.disk.statements = papers(stage)
    stage.world.start(attacker)
    stage.pass(20_000)
    for (const index of [0, 1, 2]) assert.equal(stage.listed(index), 3, `node ${index}`)
  })
}

test('with papers in order the same machine is a member', () => {
  const stage = new Stage()
  stage.world.start(stage.node(3))
  stage.pass(5000)
  assert.equal(stage.listed(0), 4)
})

test('a node with a revoked stick is told so by whom it came to', () => {
  const stage = new Stage()
  const { stick } = stage.world.cluster
  const body = {
    target: { kind: 'admission' as const, key: stick.delegation.body.admissionKey },
    date: START_S + 30,
    takesAdmitted: false,
    signer: publicHalf(stick.operatorSecret),
  }
  const statement = makeStatement('revocation', body, signer(stage, stick.operatorSecret), simSuite)
  stage.world.input(stage.node(0), { kind: 'statements', statements: [statement] })
  stage.pass(5000)
  const late = stage.node(3)
  stage.world.start(late)
  stage.pass(20_000)
  for (const index of [0, 1, 2]) assert.equal(stage.listed(index), 3, `node ${index}`)
  assert.ok(late.machine.disk.statements.some(({ digest }) => digest === statement.digest))
})

test('an expired stick does not come in by a receipt that it gives itself', () => {
  const stage = new Stage()
  const { seed } = stage.node(3).machine
  const papers = withStick(stage, { notBefore: START_S - 2 * WEEK_S, notAfter: START_S - WEEK_S })
  const accomplice = bytes(32)
  const nodeId = nodeIdOf(publicHalf(accomplice))
  const certificate = papers[2] as AdmissionStatement
  const receipts = [seed, accomplice].map((secret) =>
    makeStatement(
      'receipt',
      {
        nodeId: stage.node(3).id,
        certificate: certificate.digest,
        date: START_S - 1.5 * WEEK_S,
        acceptor: secret === seed ? stage.node(3).id : nodeId,
      },
      signer(stage, secret),
      simSuite,
    ),
  )
  stage.node(3).machine.disk.statements = [...papers, ...receipts]
  stage.world.start(stage.node(3))
  stage.pass(20_000)
  assert.equal(stage.listed(0), 3)
})

test.run()

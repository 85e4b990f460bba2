// Goal: a stranger on the network gets nothing, not even an answer, and papers that are not in order make
// nobody a member. Method: the core in the simulator; each case is seen red without its guard.
import assert from 'node:assert/strict'
import { Dice } from '../../agent/src/gossip/dice.ts'
import type { AdmissionStatement } from '../../agent/src/identity/book.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement, makeStatement } from '../../agent/src/wire/statement.ts'
import { suite as realSuite } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { publicHalf, simSuite } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import { type Captured, STRANGER, Stage } from './stage.ts'

const test = suite('gossip/attacks', { timeoutMs: 60_000 })

const dice = new Dice(5)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => dice.below(256))

const isDiscovery = ({ bytes: sent }: Captured): boolean => sent[9] === 2
const isPair = ({ bytes: sent }: Captured): boolean => sent[9] === 1

// A stranger on the network.

test('random bytes of every length are answered by nothing', () => {
  const stage = new Stage()
  const junk = Array.from({ length: 1300 }, (_, length) => bytes(length))
  assert.equal(stage.answerTo(junk), 0)
  assert.equal(stage.listed(0), 3)
})

test('random bytes behind a good version and form are answered by nothing', () => {
  const stage = new Stage()
  const junk = Array.from({ length: 2000 }, (_, index) => {
    const datagram = bytes(40 + (index % 1160))
    datagram[0] = 1
    datagram[9] = 1 + (index % 2)
    return datagram
  })
  assert.equal(stage.answerTo(junk), 0)
  assert.ok(stage.ignored(0, 'tag') >= 1900)
})

test('datagrams of another cluster are answered by nothing', () => {
  const stage = new Stage()
  const others: Uint8Array[] = []
  const world = new World({ seed: 99, nodes: 3 })
  world.onSend = (_from, _to, sent) => others.push(sent)
  for (const node of world.nodes) world.start(node)
  world.run(5000)
  assert.ok(others.length > 20)
  assert.equal(stage.answerTo(others), 0)
})

for (const [form, isOfForm] of [
  ['discovery', isDiscovery],
  ['pair', isPair],
] as const) {
  const capture = (stage: Stage): Uint8Array[] =>
    stage.captured.filter(isOfForm).map(({ bytes: sent }) => sent)

  test(`${form}: what was captured and is sent again from elsewhere brings nothing`, () => {
    const stage = new Stage()
    assert.equal(stage.answerTo(capture(stage)), 0)
  })

  test(`${form}: what was captured brings nothing from another node`, () => {
    const stage = new Stage()
    assert.equal(stage.answerTo(capture(stage), stage.node(2)), 0)
  })

  test(`${form}: what was captured brings nothing after the receiver started anew`, () => {
    const stage = new Stage()
    const captured = capture(stage)
    stage.world.kill(stage.node(0))
    stage.pass(1000)
    stage.world.start(stage.node(0))
    stage.pass(1000)
    assert.equal(stage.answerTo(captured), 0)
  })

  test(`${form}: what was captured brings nothing from a node that lost all it knew`, () => {
    const stage = new Stage()
    const captured = capture(stage)
    const [, other] = stage.world.nodes
    assert.ok(other)
    for (const node of stage.world.nodes) stage.world.kill(node)
    stage.pass(1000)
    stage.world.start(stage.node(0))
    assert.equal(stage.answerTo(captured), 0)
  })

  test(`${form}: one bit turned anywhere brings nothing`, () => {
    const stage = new Stage()
    const [sample] = capture(stage).toReversed()
    assert.ok(sample)
    const turned = Array.from({ length: sample.length * 8 }, (_, bit) => {
      const copy = new Uint8Array(sample)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      return copy
    })
    assert.equal(stage.answerTo(turned), 0)
  })

  test(`${form}: cut off anywhere it brings nothing`, () => {
    const stage = new Stage()
    const [sample] = capture(stage).toReversed()
    assert.ok(sample)
    const cut = Array.from({ length: sample.length }, (_, length) => sample.slice(0, length))
    assert.equal(stage.answerTo(cut), 0)
  })
}

test('a captured ping sent again to its receiver is seen once', () => {
  const stage = new Stage()
  const pings = stage.captured.filter(
    (one) => isPair(one) && one.to.host === stage.node(0).address.host,
  )
  const [ping] = pings.toReversed()
  assert.ok(ping)
  const before = stage.ignored(0, 'replay')
  stage.answerTo([ping.bytes, ping.bytes], stage.node(0), ping.from.address)
  assert.equal(stage.ignored(0, 'replay'), before + 2)
})

test('an answer to a hello is never larger than the hello', () => {
  const stage = new Stage()
  const hellos = stage.captured.filter((one) => isDiscovery(one) && one.bytes.length > 400)
  const asking = hellos.filter((one) => one.bytes.length === 1200)
  assert.ok(asking.length > 0)
  assert.ok(hellos.every((one) => one.bytes.length <= 1200))
})

test('ten thousand strange datagrams leave nothing behind', () => {
  const stage = new Stage()
  const junk = Array.from({ length: 10_000 }, () => {
    const datagram = bytes(60)
    datagram[0] = 1
    datagram[9] = 2
    return datagram
  })
  assert.equal(stage.answerTo(junk), 0)
  assert.equal(stage.node(0).gossip?.rumours, 0)
  assert.equal(stage.listed(0), 3)
})

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

// A revoked node.

function revoke(stage: Stage, index: number): void {
  const { stick } = stage.world.cluster
  const { id } = stage.node(index)
  const body = {
    target: { kind: 'node' as const, key: Buffer.from(id.slice(8), 'hex') },
    date: START_S + 30,
    takesAdmitted: false,
    signer: publicHalf(stick.operatorSecret),
  }
  const statement = makeStatement('revocation', body, signer(stage, stick.operatorSecret), simSuite)
  stage.world.input(stage.node(0), { kind: 'statements', statements: [statement] })
}

test('a revoked node is out everywhere, is not answered, and does not come back', () => {
  const stage = new Stage(4)
  revoke(stage, 3)
  stage.pass(5000)
  for (const index of [0, 1, 2]) assert.equal(stage.listed(index), 3)
  stage.captured.length = 0
  stage.pass(20_000)
  const toRevoked = stage.captured.filter(
    ({ from, to }) => from !== stage.node(3) && to.host === stage.node(3).address.host,
  )
  // Beacons go to all that are on the network; nothing else may.
  assert.ok(toRevoked.every(({ bytes: sent }) => sent.length < 200))
  stage.world.kill(stage.node(3))
  stage.world.start(stage.node(3))
  stage.pass(20_000)
  for (const index of [0, 1, 2]) assert.equal(stage.listed(index), 3)
})

test('a revoked node cannot revoke, and an admission key revokes nothing', () => {
  const stage = new Stage(4)
  const { stick } = stage.world.cluster
  for (const secret of [stage.node(2).machine.seed, stick.admissionSecret]) {
    const body = {
      target: { kind: 'node' as const, key: Buffer.from(stage.node(1).id.slice(8), 'hex') },
      date: START_S,
      takesAdmitted: true,
      signer: publicHalf(secret),
    }
    const statement = makeStatement('revocation', body, signer(stage, secret), simSuite)
    stage.world.input(stage.node(0), { kind: 'statements', statements: [statement] })
  }
  stage.pass(5000)
  assert.equal(stage.listed(0), 4)
})

// One identity on two machines.

test('a copied disk is found out, and both machines are named', () => {
  const stage = new Stage(3)
  const [original, clone] = [stage.node(1), stage.node(3)]
  const { machine } = original
  const double = { ...clone, machine: { ...machine, disk: { boot: 0, statements: own(stage) } } }
  double.machine.disk.statements = [...machine.disk.statements]
  Object.assign(clone, { machine: double.machine })
  stage.world.start(clone)
  stage.pass(30_000)
  const seen = stage.node(0).gossip
  const member = seen?.roster.get(original.id)
  assert.equal(member?.record.body.status, 'conflict')
  assert.equal(member?.standing, 'quarantined')
  const told = stage.world.observed.filter(({ event }) => event.kind === 'conflict')
  assert.ok(told.length > 0)
})

test('a disk that was rolled back comes back as the same member', () => {
  const stage = new Stage(3)
  const node = stage.node(1)
  for (let start = 0; start < 4; start++) {
    stage.world.kill(node)
    stage.pass(500)
    stage.world.start(node)
    stage.pass(3000)
  }
  stage.world.kill(node)
  node.machine.disk.boot = 1
  stage.pass(1000)
  stage.world.start(node)
  stage.pass(30_000)
  assert.equal(stage.listed(0), 3)
  assert.equal(stage.listed(1), 3)
})

// What one member says of another.

test('one member alone cannot have another held dead', () => {
  const stage = new Stage(4)
  const { seed, id } = stage.node(2).machine
  const victim = stage.node(1)
  for (let round = 0; round < 20; round++) {
    const record = stage.node(0).gossip?.roster.get(victim.id)?.record
    assert.ok(record)
    const { boot, incarnation } = record.body
    const body = { accuser: id, subject: victim.id, boot, incarnation }
    const accusation = makeStatement('accusation', body, signer(stage, seed), simSuite)
    stage.world.input(stage.node(0), { kind: 'statements', statements: [accusation] })
    stage.pass(1000)
  }
  const dead = stage.world.observed.filter(
    ({ event }) => event.kind === 'member' && event.state === 'dead',
  )
  assert.equal(dead.length, 0)
})

test('accusations by those who are no members count for nothing', () => {
  const stage = new Stage(3)
  const victim = stage.node(1)
  const record = stage.node(0).gossip?.roster.get(victim.id)?.record
  assert.ok(record)
  const { boot, incarnation } = record.body
  for (let accuser = 0; accuser < 5; accuser++) {
    const secret = bytes(32)
    const id = nodeIdOf(publicHalf(secret))
    const body = { accuser: id, subject: victim.id, boot, incarnation }
    const accusation = makeStatement('accusation', body, signer(stage, secret), simSuite)
    stage.world.input(stage.node(0), { kind: 'statements', statements: [accusation] })
  }
  assert.equal(stage.ignored(0, 'not admitted') >= 5, true)
  stage.pass(5000)
  assert.equal(stage.listed(0), 3)
})

test('a record that another key has signed is not taken', () => {
  const stage = new Stage(3)
  const record = stage.node(0).gossip?.roster.get(stage.node(1).id)?.record
  assert.ok(record)
  const body = { ...record.body, incarnation: record.body.incarnation + 5, roles: ['forged'] }
  const forged = makeStatement('record', body, signer(stage, bytes(32)), simSuite)
  stage.world.input(stage.node(0), { kind: 'statements', statements: [forged] })
  assert.deepEqual(stage.node(0).gossip?.roster.get(stage.node(1).id)?.record.body.roles, [])
})

test('the highest boot that can be written is taken, and one beyond it is void', () => {
  const stage = new Stage(3)
  const record = stage.node(1).gossip?.record
  assert.ok(record)
  const beyond = new Uint8Array(record.bytes)
  // The boot stands behind kind, length and node id; eight bytes with the highest bit set are longer than any.
  beyond.fill(0xff, 35, 43)
  assert.ok(isRefused(decodeStatement(beyond, realSuite)))
})

test('the stranger is nobody of the cluster', () => {
  const stage = new Stage(3)
  assert.ok(stage.world.nodes.every(({ address }) => address.host !== STRANGER.host))
})

test.run()

// Goal: a revoked node stays out, one identity serves one machine, and no member alone can harm
// another. Method: the core in the simulator.
import assert from 'node:assert/strict'
import { Dice } from '../../agent/src/gossip/dice.ts'
import { twinAddresses } from '../../agent/src/gossip/roster.ts'
import { addressKey } from '../../agent/src/wire/address.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement, makeStatement } from '../../agent/src/wire/statement.ts'
import { suite as realSuite } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { publicHalf, simSuite } from '../sim/suite.ts'
import type { SimNode } from '../sim/world.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/members', { timeoutMs: 60_000 })

const dice = new Dice(5)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => dice.below(256))

const START_S = 1_800_000_000

const signer = (stage: Stage, secret: Uint8Array) => ({
  clusterId: stage.world.cluster.clusterId,
  sign: (message: Uint8Array) => simSuite.sign(secret, message),
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

test('who is revoked in the middle of a probe is neither probed nor accused any more', () => {
  const stage = new Stage(4)
  stage.world.kill(stage.node(3))
  stage.pass(1000)
  revoke(stage, 3)
  stage.pass(100)
  stage.captured.length = 0
  stage.pass(10_000)
  const accused = [0, 1, 2].map((index) => {
    const { traffic } = stage.node(index).gossip ?? {}
    return traffic?.told.get('accusation') ?? 0
  })
  assert.deepEqual(accused, [0, 0, 0])
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

/** A machine that starts with a copy of another's disk. */
function startClone(stage: Stage, original: SimNode, boot: number): SimNode {
  const clone = stage.node(3)
  const { machine } = original
  const disk = { boot, statements: [...machine.disk.statements] }
  Object.assign(clone, { machine: { ...machine, disk } })
  stage.world.start(clone)
  stage.pass(30_000)
  return clone
}

test('a copied disk is found out, and both machines are named', () => {
  const stage = new Stage(3)
  const original = stage.node(1)
  const clone = startClone(stage, original, 0)
  const seen = stage.node(0).gossip
  const member = seen?.roster.get(original.id)
  assert.equal(member?.record.body.status, 'conflict')
  assert.equal(member?.standing, 'quarantined')
  const told = stage.world.observed.filter(({ event }) => event.kind === 'conflict')
  assert.ok(told.length > 0)
  // A third one tells where both are.
  const reasons = stage.world.observed.flatMap(({ observer, event }) =>
    observer === stage.node(0).index && event.kind === 'member' && event.reason
      ? [event.reason]
      : [],
  )
  const places = [original, clone].map(({ address }) => addressKey(address))
  for (const place of places) assert.ok(reasons.at(-1)?.includes(place), reasons.join('; '))
  assert.equal(member && twinAddresses(member).length, 1)
  // The two themselves as well.
  for (const { gossip } of [original, clone]) {
    assert.equal(gossip?.roster.get(original.id)?.standing, 'quarantined')
  }
})

test('once the copy is gone one start of the original ends the conflict', () => {
  const stage = new Stage(3)
  const original = stage.node(1)
  const clone = startClone(stage, original, original.machine.disk.boot)
  // Whatever the copy has told of itself in the meantime.
  for (const port of [1, 2, 3, 4, 5, 6]) {
    const addresses = [{ ...clone.address, port }]
    stage.world.input(clone, { kind: 'links', addresses, links: [] })
    stage.pass(1000)
  }
  stage.pass(5000)
  stage.world.kill(clone)
  stage.world.kill(original)
  stage.pass(1000)
  stage.world.start(original)
  stage.pass(30_000)
  for (const node of [stage.node(0), stage.node(2), original]) {
    assert.equal(node.gossip?.roster.get(original.id)?.standing, 'good', node.address.host)
  }
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
  const { boot, incarnation } = stage.node(1).gossip?.record.body ?? { boot: 0, incarnation: 0 }
  // It cannot say that it is not so.
  stage.silence(1)
  for (let round = 0; round < 20; round++) {
    stage.brings(stage.accusation(2, 1, { boot, incarnation }))
    stage.pass(1000)
  }
  assert.equal(stage.node(0).gossip?.roster.get(stage.node(1).id)?.standing, 'good')
})

test('one member and the word of the accused itself do not have it held dead', () => {
  const stage = new Stage(4)
  const record = stage.node(0).gossip?.roster.get(stage.node(1).id)?.record
  assert.ok(record)
  const { boot, incarnation } = record.body
  stage.silence(1)
  stage.brings(...[1, 2].map((by) => stage.accusation(by, 1, { boot, incarnation })))
  stage.pass(5000)
  assert.equal(stage.node(0).gossip?.roster.get(stage.node(1).id)?.standing, 'good')
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
    const body = { accuser: id, subject: victim.id, boot, incarnation, since: START_S }
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

test('a boot beyond the highest that can be written is void', () => {
  const stage = new Stage(3)
  const record = stage.node(1).gossip?.record
  assert.ok(record)
  const beyond = new Uint8Array(record.bytes)
  // The boot stands behind kind, length and node id; eight bytes with the highest bit set are
  // longer than any.
  beyond.fill(0xff, 35, 43)
  assert.ok(isRefused(decodeStatement(beyond, realSuite)))
})

test('who starts when those who accused a dead member are gone holds it dead too', () => {
  const stage = new Stage(6)
  const dead = stage.node(5)
  const { boot = 0, incarnation = 0 } = dead.gossip?.record.body ?? {}
  // It answers pings, so that nobody else accuses it.
  stage.silence(5)
  const statements = [0, 3, 4].map((by) => stage.accusation(by, 5, { boot, incarnation }))
  for (const index of [0, 1, 2, 3, 4]) {
    stage.world.input(stage.node(index), { kind: 'statements', statements })
  }
  stage.pass(1000)
  assert.equal(stage.node(1).gossip?.roster.get(dead.id)?.standing, 'dead')
  for (const gone of [0, 4]) stage.world.leave(stage.node(gone))
  for (const gone of [3, 5]) stage.world.kill(stage.node(gone))
  stage.pass(20_000)
  stage.world.start(stage.node(3))
  stage.pass(30_000)
  const views = [1, 2, 3].map((index) => stage.node(index).gossip?.view)
  assert.equal(stage.node(3).gossip?.roster.get(dead.id)?.standing, 'dead')
  assert.deepEqual(views, [views[0], views[0], views[0]])
})

test.run()

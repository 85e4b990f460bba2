// Goal: machines that are short of time, and rooms that are switched on at once, cost as little as
// they must and lose nobody. Method: the core in the simulator, its work counted.
import assert from 'node:assert/strict'
import { decodeStatement } from '../../agent/src/wire/statement.ts'
import { suite as realSuite, type Suite } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { simSuite } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/load', { timeoutMs: 60_000 })

/** Counts what one of its functions is asked. */
function counted(name: 'agree' | 'verify'): { readonly suite: Suite; readonly asked: unknown[][] } {
  const asked: unknown[][] = []
  const original = simSuite[name] as (...given: unknown[]) => unknown
  const count = (...given: unknown[]): unknown => {
    asked.push(given)
    return original(...given)
  }
  return { suite: { ...simSuite, [name]: count }, asked }
}

function deaths(stage: Stage): number {
  return stage.world.observed.filter(
    ({ event }) => event.kind === 'member' && event.state === 'dead',
  ).length
}

test('members that answer later and later are not given up', () => {
  const stage = new Stage(4)
  for (const delayMs of [150, 300, 450, 600, 800, 1000]) {
    stage.world.network.options = { ...stage.world.network.options, delayLeastMs: delayMs }
    stage.pass(20_000)
  }
  assert.equal(deaths(stage), 0)
})

test('answers that are slow all the time make nobody suspect', () => {
  const stage = new Stage(4)
  stage.world.network.options = { ...stage.world.network.options, delayLeastMs: 1000 }
  stage.pass(60_000)
  stage.world.observed.length = 0
  stage.pass(60_000)
  assert.deepEqual(stage.world.observed, [])
})

test('one that is gone is still found once all answer fast again', () => {
  const stage = new Stage(4)
  stage.world.network.options = { ...stage.world.network.options, delayLeastMs: 600 }
  stage.pass(30_000)
  stage.world.network.options = { ...stage.world.network.options, delayLeastMs: 0.1 }
  stage.pass(60_000)
  stage.world.kill(stage.node(3))
  stage.pass(6000)
  assert.equal(stage.listed(0), 3)
})

test('one that stood still makes nobody slow to find another that dies', () => {
  const stage = new Stage(6)
  stage.world.freeze(stage.node(1))
  stage.pass(10_000)
  stage.world.thaw(stage.node(1))
  stage.pass(30_000)
  const killedMs = stage.world.nowMs
  stage.world.kill(stage.node(5))
  stage.pass(4500)
  assert.equal(stage.listed(0), 5)
  const found = stage.world.observed.filter(
    ({ atMs, event }) => atMs > killedMs && event.kind === 'member' && event.state === 'dead',
  )
  assert.equal(found.length, 5)
})

test('a room that is switched on at once is signed for twice a node, give or take a few', () => {
  const { suite: watched, asked } = counted('verify')
  const nodes = 30
  const world = new World({ seed: 3, nodes, suite: watched })
  for (const node of world.nodes) world.start(node)
  world.run(30_000)
  for (const { gossip } of world.nodes) assert.equal(gossip?.roster.living().length, nodes - 1)
  const receipts = new Set<string>()
  for (const { machine } of world.nodes) {
    for (const { kind, digest } of machine.disk.statements)
      if (kind === 'receipt') receipts.add(digest)
  }
  assert.ok(receipts.size >= 2 * (nodes - 1), `only ${receipts.size}`)
  assert.ok(receipts.size <= 4 * nodes, `${receipts.size}`)
  // A certificate, its receipts and two records of each; and each hello looks at its record.
  const each = asked.length / nodes / nodes
  assert.ok(each < 8, `${each} signatures for each member`)
})

test('a room whose machines have no time to spare accuses nobody, and tells each thing few times', () => {
  const nodes = 50
  const processor = { cores: 1, startMs: 180, datagramMs: 1, wakeMs: 0.1 }
  const world = new World({ seed: 5, nodes, hasNoBeacons: true, processor })
  for (const node of world.nodes) world.start(node)
  world.run(40_000)
  for (const { gossip } of world.nodes) assert.equal(gossip?.roster.living().length, nodes - 1)
  let [accusations, certificates] = [0, 0]
  for (const { gossip } of world.nodes) {
    accusations += gossip?.traffic.told.get('accusation') ?? 0
    certificates += gossip?.traffic.told.get('certificate') ?? 0
  }
  assert.equal(accusations, 0)
  const each = certificates / nodes / nodes
  assert.ok(each < 7, `each certificate was told ${each} times by each`)
})

test('many that come at once are signed for twice each, and hardly more', () => {
  const nodes = 80
  const world = new World({ seed: 3, nodes })
  for (const [index, node] of world.nodes.entries()) world.at(index * 100, () => world.start(node))
  world.run(100_000)
  const made = world.nodes.flatMap(({ machine }) => machine.disk.statements)
  const receipts = new Set(made.flatMap(({ kind, digest }) => (kind === 'receipt' ? [digest] : [])))
  assert.ok(receipts.size >= 2 * (nodes - 1), `only ${receipts.size}`)
  assert.ok(receipts.size < 2.2 * nodes, `${receipts.size}`)
})

test('a member that says much of itself hides no death', () => {
  const stage = new Stage(4)
  stage.world.kill(stage.node(2))
  const diedMs = stage.world.nowMs
  for (let round = 0; round < 100; round++) {
    const particulars = { roles: [`r${round}`] }
    stage.world.input(stage.node(1), { kind: 'publish', particulars })
    stage.pass(100)
  }
  const told = stage.world.observed.filter(
    ({ atMs, event }) => atMs > diedMs && event.kind === 'member' && event.state === 'dead',
  )
  assert.ok(told.length > 0)
  for (const { atMs } of told) assert.ok(atMs - diedMs < 5000, `${atMs - diedMs} ms`)
})

test('the tag of a datagram is reckoned once', () => {
  let tags = 0
  const tag: Suite['tag'] = (...given) => {
    tags++
    return simSuite.tag(...given)
  }
  const stage = new Stage(2, { suite: { ...simSuite, tag } })
  const { bytes } =
    stage.captured.findLast(({ to }) => to.host === stage.node(0).address.host) ?? {}
  const { gossip } = stage.node(0)
  assert.ok(bytes && gossip)
  const before = tags
  const moment = { nowMs: stage.world.nowMs, dateS: 1_800_000_000 }
  assert.equal(gossip.isStrange(bytes), false)
  gossip.handle({ kind: 'datagram', bytes, from: stage.node(1).address }, moment)
  assert.equal(tags - before, 1)
})

test('two members agree on a secret once, for both ways', () => {
  const { suite: watched, asked } = counted('agree')
  const stage = new Stage(3, { suite: watched })
  stage.pass(60_000)
  assert.equal(asked.length, 3 * 2)
})

test('a statement that comes again is not read again', () => {
  const stage = new Stage(2)
  const { bytes } = stage.node(0).gossip?.record ?? { bytes: new Uint8Array() }
  const [first, second] = [bytes.slice(), bytes.slice()].map((one) =>
    decodeStatement(one, simSuite),
  )
  assert.equal(first, second)
  assert.notEqual(decodeStatement(bytes, realSuite), first)
})

test.run()

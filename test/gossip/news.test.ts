// Goal: when very much is new all learn it by few datagrams, and what is urgent does not wait for
// it. Method: parts of the core on a bench, and the core in the simulator.
import assert from 'node:assert/strict'
import { Agenda } from '../../agent/src/gossip/agenda.ts'
import { packedBy } from '../../agent/src/gossip/packing.ts'
import { Rumours } from '../../agent/src/gossip/rumours.ts'
import { Storm } from '../../agent/src/gossip/storm.ts'
import { suite } from '../harness.ts'
import { type SimNode, World } from '../sim/world.ts'
import { Bench } from './bench.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/news', { timeoutMs: 60_000 })

const NODES = 60

class RumourBench extends Bench {
  readonly rumours: Rumours

  constructor() {
    super(NODES)
    this.rumours = new Rumours(this.runtime, this.roster, new Storm(this.runtime, this.roster))
  }

  /** All but the first twenty members are new at once. */
  storm(): void {
    for (const { record } of this.members.slice(20)) this.rumours.add(record)
  }

  /** How often a member's record was told. */
  timesTold(index: number): number {
    const { record } = this.member(index)
    return this.told.filter(
      ({ message }) => message.type === 'statements' && message.statements.includes(record),
    ).length
  }
}

interface Late {
  readonly late: SimNode
  /** Receipts that each has told since it started; of whom it knows first. */
  readonly receipts: readonly number[]
}

/** Of settled rooms one more node starts; so many ms later it knows all that are there. */
function knowsAllAfter(ms: number): Late[] {
  return [1, 2, 3].map((seed) => {
    const world = new World({ seed, nodes: NODES, hasNoBeacons: true })
    const [late, ...others] = world.nodes.toReversed()
    assert.ok(late)
    for (const node of others) world.start(node)
    world.run(120_000)
    const before = world.nodes.map(receiptsTold)
    world.start(late)
    world.run(world.nowMs + ms)
    assert.equal(late.gossip?.roster.living().length, NODES - 1)
    const receipts = world.nodes.map((node, at) => receiptsTold(node) - (before[at] ?? 0))
    return { late, receipts }
  })
}

function receiptsTold({ gossip }: SimNode): number {
  return gossip?.traffic.told.get('receipt') ?? 0
}

function comparisons({ nodes }: World): number {
  return nodes.reduce((sum, { gossip }) => sum + (gossip?.traffic.sent.get('buckets') ?? 0), 0)
}

test('in a storm news wait for others, and a refutation does not', () => {
  const bench = new RumourBench()
  bench.storm()
  bench.rumours.add(bench.member(1).record)
  bench.rumours.add(bench.member(2).record, undefined, true)
  bench.pass(20)
  assert.equal(bench.timesTold(1), 0)
  assert.ok(bench.timesTold(2) > 0)
  bench.pass(1000)
  assert.ok(bench.timesTold(1) > 0)
})

test('a refutation does not wait for the next round of what may wait', () => {
  const bench = new RumourBench()
  bench.storm()
  bench.pass(300)
  bench.rumours.add(bench.member(2).record, undefined, true)
  bench.pass(20)
  assert.ok(bench.timesTold(2) > 0)
})

test('in a storm nobody tells what so many others have told it', () => {
  const bench = new RumourBench()
  bench.storm()
  bench.rumours.add(bench.member(1).record)
  bench.rumours.add(bench.member(2).record)
  for (const from of [3, 4, 5]) bench.rumours.heard(bench.member(1).record, bench.member(from).id)
  bench.pass(2000)
  assert.equal(bench.timesTold(1), 0)
  assert.equal(bench.timesTold(2), 3)
})

test('who starts late tells nobody what it has been told of all that were there', () => {
  for (const { late } of knowsAllAfter(5000)) {
    const told = late.gossip?.traffic.told.get('record') ?? 0
    assert.ok(told < NODES / 2, `${told} records told`)
  }
})

test('who starts late is told of all in half a second, and asks for it by few datagrams', () => {
  for (const { late } of knowsAllAfter(500)) {
    assert.ok(late.sentDatagrams < NODES / 2, `${late.sentDatagrams} datagrams`)
  }
})

test('who starts late is told of all once, by one member, in whatever order it comes', () => {
  for (const { receipts } of knowsAllAfter(1000)) {
    const [first = 0, ...others] = receipts
    // Two of each member, and the others tell on those of the new one.
    assert.ok(first < 2.5 * NODES, `${first} receipts told by the first`)
    assert.ok(Math.max(...others) < NODES / 3, `${Math.max(...others)} told by another`)
  }
})

test('while news are on their way nobody compares views that differ by them', () => {
  const world = new World({ seed: 1, nodes: NODES })
  for (const node of world.nodes) world.start(node)
  world.run(120_000)
  const before = comparisons(world)
  for (const subject of world.nodes.slice(0, 10)) {
    world.input(subject, { kind: 'publish', particulars: { roles: ['new'] } })
    world.run(world.nowMs + 5000)
    for (const { gossip } of world.nodes) {
      assert.deepEqual(gossip?.roster.get(subject.id)?.record.body.roles, ['new'])
    }
  }
  assert.equal(comparisons(world), before)
})

test('what is small fills the room that what is large leaves', () => {
  const sizes = [132, 460, 132, 460, 132, 460, 132, 460, 132, 460, 132, 460]
  const datagrams = packedBy(sizes, (bytes) => bytes)
  assert.equal(datagrams.length, 4)
  for (const one of datagrams) assert.ok(one.reduce((sum, bytes) => sum + bytes, 0) <= 1200)
  assert.equal(datagrams.flat().length, sizes.length)
})

test('who has just started has nobody on probation: all may have been slow', () => {
  const stage = new Stage(4)
  const killed = stage.node(3)
  stage.world.freeze(killed)
  stage.pass(12_000)
  assert.equal(stage.listed(0), 3)
  stage.world.thaw(killed)
  stage.pass(5000)
  assert.equal(stage.listed(0), 4)
})

test('what is moved again and again leaves no heap of what it was', () => {
  const agenda = new Agenda()
  for (let at = 0; at < 10_000; at++) agenda.set('moved', 20_000 - at, () => undefined)
  assert.ok(agenda.size < 100, `${agenda.size} entries`)
  assert.equal(agenda.nextMs(), 10_001)
})

test.run()

// Goal: the dead leave all tables a day after their death and stay out of them, whoever starts in
// between; and who was forgotten is a member again as soon as it speaks for itself. Method: the
// core in the simulator, with a day of ten minutes.
import assert from 'node:assert/strict'
import { Intake, type Parts } from '../../agent/src/gossip/intake.ts'
import { Pace } from '../../agent/src/gossip/pace.ts'
import { Suspicions } from '../../agent/src/gossip/suspicion.ts'
import { type AccusationStatement, makeStatement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { simSuite } from '../sim/suite.ts'
import { type SimNode, World } from '../sim/world.ts'
import { Bench } from './bench.ts'
import { recordOf, signerOf } from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/forgetting', { timeoutMs: 120_000 })

const DAY_MS = 600_000
const DAY_S = DAY_MS / 1000
const NODES = 8
const DEAD = 7
/** A death is found within this time. */
const FOUND_MS = 20_000

const stageOf = (nodes = NODES): Stage => new Stage(nodes, { deadRememberedMs: DAY_MS })

function up(stage: Stage): SimNode[] {
  return stage.world.nodes.filter(({ gossip }) => gossip !== undefined)
}

/** Who holds a node in its table, dead or alive. */
function holders(stage: Stage, index: number): number[] {
  const { id } = stage.node(index)
  return up(stage).flatMap((one) => (one.gossip?.roster.get(id) === undefined ? [] : [one.index]))
}

function areViewsEqual(stage: Stage): boolean {
  return new Set(up(stage).map(({ gossip }) => gossip?.view)).size === 1
}

/** What a node has told of another from a moment on. */
function states(stage: Stage, observer: number, of: number, fromMs = 0): string[] {
  const { id } = stage.node(of)
  return stage.world.observed.flatMap(({ atMs, observer: by, event }) =>
    by === observer && atMs >= fromMs && event.kind === 'member' && event.id === id
      ? [event.state]
      : [],
  )
}

for (const [how, end] of [
  ['died', (stage: Stage, node: SimNode) => stage.world.kill(node)],
  ['left', (stage: Stage, node: SimNode) => stage.world.leave(node)],
] as const) {
  test(`who ${how} is out of all tables after a day, whoever was started in between`, () => {
    const stage = stageOf()
    end(stage, stage.node(DEAD))
    const endMs = stage.world.nowMs
    stage.pass(DAY_MS / 2)
    const restarted = stage.node(2)
    stage.world.kill(restarted)
    stage.pass(1000)
    stage.world.start(restarted)
    stage.pass(FOUND_MS)
    assert.deepEqual(holders(stage, DEAD), [0, 1, 2, 3, 4, 5, 6])
    assert.ok(areViewsEqual(stage))
    const settledMs = stage.world.nowMs
    let unequal = 0
    while (stage.world.nowMs < endMs + DAY_MS + FOUND_MS) {
      stage.pass(1000)
      if (!areViewsEqual(stage)) unequal++
    }
    assert.deepEqual(holders(stage, DEAD), [])
    assert.ok(unequal <= 5, `views differed for ${unequal} s`)
    staysOut(stage, settledMs)
  })
}

/** Nor is it told of anew, and nothing is compared any more. */
function staysOut(stage: Stage, fromMs: number): void {
  const asked = () => up(stage).map(({ gossip }) => gossip?.traffic.sent.get('buckets') ?? 0)
  const before = asked()
  stage.pass(2 * DAY_MS + FOUND_MS)
  assert.deepEqual(holders(stage, DEAD), [])
  assert.ok(areViewsEqual(stage))
  assert.deepEqual(asked(), before)
  for (const { index } of up(stage)) assert.deepEqual(states(stage, index, DEAD, fromMs), [])
}

test('who left more than a day ago is not taken from who tells of it', () => {
  const stage = stageOf(4)
  const { dateS } = stage.world
  const past = { status: 'left', leftAt: dateS - DAY_S } as const
  stage.brings(...stage.world.cluster.stick.admit(stage.node(4).id))
  stage.pass(1000)
  stage.brings(recordOf(stage.world, stage.node(4), past))
  assert.deepEqual(holders(stage, 4), [])
  stage.brings(recordOf(stage.world, stage.node(4), { ...past, leftAt: dateS }))
  assert.deepEqual(holders(stage, 4), [0])
})

test('who forgets sooner, as its clock is fast, does not ask for what it has forgotten', () => {
  const stage = stageOf()
  const fast = stage.node(1)
  stage.world.setClock(fast, 1, DAY_MS / 4000)
  stage.world.kill(stage.node(DEAD))
  stage.pass(0.8 * DAY_MS)
  const pulls = fast.gossip?.traffic.sent.get('pull')
  assert.ok(!holders(stage, DEAD).includes(fast.index))
  assert.equal(holders(stage, DEAD).length, NODES - 2)
  stage.pass(0.1 * DAY_MS)
  assert.equal(fast.gossip?.traffic.sent.get('pull'), pulls)
  stage.pass(0.1 * DAY_MS + FOUND_MS)
  assert.deepEqual(holders(stage, DEAD), [])
  assert.ok(areViewsEqual(stage))
})

test('who has forgotten too soon, as its clock was wrong, is told again and finds nobody alive', () => {
  const stage = stageOf()
  const wrong = stage.node(1)
  for (const end of ['kill', 'leave'] as const) stage.world[end](stage.node(end === 'kill' ? 7 : 6))
  stage.pass(FOUND_MS)
  stage.world.setClock(wrong, 1, 365 * 86_400)
  stage.pass(FOUND_MS)
  assert.equal(stage.node(1).gossip?.roster.size, NODES - 2)
  stage.world.setClock(wrong, 1, 0)
  const rightMs = stage.world.nowMs
  stage.pass(FOUND_MS)
  assert.ok(areViewsEqual(stage))
  assert.equal(stage.node(1).gossip?.roster.size, NODES)
  assert.deepEqual(states(stage, 1, 7, rightMs), ['dead'])
  assert.deepEqual(states(stage, 1, 6, rightMs), ['left'])
})

test('a node that was forgotten is a member again at once when it starts', () => {
  const stage = stageOf(4)
  stage.world.kill(stage.node(3))
  stage.pass(DAY_MS + FOUND_MS)
  assert.deepEqual(holders(stage, 3), [])
  stage.world.start(stage.node(3))
  stage.pass(3000)
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => stage.listed(index)),
    [4, 4, 4, 4],
  )
  assert.ok(areViewsEqual(stage))
})

for (const [how, days] of [
  ['a little', 1.1],
  ['much', 2.5],
] as const) {
  test(`both halves of a split of ${how} more than a day are one cluster soon after it`, () => {
    const stage = stageOf()
    stage.world.network.split([0, 1, 2, 3, 8], [4, 5, 6, 7])
    stage.pass(days * DAY_MS)
    assert.equal(holders(stage, 4).includes(0), false)
    stage.world.network.heal()
    // They hear of one another by beacons, which are sent every half a minute.
    stage.pass(40_000)
    for (const { index } of up(stage)) assert.equal(stage.listed(index), NODES)
    assert.ok(areViewsEqual(stage))
  })
}

test('who was forgotten comes back to those who are told of it and cannot ask it', () => {
  const stage = stageOf()
  stage.world.network.split([0, 1, 2, 3, 8], [4, 5, 6, 7])
  stage.pass(1.1 * DAY_MS)
  stage.world.network.heal()
  stage.world.network.split([0], [4])
  stage.pass(40_000)
  assert.equal(stage.listed(0), NODES)
  assert.equal(stage.listed(4), NODES)
})

test('who slept while another died tells nobody that it is alive, and forgets it too', () => {
  const stage = stageOf()
  const [sleeper, dead] = [stage.node(6), stage.node(DEAD)]
  stage.world.freeze(sleeper)
  stage.pass(5000)
  stage.world.kill(dead)
  stage.pass(1.3 * DAY_MS)
  assert.equal(sleeper.gossip?.roster.get(dead.id)?.standing, 'good')
  const awakeMs = stage.world.nowMs
  stage.world.thaw(sleeper)
  stage.pass(60_000)
  assert.deepEqual(holders(stage, DEAD), [])
  assert.equal(stage.listed(0), NODES - 1)
  assert.ok(areViewsEqual(stage))
  for (const index of [0, 1, 2, 3, 4, 5]) {
    assert.deepEqual(states(stage, index, DEAD, awakeMs), [])
  }
})

test('the word of a member brings nobody back that is forgotten', () => {
  const stage = stageOf(4)
  const record = stage.node(3).gossip?.record
  assert.ok(record)
  stage.world.kill(stage.node(3))
  stage.pass(DAY_MS + FOUND_MS)
  stage.brings(record)
  stage.pass(DAY_MS / 2)
  assert.deepEqual(holders(stage, 3), [])
})

/** A death to which one member's accusation of this date comes first. */
function dieWithDate(since: (dateS: number) => number): Stage {
  const stage = stageOf()
  const { boot = 0, incarnation = 0 } = stage.node(DEAD).gossip?.record.body ?? {}
  stage.world.kill(stage.node(DEAD))
  const lie = stage.accusation(1, DEAD, { boot, incarnation }, since(stage.world.dateS))
  for (const { index } of up(stage)) {
    stage.world.input(stage.node(index), { kind: 'statements', statements: [lie] })
  }
  stage.pass(FOUND_MS)
  return stage
}

for (const [name, since] of [
  ['long ago', () => 0],
  ['in a year', (dateS: number) => dateS + 365 * 86_400],
] as const) {
  test(`an accuser that dates a death ${name} has it forgotten neither sooner nor later`, () => {
    const stage = dieWithDate(since)
    stage.pass(DAY_MS - 3 * FOUND_MS)
    assert.equal(holders(stage, DEAD).length, NODES - 1)
    assert.equal(stage.node(0).gossip?.roster.get(stage.node(DEAD).id)?.standing, 'dead')
    stage.pass(3 * FOUND_MS)
    assert.deepEqual(holders(stage, DEAD), [])
  })
}

/** What the first of six says when it accuses the last, as these others have with these dates. */
function dateToldAfter(...dates: readonly number[]): number | undefined {
  const bench = new Bench(6)
  const world = new World({ seed: 3, nodes: 6 })
  const signer = (index: number) => signerOf(world, world.node(index).machine.seed)
  const subject = bench.member(5)
  const { boot, incarnation } = subject.record.body
  const said: AccusationStatement[] = []
  const suspicions = new Suspicions(bench.runtime, bench.roster, new Pace(), bench.member(0).id, {
    dateS: () => 1000,
    confirm: noted,
    died: noted,
    changed: noted,
  })
  for (const [index, since] of dates.entries()) {
    const accuser = bench.member(index + 1).id
    const body = { accuser, subject: subject.id, boot, incarnation, since }
    const statement = makeStatement('accusation', body, signer(index + 1), simSuite)
    suspicions.add(subject, statement)
  }
  const parts = {
    runtime: bench.runtime,
    signer: signer(0),
    self: { id: bench.member(0).id },
    admission: { dateS: 1000 },
    suspicions,
    rumours: { add: (statement: AccusationStatement) => said.push(statement) },
  }
  new Intake(parts as unknown as Parts).accuse(subject)
  return said[0]?.body.since
}

function noted(): void {
  // Nobody waits for it.
}

test('an accuser copies a date that two others name, and else takes its own', () => {
  assert.equal(dateToldAfter(), 1000)
  assert.equal(dateToldAfter(10), 1000)
  assert.equal(dateToldAfter(10, 700), 700)
  assert.equal(dateToldAfter(800, 10, 700), 700)
  assert.equal(dateToldAfter(10, 5000), 1000)
})

test('two accusers that date a death long ago have it forgotten until the node speaks', () => {
  const stage = stageOf()
  const victim = stage.node(DEAD)
  const { boot = 0, incarnation = 0 } = victim.gossip?.record.body ?? {}
  stage.world.network.split([0, 1, 2, 3, 4, 5, 6, 8], [DEAD])
  const date = stage.world.dateS - 2 * DAY_S
  const lies = [1, 2].map((by) => stage.accusation(by, DEAD, { boot, incarnation }, date))
  for (const { index } of up(stage)) {
    if (index === DEAD) continue
    stage.world.input(stage.node(index), { kind: 'statements', statements: lies })
  }
  stage.pass(5000)
  assert.deepEqual(holders(stage, DEAD), [DEAD])
  stage.world.network.heal()
  stage.pass(40_000)
  for (const { index } of up(stage)) assert.equal(stage.listed(index), NODES)
})

test.run()

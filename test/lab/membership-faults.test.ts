// Goal: ten members agree on who is there whatever happens to many of them at once. Method: systemd
// nodes with the very package; times are those of the agents' journals, as asking ten takes longer
// than what is timed. The campaign cuts more often and for longer: COUNT, SECONDS.
import assert from 'node:assert/strict'
import { pause, systemClock } from '../../agent/src/sys/clock.ts'
import { ensurePackage, installAgent, Operator, putSeed } from '../../lab/agents.ts'
import { labSuite } from '../harness.ts'
import { tellTried } from '../tried.ts'
import { deafen, lastSaid, namesOn, saidSince, until, untilAllList } from './agents.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'

const SPLITS = Number(process.env['COUNT'] ?? 1)
const SPLIT_SECONDS = Number(process.env['SECONDS'] ?? 0)

const test = labSuite('lab/membership-faults', {
  costSeconds: 180,
  timeoutMs: LAB_LIMIT_MS + SPLITS * (SPLIT_SECONDS + 60) * 1000,
})

const COUNT = 10
/** The health of a machine that has started is steady and told by then. */
const HEALTH_TOLD_S = 40

let lab: Started

test.before(async () => {
  const deb = await ensurePackage()
  lab = await startNodes(COUNT)
  await Promise.all(lab.nodes.map((one) => installAgent(one.container, deb)))
})

test.after(async () => {
  await lab.remove()
})

/** From 1, both ends among them. */
const nodes = (first: number, last: number): readonly TestNode[] => lab.nodes.slice(first - 1, last)

const namesOf = (some: readonly TestNode[]): string[] => some.map(({ name }) => name).toSorted()

/** Waits until each of the nodes holds just these dead. */
async function untilAllHoldDead(
  some: readonly TestNode[],
  dead: readonly TestNode[],
  limitMs: number,
): Promise<void> {
  const wanted = namesOf(dead).join()
  await Promise.all(
    some.map((one) =>
      until(
        `${one.name} holds ${wanted} dead`,
        limitMs,
        async () => (await namesOn(one, 'dead')).join() === wanted,
        () => namesOn(one, 'dead').then((names) => names.join()),
      ),
    ),
  )
}

/** Seconds since 1970 when the last of the nodes has said this. */
async function lastOf(some: readonly TestNode[], words: string): Promise<number> {
  return Math.max(...(await Promise.all(some.map((one) => lastSaid(one, words)))))
}

test('ten agents that start together list one another within ten seconds', async () => {
  const seed = new Operator(lab.lab).seed('stick')
  await Promise.all(lab.nodes.map((one) => putSeed(one.container, seed)))
  await Promise.all(lab.nodes.map((one) => one.read('systemctl start cluster-os')))
  await untilAllList(lab.nodes, lab.nodes, 40_000)
  // When each was listed first: on a busy machine one may be thought dead soon afterwards.
  const listedS = await lastOf(lab.nodes, 'is alive id=[^ ]*$')
  const seconds = listedS - (await lastOf(lab.nodes, 'Started'))
  assert.ok(seconds < 10, `it took ${seconds} s`)
})

test('a node that hears nobody dies once, and is a member again when it hears', async () => {
  const others = nodes(1, 9)
  const [deaf] = nodes(10, 10)
  assert.ok(deaf)
  // What it tells of its health within the half minute after its start would be a sign of life.
  const startedS = await lastSaid(deaf, 'Started')
  await pause(systemClock, Math.max(0, (startedS + HEALTH_TOLD_S) * 1000 - Date.now()))
  const sinceS = Date.now() / 1000
  const chain = 'chain in { type filter hook input priority 0; udp dport 4665 drop; }'
  await deaf.read(`nft 'table inet deaf { ${chain}; }'`)
  await untilAllHoldDead(others, [deaf], 40_000)
  // For so long, from its death on, a member that is back would be on probation.
  const diedS = await lastOf(others, 'is dead')
  await pause(systemClock, Math.max(0, (diedS + 31) * 1000 - Date.now()))
  for (const one of others) {
    const news = await saidSince(one, sinceS, 'member: is')
    assert.equal(news.length, 1, `${one.name}: ${news.join('; ')}`)
  }
  const own = await saidSince(deaf, sinceS, 'member: is')
  assert.equal(own.length, others.length, `${deaf.name}: ${own.join('; ')}`)
  await deaf.read('nft flush ruleset')
  const healedS = Date.now() / 1000
  await untilAllList(lab.nodes, lab.nodes, 40_000)
  const seconds = (await lastOf(lab.nodes, 'is alive')) - healedS
  assert.ok(seconds < 10, `it took ${seconds} s`)
})

/** Cuts the ten in two and heals them; seconds until the last was back everywhere. */
async function splitAndHeal(): Promise<number> {
  const [left, right] = [nodes(1, 5), nodes(6, 10)]
  await Promise.all([
    ...left.map((one) => deafen(one, right)),
    ...right.map((one) => deafen(one, left)),
  ])
  const cutMs = performance.now()
  await Promise.all([untilAllHoldDead(left, right, 60_000), untilAllHoldDead(right, left, 60_000)])
  await pause(systemClock, Math.max(0, SPLIT_SECONDS * 1000 - (performance.now() - cutMs)))
  await Promise.all(lab.nodes.map((one) => one.read('nft flush ruleset')))
  const healedS = Date.now() / 1000
  await untilAllList(lab.nodes, lab.nodes, 40_000)
  return (await lastOf(lab.nodes, 'is alive')) - healedS
}

test('a split into halves heals within ten seconds', async () => {
  const took: number[] = []
  for (let split = 0; split < SPLITS; split += 1) took.push(await splitAndHeal())
  const failures = took.filter((seconds) => seconds >= 10).length
  const slowest = Math.round(Math.max(...took) * 10) / 10
  tellTried({ count: SPLITS, seconds: SPLIT_SECONDS, slowest, failures })
  assert.equal(failures, 0, `the slowest took ${slowest} s`)
})

test('half of ten that lose their power at once are dead to the others, and nobody else', async () => {
  const [left, right] = [nodes(1, 5), nodes(6, 10)]
  const sinceS = Date.now() / 1000
  await Promise.all(right.map((one) => one.kill()))
  const killedS = Date.now() / 1000
  await untilAllHoldDead(left, right, 40_000)
  for (const one of left) {
    assert.deepEqual(await namesOn(one), namesOf(left))
    const deaths = await saidSince(one, sinceS, 'is dead')
    assert.equal(deaths.length, right.length, `${one.name}: ${deaths.join('; ')}`)
  }
  const seconds = (await lastOf(left, 'is dead')) - killedS
  assert.ok(seconds < 20, `it took ${seconds} s`)
})

test.run()

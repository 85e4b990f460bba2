// Goal: who is let in and who is not does not hang on one disk, one stick or one clock: a copied
// disk, a seed that was taken back, clocks that are ten years off. Method: systemd nodes with the
// very package; clocks are put wrong for the agent alone, by libfaketime.
import assert from 'node:assert/strict'
import { pause, systemClock } from '../../agent/src/sys/clock.ts'
import { ensurePackage, installAgent, Operator, putSeed } from '../../lab/agents.ts'
import { $ } from '../../lab/command.ts'
import { labSuite } from '../harness.ts'
import { membersOn, namesOn, saidSince, until, untilAllList } from './agents.ts'
import { LAB_LIMIT_MS, nodesAt, type Started, startNodes, type TestNode } from './nodes.ts'

const test = labSuite('lab/admission', { costSeconds: 95, timeoutMs: LAB_LIMIT_MS })

const COUNT = 5
const FOLDER = '/var/lib/cluster-os'

let lab: Started
let operator: Operator

test.before(async () => {
  const deb = await ensurePackage()
  lab = await startNodes(COUNT)
  operator = new Operator(lab.lab)
  const seed = operator.seed('stick')
  await Promise.all(nodes(1, 2, 3).map((one) => installAgent(one.container, deb, seed)))
  await Promise.all(nodes(4, 5).map((one) => installAgent(one.container, deb)))
  await untilAllList(nodes(1, 2, 3), nodes(1, 2, 3), 20_000)
})

test.after(async () => {
  await lab.remove()
})

const nodes = (...positions: number[]): TestNode[] => nodesAt(lab, ...positions)

const node = (position: number): TestNode => nodes(position)[0] as TestNode

/** Starts a node that is new to the cluster, whatever a test before has left there. */
async function join(one: TestNode, seed: string): Promise<void> {
  await one.read(`systemctl stop cluster-os; rm -rf ${FOLDER}/*`)
  await putSeed(one.container, seed)
  await one.read('systemctl start cluster-os')
}

/** Takes a node out and leaves nothing of it on its disk, nor a wrong clock. */
async function wipe(one: TestNode): Promise<void> {
  const unit = '/etc/systemd/system/cluster-os.service.d'
  await one.read(`cluster-os leave || true; systemctl stop cluster-os; rm -rf ${FOLDER}/* ${unit}`)
  await one.read('systemctl daemon-reload')
}

function untilSaid(one: TestNode, sinceS: number, words: string): Promise<number> {
  return until(
    `${one.name} says ${words}`,
    20_000,
    async () => (await saidSince(one, sinceS, words)).length > 0,
  )
}

function untilDoctor(one: TestNode, words: RegExp): Promise<number> {
  const ask = () => one.read('cluster-os doctor || true')
  return until(
    `${one.name}'s doctor tells ${words}`,
    30_000,
    async () => words.test(await ask()),
    ask,
  )
}

/** The agent's clock is off by so many days from its next start on. */
async function setClockOff(one: TestNode, days: number): Promise<void> {
  const offset = `${days < 0 ? '-' : '+'}${Math.abs(days)}d`
  const script = `folder=/etc/systemd/system/cluster-os.service.d
library=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
test -e "$library" || exit 1
mkdir -p $folder
printf '[Service]\\nEnvironment=LD_PRELOAD=%s FAKETIME=${offset} FAKETIME_DONT_FAKE_MONOTONIC=1\\n' \
  "$library" > $folder/clock.conf
systemctl daemon-reload`
  await one.read(script)
}

const TEN_YEARS = 3652

// One machine each: dates that two members have signed are believed, so two clocks that are ahead
// would make all seeds of today expired ones.
for (const days of [TEN_YEARS, -TEN_YEARS]) {
  const where = days > 0 ? 'ahead' : 'behind'

  test(`a node whose clock is ten years ${where} joins, and others join beside it`, async () => {
    const sinceS = Date.now() / 1000
    await setClockOff(node(4), days)
    await join(node(4), operator.seed(`joiner-${where}`))
    await untilAllList(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4), 20_000)
    await assertClock(node(4), days)
    await join(node(5), operator.seed(`beside-${where}`))
    await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 20_000)
    await node(4).read('systemctl restart cluster-os')
    await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 20_000)
    for (const one of nodes(1, 2, 3)) {
      assert.deepEqual(await saidSince(one, sinceS, 'is \\(revoked\\|quarantined\\)'), [])
    }
    await Promise.all(nodes(4, 5).map(wipe))
    await untilAllList(nodes(1, 2, 3), nodes(1, 2, 3), 10_000)
  })
}

/** The time that the agent itself knows is off by so many days. */
async function assertClock(one: TestNode, days: number): Promise<void> {
  const { sinceMs } = JSON.parse(await one.read('cluster-os status --json')) as { sinceMs: number }
  assert.ok(Math.abs((sinceMs - Date.now()) / 86_400_000 - days) < 1, `since ${sinceMs}`)
}

test('a member whose clock is behind takes no seed that expired before others were let in', async () => {
  const seed = operator.seed('short', ['--expires', '1s'])
  await pause(systemClock, 2000)
  await join(node(5), operator.seed('later'))
  await untilAllList(nodes(1, 2, 3, 5), nodes(1, 2, 3, 5), 20_000)
  // A second member signs for it a few seconds later: by two a date is believed.
  await pause(systemClock, 6000)
  await setClockOff(node(3), -TEN_YEARS)
  await node(3).read('systemctl restart cluster-os')
  await untilAllList(nodes(1, 2, 3, 5), nodes(1, 2, 3, 5), 20_000)
  await untilDoctor(node(3), /members have signed on/)
  await join(node(4), seed)
  await untilDoctor(node(4), /expired/)
  await pause(systemClock, 5000)
  for (const one of nodes(1, 2, 3)) {
    assert.equal((await namesOn(one)).includes('node4'), false, one.name)
  }
  await Promise.all(nodes(4, 5).map(wipe))
  await setClockOff(node(3), 0)
  await node(3).read('systemctl restart cluster-os')
  await untilAllList(nodes(1, 2, 3), nodes(1, 2, 3), 20_000)
})

/** What each of the nodes holds, as one number: the same where they agree. */
function viewsOn(some: readonly TestNode[]): Promise<string[]> {
  return Promise.all(
    some.map(async (one) => {
      const status = JSON.parse(await one.read('cluster-os status --json')) as { view: string }
      return status.view
    }),
  )
}

test('a seed that was taken back lets nobody in, and its node says so', async () => {
  const seed = operator.seed('taken')
  const statement = operator.revoke(['seed', 'revoke', 'taken'])
  const put = await $({
    input: statement.toString('base64'),
  })`docker exec -i ${node(1).container} sh -c ${'base64 -d > /root/r && cluster-os statement add /root/r'}`
  assert.match(put.stdout, /taken/)
  await until('all know', 10_000, async () => new Set(await viewsOn(nodes(1, 2, 3))).size === 1)
  await join(node(4), seed)
  await untilDoctor(node(4), /seed of this node was revoked/)
  for (const one of nodes(1, 2, 3)) {
    assert.deepEqual(await namesOn(one), ['node1', 'node2', 'node3'], one.name)
  }
  await wipe(node(4))
})

test('a copied disk is named on both machines, and a seed of its own ends it', async () => {
  const sinceS = Date.now() / 1000
  const id = (await membersOn(node(3))).find(({ isSelf }) => isSelf)?.id
  const [from, to] = [node(3).container, node(4).container]
  await $`docker exec ${from} tar -C /var/lib -c cluster-os | docker exec -i ${to} tar -C /var/lib -x`
  await node(4).read('systemctl start cluster-os')
  const words = 'identity: is in use on another machine too addresses='
  await Promise.all([
    untilSaid(node(3), sinceS, `${words}.*${node(4).ipv4}`),
    untilSaid(node(4), sinceS, `${words}.*${node(3).ipv4}`),
  ])
  for (const one of nodes(1, 2, 3, 4)) {
    await until(`${one.name} lists it as quarantined`, 10_000, async () =>
      (await membersOn(one)).some((member) => member.id === id && member.state === 'quarantined'),
    )
  }
  for (const one of nodes(3, 4)) await untilDoctor(one, /its disk was copied/)
  await wipe(node(4))
  await join(node(4), operator.seed('own'))
  await node(3).read('systemctl restart cluster-os')
  await untilAllList(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4), 20_000)
  assert.match(await node(3).read('cluster-os doctor'), /nothing is wrong/)
})

test.run()

// Goal: machines with the package and a seed become one cluster with nobody touching them, agree on
// who is there whatever happens to them, and strangers stay out. Method: systemd nodes with the
// very package, asked by its own commands.
import assert from 'node:assert/strict'
import { pause, systemClock } from '../../agent/src/sys/clock.ts'
import { ensurePackage, installAgent, Operator, putSeed } from '../../lab/agents.ts'
import { $ } from '../../lab/command.ts'
import { labSuite } from '../harness.ts'
import { deafen, lastSaid, membersOn, namesOn, until, untilAllList } from './agents.ts'
import { LAB_LIMIT_MS, nodesAt, type Started, startNodes, type TestNode } from './nodes.ts'

const test = labSuite('lab/membership', { costSeconds: 150, timeoutMs: LAB_LIMIT_MS })

const COUNT = 6

let lab: Started
let operator: Operator
let deb: string

test.before(async () => {
  deb = await ensurePackage()
  lab = await startNodes(COUNT)
  operator = new Operator(lab.lab)
})

test.after(async () => {
  await lab.remove()
})

const nodes = (...positions: number[]): TestNode[] => nodesAt(lab, ...positions)

const node = (position: number): TestNode => nodes(position)[0] as TestNode

async function idOf(position: number): Promise<string> {
  return (await membersOn(node(position))).find(({ isSelf }) => isSelf)?.id ?? ''
}

function untilDead(one: TestNode, names: readonly string[]): Promise<number> {
  return until(`${one.name} holds ${names.join()} dead`, 40_000, async () => {
    return (await namesOn(one, 'dead')).join() === names.join()
  })
}

test('nodes with a seed and nothing else list one another', async () => {
  const seed = operator.seed('stick')
  await Promise.all(nodes(1, 2, 3, 4, 5).map((one) => installAgent(one.container, deb, seed)))
  await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 10_000)
  // By their journals, as asking takes longer than joining.
  const started = await Promise.all(nodes(1, 2, 3, 4, 5).map((one) => lastSaid(one, 'Started')))
  const listed = await Promise.all(nodes(1, 2, 3, 4, 5).map((one) => lastSaid(one, 'is alive')))
  const seconds = Math.max(...listed) - Math.max(...started)
  assert.ok(seconds < 3, `it took ${seconds} s`)
})

test('the seed is gone once it was used', async () => {
  assert.equal((await node(1).sh('test -e /etc/cluster-os/seed.yml')).exitCode, 1)
})

test('every node runs the same program', async () => {
  const digests = await Promise.all(
    nodes(1, 2, 3).map((one) => one.read('cluster-os version --digest')),
  )
  assert.equal(new Set(digests).size, 1)
  assert.match(digests[0] ?? '', /^[0-9a-f]{64}$/)
})

test('a member that leaves stays away until it is started', async () => {
  await node(2).read('cluster-os leave')
  await until('node2 has left', 5000, async () =>
    (await namesOn(node(1), 'left')).includes('node2'),
  )
  // Longer than systemd waits before it starts an agent that has ended, and than a start takes.
  await pause(systemClock, 5000)
  assert.deepEqual(await namesOn(node(1), 'left'), ['node2'])
  assert.equal(await node(2).read('systemctl show -p ActiveState --value cluster-os'), 'inactive')
  await node(2).read('systemctl start cluster-os')
  await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 10_000)
})

test('a node that loses its power is dead to all, and is the same node when it is back', async () => {
  const id = await idOf(3)
  await node(3).kill()
  for (const one of nodes(1, 2, 4, 5)) {
    await until(`${one.name} knows`, 12_000, async () =>
      (await namesOn(one, 'dead')).includes('node3'),
    )
  }
  await node(3).start()
  await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 15_000)
  assert.equal(await idOf(3), id)
})

test('a split heals by itself within ten seconds', async () => {
  const [left, right] = [nodes(1, 2), nodes(3, 4, 5)]
  await Promise.all([
    ...left.map((one) => deafen(one, right)),
    ...right.map((one) => deafen(one, left)),
  ])
  // Both sides have given the other up; a split that only shakes some is a flapping link.
  await Promise.all([
    ...left.map((one) => untilDead(one, ['node3', 'node4', 'node5'])),
    ...right.map((one) => untilDead(one, ['node1', 'node2'])),
  ])
  await Promise.all(nodes(1, 2, 3, 4, 5).map((one) => one.read('nft flush ruleset')))
  const ms = await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 20_000)
  assert.ok(ms < 10_000, `it took ${ms} ms`)
})

test('a quarter of all datagrams lost kills nobody', async () => {
  const rule = 'udp dport 4665 numgen random mod 100 < 25 drop'
  const table = `table inet loss { chain in { type filter hook input priority 0; ${rule}; }; }`
  await Promise.all(nodes(1, 2, 3, 4, 5).map((one) => one.read(`nft '${table}'`)))
  const marks = await Promise.all(
    nodes(1, 2, 3, 4, 5).map((one) =>
      one.read('journalctl -u cluster-os | grep -c "is dead" || true'),
    ),
  )
  await pause(systemClock, 15_000)
  for (const [at, one] of nodes(1, 2, 3, 4, 5).entries()) {
    const now = await one.read('journalctl -u cluster-os | grep -c "is dead" || true')
    assert.equal(now, marks[at], one.name)
  }
  await Promise.all(nodes(1, 2, 3, 4, 5).map((one) => one.read('nft flush ruleset')))
})

test('a new address of a member is known to all', async () => {
  const address = node(4).ipv4.replace(/\d+$/, '99')
  const device = 'dev eth0'
  await node(4).read(
    `ip addr del ${node(4).ipv4}/24 ${device}; ip addr add ${address}/24 ${device}`,
  )
  const ms = await until('node1 knows the address', 10_000, async () => {
    const member = (await membersOn(node(1))).find(({ hostname }) => hostname === 'node4')
    return member?.addresses[0] === `${address}:4665` && member.state === 'alive'
  })
  assert.ok(ms < 5000, `it took ${ms} ms`)
  await node(4).read(
    `ip addr del ${address}/24 ${device}; ip addr add ${node(4).ipv4}/24 ${device}`,
  )
  await untilAllList(nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5), 10_000)
})

test('a node with a seed of another cluster is a cluster of its own', async () => {
  const others = new Operator(lab.lab, 'others')
  await installAgent(node(6).container, deb, others.seed('stick'))
  await until('it runs', 10_000, async () => (await namesOn(node(6))).length > 0)
  await pause(systemClock, 3000)
  assert.deepEqual(await namesOn(node(6)), ['node6'])
  assert.equal((await namesOn(node(1))).includes('node6'), false)
  await until('doctor tells of the other cluster', 45_000, async () =>
    (await node(6).read('cluster-os doctor || true')).includes('another cluster'),
  )
  await node(6).read('systemctl stop cluster-os; rm -rf /var/lib/cluster-os/*')
})

test('an expired seed lets nobody in', async () => {
  const seed = operator.seed('short', ['--expires', '1s'])
  await pause(systemClock, 2000)
  await putSeed(node(6).container, seed)
  await node(6).read('systemctl start cluster-os')
  await pause(systemClock, 5000)
  assert.equal((await namesOn(node(1))).includes('node6'), false)
  assert.match(await node(6).read('cluster-os doctor || true'), /expired/)
  await node(6).read('systemctl stop cluster-os; rm -rf /var/lib/cluster-os/*')
})

test('a revoked node is out within ten seconds and stays out', async () => {
  const statement = operator.revoke(['revoke', await idOf(5)])
  const put = await $({
    input: statement.toString('base64'),
  })`docker exec -i ${node(1).container} sh -c ${'base64 -d > /root/r && cluster-os statement add /root/r'}`
  assert.match(put.stdout, /taken/)
  const ms = await untilAllList(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4), 15_000)
  assert.ok(ms < 10_000, `it took ${ms} ms`)
  await node(5).read('systemctl restart cluster-os')
  await pause(systemClock, 5000)
  assert.deepEqual(await namesOn(node(1)), ['node1', 'node2', 'node3', 'node4'])
})

test('members are hosts of a live inventory', async () => {
  const graph = await node(1).read('cluster-os inventory -i cluster --graph')
  for (const name of ['node1', 'node2', 'node3', 'node4']) assert.match(graph, new RegExp(name))
})

test.run()

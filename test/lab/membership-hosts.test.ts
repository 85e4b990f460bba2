// Goal: a member goes on whatever becomes of its machine: networks that come and go, IPv6 alone, a
// disk that is full. Method: systemd nodes with the very package, asked by its own commands; the
// disk is a small tmpfs.
import assert from 'node:assert/strict'
import { ensurePackage, installAgent, Operator } from '../../lab/agents.ts'
import { $ } from '../../lab/command.ts'
import { ensureNetwork, removeNetwork } from '../../lab/network.ts'
import { labSuite } from '../harness.ts'
import { membersOn, namesOn, saidSince, until, untilAllList } from './agents.ts'
import { LAB_LIMIT_MS, nodesAt, type Started, startNodes, type TestNode } from './nodes.ts'

const test = labSuite('lab/membership-hosts', { costSeconds: 55, timeoutMs: LAB_LIMIT_MS })

const COUNT = 4
const FOLDER = '/var/lib/cluster-os'

let lab: Started
let operator: Operator
let deb: string
let second: string

test.before(async () => {
  deb = await ensurePackage()
  lab = await startNodes(COUNT)
  operator = new Operator(lab.lab)
  second = `${lab.lab.name}-second`
})

test.after(async () => {
  await lab.remove()
  await removeNetwork(second)
})

const nodes = (...positions: number[]): TestNode[] => nodesAt(lab, ...positions)

/** What each of the nodes knows of where a member is. */
function addressesOf(member: TestNode, on: readonly TestNode[]): Promise<string[][]> {
  return Promise.all(
    on.map(async (one) => {
      const found = (await membersOn(one)).find(({ hostname }) => hostname === member.name)
      return [...(found?.addresses ?? [])]
    }),
  )
}

test('nodes that have no IPv4 address find and list one another', async () => {
  const three = nodes(1, 2, 3)
  await Promise.all(three.map((one) => one.read('ip -4 addr flush dev eth0')))
  const seed = operator.seed('stick')
  await Promise.all(three.map((one) => installAgent(one.container, deb, seed)))
  await untilAllList(three, three, 20_000)
  for (const one of three) {
    for (const addresses of await addressesOf(one, three)) {
      assert.ok(addresses.length > 0 && addresses.every((text) => text.startsWith('[')))
    }
  }
  await Promise.all(three.map((one) => one.read(`ip addr add ${one.ipv4}/24 dev eth0`)))
  await untilAllKnow(three, three, (one) => `${one.ipv4}:4665`)
})

/** Waits, for three seconds, until all know an address of each of the members. */
async function untilAllKnow(
  members: readonly TestNode[],
  on: readonly TestNode[],
  address: (one: TestNode) => string,
  isKnown = true,
): Promise<void> {
  const wanted = members.map((one) => ({ one, text: address(one) }))
  const seen = () => Promise.all(wanted.map(({ one }) => addressesOf(one, on)))
  await until(
    `${wanted.map(({ text }) => text).join()} are ${isKnown ? '' : 'not '}known to all`,
    3000,
    async () =>
      (await seen()).every((lists, at) =>
        lists.every((list) => list.includes(wanted[at]?.text ?? '') === isKnown),
      ),
    async () => JSON.stringify(await seen()),
  )
}

test('a second network of two members is known to all within three seconds', async () => {
  const pair = nodes(1, 2)
  const { ipv4Prefix } = await ensureNetwork({ ...lab.lab, name: second })
  const there = (one: TestNode): string => `${ipv4Prefix}.${one.index + 10}`
  const address = (one: TestNode): string => `${there(one)}:4665`
  await Promise.all(
    pair.map((one) => $`docker network connect --ip ${there(one)} ${second} ${one.container}`),
  )
  await untilAllKnow(pair, nodes(1, 2, 3), address)
  await Promise.all(pair.map((one) => $`docker network disconnect ${second} ${one.container}`))
  await untilAllKnow(pair, nodes(1, 2, 3), address, false)
  await untilAllList(nodes(1, 2, 3), nodes(1, 2, 3), 10_000)
})

/** Takes all space there is on the disk of the agent. */
async function fill(one: TestNode): Promise<void> {
  await one.read(`dd if=/dev/zero of=${FOLDER}/fill bs=4096 2>/dev/null || true`)
  assert.notEqual((await one.sh(`echo more > ${FOLDER}/more`)).exitCode, 0)
}

async function untilSaid(one: TestNode, sinceS: number, words: string): Promise<void> {
  await until(
    `${one.name} says ${words}`,
    10_000,
    async () => (await saidSince(one, sinceS, words)).length > 0,
  )
}

test('a node with a full disk says what it lacks, and joins once there is space', async () => {
  const [one] = nodes(4)
  assert.ok(one)
  const sinceS = Date.now() / 1000
  await one.read(`mkdir -m 700 ${FOLDER} && mount -t tmpfs -o size=128k,mode=700 none ${FOLDER}`)
  await fill(one)
  await installAgent(one.container, deb, operator.seed('late'))
  await untilSaid(one, sinceS, `cannot write ${FOLDER}/identity/.*no space left`)
  await one.read(`rm ${FOLDER}/fill`)
  await untilAllList(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4), 15_000)
})

test('a member whose disk is full stays one and says so', async () => {
  const [one, other] = nodes(4, 2)
  assert.ok(one && other)
  const sinceS = Date.now() / 1000
  await fill(one)
  await other.read('systemctl restart cluster-os')
  await untilSaid(one, sinceS, 'state: cannot be written .*no space left')
  assert.match(await one.read('cluster-os doctor || true'), /cannot be written down/)
  await untilAllList(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4), 15_000)
  assert.equal((await saidSince(one, sinceS, 'Started')).length, 0)
})

test('a start with a full disk waits for space and then is the member it was', async () => {
  const [one, observer] = nodes(4, 1)
  assert.ok(one && observer)
  const id = (await membersOn(one)).find(({ isSelf }) => isSelf)?.id
  const sinceS = Date.now() / 1000
  await one.read('systemctl restart cluster-os')
  await untilSaid(one, sinceS, `cannot write ${FOLDER}/identity/boot: .*no space left`)
  await until('node4 is dead', 20_000, async () =>
    (await namesOn(observer, 'dead')).includes(one.name),
  )
  await one.read(`rm ${FOLDER}/fill`)
  await untilAllList(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4), 15_000)
  assert.equal((await membersOn(one)).find(({ isSelf }) => isSelf)?.id, id)
  assert.match(await one.read('cluster-os doctor'), /nothing is wrong/)
})

test.run()

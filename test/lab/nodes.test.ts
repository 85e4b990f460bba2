import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { $ } from '../../lab/command.ts'
import { listContainers, removeStale } from '../../lab/containers.ts'
import { cutLink, healLink, losePackets } from '../../lab/links.ts'
import { LABEL_PROJECT, LABEL_RUN, PROJECT } from '../../lab/site.ts'
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'

const test = labSuite('lab/nodes', { costSeconds: 15, timeoutMs: LAB_LIMIT_MS })

const COUNT = 3
const LOSS_PERCENT = 50
const LOSSY_PINGS = 200

let lab: Started

test.before(async () => {
  lab = await startNodes(COUNT)
})

test.after(async () => {
  await lab.remove()
})

function pair(): [TestNode, TestNode, TestNode] {
  const [a, b, c] = lab.nodes
  assert.ok(a && b && c)
  return [a, b, c]
}

async function answers(from: TestNode, address: string): Promise<boolean> {
  return (await from.sh(`ping -q -c 1 -W 1 ${address}`)).exitCode === 0
}

test('a node is a machine of its own: name, machine id, running systemd', async () => {
  const ids = await Promise.all(lab.nodes.map((node) => node.read('cat /etc/machine-id')))
  assert.equal(new Set(ids).size, COUNT)
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/)
  for (const node of lab.nodes) {
    assert.equal(await node.read('hostname'), node.name)
    assert.equal(await node.read('systemctl is-system-running'), 'running')
  }
})

test('the first SSH connection checks the host key, as root and as ops', async () => {
  const [a] = pair()
  const options = ['-o', `UserKnownHostsFile=${lab.lab.knownHosts}`, '-o', 'BatchMode=yes']
  for (const [user, script] of [
    ['root', 'id -u'],
    ['ops', 'sudo -n id -u'],
  ]) {
    const target = `${user}@${a.ipv4}`
    const said = await $`ssh ${options} -i ${lab.lab.privateKey} ${target} ${script}`
    assert.equal(said.stdout, '0\n')
  }
})

test('host keys differ from node to node', async () => {
  const keys = await Promise.all(
    lab.nodes.map((node) => node.read('cut -d " " -f 2 /etc/ssh/ssh_host_ed25519_key.pub')),
  )
  assert.equal(new Set(keys).size, COUNT)
})

test('nodes reach each other by IPv4 and by IPv6', async () => {
  const [a, b] = pair()
  assert.ok(await answers(a, b.ipv4))
  assert.ok(await answers(a, b.ipv6))
})

test('a node may change its own network settings and make a tun device', async () => {
  const [a] = pair()
  assert.equal(await a.read('sysctl -n -w net.ipv4.ip_forward=1'), '1')
  assert.equal(await a.read('test -c /dev/net/tun && echo yes'), 'yes')
})

test('a cut link is cut in both families and directions, others stay, and it heals', async () => {
  const [a, b, c] = pair()
  await cutLink(a.container, b.container)
  const cut = await Promise.all([
    answers(a, b.ipv4),
    answers(b, a.ipv4),
    answers(a, b.ipv6),
    answers(a, c.ipv4),
    answers(c, b.ipv6),
  ])
  assert.deepEqual(cut, [false, false, false, true, true])
  await healLink(a.container, b.container)
  assert.ok(await answers(a, b.ipv4))
  assert.ok(await answers(b, a.ipv6))
})

test('a lossy link loses some packets and not all', async () => {
  const [a, b] = pair()
  await losePackets(a.container, b.container, LOSS_PERCENT)
  const { stdout } = await a.sh(`ping -q -c ${LOSSY_PINGS} -i 0.005 -W 1 ${b.ipv4}`)
  await healLink(a.container, b.container)
  const received = Number(/(\d+) received/.exec(stdout)?.[1])
  // Half of the requests arrive and half of the replies: 50 of 200, five deviations either side.
  assert.ok(received > 15 && received < 90, stdout)
})

test('a killed node comes back under its address with its files', async () => {
  const [a, b] = pair()
  const id = await b.read('echo kept > /root/mark; cat /etc/machine-id')
  await b.kill()
  assert.ok(!(await answers(a, b.ipv4)))
  await b.start()
  assert.equal(await b.read('cat /etc/machine-id /root/mark'), `${id}\nkept`)
  assert.ok(await answers(a, b.ipv4))
  assert.ok(await answers(a, b.ipv6))
})

test('what a dead run has left is removed, what lives or is not ours is not', async () => {
  const [a] = pair()
  // Process 1 lives, but it did not start at tick 7: the run that wrote this label is dead.
  const labels = {
    dead: [`${LABEL_PROJECT}=${PROJECT}`, `${LABEL_RUN}=1.7`],
    stranger: [`${LABEL_PROJECT}=another`, `${LABEL_RUN}=1.7`],
  }
  const names: string[] = []
  for (const [kind, values] of Object.entries(labels)) {
    const name = `${lab.lab.name}-${kind}`
    names.push(name)
    const options = values.flatMap((label) => ['--label', label])
    await $`docker create --name ${name} ${options} ${a.image} true`
  }
  const removed = await removeStale()
  const left = await $`docker ps -a --format ${'{{.Names}}'}`
  await $`docker rm -f ${names}`
  assert.deepEqual(removed, [`${lab.lab.name}-dead`])
  assert.ok(left.stdout.includes(`${lab.lab.name}-stranger`))
  assert.ok((await listContainers()).some((container) => container.name === a.container))
  assert.ok(existsSync(lab.lab.folder))
})

test.run()

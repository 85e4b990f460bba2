// Goal: the main job on real nodes. Method: the engine's own command line runs playbooks/site.yml,
// and the nodes are asked what became of them.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeInventory } from '../../lab/inventory.ts'
import { pingAll } from '../../lab/pings.ts'
import { labSuite } from '../harness.ts'
import { runSite } from './engine.ts'
import hostile from './hostile.json' with { type: 'json' }
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'

const test = labSuite('lab/mesh', { costSeconds: 40, timeoutMs: LAB_LIMIT_MS })

const FIRST = 3
const COUNT = 5
const CONF = '/etc/cluster-os/wireguard/cos0.conf'

let lab: Started

test.before(async () => {
  lab = await startNodes(COUNT)
  writeInventory(lab.lab, lab.nodes.slice(0, FIRST))
})

test.after(async () => {
  await lab.remove()
})

function node(position: number): TestNode {
  const found = lab.nodes[position - 1]
  assert.ok(found)
  return found
}

async function assertMesh(nodes: readonly TestNode[]): Promise<void> {
  const { lines, isComplete } = await pingAll(nodes)
  assert.ok(isComplete, lines.join('\n'))
}

test('site.yml makes a full mesh of fresh nodes', async () => {
  const { exitCode, stdout, stderr } = await runSite(lab.lab.inventory)
  assert.equal(exitCode, 0, stdout + stderr)
  await assertMesh(lab.nodes.slice(0, FIRST))
})

test('the second run changes nothing', async () => {
  const { exitCode, stats } = await runSite(lab.lab.inventory)
  assert.equal(exitCode, 0)
  const changes = Object.values(stats).map(({ changed }) => changed)
  assert.deepEqual(changes, Array.from({ length: FIRST }).fill(0))
})

test('check mode on a converged mesh knows everything and changes nothing', async () => {
  const { exitCode, stats } = await runSite(lab.lab.inventory, ['--check', '--diff'])
  assert.equal(exitCode, 0)
  for (const { changed, unknown = 0 } of Object.values(stats)) {
    assert.deepEqual({ changed, unknown }, { changed: 0, unknown: 0 })
  }
})

test('the private key stays on its host, readable by root alone', async () => {
  const listing = await node(1).read('stat -c "%a %U" /etc/cluster-os/wireguard/*')
  assert.deepEqual(new Set(listing.split('\n')), new Set(['600 root']))
  const keys = await Promise.all(
    lab.nodes.slice(0, FIRST).map((one) => one.read('cat /etc/cluster-os/wireguard/cos0.key')),
  )
  const files = await node(1).read(`cat ${CONF} /etc/systemd/system/cos0.service`)
  for (const key of keys) assert.ok(!files.includes(key))
  assert.equal(new Set(keys).size, FIRST)
})

test('a tunnel in use loses nothing while two nodes join', async () => {
  writeInventory(lab.lab, lab.nodes)
  const address = await node(2).read(
    "ip -4 -o address show cos0 | sed 's,.* inet \\([^/]*\\).*,\\1,'",
  )
  const pinging = node(1).sh(`echo $$ > /run/ping.pid; exec ping -q -i 0.02 ${address}`)
  const { exitCode } = await runSite(lab.lab.inventory)
  await node(1).read('kill -INT $(cat /run/ping.pid)')
  const { stdout } = await pinging
  assert.equal(exitCode, 0)
  assert.match(stdout, / 0% packet loss/)
  const [sent, received] = [...stdout.matchAll(/(\d+) (?:packets transmitted|received)/g)]
  assert.equal(sent?.[1], received?.[1])
  await assertMesh(lab.nodes)
})

test('the tunnels of a restarted node come back by themselves', async () => {
  await node(2).restart()
  await assertMesh(lab.nodes)
})

test('a wireguard-go that dies is started again', async () => {
  await node(3).read('pgrep -x wireguard-go && systemctl kill -s KILL cos0.service; sleep 2')
  await assertMesh(lab.nodes)
})

test('a host that cannot be asked keeps its place in the mesh', async () => {
  await node(COUNT).kill()
  const { exitCode } = await runSite(lab.lab.inventory)
  const conf = await node(1).read(`cat ${CONF}`)
  await node(COUNT).start()
  assert.equal(exitCode, 4)
  assert.match(conf, new RegExp(`# node${COUNT}\\n\\[Peer\\]`))
  await assertMesh(lab.nodes)
})

test('a host that leaves the inventory leaves its peers', async () => {
  writeInventory(lab.lab, lab.nodes.slice(0, FIRST))
  const { exitCode } = await runSite(lab.lab.inventory)
  assert.equal(exitCode, 0)
  const peers = await node(1).read('wg show cos0 peers | wc -l; ip -4 route show dev cos0 | wc -l')
  assert.equal(peers, `${FIRST - 1}\n${FIRST - 1}`)
  await assertMesh(lab.nodes.slice(0, FIRST))
})

test('a hostile value is refused by name and origin, and nothing of it arrives', async () => {
  const digest = `sha256sum /etc/cluster-os/wireguard/* /etc/systemd/system/cos0.service`
  const before = await node(1).read(digest)
  // One alias of the same node for each value: one run meets them all.
  const cases = Object.entries(hostile).flatMap(([name, values]) =>
    values.map((value, position) => ({ host: `${name}.${position}`, name, value })),
  )
  const common = { ansible_host: node(1).ipv4 }
  const hosts = cases.map(({ host, name, value }) => [host, { ...common, [name]: value }])
  const file = join(lab.lab.folder, 'hostile.yml')
  const access = {
    ansible_user: 'root',
    ansible_ssh_private_key_file: lab.lab.privateKey,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${lab.lab.knownHosts}`,
  }
  writeFileSync(file, JSON.stringify({ all: { vars: access, hosts: Object.fromEntries(hosts) } }))
  const { exitCode, stdout, stats } = await runSite(file)
  assert.equal(exitCode, 2)
  for (const { host, name } of cases) {
    assert.equal(stats[host]?.failures, 1, host)
    assert.ok(stdout.includes(`${name} of \\"${host}\\" is refused: it comes from`), host)
  }
  assert.equal(await node(1).read(digest), before)
  assert.equal(await node(1).read('test ! -e /run/pwned && echo clean'), 'clean')
})

test.run()

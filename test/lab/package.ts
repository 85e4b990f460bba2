// The life of a package on a machine, as sentences that hold on every distribution: it is
// installed, upgraded, removed and purged by apt, and the sentences are in this order. Not here:
// how it is built (build.test.ts).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programDigest } from '../../agent/src/commands/digest.ts'
import { ensurePackage, installAgent, nodesWithout, Operator, putSeed } from '../../lab/agents.ts'
import { $ } from '../../lab/command.ts'
import { ROOT } from '../../lab/site.ts'
import type { Suite } from '../harness.ts'
import { membersOn, until, untilAllList } from './agents.ts'
import { nodesAt, type Started, startNodes, type TestNode } from './nodes.ts'

const DEB = '/root/cluster-os.deb'
const NEWER = '/root/cluster-os-newer.deb'
const NEWER_VERSION = '999.1'
const SETTINGS = '/etc/cluster-os/agent.yml'
const UNITS = ['cluster-os.path', 'cluster-os.service']
const LIMIT_MS = 30_000

// What the system itself writes as it runs.
const UNCOMPARED = ['/var/lib/dpkg', '/var/log', '/var/cache', '/var/lib/apt', '/var/tmp', '/tmp']

let lab: Started
let operator: Operator
let deb: string
let filesBefore: string[]
/** Of the node under test, from the moment on when it joins. */
let id = ''

/** It stays in the cluster and tells what others see. */
const first = (): TestNode => nodesAt(lab, 1)[0] as TestNode
/** The package under test lives here. */
const node = (): TestNode => nodesAt(lab, 2)[0] as TestNode

export function packageTests(test: Suite, base: string): void {
  test.before(async () => {
    deb = await ensurePackage()
    lab = await startNodes(2, { base })
    operator = new Operator(lab.lab)
    await installAgent(first().container, deb, operator.seed('first'))
    await $`docker cp ${deb} ${node().container}:${DEB}`
    await makeNewer(node())
    filesBefore = await filesOf(node())
  })

  test.after(async () => {
    await lab.remove()
  })

  testInstalling(test)
  testUpgrading(test)
  testRemoving(test)
}

function testInstalling(test: Suite): void {
  test('without a seed the units are enabled, and nothing runs and nothing fails', async () => {
    await apt(node(), `install ${DEB}`)
    for (const unit of UNITS)
      assert.equal(await node().read(`systemctl is-enabled ${unit}`), 'enabled')
    assert.equal(await isActive(node()), false)
    assert.equal(await failedUnits(node()), '')
  })

  test('a seed that comes later starts the agent, which joins', async () => {
    await putSeed(node().container, operator.seed('second'))
    await untilAllList(lab.nodes, lab.nodes, LIMIT_MS)
    id = await idOn(node())
  })

  test('the digest is that of the programs that were built, on every node', async () => {
    const built = programDigest(join(ROOT, 'dist/cluster-os.mjs'))
    const digests = await Promise.all(
      lab.nodes.map((one) => one.read('cluster-os version --digest')),
    )
    assert.deepEqual(digests, [built, built])
    assert.deepEqual(await nodesWithout(deb, lab.nodes), [])
  })
}

function testUpgrading(test: Suite): void {
  test('an upgrade runs another process of the same node with its own settings', async () => {
    const settings = '# of this machine\\nlabels: {rack: a1}\\n'
    await node().read(`printf '${settings}' > ${SETTINGS} && cluster-os reload`)
    const pid = await mainPid(node())
    await apt(node(), `install ${NEWER}`)
    assert.equal(await versionOn(node()), NEWER_VERSION)
    await untilSelf(node(), id)
    assert.notEqual(await mainPid(node()), pid)
    await untilAllList(lab.nodes, lab.nodes, LIMIT_MS)
    assert.equal(await idSeenBy(first(), node()), id)
    assert.match(await node().read(`cat ${SETTINGS}`), /^# of this machine\nlabels: /)
    assert.equal(await failedUnits(node()), '')
  })

  test('a downgrade is asked for, and keeps the node as an upgrade does', async () => {
    assert.notEqual((await node().sh(aptCommand(`install ${DEB}`))).exitCode, 0)
    await apt(node(), `install --allow-downgrades ${DEB}`)
    assert.notEqual(await versionOn(node()), NEWER_VERSION)
    await untilSelf(node(), id)
  })

  test('an agent that was stopped or disabled is so after an upgrade', async () => {
    await node().read('systemctl stop cluster-os')
    await apt(node(), `install ${NEWER}`)
    assert.equal(await isActive(node()), false)
    await node().read('systemctl disable cluster-os')
    await node().read(`dpkg --install ${DEB}`)
    assert.equal(await isActive(node()), false)
    assert.equal((await node().sh('systemctl is-enabled cluster-os')).stdout.trim(), 'disabled')
    await node().read('systemctl enable --now cluster-os')
    await untilSelf(node(), id)
  })
}

function testRemoving(test: Suite): void {
  test('a removed package leaves state and settings, and comes back as the same node', async () => {
    await apt(node(), 'remove cluster-os')
    assert.equal(await node().read('pgrep -c cluster-os || true'), '0')
    assert.equal(await node().read(`systemctl list-units --no-legend 'cluster-os*'`), '')
    assert.equal(await failedUnits(node()), '')
    await node().read(`test -e ${SETTINGS} && test -d /var/lib/cluster-os/identity`)
    await apt(node(), `install ${DEB}`)
    await untilSelf(node(), id)
    await untilAllList(lab.nodes, lab.nodes, LIMIT_MS)
    assert.equal(await idSeenBy(first(), node()), id)
  })

  test('a purged package leaves nothing', async () => {
    await apt(node(), 'purge cluster-os')
    const after = await filesOf(node())
    const added = after.filter((path) => !filesBefore.includes(path))
    const lost = filesBefore.filter((path) => !after.includes(path))
    assert.deepEqual({ added, lost }, { added: [], lost: [] })
    assert.equal(await node().read(`find /run -name '*cluster-os*'`), '')
    assert.equal(await node().read(`systemctl list-units --all --no-legend 'cluster-os*'`), '')
    assert.equal(await failedUnits(node()), '')
  })

  test('where no systemd runs, in an image to be, units are enabled and purged again', async () => {
    const script = `cat > /tmp/it.deb && dpkg --install /tmp/it.deb && cd /etc/systemd/system
ls multi-user.target.wants/cluster-os.* && dpkg --purge cluster-os
find / -xdev -path /var/lib/dpkg -prune -o -path '*/cluster-os*' -print; ls /run`
    const said = await $({
      input: readFileSync(deb),
    })`docker run --rm -i ${node().image} sh -c ${script}`
    const listed = said.stdout
      .split('\n')
      .filter((line) => line.startsWith('multi-user.target.wants/'))
    assert.deepEqual(
      listed,
      UNITS.map((unit) => `multi-user.target.wants/${unit}`),
    )
    assert.doesNotMatch(said.stdout, /^(?:\/.*)?cluster-os/m)
  })

  test('a mistake in the settings stops neither installing nor purging', async () => {
    await node().read(`mkdir -p /etc/cluster-os && echo 'port: [' > ${SETTINGS}`)
    await putSeed(node().container, operator.seed('third'))
    await apt(node(), `install ${DEB}`)
    await apt(node(), 'purge cluster-os')
    assert.deepEqual(await filesOf(node()), filesBefore)
    assert.equal(await failedUnits(node()), '')
  })
}

function aptCommand(words: string): string {
  return `DEBIAN_FRONTEND=noninteractive apt-get -yq ${words}`
}

/** Nothing but the given package is needed: what it depends on is there. */
async function apt(node: TestNode, words: string): Promise<void> {
  const said = await node.read(`${aptCommand(words)} 2>&1`)
  assert.doesNotMatch(said, /^(?:W|E|dpkg: warning): (?!downgrading)/m, said)
}

/** The same package under a higher version. */
async function makeNewer(node: TestNode): Promise<void> {
  await node.read(`cd /root && dpkg-deb --raw-extract ${DEB} tree
sed -i 's/^Version: .*/Version: ${NEWER_VERSION}/' tree/DEBIAN/control
dpkg-deb --root-owner-group -Znone --build tree ${NEWER} && rm -r tree`)
}

async function filesOf(node: TestNode): Promise<string[]> {
  const pruned = UNCOMPARED.map((path) => `-path ${path}`).join(' -o ')
  const found = await node.read(`find / -xdev \\( ${pruned} \\) -prune -o -print`)
  return found.split('\n').toSorted()
}

function failedUnits(node: TestNode): Promise<string> {
  return node.read('systemctl --failed --no-legend --plain')
}

async function isActive(node: TestNode): Promise<boolean> {
  return (await node.sh('systemctl is-active --quiet cluster-os')).exitCode === 0
}

function mainPid(node: TestNode): Promise<string> {
  return node.read('systemctl show --property MainPID --value cluster-os')
}

function versionOn(node: TestNode): Promise<string> {
  return node.read(`dpkg-query --show --showformat '\${Version}' cluster-os`)
}

async function idOn(node: TestNode): Promise<string> {
  return (await membersOn(node)).find(({ isSelf }) => isSelf)?.id ?? ''
}

async function idSeenBy(node: TestNode, other: TestNode): Promise<string> {
  const members = await membersOn(node)
  return members.find(({ hostname }) => hostname === other.name)?.id ?? ''
}

async function untilSelf(node: TestNode, id: string): Promise<void> {
  const isThere = async () => (await idOn(node)) === id
  await until(`${node.name} is ${id}`, LIMIT_MS, isThere, () => idOn(node))
}

// `make up`: brings the lab to N nodes and runs the main job on them. Every step looks first, so a
// second run changes nothing, and a larger or smaller N grows or shrinks what is there.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ClusterError } from '../agent/src/errors.ts'
import { awaitMembers, ensurePackage, installAgent, nodesWithout, Operator } from './agents.ts'
import { $ } from './command.ts'
import {
  awaitRunning,
  type Container,
  listContainers,
  removeContainers,
  removeStale,
  startNew,
} from './containers.ts'
import { ensureDaemon } from './daemon.ts'
import { ensureImage } from './image.ts'
import { writeInventory } from './inventory.ts'
import {
  ensureClientKey,
  giveClientKey,
  hasIdentity,
  removeIdentity,
  writeKnownHosts,
} from './keys.ts'
import { ensureNetwork } from './network.ts'
import { describeNode, type NodeDescription, optionsDigest } from './node.ts'
import { pingAll } from './pings.ts'
import { say } from './say.ts'
import { type Lab, makeLab, ROOT, RUN_UP } from './site.ts'

export type By = 'agent' | 'hand'

const MOST_NODES = 50
/** Agents that have just been installed on a small machine. */
const LISTED_WITHIN_MS = 60_000

/** `by`: who runs the playbook, `agent` (a node, on the members it knows) or `hand` (from here). */
export async function up(count: number, base: string, by: By): Promise<number> {
  if (!Number.isInteger(count) || count < 1 || count > MOST_NODES) {
    throw new ClusterError('LAB', `NODES is a number from 1 to ${MOST_NODES}`, {
      hint: 'for instance: make up NODES=3',
    })
  }
  const lab = makeLab(RUN_UP)
  await ensureDaemon()
  const image = await ensureImage(base)
  await ensureClientKey(lab)
  const network = await ensureNetwork(lab)
  const nodes = Array.from({ length: count }, (_, position) =>
    describeNode(lab, network, image, position + 1),
  )
  await bringNodes(lab, nodes)
  writeKnownHosts(lab, nodes)
  writeInventory(lab, nodes)
  say(`${count} nodes run, the inventory is ${join('.cache/lab', 'inventory.yml')}`)
  const code = by === 'agent' ? await runByAgent(lab, nodes) : runSite(lab)
  if (code !== 0) return code
  const { lines, isComplete } = await pingAll(nodes)
  console.log(`\n${lines.join('\n')}`)
  return isComplete ? 0 : 1
}

async function bringNodes(lab: Lab, nodes: readonly NodeDescription[]): Promise<void> {
  const stale = await removeStale()
  if (stale.length > 0) say(`removed what dead runs have left: ${stale.join(', ')}`)
  const present = (await listContainers()).filter((container) => container.run === RUN_UP)
  const surplus = present.filter((container) => !nodes.some((node) => isSame(lab, node, container)))
  if (surplus.length > 0) {
    say(`removing ${surplus.map((container) => container.name).join(', ')}`)
    await removeContainers(surplus.map((container) => container.name))
    for (const { name } of surplus) removeIdentity(lab, name.slice(lab.name.length + 1))
  }
  const kept = new Map(
    present.filter((container) => !surplus.includes(container)).map((one) => [one.name, one]),
  )
  const fresh = nodes.filter((node) => !kept.has(node.container))
  if (fresh.length > 0) say(`starting ${fresh.map((node) => node.name).join(', ')}`)
  await Promise.all(
    nodes.map(async (node) => {
      const container = kept.get(node.container)
      if (container === undefined) await startNew(lab, node)
      else if (!container.isRunning) await $`docker start ${node.container}`
      await awaitRunning(node.container)
    }),
  )
}

/** A node of another image or with other options, or whose identity is lost, is made anew. */
function isSame(lab: Lab, node: NodeDescription, container: Container): boolean {
  const { name, digest } = container
  return name === node.container && digest === optionsDigest(node) && hasIdentity(lab, node.name)
}

/** Every node gets the package and a seed, and one of them runs the playbook on the members. */
async function runByAgent(lab: Lab, nodes: readonly NodeDescription[]): Promise<number> {
  const deb = await ensurePackage()
  const lacking = await nodesWithout(deb, nodes)
  if (lacking.length > 0) {
    say(`installing the agent on ${lacking.map(({ name }) => name).join(', ')}`)
    const seed = new Operator(lab).seed('up')
    await Promise.all(lacking.map(({ container }) => installAgent(container, deb, seed)))
  }
  const ms = await awaitMembers(nodes, LISTED_WITHIN_MS)
  say(`${nodes.length} agents list one another, ${(ms / 1000).toFixed(1)} s after the last start`)
  const [first] = nodes
  if (first === undefined) return 0
  await giveClientKey(lab, first)
  const playbook = '/usr/share/cluster-os/playbooks/site.yml'
  const command = ['cluster-os', 'run', '-i', 'cluster', playbook]
  console.log(`\n${first.name}# ${command.join(' ')}`)
  return (
    spawnSync('docker', ['exec', first.container, ...command], { stdio: 'inherit' }).status ?? 1
  )
}

function runSite(lab: Lab): number {
  const main = join(ROOT, 'agent/src/main.ts')
  const playbook = join(ROOT, 'playbooks/site.yml')
  const ended = spawnSync(process.execPath, [main, 'run', playbook, '-i', lab.inventory], {
    stdio: 'inherit',
    cwd: ROOT,
  })
  return ended.status ?? 1
}

// Nodes for tests: the lab's own node description, driven by testcontainers. Every call makes a lab
// of its own (network, keys, inventory) and takes it down again; what a killed test process leaves
// is removed by the next one. Not here: what a node is (lab/node.ts).
import { GenericContainer, type StartedTestContainer } from 'testcontainers'
import { $ } from '../../lab/command.ts'
import { awaitRunning, removeStale } from '../../lab/containers.ts'
import { ensureDaemon } from '../../lab/daemon.ts'
import { DEFAULT_BASE, ensureImage } from '../../lab/image.ts'
import { writeInventory } from '../../lab/inventory.ts'
import { ensureClientKey, giveIdentity, makeIdentity, writeKnownHosts } from '../../lab/keys.ts'
import { ensureNetwork, removeNetwork } from '../../lab/network.ts'
import { describeNode, type NodeDescription } from '../../lab/node.ts'
import { currentRun, type Lab, makeLab, removeFolder } from '../../lab/site.ts'
import { onLabFailure } from '../harness.ts'

// Its cleaning container comes from a registry, and the labels of a run do the same work.
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'

const JOURNAL_LINES = 30

/** For a suite's hooks: the first on a machine may install docker and build the base image. */
export const LAB_LIMIT_MS = 480_000

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface TestNode extends NodeDescription {
  /** Runs `/bin/sh -c SCRIPT` as root and never throws for an exit code. */
  sh(script: string): Promise<Ran>
  /** As `sh`, gives the output without its last newline, and throws when it fails. */
  read(script: string): Promise<string>
  /** Power off without a warning; the file system stays. */
  kill(): Promise<void>
  start(): Promise<void>
  /** An orderly reboot; returns when systemd says running. */
  restart(): Promise<void>
}

export interface NodesOptions {
  readonly base?: string
}

const living = new Set<readonly TestNode[]>()
let sequence = 0

onLabFailure(async () => {
  for (const nodes of living) await printJournals(nodes)
})

export interface Started {
  readonly nodes: readonly TestNode[]
  readonly lab: Lab
  remove(): Promise<void>
}

/** By position, from 1. */
export function nodesAt({ nodes }: Started, ...positions: readonly number[]): TestNode[] {
  return positions.map((position) => {
    const found = nodes[position - 1]
    if (found === undefined) throw new Error(`the lab has no node ${position}`)
    return found
  })
}

/** For a suite whose tests share nodes: start in `before`, remove in `after`. */
export async function startNodes(count: number, options: NodesOptions = {}): Promise<Started> {
  await ensureDaemon()
  const image = await ensureImage(options.base ?? DEFAULT_BASE)
  if (sequence === 0) await removeStale()
  sequence += 1
  const lab = makeLab(currentRun(), sequence)
  await ensureClientKey(lab)
  const network = await ensureNetwork(lab)
  const descriptions = Array.from({ length: count }, (_, position) =>
    describeNode(lab, network, image, position + 1),
  )
  const containers: StartedTestContainer[] = []
  const remove = async () => {
    living.delete(nodes)
    await Promise.all(containers.map((container) => container.stop({ timeout: 0 })))
    await removeNetwork(lab.name)
    removeFolder(lab)
  }
  const started = await Promise.allSettled(
    descriptions.map(async (description) => {
      await makeIdentity(lab, description.name)
      const container = await new NodeContainer(lab, description).start()
      containers.push(container)
      await awaitRunning(description.container)
    }),
  )
  const nodes: readonly TestNode[] = descriptions.map(makeNode)
  living.add(nodes)
  const failure = started.find((result) => result.status === 'rejected')
  if (failure !== undefined) {
    await printJournals(nodes)
    await remove()
    throw failure.reason
  }
  writeKnownHosts(lab, descriptions)
  writeInventory(lab, descriptions)
  return { nodes, lab, remove }
}

/** The container of a node as testcontainers starts it; its identity comes before its start. */
class NodeContainer extends GenericContainer {
  readonly #lab: Lab
  readonly #node: NodeDescription

  constructor(lab: Lab, node: NodeDescription) {
    super(node.image)
    this.#lab = lab
    this.#node = node
    const { HostConfig, ...options } = node.options
    this.createOpts = { ...this.createOpts, ...options, name: node.container }
    this.hostConfig = { ...this.hostConfig, ...HostConfig }
    this.networkMode = HostConfig?.NetworkMode ?? 'none'
  }

  protected override async containerCreated(): Promise<void> {
    await giveIdentity(this.#lab, this.#node.name, this.#node.container)
  }
}

function makeNode(description: NodeDescription): TestNode {
  const { container } = description
  const sh = async (script: string): Promise<Ran> => {
    const { exitCode, stdout, stderr } = await $({
      nothrow: true,
    })`docker exec ${container} sh -c ${script}`
    return { exitCode: exitCode ?? -1, stdout, stderr }
  }
  return {
    ...description,
    sh,
    async read(script) {
      const ran = await sh(script)
      if (ran.exitCode === 0) return ran.stdout.replace(/\n$/, '')
      throw new Error(`${description.name}: ${script} ended ${ran.exitCode}: ${ran.stderr}`)
    },
    async kill() {
      await $`docker kill ${container}`
    },
    async start() {
      await $`docker start ${container}`
      await awaitRunning(container)
    },
    async restart() {
      await $`docker restart ${container}`
      await awaitRunning(container)
    },
  }
}

/** What each node's journal ends with, for a person who reads why a test failed. */
async function printJournals(nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) {
    const { stdout } = await node.sh(`journalctl --no-pager -n ${JOURNAL_LINES} 2>&1`)
    console.error(`== the end of the journal of ${node.name}\n${stdout.trimEnd()}`)
  }
}

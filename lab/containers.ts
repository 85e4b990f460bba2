// Containers of a lab: which there are, one made, started, awaited and removed. Everything goes
// through docker's own client. Not here: what a node is (node.ts).
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import { giveIdentity, makeIdentity } from './keys.ts'
import { createArguments, type NodeDescription, optionsDigest } from './node.ts'
import {
  isLiveRun,
  LABEL_OPTIONS,
  LABEL_PROJECT,
  LABEL_RUN,
  type Lab,
  PROJECT,
  removeStaleFolders,
} from './site.ts'

const START_LIMIT_SECONDS = 90

export interface Container {
  readonly name: string
  readonly run: string
  /** Equals the node's when it was made from the very same description. */
  readonly digest: string
  readonly isRunning: boolean
}

/** Every container of this checkout, of all runs. */
export async function listContainers(): Promise<Container[]> {
  const format = `{{.Names}}\t{{.Label "${LABEL_RUN}"}}\t{{.Label "${LABEL_OPTIONS}"}}\t{{.State}}`
  const filter = `label=${LABEL_PROJECT}=${PROJECT}`
  const listed = await $`docker ps -a --no-trunc --filter ${filter} --format ${format}`
  return linesOf(listed.stdout).map((line) => {
    const [name = '', run = '', digest = '', state = ''] = line.split('\t')
    return { name, run, digest, isRunning: state === 'running' }
  })
}

/** A new node: container, identity, start. It is not awaited; see `awaitRunning`. */
export async function startNew(lab: Lab, node: NodeDescription): Promise<void> {
  await makeIdentity(lab, node.name)
  const label = `${LABEL_OPTIONS}=${optionsDigest(node)}`
  await $`docker create --label ${label} ${createArguments(node)}`
  await giveIdentity(lab, node.name, node.container)
  await $`docker start ${node.container}`
}

// PID 1 opens its bus a moment after the container's start, hence the loop.
const AWAIT = `until state=$(systemctl is-system-running --wait 2>/dev/null) ||
  test "$state" = degraded; do sleep 0.1; done
echo "$state"; systemctl --failed --no-legend --plain; test "$state" = running`

/** Returns when systemd says `running`, which includes sshd. */
export async function awaitRunning(container: string): Promise<void> {
  const awaited = await $({
    nothrow: true,
  })`docker exec ${container} timeout ${START_LIMIT_SECONDS} sh -c ${AWAIT}`
  if (awaited.exitCode === 0) return
  throw new ClusterError('LAB', `${container} did not reach the state running`, {
    hint: `${linesOf(awaited.stdout).join('; ')} ${awaited.stderr.trim()}`.trim(),
  })
}

export async function removeContainers(names: readonly string[]): Promise<void> {
  if (names.length > 0) await $`docker rm -f -v ${names}`
}

/** Removes what dead runs of this checkout have left: containers, networks, folders. */
export async function removeStale(): Promise<string[]> {
  const containers = (await listContainers()).filter((container) => !isLiveRun(container.run))
  await removeContainers(containers.map((container) => container.name))
  const filter = `label=${LABEL_PROJECT}=${PROJECT}`
  const format = `{{.Name}}\t{{.Label "${LABEL_RUN}"}}`
  const networks = await $`docker network ls --filter ${filter} --format ${format}`
  const stale = linesOf(networks.stdout)
    .map((line) => line.split('\t'))
    .filter(([, run = '']) => !isLiveRun(run))
    .map(([name = '']) => name)
  if (stale.length > 0) await $({ nothrow: true })`docker network rm ${stale}`
  removeStaleFolders()
  return containers.map((container) => container.name)
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

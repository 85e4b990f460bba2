// The hosts of a benchmark: nodes of the lab, fifty sshds on one of them, or a node behind a line
// with delay; and the inventories that all contenders read. Not here: what runs on them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../lab/site.ts'
import type { Started, TestNode } from '../lab/nodes.ts'
import { startRelay } from './delay.ts'

export interface Target {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly node: TestNode
}

export interface Targets {
  readonly all: readonly Target[]
  /** Runs on every target as root, beside the contenders' connections; outputs in their order. */
  read(script: string): Promise<readonly string[]>
  close(): Promise<void>
}

const FIRST_PORT = 2201

/** What hosts on one node must not share: what playbooks make, and the leases of runs. */
const OWN_FOLDERS = ['/srv', '/run/cluster-os', '/tmp']

export function nodeTargets(nodes: readonly TestNode[]): Targets {
  const all = nodes.map((node) => ({
    name: node.name,
    address: node.ipv4,
    port: 22,
    node,
  }))
  const read = (script: string) => Promise.all(nodes.map((node) => node.read(script)))
  return { all, read, close: async () => {} }
}

/** Many sshds on one node, each with a port, folders and a mount namespace of its own. */
export async function sshdTargets(node: TestNode, count: number): Promise<Targets> {
  const mounts = OWN_FOLDERS.map((folder) => `mkdir -p ${folder}; mount -t tmpfs own ${folder}; `)
  const all = Array.from({ length: count }, (_, position): Target => {
    const port = FIRST_PORT + position
    return {
      name: `host${position + 1}`,
      address: node.ipv4,
      port,
      node,
    }
  })
  const ports = all.map(({ port }) => port).join(' ')
  const sshd = '/usr/sbin/sshd -p $port -o PidFile=/run/bench-$port.pid'
  await node.read(
    `for port in ${ports}; do port=$port unshare -m sh -ec '${mounts.join('')}${sshd}'; done; ` +
      `for port in ${ports}; do until [ -s /run/bench-$port.pid ]; do sleep 0.1; done; done`,
  )
  const close = async (): Promise<void> => {
    await node.read('for file in /run/bench-*.pid; do kill $(cat $file); done')
  }
  // One call for all: fifty at once of `docker exec` take the daemon half a minute.
  const read = async (script: string): Promise<readonly string[]> => {
    const inside = `nsenter -m -t $(cat /run/bench-$port.pid) sh -c ${quote(script)}`
    const told = await node.read(
      `set -e; for port in ${ports}; do out=$(${inside}); echo "$out" | base64 -w0; echo; done`,
    )
    return told.split('\n').map((line) => Buffer.from(line, 'base64').toString())
  }
  return { all, read, close }
}

export async function farTarget(node: TestNode, roundTripMs: number): Promise<Targets> {
  const relay = await startRelay({ host: node.ipv4, port: 22 }, roundTripMs)
  const read = async (script: string) => [await node.read(script)]
  const all = [{ name: node.name, address: '127.0.0.1', port: relay.port, node }]
  return { all, read, close: () => relay.close() }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Writes inventory, known hosts and pyinfra's list for the targets of a row. */
export function writeTargets({ lab }: Started, targets: Targets): void {
  writeKeys(lab, targets.all)
  const check = `-o UserKnownHostsFile=${lab.knownHosts} -o StrictHostKeyChecking=yes`
  const vars = {
    ansible_user: 'root',
    ansible_ssh_private_key_file: lab.privateKey,
    ansible_ssh_common_args: check,
    ansible_python_interpreter: '/usr/bin/python3',
  }
  const hosts = targets.all.map(({ name, address, port }) => [
    name,
    { ansible_host: address, ansible_port: port },
  ])
  // JSON is YAML.
  writeFileSync(lab.inventory, JSON.stringify({ all: { vars, hosts: Object.fromEntries(hosts) } }))
  writeFileSync(
    pyinfraHosts(lab),
    JSON.stringify(
      targets.all.map(({ name, address, port }) => ({
        name,
        data: {
          ssh_hostname: address,
          ssh_port: port,
          ssh_user: 'root',
          ssh_key: lab.privateKey,
          ssh_known_hosts_file: lab.knownHosts,
          ssh_strict_host_key_checking: 'yes',
        },
      })),
    ),
  )
}

export const pyinfraHosts = (lab: Lab): string => join(lab.folder, 'pyinfra.json')

/** The node's key under every address and port that leads to it. */
function writeKeys(lab: Lab, targets: readonly Target[]): void {
  const known = existsSync(lab.knownHosts) ? readFileSync(lab.knownHosts, 'utf8').split('\n') : []
  const lines = targets.map(({ address, port, node }) => {
    const own = known.find((line) => line.startsWith(`${node.name},`)) ?? ''
    const key = own.slice(own.indexOf(' ') + 1)
    return port === 22 ? '' : `[${address}]:${port} ${key}`
  })
  const news = lines.filter((line) => line !== '' && !known.includes(line))
  writeFileSync(lab.knownHosts, [...known.filter((line) => line !== ''), ...news, ''].join('\n'))
}

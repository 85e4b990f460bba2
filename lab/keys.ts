// Keys and identity files of a lab. Host keys are made here, before the node's first start, so
// that the first connection already checks them. They guard nothing but this lab.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from './command.ts'
import type { NodeDescription } from './node.ts'
import { ensurePrograms } from './programs.ts'
import type { Lab } from './site.ts'

/** The key pair that logs in as root and as ops on every node. */
export async function ensureClientKey(lab: Lab): Promise<void> {
  await ensurePrograms({ 'ssh-keygen': 'openssh-client' })
  mkdirSync(lab.folder, { recursive: true, mode: 0o700 })
  if (!existsSync(lab.privateKey)) await makeKey(lab.privateKey, 'cluster-os-lab')
}

async function makeKey(path: string, comment: string): Promise<void> {
  await $`ssh-keygen -q -t ed25519 -N ${''} -C ${comment} -f ${path}`
}

function nodeFolder(lab: Lab, name: string): string {
  return join(lab.folder, 'nodes', name)
}

/** Makes a new identity for a node: host key, machine id, who may log in. */
export async function makeIdentity(lab: Lab, name: string): Promise<void> {
  const folder = nodeFolder(lab, name)
  rmSync(folder, { recursive: true, force: true })
  const ssh = join(folder, 'etc/ssh')
  mkdirSync(ssh, { recursive: true, mode: 0o700 })
  await makeKey(join(ssh, 'ssh_host_ed25519_key'), name)
  writeFileSync(join(ssh, 'lab_keys'), readFileSync(`${lab.privateKey}.pub`), { mode: 0o644 })
  const machineId = randomBytes(16).toString('hex')
  writeFileSync(join(folder, 'etc/machine-id'), `${machineId}\n`, { mode: 0o444 })
}

/** Copies the identity into a container that has been made and not yet started. */
export async function giveIdentity(lab: Lab, name: string, container: string): Promise<void> {
  const files = [
    'machine-id',
    'ssh/ssh_host_ed25519_key',
    'ssh/ssh_host_ed25519_key.pub',
    'ssh/lab_keys',
  ]
  const paths = files.map((file) => `etc/${file}`)
  const folder = nodeFolder(lab, name)
  await $`tar -C ${folder} --owner=0 --group=0 -c ${paths} | docker cp - ${container}:/`
}

/** Lets a node log in to all nodes, as who sits at it would by a key of his own. */
export async function giveClientKey(lab: Lab, node: NodeDescription): Promise<void> {
  const put = async (file: string, to: string): Promise<void> => {
    const script = `umask 077; mkdir -p /root/.ssh && cat > /root/.ssh/${to}`
    await $({ input: readFileSync(file) })`docker exec -i ${node.container} sh -c ${script}`
  }
  await put(lab.privateKey, 'id_ed25519')
  await put(lab.knownHosts, 'known_hosts')
}

export function hasIdentity(lab: Lab, name: string): boolean {
  return existsSync(join(nodeFolder(lab, name), 'etc/machine-id'))
}

export function removeIdentity(lab: Lab, name: string): void {
  rmSync(nodeFolder(lab, name), { recursive: true, force: true })
}

export function writeKnownHosts(lab: Lab, nodes: readonly NodeDescription[]): void {
  const lines = nodes.map((node) => {
    const path = join(nodeFolder(lab, node.name), 'etc/ssh/ssh_host_ed25519_key.pub')
    const [type, key] = readFileSync(path, 'utf8').split(' ')
    return `${node.name},${node.ipv4},${node.ipv6} ${type} ${key}\n`
  })
  writeFileSync(lab.knownHosts, lines.join(''))
}

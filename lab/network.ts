// The network of a lab: a docker bridge of its own with IPv4 and IPv6 and fixed addresses.
import { networkInterfaces } from 'node:os'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import { LABEL_PROJECT, LABEL_RUN, type Lab, PROJECT } from './site.ts'

export interface Network {
  readonly name: string
  /** The first three numbers of a /24. */
  readonly ipv4Prefix: string
  /** The first four groups of a /64. */
  readonly ipv6Prefix: string
}

// 172.29.N.0/24 and fdc0:1ab:0:N::/64. The overlay takes 10.100 to 10.227, so no clash is possible.
const FIRST_SUBNET = 16
const LAST_SUBNET = 250

function networkOf(name: string, subnet: number): Network {
  return {
    name,
    ipv4Prefix: `172.29.${subnet}`,
    ipv6Prefix: `fdc0:1ab:0:${subnet.toString(16)}`,
  }
}

/** Finds the lab's network or makes it from the first subnet that nobody on this machine has. */
export async function ensureNetwork(lab: Lab): Promise<Network> {
  const found = await $({ nothrow: true })`docker network inspect ${lab.name}`
  const subnet = /172\.29\.(\d+)\.0\/24/.exec(found.stdout)?.[1]
  if (found.exitCode === 0 && subnet !== undefined) return networkOf(lab.name, Number(subnet))
  const taken = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  let refusal = ''
  for (let candidate = FIRST_SUBNET; candidate <= LAST_SUBNET; candidate += 1) {
    const network = networkOf(lab.name, candidate)
    if (taken.some((entry) => entry.address.startsWith(`${network.ipv4Prefix}.`))) continue
    const made = await createNetwork(lab, network)
    if (made === undefined) return network
    refusal = made
    if (!/overlap/i.test(made)) break
  }
  throw new ClusterError('LAB', `docker network ${lab.name} could not be made: ${refusal}`, {
    hint: 'list the networks by: docker network ls',
  })
}

/** Undefined when it was made, else docker's words. */
async function createNetwork(lab: Lab, network: Network): Promise<string | undefined> {
  const subnets = [`${network.ipv4Prefix}.0/24`, `${network.ipv6Prefix}::/64`]
  const labels = [`${LABEL_PROJECT}=${PROJECT}`, `${LABEL_RUN}=${lab.run}`]
  const options = [
    ...subnets.flatMap((subnet) => ['--subnet', subnet]),
    ...labels.flatMap((label) => ['--label', label]),
  ]
  const made = await $({ nothrow: true })`docker network create --ipv6 ${options} ${lab.name}`
  return made.exitCode === 0 ? undefined : made.stderr.trim()
}

export async function removeNetwork(name: string): Promise<void> {
  await $({ nothrow: true })`docker network rm ${name}`
}

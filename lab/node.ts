// What a node is: one description that `make up` turns into `docker create` and that the tests
// hand to testcontainers. A node is a systemd machine in a container, without --privileged and
// without a bind mount of /sys/fs/cgroup (with it nodes trample each other's units).
import { createHash } from 'node:crypto'
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import type { Network } from './network.ts'
import { LABEL_PROJECT, LABEL_RUN, type Lab, PROJECT } from './site.ts'

export interface NodeDescription {
  /** The host name: node1, node2, ... */
  readonly name: string
  readonly index: number
  readonly container: string
  readonly image: string
  readonly ipv4: string
  readonly ipv6: string
  readonly options: ContainerCreateOptions
}

// NET_ADMIN and NET_RAW for links and ping, SYS_ADMIN for systemd's mounts, the others for what
// units ask of their processes. SYS_RESOURCE is left out: some daemons do not have it to give.
const CAPABILITIES = ['NET_ADMIN', 'SYS_ADMIN', 'SYS_PTRACE', 'NET_RAW', 'SYS_NICE']

/** Host part of a node's address; the lowest ten are left to the bridge. */
const FIRST_HOST = 10

export function describeNode(
  lab: Lab,
  network: Network,
  image: string,
  index: number,
): NodeDescription {
  const name = `node${index}`
  const ipv4 = `${network.ipv4Prefix}.${FIRST_HOST + index}`
  const ipv6 = `${network.ipv6Prefix}::${(FIRST_HOST + index).toString(16)}`
  return {
    name,
    index,
    container: `${lab.name}-${name}`,
    image,
    ipv4,
    ipv6,
    options: {
      Hostname: name,
      Image: image,
      Cmd: ['/sbin/init'],
      Env: ['container=docker'],
      Labels: { [LABEL_PROJECT]: PROJECT, [LABEL_RUN]: lab.run },
      StopSignal: 'SIGRTMIN+3',
      HostConfig: hostConfig(network),
      // A fixed address each, so that a restarted node is found by its peers.
      NetworkingConfig: {
        EndpointsConfig: {
          [network.name]: { IPAMConfig: { IPv4Address: ipv4, IPv6Address: ipv6 } },
        },
      },
    },
  }
}

/** The types lack CgroupnsMode, which Docker has had since 20.10. */
function hostConfig(network: Network): HostConfig & { CgroupnsMode: 'private' } {
  return {
    CapAdd: CAPABILITIES,
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
    Tmpfs: { '/run': '', '/run/lock': '' },
    // Docker switches IPv6 off inside, and /proc/sys is read-only later.
    Sysctls: { 'net.ipv6.conf.all.disable_ipv6': '0' },
    NetworkMode: network.name,
    // Where cgroups are v1 and v2 mixed, systemd 252 does not find itself in the machine's tree.
    CgroupnsMode: 'private',
  }
}

/** The same description as arguments of `docker create`. */
export function createArguments(node: NodeDescription): string[] {
  const { options } = node
  const host = options.HostConfig ?? {}
  return [
    ...flag('--name', [node.container]),
    ...flag('--hostname', [node.name]),
    ...flag('--env', options.Env ?? []),
    ...flag('--label', pairs(options.Labels ?? {}, '=')),
    ...flag('--stop-signal', [options.StopSignal ?? '']),
    ...flag('--cgroupns', ['private']),
    ...flag('--cap-add', host.CapAdd ?? []),
    ...flag('--security-opt', host.SecurityOpt ?? []),
    ...flag('--tmpfs', Object.keys(host.Tmpfs ?? {})),
    ...flag('--sysctl', pairs(host.Sysctls ?? {}, '=')),
    ...flag('--network', [host.NetworkMode ?? '']),
    ...flag('--ip', [node.ipv4]),
    ...flag('--ip6', [node.ipv6]),
    node.image,
    ...(options.Cmd ?? []),
  ]
}

export function optionsDigest(node: NodeDescription): string {
  return createHash('sha256').update(createArguments(node).join('\n')).digest('hex').slice(0, 12)
}

function flag(name: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [name, value])
}

function pairs(record: Readonly<Record<string, string>>, separator: string): string[] {
  return Object.entries(record).map(([key, value]) => `${key}${separator}${value}`)
}

// Which addresses of this machine members may use, and where beacons leave. Interfaces that belong
// to containers, tunnels and our own overlay are left out: an address there means nothing to
// others. Not here: reading interfaces (sys/interfaces.ts).
import type { Link } from '../gossip/types.ts'
import type { InterfaceAddress } from '../sys/interfaces.ts'
import { type Address, makeAddress } from '../wire/address.ts'

/** ff02::c05: "cos", a group of ours that stays on the link. */
export const GROUP = 'ff02::c05'

/** Interfaces of bridges, containers, tunnels and VPNs, by the names that their programs give. */
const NOT_OURS = /^(?:lo|cos\d|docker\d|br-|veth|cni|flannel|virbr|wg\d|tailscale|tun|tap|kube-)/

export interface Links {
  /** What records name, the best first: IPv4, then global IPv6, then addresses of one link. */
  readonly addresses: readonly Address[]
  readonly links: readonly Link[]
}

export interface LinkChoice {
  readonly port: number
  /** Only these interfaces, when any are named. */
  readonly interfaces: readonly string[]
  /** Addresses that others reach us by and that we do not have: behind a forwarded port. */
  readonly advertise: readonly Address[]
}

export function linksOf(found: readonly InterfaceAddress[], choice: LinkChoice): Links {
  const { port, interfaces, advertise } = choice
  const used = found.filter(({ interfaceName, isInternal }) =>
    interfaces.length > 0
      ? interfaces.includes(interfaceName)
      : !isInternal && !NOT_OURS.test(interfaceName),
  )
  const addresses = used
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap(({ host }) => makeAddress(host, port) ?? [])
  const names = [...new Set(used.map(({ interfaceName }) => interfaceName))]
  const links = names.map((name) => {
    const own = used.filter(({ interfaceName }) => interfaceName === name)
    return { name, beacons: own.flatMap((address) => beaconOf(address, port)).filter(isFirst) }
  })
  return { addresses: [...advertise, ...addresses], links }
}

function rank({ family, host }: InterfaceAddress): number {
  if (family === 4) return 0
  return isLinkLocal(host) ? 2 : 1
}

export function isLinkLocal(host: string): boolean {
  return /^fe[89ab]/i.test(host)
}

/** The broadcast address of an IPv4 network; the group on every interface with IPv6. */
function beaconOf({ family, host, prefix }: InterfaceAddress, port: number): Address[] {
  if (family === 6) return [{ family: 6, host: GROUP, port }]
  // Networks of one and two addresses have none.
  if (prefix > 30) return []
  const bits = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const last = (bits | (2 ** (32 - prefix) - 1)) >>> 0
  const parts = [24, 16, 8, 0].map((by) => (last >>> by) & 0xff)
  return [{ family: 4, host: parts.join('.'), port }]
}

function isFirst({ host }: Address, index: number, all: readonly Address[]): boolean {
  return all.findIndex((other) => other.host === host) === index
}

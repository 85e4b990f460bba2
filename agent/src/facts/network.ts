// Interfaces with their addresses, and the ones that lead to the world.
import type { Value } from '../value/value.ts'
import { dictOf, type Fact, partsScript, readParts } from './fact.ts'

const NAMES = new Set([
  'ansible_interfaces',
  'ansible_default_ipv4',
  'ansible_default_ipv6',
  'ansible_all_ipv4_addresses',
  'ansible_all_ipv6_addresses',
])

/** How the kernel and its users name interfaces; each is a fact of its own. */
const INTERFACE =
  /^ansible_(lo|eth|en[opsx]|em|wl|ww|br|docker|veth|virbr|vlan|bond|team|tun|tap|wg|cos|ib|ppp|sit|dummy|cni|flannel|cali|lxc|vmbr|usb)\w*$/

/** ARPHRD_* of <linux/if_arp.h>. */
const TYPES: Readonly<Record<string, string>> = {
  '1': 'ether',
  '32': 'infiniband',
  '512': 'ppp',
  '772': 'loopback',
  '65534': 'tunnel',
}

const IFF_UP = 1
const IFF_PROMISC = 0x100

export const network: Fact = {
  gives: (name) => NAMES.has(name) || INTERFACE.test(name),
  subset: 'network',
  // The addresses asked about are those of public name servers: only the route matters.
  script: partsScript({
    links: [
      'cd /sys/class/net && for i in *; do [ -e "$i/address" ] || continue; k=; s=',
      '  [ -d "$i/bridge" ] && k=bridge; [ -d "$i/bonding" ] && k=bonding',
      '  read -r s < "$i/speed"; m=$(readlink "$i/device/driver/module")',
      '  echo "$i|$(cat "$i/address")|$(cat "$i/mtu")|$(cat "$i/type")|$(cat "$i/flags")|$s|$k|' +
        '$(cat "$i/operstate")|${m##*/}|$(readlink "$i/device")"; done',
    ].join('\n'),
    v4: 'ip -o -4 addr show',
    v6: 'ip -o -6 addr show',
    route4: 'ip -4 route get 8.8.8.8',
    route6: 'ip -6 route get 2404:6800:400a:800::1012',
  }),
  parse: (printed) => {
    const parts = readParts(printed)
    const get = (name: string): string => parts.get(name) ?? ''
    const v4 = get('v4').split('\n').flatMap(readIpv4)
    const v6 = get('v6').split('\n').flatMap(readIpv6)
    const links = get('links').split('\n').flatMap(readLink)
    const facts: Record<string, Value> = {
      ansible_interfaces: links.map(({ name }) => name),
      ansible_all_ipv4_addresses: v4
        .map(({ address }) => address)
        .filter((address) => !address.startsWith('127.')),
      ansible_all_ipv6_addresses: v6
        .map(({ address }) => address)
        .filter((address) => address !== '::1'),
      ansible_default_ipv4: default4(get('route4'), v4, links),
      ansible_default_ipv6: default6(get('route6'), v6, links),
    }
    for (const link of links) {
      const name = link.name.replaceAll(/[^A-Za-z0-9_]/g, '_')
      facts[`ansible_${name}`] = interfaceFact(link, v4, v6)
    }
    return facts
  },
}

interface Link {
  readonly name: string
  readonly mac: string
  readonly mtu: number
  readonly type: string
  readonly flags: number
  readonly speed: string
  readonly isActive: boolean
  readonly module: string
  readonly device: string
}

function readLink(line: string): Link[] {
  const [name = '', mac = '', mtu = '', type = '', flags = '', speed = '', kind = '', , ...rest] =
    line.split('|')
  if (name === '') return []
  return [
    {
      name,
      mac,
      mtu: Number(mtu),
      type: kind === '' ? (TYPES[type] ?? 'unknown') : kind,
      flags: Number(flags),
      speed,
      isActive: (Number(flags) & IFF_UP) !== 0,
      module: rest[0] ?? '',
      device: rest[1] ?? '',
    },
  ]
}

interface Ipv4 {
  readonly name: string
  readonly label: string
  readonly address: string
  readonly prefix: number
  readonly broadcast: string
}

/** `2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0:1\ ...` */
function readIpv4(line: string): Ipv4[] {
  const [, name, address, bits, rest = ''] =
    /^\d+:\s+(\S+)\s+inet (\S+?)(?:\/(\d+)|(?=\s))(.*)$/.exec(line) ?? []
  if (name === undefined || address === undefined) return []
  const broadcast = / brd (\S+)/.exec(rest)?.[1] ?? ''
  const label = / scope \S+ (?:\S+ )*?(\S+?)\\/.exec(rest)?.[1] ?? name
  return [
    { name: name.split('@')[0] ?? name, label, address, prefix: Number(bits ?? 32), broadcast },
  ]
}

interface Ipv6 {
  readonly name: string
  readonly address: string
  readonly prefix: string
  readonly scope: string
}

function readIpv6(line: string): Ipv6[] {
  const [, name, address, prefix = '128', scope = ''] =
    /^\d+:\s+(\S+)\s+inet6 ([^\s/]+)(?:\/(\d+))?.* scope (\S+)/.exec(line) ?? []
  if (name === undefined || address === undefined) return []
  return [{ name: name.split('@')[0] ?? name, address, prefix, scope }]
}

function addressFields({ address, prefix, broadcast }: Ipv4): Record<string, Value> {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
  const bits = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  return {
    address,
    broadcast,
    netmask: dotted(mask),
    network: dotted((bits & mask) >>> 0),
    prefix: String(prefix),
  }
}

function dotted(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}

function interfaceFact(link: Link, v4: readonly Ipv4[], v6: readonly Ipv6[]): Value {
  const [first, ...more] = v4.filter(({ name }) => name === link.name)
  const own6 = v6.filter(({ name }) => name === link.name)
  const speed = Number(link.speed)
  return dictOf({
    device: link.name,
    active: link.isActive,
    mtu: link.mtu,
    type: link.type,
    promisc: (link.flags & IFF_PROMISC) !== 0,
    // The loopback's address is all zeros, which says nothing.
    ...(link.mac === '' || /^[0:]+$/.test(link.mac) ? {} : { macaddress: link.mac }),
    ...(link.module === '' ? {} : { module: link.module }),
    ...(link.device === '' ? {} : { pciid: link.device.replace(/.*\//, '') }),
    ...(link.speed === '' || Number.isNaN(speed) ? {} : { speed }),
    ...(first === undefined ? {} : { ipv4: dictOf(addressFields(first)) }),
    ...(more.length === 0
      ? {}
      : { ipv4_secondaries: more.map((entry) => dictOf(addressFields(entry))) }),
    ...(own6.length === 0
      ? {}
      : {
          ipv6: own6.map(({ address, prefix, scope }) => dictOf({ address, prefix, scope })),
        }),
  })
}

/** What `ip route get` says about the way out. */
function route(line: string): { device?: string; address?: string; gateway?: string } {
  const after = (word: string): string | undefined =>
    new RegExp(`(?:^|\\s)${word} (\\S+)`).exec(line.split('\n')[0] ?? '')?.[1]
  const [device, address, gateway] = [after('dev'), after('src'), after('via')]
  return {
    ...(device === undefined ? {} : { device }),
    ...(address === undefined ? {} : { address }),
    ...(gateway === undefined ? {} : { gateway }),
  }
}

function default4(line: string, all: readonly Ipv4[], links: readonly Link[]): Value {
  const way = route(line)
  if (way.device === undefined) return dictOf({})
  const own = all.find(({ address }) => address === way.address)
  return dictOf({
    ...(way.gateway === undefined ? {} : { gateway: way.gateway }),
    interface: way.device,
    ...(way.address === undefined ? {} : { address: way.address }),
    ...(own === undefined ? {} : { ...addressFields(own), alias: own.label }),
    ...linkFields(links, way.device),
  })
}

function default6(line: string, all: readonly Ipv6[], links: readonly Link[]): Value {
  const way = route(line)
  if (way.device === undefined) return dictOf({})
  const own = all.find(({ address }) => address === way.address)
  return dictOf({
    ...(way.gateway === undefined ? {} : { gateway: way.gateway }),
    interface: way.device,
    ...(way.address === undefined ? {} : { address: way.address }),
    ...(own === undefined ? {} : { prefix: own.prefix, scope: own.scope }),
    ...linkFields(links, way.device),
  })
}

function linkFields(links: readonly Link[], name: string): Record<string, Value> {
  const link = links.find((entry) => entry.name === name)
  if (link === undefined) return {}
  return { macaddress: link.mac, mtu: link.mtu, type: link.type }
}

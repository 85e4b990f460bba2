// What the filter ipaddr can be asked: a table from the words of ansible.utils to answers. Null is
// "does not apply", false "is not one". Not here: reading addresses, and lists of them (filters/).
import { typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import {
  type Address,
  baseOf,
  contains,
  formatAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isPrivate,
  isReserved,
  netmaskOf,
  readAddress,
  reverseName,
  sizeOf,
} from './address.ts'

type Query = (address: Address) => Value

/** The address, with its prefix where one was given. */
function shown(address: Address): string {
  const text = textOf(address)
  return address.isNetwork ? `${text}/${address.prefix}` : text
}

function textOf({ version, value }: Address): string {
  return formatAddress(version, value)
}

function at({ version }: Address, value: bigint): string {
  return formatAddress(version, value)
}

function withPrefix(address: Address): string {
  return `${textOf(address)}/${address.prefix}`
}

function isHost(address: Address): boolean {
  return sizeOf(address) === 1n || address.value !== baseOf(address)
}

/** A host, or one end of a line between two. */
function isUsable(address: Address): boolean {
  return isHost(address) || sizeOf(address) === 2n
}

/** A host whose network has others. */
function hasNetwork(address: Address): boolean {
  return isUsable(address) && sizeOf(address) > 1n
}

function only(test: (address: Address) => boolean): Query {
  return (address) => (test(address) ? shown(address) : null)
}

function whole(address: Address): bigint | number {
  return narrow(address.value)
}

function narrow(value: bigint): bigint | number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

function mask(address: Address): string {
  return at(address, netmaskOf(address.version, address.prefix))
}

function wildcard(address: Address): string {
  return at(address, sizeOf(address) - 1n)
}

function base(address: Address): string {
  return at(address, baseOf(address))
}

interface Range {
  readonly first: bigint
  readonly last: bigint
}

/** The addresses that hosts may have; undefined when the network has a single one. */
function usable(address: Address): Range | undefined {
  if (!address.isNetwork) throw typeError('Not a network address')
  const [from, size] = [baseOf(address), sizeOf(address)]
  if (size === 1n) return undefined
  const rim = size === 2n ? 0n : 1n
  return { first: from + rim, last: from + size - 1n - rim }
}

function step(by: bigint): Query {
  return (address) => {
    const range = usable(address)
    const next = address.value + by
    return range === undefined || next < range.first || next > range.last ? null : at(address, next)
  }
}

function peer(address: Address): Value {
  if (!address.isNetwork) throw typeError('Not a network address')
  const size = sizeOf(address)
  if (size === 2n) return at(address, address.value ^ 1n)
  if (size !== 4n) throw typeError('Not a point-to-point network')
  const place = address.value - baseOf(address)
  if (place === 0n) throw typeError('Network address of /30 has no peer')
  if (place === 3n) throw typeError('Broadcast address of /30 has no peer')
  return at(address, address.value ^ 3n)
}

function asFour(address: Address): Value {
  if (address.version === 4) return shown(address)
  if (address.value >> 32n !== 0xffffn) return false
  const text = formatAddress(4, address.value & 0xffffffffn)
  return address.isNetwork ? `${text}/${address.prefix - 96}` : `${text}/32`
}

function asSix(address: Address): Value {
  if (address.version === 6) return shown(address)
  return `${formatAddress(6, (0xffffn << 32n) | address.value)}/${address.prefix + 96}`
}

function sixToFour(address: Address): Value {
  if (address.version === 6) return address.value >> 112n === 0x2002n ? shown(address) : false
  if (!isHost(address) || isMulticast(address) || isLoopback(address)) return false
  const digits = address.value.toString(16).padStart(8, '0')
  return `2002:${digits.slice(0, 4)}:${digits.slice(4)}::1/48`
}

/** Hosts are told with a prefix, networks with `otherwise`. */
function hostWith(otherwise: null | false): Query {
  return (address) => (isUsable(address) ? withPrefix(address) : otherwise)
}

function isUnicast(address: Address): boolean {
  return !isMulticast(address)
}

function isPublic(address: Address): boolean {
  const others = [isPrivate, isLoopback, isMulticast, isLinkLocal, isReserved]
  return !others.some((test) => test(address))
}

/** The bare address; of IPv6 also the first of a network, which hosts may have. */
function own(address: Address): Value {
  return isUsable(address) || address.version === 6 ? textOf(address) : null
}

const gateway = hostWith(false)

const QUERIES: Readonly<Record<string, Query>> = {
  '': shown,
  address: own,
  ip: own,
  'address/prefix': gateway,
  gateway,
  gw: gateway,
  router: gateway,
  'host/prefix': gateway,
  hostnet: gateway,
  host: hostWith(null),
  'ip/prefix': (address) => (hasNetwork(address) ? withPrefix(address) : null),
  ip_netmask: (address) => (hasNetwork(address) ? `${textOf(address)} ${mask(address)}` : null),
  bool: () => true,
  broadcast: (address) =>
    sizeOf(address) > 2n ? at(address, baseOf(address) + sizeOf(address) - 1n) : null,
  cidr: withPrefix,
  first_usable: (address) => {
    const range = usable(address)
    return range === undefined ? null : at(address, range.first)
  },
  last_usable: (address) => {
    const range = usable(address)
    return range === undefined ? null : at(address, range.last)
  },
  range_usable: (address) => {
    const range = usable(address)
    return range === undefined ? null : `${at(address, range.first)}-${at(address, range.last)}`
  },
  next_usable: step(1n),
  previous_usable: step(-1n),
  peer,
  hostmask: wildcard,
  wildcard,
  netmask: mask,
  network: base,
  network_id: base,
  'network/prefix': (address) => `${base(address)}/${address.prefix}`,
  subnet: (address) => `${base(address)}/${address.prefix}`,
  network_netmask: (address) => `${base(address)} ${mask(address)}`,
  network_wildcard: (address) => `${base(address)} ${wildcard(address)}`,
  net: only((address) => address.isNetwork && !isHost(address)),
  int: (address) => (address.isNetwork ? `${address.value}/${address.prefix}` : whole(address)),
  prefix: ({ prefix }) => prefix,
  size: (address) => narrow(sizeOf(address)),
  size_usable: (address) => {
    const size = sizeOf(address)
    return size === 1n ? 0 : narrow(size === 2n ? 2n : size - 2n)
  },
  type: (address) => (isHost(address) ? 'address' : 'network'),
  version: ({ version }) => version,
  ipv4: asFour,
  ipv6: asSix,
  '6to4': sixToFour,
  'link-local': only(isLinkLocal),
  lo: only(isLoopback),
  loopback: only(isLoopback),
  multicast: only(isMulticast),
  private: only(isPrivate),
  public: only(isPublic),
  unicast: only(isUnicast),
  revdns: reverseName,
  wrap: (address) => {
    if (address.version === 4) return shown(address)
    return address.isNetwork ? `[${textOf(address)}]/${address.prefix}` : `[${textOf(address)}]`
  },
}

/** The member of a network that a number names, counted from its end when it is negative. */
function member(address: Address, index: bigint): Value {
  const size = sizeOf(address)
  if (size === 1n) return shown(address)
  const place = index < 0n ? size + index : index
  if (place < 0n || place >= size) return false
  return `${at(address, baseOf(address) + place)}/${address.prefix}`
}

/** Asks one thing of an address: a word, a number, or a network that it may be in. */
export function ask(address: Address, query: string): Value {
  const known = Object.hasOwn(QUERIES, query) ? QUERIES[query] : undefined
  if (known !== undefined) return known(address)
  if (/^-?\d+$/.test(query)) return member(address, BigInt(query))
  const network = readAddress(query)
  if (network === undefined) throw typeError(`ipaddr: unknown filter type: ${query}`)
  return contains(network, address) ? shown(address) : null
}

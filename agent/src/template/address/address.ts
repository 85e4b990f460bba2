// Addresses and networks of IPv4 and IPv6 as whole numbers, read and written as Python's netaddr
// does. Not here: what templates ask of them (queries.ts).

export interface Address {
  readonly version: 4 | 6
  readonly value: bigint
  readonly prefix: number
  /** Whether a prefix or mask was given. */
  readonly isNetwork: boolean
}

export function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128
}

/** An address, with `/prefix` or `/mask` or without; undefined when the text is neither. */
export function readAddress(text: string): Address | undefined {
  if (/^\d{1,39}$/.test(text)) return fromNumber(BigInt(text))
  const [host = '', given, ...more] = text.trim().split('/')
  if (more.length > 0) return undefined
  const version = host.includes(':') ? 6 : 4
  const value = version === 6 ? readSix(host) : readFour(host)
  if (value === undefined) return undefined
  if (given === undefined) return { version, value, prefix: bitsOf(version), isNetwork: false }
  const prefix = readPrefix(given, version)
  return prefix === undefined ? undefined : { version, value, prefix, isNetwork: true }
}

/** A number is an address of the smaller kind that holds it. */
function fromNumber(value: bigint): Address | undefined {
  if (value >= 1n << 128n) return undefined
  const version = value < 1n << 32n ? 4 : 6
  return { version, value, prefix: bitsOf(version), isNetwork: false }
}

function readPrefix(text: string, version: 4 | 6): number | undefined {
  const bits = bitsOf(version)
  if (/^\d{1,3}$/.test(text)) return Number(text) <= bits ? Number(text) : undefined
  const mask = version === 4 ? readFour(text) : readSix(text)
  if (mask === undefined) return undefined
  const all = (1n << BigInt(bits)) - 1n
  // A mask has its ones first, a wildcard its zeros.
  for (const ones of [mask, all ^ mask]) {
    const prefix = ones.toString(2).replace(/0+$/, '').length
    if (ones === 0n) return 0
    if (netmaskOf(version, prefix) === ones) return prefix
  }
  return undefined
}

function readFour(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return undefined
  }
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function readSix(text: string): bigint | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const four = dotted === null ? undefined : readFour(dotted[2] ?? '')
  if (dotted !== null && four === undefined) return undefined
  const tail =
    four === undefined ? '' : `${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`
  const halves = ((dotted?.[1] ?? text) + tail).split('::')
  if (halves.length > 2) return undefined
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

export function formatAddress(version: 4 | 6, value: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  const high = value >> 32n
  // Addresses that hold one of IPv4 are written with it, as C's inet_ntop does.
  if (high === 0xffffn) return `::ffff:${formatAddress(4, value & 0xffffffffn)}`
  if (high === 0n && value > 0xffffn) return `::${formatAddress(4, value)}`
  const groups = groupsOf(value).map((group) => group.toString(16))
  let best: { start: number; length: number } = { start: -1, length: 1 }
  for (let start = 0; start < 8; start += 1) {
    let end = start
    while (groups[end] === '0') end += 1
    if (end - start > best.length) best = { start, length: end - start }
  }
  if (best.start < 0) return groups.join(':')
  const after = groups.slice(best.start + best.length)
  return `${groups.slice(0, best.start).join(':')}::${after.join(':')}`
}

function groupsOf(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  )
}

export function netmaskOf(version: 4 | 6, prefix: number): bigint {
  const bits = BigInt(bitsOf(version))
  return ((1n << BigInt(prefix)) - 1n) << (bits - BigInt(prefix))
}

export function sizeOf({ version, prefix }: Address): bigint {
  return 1n << BigInt(bitsOf(version) - prefix)
}

/** The first address of the network. */
export function baseOf({ version, value, prefix }: Address): bigint {
  return value & netmaskOf(version, prefix)
}

export function contains(outer: Address, inner: Address): boolean {
  if (outer.version !== inner.version) return false
  const base = baseOf(outer)
  return baseOf(inner) >= base && baseOf(inner) + sizeOf(inner) <= base + sizeOf(outer)
}

/** The name under which the address is asked for backwards. */
export function reverseName({ version, value }: Address): string {
  if (version === 4) {
    return `${formatAddress(4, value).split('.').toReversed().join('.')}.in-addr.arpa.`
  }
  const digits = value.toString(16).padStart(32, '0')
  return `${digits.split('').toReversed().join('.')}.ip6.arpa.`
}

function inside(...texts: string[]): (address: Address) => boolean {
  const networks = texts.map((text) => readAddress(text) as Address)
  return (address) => networks.some((network) => contains(network, address))
}

export const isLoopback = inside('127.0.0.0/8', '::1/128')
export const isMulticast = inside('224.0.0.0/4', 'ff00::/8')
export const isLinkLocal = inside('169.254.0.0/16', 'fe80::/10')
export const isPrivate = inside(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '192.0.0.0/24',
  '198.18.0.0/15',
  '169.254.0.0/16',
  '239.192.0.0/14',
  'fc00::/7',
  'fec0::/10',
  'fe80::/10',
)
export const isReserved = inside(
  '240.0.0.0/4',
  '0.0.0.0/8',
  '127.0.0.0/8',
  '192.88.99.0/24',
  '::/8',
)

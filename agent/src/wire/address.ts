// Where a node is reached: an address of IPv4 or IPv6 and a port, in one spelling as text and one
// as bytes. Not here: sockets, names that must be resolved, and networks (template/address).
import { type Codec, checked, port } from './codec.ts'

export interface Address {
  readonly family: 4 | 6
  /** For IPv4 four decimals, for IPv6 as RFC 5952 says. */
  readonly host: string
  readonly port: number
}

/**
 * From any spelling of a host, as sockets and the system give them; an IPv4 address within IPv6
 * becomes the IPv4 address that it is. Undefined for what is no address, for a zone and for port 0.
 */
export function makeAddress(host: string, port: number): Address | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) return undefined
  const four = readFour(host)
  if (four !== undefined) return { family: 4, host: four.join('.'), port }
  const six = readSix(host)
  if (six === undefined) return undefined
  if (!isMapped(six)) return { family: 6, host: writeSix(six), port }
  return { family: 4, host: six.slice(6).flatMap(bytesOf).join('.'), port }
}

/** `host:port` or `[host]:port`: the one name of an address. */
export function addressKey(address: Address): string {
  const { family, host, port } = address
  return family === 4 ? `${host}:${port}` : `[${host}]:${port}`
}

/** Takes only what addressKey writes. */
export function parseAddress(text: string): Address | undefined {
  const [, six, four, port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text) ?? []
  const address = makeAddress(six ?? four ?? '', Number(port))
  return address !== undefined && addressKey(address) === text ? address : undefined
}

/** `family u8, 4 or 16 bytes, port u16`. */
export const address: Codec<Address> = {
  read: (reader) => {
    const family = reader.u8()
    if (family === 4) return { family, host: ipv4.read(reader), port: port.read(reader) }
    if (family !== 6) reader.refuse('address')
    const groups = Array.from({ length: 8 }, () => reader.u16())
    if (isMapped(groups)) reader.refuse('address')
    return { family: 6, host: writeSix(groups), port: port.read(reader) }
  },
  write: (writer, value) => {
    if (parseAddress(addressKey(value)) === undefined) {
      throw new RangeError(`${addressKey(value)} is no canonical address`)
    }
    writer.u8(value.family)
    if (value.family === 4) ipv4.write(writer, value.host)
    else for (const group of readSix(value.host) ?? []) writer.u16(group)
    port.write(writer, value.port)
  },
}

/** One that a node can have: not unspecified, not of a group and not the broadcast to all. */
export function isPlace({ family, host }: Address): boolean {
  if (family === 6) return host !== '::' && !host.startsWith('ff')
  const first = Number.parseInt(host, 10)
  return first > 0 && (first < 224 || first > 239) && host !== '255.255.255.255'
}

/** An address in a record or a beacon, where others will send to. */
export const place: Codec<Address> = checked(address, isPlace, 'address')

/** An IPv4 address alone. */
export const ipv4: Codec<string> = {
  read: (reader) => reader.bytes(4).join('.'),
  write: (writer, value) => {
    const four = readFour(value)
    if (four === undefined) throw new RangeError(`${value} is no IPv4 address`)
    for (const byte of four) writer.u8(byte)
  },
}

/** A byte without leading zeros, which some read as octal. */
function isDecimal(part: string): boolean {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256
}

function readFour(text: string): number[] | undefined {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(isDecimal) ? parts.map(Number) : undefined
}

/** The eight groups of an IPv6 address in any spelling of RFC 4291. */
function readSix(text: string): number[] | undefined {
  const dotted = /^(.*:)([0-9.]+)$/.exec(text.includes('.') ? text : '')
  const four = dotted === null ? undefined : readFour(dotted[2] ?? '')
  if (text.includes('.') && four === undefined) return undefined
  const tail = four === undefined ? '' : pairs(four)
  const halves = ((dotted?.[1] ?? text) + tail).split('::')
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}

function pairs([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string {
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function bytesOf(group: number): number[] {
  return [group >>> 8, group & 0xff]
}

/** `::ffff:a.b.c.d`, an IPv4 address that a socket of IPv6 shows. */
function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
}

/** RFC 5952: lowercase, no leading zeros, the first longest run of two zeros or more as `::`. */
function writeSix(groups: readonly number[]): string {
  let start = 0
  let length = 1
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && groups[to] === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
  }
  const texts = groups.map((group) => group.toString(16))
  if (length < 2) return texts.join(':')
  return `${texts.slice(0, start).join(':')}::${texts.slice(start + length).join(':')}`
}

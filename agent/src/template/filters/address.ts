// The filters of ansible.utils for addresses and networks: on one text, or on each of a list, where
// what does not fit is left out. Not here: what can be asked (address/queries.ts).
import { isFloat, numeric, toBigInt } from '../../value/number.ts'
import { str, truth, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import {
  type Address,
  baseOf,
  bitsOf,
  contains,
  formatAddress,
  readAddress,
  sizeOf,
} from '../address/address.ts'
import { ask } from '../address/queries.ts'
import type { Arg, Filters, Tests } from '../plugin.ts'
import { asList, intOr } from './arguments.ts'

/** Numbers are addresses too; a truth is none. */
function read(value: Value): Address | undefined {
  return typeof value === 'boolean' ? undefined : readAddress(str(value))
}

function queryText(query: Arg): string {
  return query === undefined || query === null ? '' : str(query)
}

function ipaddr(value: Value, query: Arg, version?: 4 | 6): Value {
  if (Array.isArray(value)) {
    return value.map((item) => ipaddr(item, query, version)).filter((found) => truth(found))
  }
  const address = read(value)
  if (address === undefined) return false
  const text = queryText(query)
  if (version === undefined || address.version === version) return ask(address, text)
  // Only what is an address of the other kind in disguise passes.
  const other = ask(address, version === 4 ? 'ipv4' : 'ipv6')
  return version === 4 && typeof other === 'string'
    ? ask(readAddress(other) as Address, text)
    : false
}

function ipwrap(value: Value, query: Arg): Value {
  if (Array.isArray(value)) return value.map((item) => ipwrap(item, query))
  const found = ipaddr(value, query)
  if (typeof found !== 'string') return value
  const address = readAddress(found)
  return address === undefined ? value : ask(address, 'wrap')
}

/** The address `index` steps from the beginning of the network, or from its end. */
function nthHost(value: Value, [index]: Arg[]): Value {
  const network = read(value)
  if (network === undefined) return false
  const place = BigInt(intOr(index, 0))
  const offset = place < 0n ? sizeOf(network) + place : place
  if (offset < 0n || offset >= sizeOf(network)) return false
  return formatAddress(network.version, baseOf(network) + offset)
}

function subnet(network: Address, prefix: number, index: bigint): string {
  const size = 1n << BigInt(bitsOf(network.version) - prefix)
  const base = baseOf(network) + index * size
  return `${formatAddress(network.version, base)}/${prefix}`
}

/** How many subnets of a size there are, one of them, or the network of a size around an address. */
function ipsubnet(value: Value, [query, index]: Arg[]): Value {
  const address = read(value)
  if (address === undefined) return false
  const text = queryText(query)
  if (text === '') return ask(address, 'subnet')
  const place = index === undefined || index === null ? undefined : BigInt(intOr(index, 0))
  if (!/^\d+$/.test(text)) return placeIn(address, readAddress(text))
  const prefix = Number(text)
  if (prefix > bitsOf(address.version)) return false
  if (prefix < address.prefix) {
    const around = place === undefined ? prefix : address.prefix - Number(place)
    return subnet({ ...address, prefix: around }, around, 0n)
  }
  const count = 1n << BigInt(prefix - address.prefix)
  if (place === undefined) return address.isNetwork ? String(count) : subnet(address, prefix, 0n)
  const chosen = place < 0n ? count + place : place
  return chosen < 0n || chosen >= count ? false : subnet(address, prefix, chosen)
}

/** Which of the networks of its size inside `outer` it is, counted from 1. */
function placeIn(address: Address, outer: Address | undefined): Value {
  if (outer === undefined) throw typeError('the query of ipsubnet is a number or a network')
  if (!contains(outer, address)) return false
  return String((baseOf(address) - baseOf(outer)) / sizeOf(address) + 1n)
}

function within(value: Value, test: Arg): boolean {
  const [outer, inner] = [read(value), test === undefined ? undefined : read(test)]
  return outer !== undefined && inner !== undefined && contains(outer, inner)
}

function usableWithin(value: Value, test: Arg): boolean {
  const [outer, inner] = [read(value), test === undefined ? undefined : read(test)]
  if (outer === undefined || inner === undefined || !contains(outer, inner)) return false
  const rim = sizeOf(outer) > 2n ? 1n : 0n
  const base = baseOf(outer)
  return inner.value >= base + rim && inner.value < base + sizeOf(outer) - rim
}

function ipmath(value: Value, [amount]: Arg[]): Value {
  const address = read(value)
  const by = amount === undefined ? undefined : numeric(amount)
  if (address === undefined) throw typeError('ipmath needs an address')
  if (by === undefined || isFloat(by)) throw typeError('ipmath needs a whole number to add')
  return formatAddress(address.version, address.value + toBigInt(by))
}

/** Networks joined where two make a bigger one, without those inside others. */
function merge(input: Value): Value {
  let networks = asList(input).flatMap((item) => {
    const address = read(item)
    return address === undefined ? [] : [{ ...address, value: baseOf(address), isNetwork: true }]
  })
  networks.sort(
    (a, b) =>
      a.version - b.version || Number(a.value - b.value > 0n) * 2 - 1 || a.prefix - b.prefix,
  )
  for (let wasJoined = true; wasJoined; ) {
    wasJoined = false
    const kept: typeof networks = []
    for (const network of networks) {
      const last = kept.at(-1)
      if (last !== undefined && contains(last, network)) continue
      const joined = last === undefined ? undefined : { ...last, prefix: last.prefix - 1 }
      const isPair =
        joined !== undefined && last?.prefix === network.prefix && contains(joined, network)
      if (isPair && baseOf(joined) === last?.value) {
        kept[kept.length - 1] = joined
        wasJoined = true
      } else kept.push(network)
    }
    networks = kept
  }
  return networks.map((network) => ask(network, 'cidr'))
}

export const ADDRESSES: Filters = {
  ipaddr: { params: 'query version alias', run: (input, [query]) => ipaddr(input, query) },
  ipv4: { params: 'query', run: (input, [query]) => ipaddr(input, query, 4) },
  ipv6: { params: 'query', run: (input, [query]) => ipaddr(input, query, 6) },
  ipwrap: { params: 'query', run: (input, [query]) => ipwrap(input, query) },
  ipsubnet: { params: 'query index', run: ipsubnet },
  ipmath: { params: 'amount', run: ipmath },
  nthhost: { params: 'query', run: nthHost },
  network_in_network: { params: 'test', run: (input, [test]) => within(input, test) },
  network_in_usable: { params: 'test', run: (input, [test]) => usableWithin(input, test) },
  cidr_merge: { params: 'action', run: (input) => merge(input) },
}

function is(test: (address: Address) => boolean): Tests[string] {
  return {
    run: (input) => {
      const address = read(input)
      return address !== undefined && test(address)
    },
  }
}

export const ADDRESS_TESTS: Tests = {
  ip: is(() => true),
  ip_address: is(({ isNetwork }) => !isNetwork),
  ipv4: is(({ version }) => version === 4),
  ipv4_address: is(({ version, isNetwork }) => version === 4 && !isNetwork),
  ipv6: is(({ version }) => version === 6),
  ipv6_address: is(({ version, isNetwork }) => version === 6 && !isNetwork),
  in_network: {
    params: 'network',
    run: (input, [network]) => network !== undefined && within(network, input),
  },
}

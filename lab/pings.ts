// The proof that a mesh stands: every node pings every other through the overlay, by IPv4 and by
// IPv6. It asks the nodes themselves and knows nothing of the playbook that made the mesh.
import { $ } from './command.ts'

const INTERFACE = 'cos0'
const PING_LIMIT_SECONDS = 5
const FAMILIES = [4, 6] as const

type Family = (typeof FAMILIES)[number]

export interface Target {
  readonly name: string
  readonly container: string
}

interface Addressed extends Target {
  readonly addresses: Readonly<Record<Family, string | undefined>>
}

export interface PingResult {
  readonly lines: string[]
  readonly isComplete: boolean
}

/** A table for people and whether every ping came back. */
export async function pingAll(targets: readonly Target[]): Promise<PingResult> {
  const nodes = await Promise.all(targets.map(withAddresses))
  const width = Math.max(8, ...nodes.map((node) => node.name.length))
  const rows = nodes.map((node) => {
    const { 4: ipv4 = 'no address', 6: ipv6 = 'no address' } = node.addresses
    return `${node.name.padEnd(width)}  ${ipv4.padEnd(15)}  ${ipv6.padEnd(39)}  ${node.container}`
  })
  const totals: string[] = []
  let isComplete = true
  for (const family of FAMILIES) {
    const sent = nodes.flatMap((from) =>
      nodes.filter((to) => to !== from).map((to) => ({ from, to })),
    )
    const answered = await Promise.all(sent.map(({ from, to }) => ping(from, to, family)))
    const lost = sent.filter((_, position) => answered[position] !== true)
    totals.push(`overlay pings by IPv${family}: ${sent.length - lost.length} of ${sent.length}`)
    totals.push(...lost.map(({ from, to }) => `  no answer: ${from.name} to ${to.name}`))
    isComplete &&= lost.length === 0
  }
  return { lines: [...rows, ...totals], isComplete }
}

async function withAddresses(target: Target): Promise<Addressed> {
  const shown = await $({
    nothrow: true,
  })`docker exec ${target.container} ip -o address show dev ${INTERFACE} scope global`
  const found = (kind: string) => new RegExp(` ${kind} ([0-9a-f.:]+)/`).exec(shown.stdout)?.[1]
  return { ...target, addresses: { 4: found('inet'), 6: found('inet6') } }
}

async function ping(from: Addressed, to: Addressed, family: Family): Promise<boolean> {
  const address = to.addresses[family]
  if (address === undefined) return false
  const result = await $({
    nothrow: true,
  })`docker exec ${from.container} ping -q -c 1 -w ${PING_LIMIT_SECONDS} ${address}`
  return result.exitCode === 0
}

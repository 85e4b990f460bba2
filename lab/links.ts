// Links between nodes, cut or made lossy by nftables inside the nodes' own network namespaces.
// Loss only: delay and reordering need a scheduler that some kernels lack.
import { $ } from './command.ts'

/** What a link's end is: a container, by its name. */
export type End = string

const TABLE_PREFIX = 'lab_'

/** Nothing passes between the two, in both directions, by any protocol of IP. */
export async function cutLink(a: End, b: End): Promise<void> {
  await dropBetween(a, b, '')
}

/** Each packet is lost with this probability, in percent, in each direction. */
export async function losePackets(a: End, b: End, percent: number): Promise<void> {
  const permille = Math.round(percent * 10)
  await dropBetween(a, b, `numgen random mod 1000 < ${permille}`)
}

/** Undoes `cutLink` and `losePackets`. */
export async function healLink(a: End, b: End): Promise<void> {
  const [macOfA, macOfB] = await Promise.all([macOf(a), macOf(b)])
  await Promise.all([run(a, removal(macOfB)), run(b, removal(macOfA))])
}

async function dropBetween(a: End, b: End, condition: string): Promise<void> {
  const [macOfA, macOfB] = await Promise.all([macOf(a), macOf(b)])
  await Promise.all([run(a, rules(macOfB, condition)), run(b, rules(macOfA, condition))])
}

// By hardware address, so that IPv4, IPv6, multicast and broadcast are all met by one rule.
function rules(mac: string, condition: string): string {
  return `${removal(mac)}
table inet ${tableOf(mac)} {
  chain arriving {
    type filter hook prerouting priority -400; policy accept;
    meta iiftype ether ether saddr ${mac} ${condition} drop
  }
}
`
}

function removal(mac: string): string {
  // Adding first makes the deletion succeed whether or not the table is there.
  return `table inet ${tableOf(mac)}\ndelete table inet ${tableOf(mac)}\n`
}

function tableOf(mac: string): string {
  return `${TABLE_PREFIX}${mac.replaceAll(':', '')}`
}

async function macOf(end: End): Promise<string> {
  return (await $`docker exec ${end} cat /sys/class/net/eth0/address`).stdout.trim()
}

async function run(end: End, text: string): Promise<void> {
  await $({ input: text })`docker exec -i ${end} nft -f -`
}

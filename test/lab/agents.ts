// Agents on nodes, as tests ask them. Not here: putting them there (lab/agents.ts).
import type { MemberView } from '../../agent/src/daemon/view.ts'
import { pause, systemClock } from '../../agent/src/sys/clock.ts'
import type { TestNode } from './nodes.ts'

/** What a node's agent knows; none where it does not answer. */
export async function membersOn(node: TestNode): Promise<MemberView[]> {
  const { exitCode, stdout } = await node.sh('cluster-os members --json')
  return exitCode === 0 ? (JSON.parse(stdout) as MemberView[]) : []
}

/** Names of the members that a node holds to be in a state. */
export async function namesOn(node: TestNode, state = 'alive'): Promise<string[]> {
  const members = await membersOn(node)
  return members
    .filter((member) => member.state === state)
    .map(({ hostname }) => hostname)
    .toSorted()
}

/** Waits until a condition holds, in milliseconds; tells what was there when it did not come. */
export async function until(
  what: string,
  limitMs: number,
  condition: () => Promise<boolean>,
  state: () => Promise<string> = () => Promise.resolve(''),
): Promise<number> {
  const startMs = performance.now()
  while (!(await condition())) {
    if (performance.now() - startMs > limitMs) {
      throw new Error(`not within ${limitMs} ms: ${what}; ${await state()}`)
    }
    await pause(systemClock, 100)
  }
  return performance.now() - startMs
}

/** Waits until each of the nodes lists just these as alive. */
export function untilAllList(
  nodes: readonly TestNode[],
  listed: readonly TestNode[],
  limitMs: number,
): Promise<number> {
  const wanted = listed
    .map(({ name }) => name)
    .toSorted()
    .join()
  const seen = () => Promise.all(nodes.map(async (node) => (await namesOn(node)).join()))
  return until(
    `all list ${wanted}`,
    limitMs,
    async () => (await seen()).every((names) => names === wanted),
    async () => (await seen()).map((names, at) => `${nodes[at]?.name}: ${names}`).join('; '),
  )
}

/** Seconds since 1970 of the last line of the agent's journal with these words. */
export async function lastSaid(one: TestNode, words: string): Promise<number> {
  const lines = await one.read(`journalctl -u cluster-os -o short-unix | grep '${words}' | tail -1`)
  return Number(lines.split(' ')[0])
}

/** Drops what comes from other nodes; `nft flush ruleset` ends it. */
export async function deafen(one: TestNode, others: readonly TestNode[]): Promise<void> {
  const from = others.map(({ ipv4 }) => ipv4).join(', ')
  const from6 = others.map(({ ipv6 }) => ipv6).join(', ')
  const rules = [
    `ip saddr { ${from} } drop`,
    `ip6 saddr { ${from6} } drop`,
    'ip6 saddr fe80::/10 udp dport 4665 drop',
  ]
  const chain = `chain in { type filter hook input priority 0; ${rules.join('; ')}; }`
  await one.read(`nft 'table inet cut { ${chain}; }'`)
}

/** Lines of the agent's journal with these words, from a time in seconds since 1970 on. */
export async function saidSince(one: TestNode, sinceS: number, words: string): Promise<string[]> {
  const since = `--since @${sinceS.toFixed(3)}`
  const lines = await one.read(`journalctl -u cluster-os -o cat ${since} | grep '${words}' || true`)
  return lines.split('\n').filter((line) => line !== '')
}

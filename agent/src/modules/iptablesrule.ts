// How arguments spell a rule of iptables. A pure function; the order of the words is Ansible's.
// Not here: whether the rule is there (iptables.ts).
import * as z from 'zod'
import { bool, choice, text, words } from './params.ts'

const LEVEL_NAMES = [
  'emerg',
  'alert',
  'crit',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
] as const
const LEVELS = ['0', '1', '2', '3', '4', '5', '6', '7', ...LEVEL_NAMES] as const

const TABLES = ['filter', 'nat', 'mangle', 'raw', 'security'] as const

export const iptablesSchema = z.object({
  table: choice(TABLES).default('filter').describe('the table'),
  chain: text().optional().describe('the chain: INPUT, FORWARD, OUTPUT or one of your own'),
  state: choice(['present', 'absent']).default('present').describe('whether the rule is there'),
  action: choice(['append', 'insert']).default('append').describe('where a new rule stands'),
  rule_num: text().optional().describe('place of a rule that is inserted'),
  ip_version: choice(['ipv4', 'ipv6']).default('ipv4').describe('which filter'),
  protocol: text().optional().describe('tcp, udp, icmp ...; ! before a value means all others'),
  source: text().optional().describe('address, network or name'),
  destination: text().optional().describe('address, network or name'),
  tcp_flags: z
    .object({ flags: words().optional(), flags_set: words().optional() })
    .optional()
    .meta({ type: 'dict' })
    .describe('flags that are looked at, and those of them that are set'),
  match: words().default([]).describe('extensions to match with'),
  jump: text().optional().describe('what becomes of the packet: ACCEPT, DROP, a chain ...'),
  gateway: text().optional().describe('host that jump TEE copies to'),
  log_prefix: text().optional().describe('words before each line of jump LOG'),
  log_level: choice(LEVELS).optional().describe('level of jump LOG'),
  goto: text().optional().describe('chain that goes on, without coming back'),
  in_interface: text().optional().describe('interface that it came by'),
  out_interface: text().optional().describe('interface that it leaves by'),
  fragment: text().optional().describe('later fragments only'),
  set_counters: text().optional().describe('packets and bytes to begin counting with'),
  source_port: text().optional().describe('port or range, first:last'),
  destination_port: text().optional().describe('port or range, first:last'),
  destination_ports: words().default([]).describe('several ports and ranges'),
  to_ports: text().optional().describe('ports of REDIRECT'),
  to_destination: text().optional().describe('address of DNAT'),
  to_source: text().optional().describe('address of SNAT'),
  syn: choice(['ignore', 'match', 'negate']).default('ignore').describe('the SYN of a connection'),
  set_dscp_mark: text().optional().describe('value of DSCP'),
  set_dscp_mark_class: text().optional().describe('class of DSCP'),
  comment: text().optional().describe('a comment that the rule carries'),
  ctstate: words().default([]).describe('states of the connection: NEW, ESTABLISHED ...'),
  src_range: text().optional().describe('range of source addresses'),
  dst_range: text().optional().describe('range of destination addresses'),
  match_set: text().optional().describe('set of addresses of ipset'),
  match_set_flags: choice(['src', 'dst', 'src,dst', 'dst,src', 'src,src', 'dst,dst'])
    .optional()
    .describe('which addresses are looked for in the set'),
  limit: text().optional().describe('how often it matches: 5/min'),
  limit_burst: text().optional().describe('how many matches may come at once'),
  uid_owner: text().optional().describe('user of the process'),
  gid_owner: text().optional().describe('group of the process'),
  reject_with: text().optional().describe('answer of REJECT'),
  icmp_type: text().optional().describe('type of ICMP'),
  flush: bool().default(false).describe('empty the chain, or the whole table'),
  policy: choice(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']).optional().describe('policy of the chain'),
  wait: text().optional().describe('seconds to wait for another iptables'),
  chain_management: bool().default(false).describe('make or remove the chain itself'),
  numeric: bool().default(false).describe('no names of hosts are looked up'),
})

type Params = z.output<typeof iptablesSchema>

type Option = readonly [flag: string, value: string | undefined]

export function ruleWords(params: Params): string[] {
  const own: string[] = []
  const add = (options: readonly Option[]): void => {
    for (const [flag, value] of options) own.push(...optionWords(flag, value))
  }
  const jump = impliedJump(params)
  const extension = (name: string, options: readonly Option[]): void => {
    if (options.every(([, value]) => value === undefined)) return
    if (!params.match.includes(name)) own.push('-m', name)
    add(options)
  }
  add([
    ['-p', params.protocol],
    ['-s', params.source],
    ['-d', params.destination],
    ...params.match.map((name): Option => ['-m', name]),
  ])
  own.push(...tcpFlagWords(params))
  add([
    ['-j', jump],
    ['--gateway', jump?.toUpperCase() === 'TEE' ? params.gateway : undefined],
    ['--log-prefix', params.log_prefix],
    ['--log-level', params.log_level],
    ['--to-destination', params.to_destination],
    ['--to-source', params.to_source],
    ['-g', params.goto],
  ])
  extension('multiport', [['--dports', listed(params.destination_ports)]])
  add([
    ['-i', params.in_interface],
    ['-o', params.out_interface],
    ['-f', params.fragment],
    ['-c', params.set_counters],
    ['--source-port', params.source_port],
    ['--destination-port', params.destination_port],
    ['--to-ports', params.to_ports],
    ['--set-dscp', params.set_dscp_mark],
    ['--set-dscp-class', params.set_dscp_mark_class],
  ])
  if (params.syn !== 'ignore') own.push(...(params.syn === 'negate' ? ['!'] : []), '--syn')
  extension('comment', [['--comment', params.comment]])
  if (params.match.includes('state')) add([['--state', listed(params.ctstate)]])
  else extension('conntrack', [['--ctstate', listed(params.ctstate)]])
  extension('iprange', [
    ['--src-range', params.src_range],
    ['--dst-range', params.dst_range],
  ])
  own.push(...setWords(params))
  extension('limit', [
    ['--limit', params.limit],
    ['--limit-burst', params.limit_burst],
  ])
  extension('owner', [
    ['--uid-owner', params.uid_owner],
    ['--gid-owner', params.gid_owner],
  ])
  add([
    ['--reject-with', params.reject_with],
    [params.ip_version === 'ipv6' ? '--icmpv6-type' : '--icmp-type', params.icmp_type],
  ])
  return own
}

/** An exclamation mark before a value goes before its option. */
function optionWords(flag: string, value: string | undefined): string[] {
  if (value === undefined) return []
  if (!value.startsWith('!')) return [flag, value]
  return ['!', flag, value.slice(1)]
}

function listed(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(',')
}

/** Some answers and prefixes make sense with one target only. */
function impliedJump(params: Params): string | undefined {
  if (params.jump !== undefined) return params.jump
  if (params.reject_with !== undefined) return 'REJECT'
  return params.log_prefix !== undefined || params.log_level !== undefined ? 'LOG' : undefined
}

function tcpFlagWords({ tcp_flags: flags }: Params): string[] {
  if (flags?.flags === undefined || flags.flags_set === undefined) return []
  return ['--tcp-flags', flags.flags.join(','), flags.flags_set.join(',')]
}

function setWords({ match_set: name, match_set_flags: flags, match }: Params): string[] {
  if (name === undefined) return []
  const words = name.startsWith('!') ? ['!', '--match-set', name.slice(1)] : ['--match-set', name]
  return [...(match.includes('set') ? [] : ['-m', 'set']), ...words, flags ?? 'src']
}

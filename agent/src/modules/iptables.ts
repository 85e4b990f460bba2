// iptables: rules, policies and chains of the running packet filter. Not here: how a rule is
// spelled (iptablesrule.ts), and keeping rules over a boot.
import type * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'
import { iptablesSchema, ruleWords } from './iptablesrule.ts'
import { defineModule, type Outcome } from './module.ts'
import { findProgram, missingProgram } from './programs.ts'

type Params = z.output<typeof iptablesSchema>

/** What this run has planned for one table: it goes before what the machine says. */
interface Planned {
  readonly rules: Readonly<Record<string, boolean>>
  /** Chains that were emptied; `*` is all of them. */
  readonly flushed: readonly string[]
  readonly policies: Readonly<Record<string, string>>
  readonly chains: Readonly<Record<string, boolean>>
}

const NOTHING: Planned = { rules: {}, flushed: [], policies: {}, chains: {} }

export const iptables = defineModule({
  name: 'iptables',
  summary: 'Manage rules of the running packet filter.',
  params: iptablesSchema,
  effect: 'changes',
  returns: {
    rule: 'the rule as it was given to iptables',
    chain: 'as given',
    table: 'as given',
    state: 'as given',
    ip_version: 'as given',
    flush: 'as given',
    chain_management: 'as given',
  },
  examples: `- iptables:
    chain: INPUT
    protocol: tcp
    destination_port: "6817"
    source: 10.0.0.0/8
    jump: ACCEPT`,
  notes: ['Rules live until the next boot: keep them by a unit or a package of the host.'],
  probe: async (params, { host }) => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const program = params.ip_version === 'ipv6' ? 'ip6tables' : 'iptables'
    const tool = await findProgram(host, [program])
    if (tool === undefined) return missingProgram(program)
    const rule = ruleWords(params)
    if (params.flush) return flush(params, tool, host)
    if (params.policy !== undefined) return setPolicy(params, tool, host)
    return planRule(params, rule, tool, host)
  },
})

function refuse(params: Params): string | undefined {
  if (params.flush && params.policy !== undefined) {
    return 'flush and policy exclude each other'
  }
  if (params.action === 'append' && params.rule_num !== undefined) {
    return 'rule_num is for action insert'
  }
  if (params.match_set !== undefined && params.match_set_flags === undefined) {
    return 'match_set needs match_set_flags'
  }
  if (params.jump?.toUpperCase() === 'TEE' && params.gateway === undefined) {
    return 'jump TEE needs gateway'
  }
  if (params.chain === undefined && !params.flush) {
    return 'chain is required unless flush is set'
  }
  const isLog = params.jump === undefined || params.jump.toUpperCase() === 'LOG'
  if (!isLog && (params.log_level !== undefined || params.log_prefix !== undefined)) {
    return 'log_prefix and log_level go with jump LOG'
  }
  return undefined
}

function fields(params: Params): Record<string, unknown> {
  return {
    chain: params.chain ?? null,
    chain_management: params.chain_management,
    flush: params.flush,
    ip_version: params.ip_version,
    rule: params.flush ? '' : ruleWords(params).join(' '),
    state: params.state,
    table: params.table,
  }
}

function stateKey(params: Params): string {
  return `iptables ${params.ip_version} ${params.table}`
}

function plannedOf(params: Params, host: Host): Planned {
  const planned = host.planned(stateKey(params))
  return planned === undefined ? NOTHING : (JSON.parse(planned) as Planned)
}

/** A change, with what is believed of the table afterwards. */
function change(params: Params, summary: string, words: readonly string[], after: Planned): Change {
  return {
    summary,
    script: `LC_ALL=C ${quoteWords(words)} >&2`,
    effects: [{ kind: 'state', key: stateKey(params), value: JSON.stringify(after) }],
  }
}

function start(params: Params, tool: string): string[] {
  const wait = params.wait === undefined ? [] : ['-w', params.wait]
  return [tool, ...wait, '-t', params.table, ...(params.numeric ? ['-n'] : [])]
}

/** Emptying a chain is a change each time, as with Ansible. */
function flush(params: Params, tool: string, host: Host): Outcome {
  const now = plannedOf(params, host)
  const { chain } = params
  const rules = Object.entries(now.rules).filter(
    ([key]) => chain !== undefined && !key.startsWith(`${chain} `),
  )
  const after = {
    ...now,
    rules: Object.fromEntries(rules),
    flushed: [...now.flushed, chain ?? '*'],
  }
  const words = [...start(params, tool), '-F', ...(chain === undefined ? [] : [chain])]
  const summary = `empty ${chain ?? 'every chain'} of the table ${params.table}`
  return { changes: [change(params, summary, words, after)], result: fields(params) }
}

async function setPolicy(params: Params, tool: string, host: Host): Promise<Outcome> {
  const { chain = '', policy = '' } = params
  const planned = plannedOf(params, host)
  const asked = await host.ask(`LC_ALL=C ${quoteWords([...start(params, tool), '-S', chain])}`)
  const found = /^-P \S+ (\S+)/m.exec(asked.stdout.toString('utf8'))?.[1]
  const now = planned.policies[chain] ?? found
  if (now === undefined) return { failure: `the chain ${chain} of ${params.table} has no policy` }
  if (now === policy) return { result: fields(params) }
  const after = { ...planned, policies: { ...planned.policies, [chain]: policy } }
  const words = [...start(params, tool), '-P', chain, policy]
  return {
    changes: [change(params, `set the policy of ${chain} to ${policy}`, words, after)],
    result: fields(params),
  }
}

async function planRule(
  params: Params,
  rule: readonly string[],
  tool: string,
  host: Host,
): Promise<Outcome> {
  const chain = params.chain ?? ''
  const changes: Change[] = []
  let after = plannedOf(params, host)
  const isChainOnly = params.chain_management && rule.length === 0
  const hasChain = !params.chain_management || (await isChain(params, tool, host))
  if (params.chain_management && isChainOnly && params.state === 'absent') {
    if (!hasChain) return { result: fields(params) }
    after = { ...after, chains: { ...after.chains, [chain]: false } }
    const words = [...start(params, tool), '-X', chain]
    return {
      changes: [change(params, `remove the chain ${chain}`, words, after)],
      result: fields(params),
    }
  }
  if (params.state === 'present' && !hasChain) {
    after = { ...after, chains: { ...after.chains, [chain]: true } }
    const words = [...start(params, tool), '-N', chain]
    changes.push(change(params, `make the chain ${chain}`, words, after))
  }
  if (isChainOnly) return { changes, result: fields(params) }
  const isThere = hasChain && (await isRule(params, rule, tool, host))
  if (isThere !== (params.state === 'present')) {
    after = { ...after, rules: { ...after.rules, [`${chain} ${rule.join(' ')}`]: !isThere } }
    const words = [...start(params, tool), ...verbWords(params), ...rule]
    const verb = isThere ? 'remove a rule from' : 'add a rule to'
    changes.push(change(params, `${verb} ${chain}: ${rule.join(' ')}`, words, after))
  }
  return { changes, result: fields(params) }
}

function verbWords(params: Params): string[] {
  const chain = params.chain ?? ''
  if (params.state === 'absent') return ['-D', chain]
  if (params.action === 'append') return ['-A', chain]
  return ['-I', chain, ...(params.rule_num === undefined ? [] : [params.rule_num])]
}

async function isChain(params: Params, tool: string, host: Host): Promise<boolean> {
  const chain = params.chain ?? ''
  const planned = plannedOf(params, host).chains[chain]
  if (planned !== undefined) return planned
  const asked = await host.ask(
    `LC_ALL=C ${quoteWords([...start(params, tool), '-S', chain])} >/dev/null 2>&1`,
  )
  return asked.rc === 0
}

async function isRule(
  params: Params,
  rule: readonly string[],
  tool: string,
  host: Host,
): Promise<boolean> {
  const chain = params.chain ?? ''
  const planned = plannedOf(params, host)
  const own = planned.rules[`${chain} ${rule.join(' ')}`]
  if (own !== undefined) return own
  const isEmpty = planned.flushed.includes('*') || planned.flushed.includes(chain)
  if (isEmpty || planned.chains[chain] === true) return false
  const words = quoteWords([...start(params, tool), '-C', chain, ...rule])
  return (await host.ask(`LC_ALL=C ${words} >/dev/null 2>&1`)).rc === 0
}

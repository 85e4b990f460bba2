// The members of this machine's cluster as an inventory, `-i cluster`: asked of the agent by its
// socket. Members that are there are hosts; roles, capabilities and labels are groups, empty ones
// too. All values are of other nodes: checked, and data for ever, never templates. Not here: how
// members are known (gossip/).
import { ClusterError, type Position } from '../errors.ts'
import { askUnix } from '../sys/unix.ts'
import { fromPlain } from '../value/plain.ts'
import type { Draft } from './draft.ts'

export const LIVE = 'cluster'
/** Where an agent listens for commands unless it is set otherwise. */
export const AGENT_SOCKET = '/run/cluster-os/agent.sock'

/** What of a member the inventory uses; nothing of it is believed before it is checked. */
interface LiveMember {
  readonly id: string
  readonly state: string
  readonly hostname: string
  readonly addresses: readonly string[]
  readonly roles: readonly string[]
  readonly wireguardKey?: string
  readonly details?: {
    readonly gpus?: unknown
    readonly labels?: unknown
  }
}

/** States in which a member can be worked on. */
const PRESENT = ['alive', 'suspect']
/** Groups that are there in every cluster. */
const CAPABILITIES = ['gpu']
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
/** An address to most programs. */
const NUMBER_AT_END = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/
/** The machine that runs the playbook, by any of its names. */
const LOCAL = /^(?:localhost|ip6-localhost|ip6-loopback)[0-9]?(?:\.|$)/
const LABEL = /^[a-z][a-z0-9_]{0,62}$/
const LABEL_VALUE = /^[A-Za-z0-9_.-]{1,63}$/

export async function readLive(draft: Draft, socket = AGENT_SOCKET): Promise<void> {
  const at: Position = { file: socket, line: 1, column: 1 }
  const members: LiveMember[] = []
  try {
    for await (const line of askUnix(socket, JSON.stringify({ ask: 'members' }))) {
      members.push(JSON.parse(line) as LiveMember)
    }
  } catch (cause) {
    throw new ClusterError('INVENTORY', `no agent answers at ${socket}`, {
      hint: '-i cluster asks the agent of this machine; see: cluster-os doctor',
      cause,
    })
  }
  for (const name of CAPABILITIES) draft.addGroup(name)
  for (const { roles } of members) for (const role of roles) draft.addGroup(groupName(role))
  const present = members.filter(({ state }) => PRESENT.includes(state))
  for (const { details } of present) {
    for (const [label, value] of labelsOf(details?.labels)) draft.addGroup(labelGroup(label, value))
  }
  const isReserved = (name: string): boolean => LOCAL.test(name) || draft.hasGroup(name)
  const names = namesOf(present, members, isReserved)
  for (const member of present) addMember(draft, member, names.get(member) ?? member.id, at)
}

function addMember(draft: Draft, member: LiveMember, name: string, at: Position): void {
  draft.addHost(name, 'all', undefined, at)
  const set = (variable: string, value: unknown): void =>
    draft.setHostVar(name, variable, fromPlain(value), at)
  set('ansible_host', hostOf(member.addresses))
  set('cluster_os_node', member.id)
  if (member.wireguardKey !== undefined) set('cluster_os_wireguard_key', member.wireguardKey)
  for (const role of member.roles) draft.addHost(name, groupName(role), undefined, at)
  if (Array.isArray(member.details?.gpus) && member.details.gpus.length > 0) {
    draft.addHost(name, 'gpu', undefined, at)
  }
  const labels = labelsOf(member.details?.labels)
  set('cluster_os_labels', Object.fromEntries(labels))
  for (const [label, value] of labels) {
    draft.addHost(name, labelGroup(label, value), undefined, at)
  }
}

/**
 * A name for each that is there: its hostname, or with it a piece of its id where another has the
 * same. A hostname is a claim: one that is a group, this machine or a name that another member has
 * or would have counts as none.
 */
function namesOf(
  present: readonly LiveMember[],
  members: readonly LiveMember[],
  isReserved: (name: string) => boolean,
): ReadonlyMap<LiveMember, string> {
  const claims = new Map<string, number>()
  for (const { hostname } of present) claims.set(hostname, (claims.get(hostname) ?? 0) + 1)
  const pieces = new Set(members.map(({ id }) => pieceOf(id)))
  const chosen = present.map((member): readonly [LiveMember, string] => {
    const { hostname, id } = member
    const end = hostname.slice(hostname.lastIndexOf('-') + 1)
    const isGenerated = pieces.has(end) && hostname !== end
    const isGood = NAME.test(hostname) && !NUMBER_AT_END.test(hostname)
    if (!isGood || isGenerated || isReserved(hostname)) return [member, `node-${pieceOf(id)}`]
    return [member, claims.get(hostname) === 1 ? hostname : `${hostname}-${pieceOf(id)}`]
  })
  const uses = new Map<string, number>()
  for (const [, name] of chosen) uses.set(name, (uses.get(name) ?? 0) + 1)
  // Two ids with one piece were made for it; the whole ids differ.
  return new Map(
    chosen.map(([member, name]) => [
      member,
      uses.get(name) === 1 ? name : `node-${bareOf(member.id)}`,
    ]),
  )
}

function bareOf(id: string): string {
  return id.replace('ed25519:', '')
}

function pieceOf(id: string): string {
  return bareOf(id).slice(0, 12)
}

function labelGroup(label: string, value: string): string {
  return groupName(`label_${label}_${value}`)
}

/** The address without its port: `10.0.0.1`, `fd00::1`. */
function hostOf(addresses: readonly string[]): string {
  const [first = ''] = addresses
  return first.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')
}

function labelsOf(labels: unknown): [string, string][] {
  if (typeof labels !== 'object' || labels === null) return []
  return Object.entries(labels).filter(
    (entry): entry is [string, string] =>
      LABEL.test(entry[0]) && typeof entry[1] === 'string' && LABEL_VALUE.test(entry[1]),
  )
}

/** Names of groups are words: `slurm-worker` is the group `slurm_worker`. */
function groupName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]/g, '_')
}

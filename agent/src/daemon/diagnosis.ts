// What is wrong with a node's place in its cluster, and what to do: a pure function of what the
// agent knows. Not here: finding it out (agent.ts), and a node whose agent does not run
// (commands/doctor.ts).
import type { Book } from '../identity/book.ts'
import { utcText } from '../identity/dates.ts'
import type { NodeId } from '../wire/id.ts'

export interface Symptoms {
  /** UDP, of gossip. */
  readonly port: number
  readonly addresses: readonly string[]
  readonly interfaces: readonly string[]
  /** Members that are alive, without this node. */
  readonly others: number
  readonly isConflict: boolean
  readonly standing: 'unknown' | 'unjudged' | 'admitted' | 'quarantined' | 'revoked'
  readonly receipts: number
  /** Those that agent.yml asks for. */
  readonly roles: readonly string[]
  /** Undefined for all. */
  readonly allowedRoles: readonly string[] | undefined
  /** Its seed was revoked, or the operator who made it. */
  readonly isTakenBack: boolean
  /** Seconds since 1970. */
  readonly dateS: number
  /** Of its seed; undefined where it has no papers that are good. */
  readonly validFrom: number | undefined
  readonly validTo: number | undefined
  /** The newest date that members have signed. */
  readonly newestDateS: number
  /** In the last minutes, by reason. */
  readonly ignored: Readonly<Record<string, number>>
  /** In the last minutes, by error. */
  readonly sendFailures: Readonly<Record<string, number>>
  /** Why the agent cannot write down what it learns. */
  readonly stateFailure: string | undefined
  readonly uptimeMs: number
}

export interface Diagnosis {
  readonly what: string
  readonly mend: string
}

type PaperSymptoms = Pick<
  Symptoms,
  'standing' | 'receipts' | 'allowedRoles' | 'isTakenBack' | 'validFrom' | 'validTo' | 'newestDateS'
>

/** What the book says of a node. */
export function paperSymptoms(book: Book, id: NodeId): PaperSymptoms {
  const chain = book.chainOf(id)
  const bodies = chain === undefined ? [] : [chain.delegation.body, chain.operator.body]
  const isThere = bodies.length > 0
  return {
    standing: book.standing(id),
    receipts: book.receipts(id),
    allowedRoles: book.rolesOf(id),
    isTakenBack: book.isTakenBack(id),
    validFrom: isThere ? Math.max(...bodies.map(({ notBefore }) => notBefore)) : undefined,
    validTo: isThere ? Math.min(...bodies.map(({ notAfter }) => notAfter)) : undefined,
    newestDateS: book.newestDate(),
  }
}

/** Fewer in the last minutes are strays, as every network has them. */
const FAILURES = 3
const CLOCK_OFF_S = 3600

export function diagnose(symptoms: Symptoms): Diagnosis[] {
  return RULES.flatMap((rule) => rule(symptoms) ?? [])
}

type Rule = (symptoms: Symptoms) => Diagnosis | undefined

const RULES: readonly Rule[] = [
  ({ addresses, interfaces }) =>
    addresses.length > 0
      ? undefined
      : {
          what: `no interface has an address that others could use: ${interfaces.join(', ')}`,
          mend: 'plug in a cable, or name the interface in agent.yml under interfaces',
        },
  ({ standing, isTakenBack }) =>
    standing === 'revoked'
      ? {
          what: isTakenBack
            ? 'the seed of this node was revoked, and with it the nodes that it had brought in'
            : 'this node was revoked',
          mend: 'to come back as a new node: stop the agent, remove its identity, bring a seed',
        }
      : undefined,
  ({ standing }) =>
    standing === 'quarantined'
      ? {
          what: 'more nodes were admitted by its seed than the seed allows, and this one was late',
          mend: 'make another seed, and let this node join anew with it',
        }
      : undefined,
  ({ isConflict }) =>
    isConflict
      ? {
          what: 'another machine uses the identity of this one: its disk was copied',
          mend:
            'on one of the two: stop the agent, remove /var/lib/cluster-os, bring a seed; then ' +
            'restart the agent of the other',
        }
      : undefined,
  ({ stateFailure }) =>
    stateFailure === undefined
      ? undefined
      : {
          what: `what this node learns cannot be written down: ${stateFailure}`,
          mend: 'free space there; the agent goes on without, and could not start again',
        },
  ({ isTakenBack, receipts, standing }) =>
    isTakenBack && receipts === 0 && standing !== 'revoked'
      ? {
          what: 'the seed of this node was revoked before anybody accepted it',
          mend: 'stop the agent, remove /var/lib/cluster-os, bring another seed',
        }
      : undefined,
  ({ roles, allowedRoles }) => {
    const more = roles.filter((role) => allowedRoles?.includes(role) === false)
    if (more.length === 0) return undefined
    return {
      what: `agent.yml names roles that the seed of this node does not allow: ${more.join(', ')}`,
      mend: 'take them out of agent.yml, or let this node join anew with another seed',
    }
  },
  expired,
  clock,
  ({ ignored, others }) => {
    const strangers = ignored['tag'] ?? 0
    if (strangers < FAILURES) return undefined
    const rest = others === 0 ? ', and no member was found' : ''
    return {
      what: `${strangers} datagrams of another cluster, or of strangers, came by lately${rest}`,
      mend: 'if they should be one cluster: both need seeds of the same one',
    }
  },
  ({ sendFailures }) => {
    const [worst] = Object.entries(sendFailures).toSorted(([, a], [, b]) => b - a)
    if (worst === undefined || worst[1] < FAILURES) return undefined
    return {
      what: `${worst[1]} datagrams could not be sent lately: ${worst[0]}`,
      mend: 'look at routes and at the firewall: ip route; nft list ruleset',
    }
  },
  alone,
]

function expired({ dateS, validFrom, validTo, receipts }: Symptoms): Diagnosis | undefined {
  if (receipts > 0) return undefined
  if (validTo !== undefined && dateS > validTo) {
    return {
      what: `the seed of this node expired on ${utcText(validTo)}, before anybody accepted it`,
      mend:
        'stop the agent, remove /var/lib/cluster-os, bring a new seed; or set the clock if today ' +
        'is not the date here',
    }
  }
  if (validFrom === undefined || dateS >= validFrom) return undefined
  return {
    what: `the seed of this node is good from ${utcText(validFrom)} on, and here it is ${utcText(dateS)}`,
    mend: 'set the clock of this machine',
  }
}

function clock({ dateS, newestDateS }: Symptoms): Diagnosis | undefined {
  if (newestDateS - dateS < CLOCK_OFF_S) return undefined
  return {
    what: `the clock here says ${utcText(dateS)}, and members have signed on ${utcText(newestDateS)}`,
    mend: 'set the clock of this machine; install chrony to keep it',
  }
}

const ALONE_MS = 15_000

function alone({ others, uptimeMs, addresses, ignored, port }: Symptoms): Diagnosis | undefined {
  if (others > 0 || uptimeMs < ALONE_MS || addresses.length === 0) return undefined
  const heard = Object.values(ignored).reduce((sum, count) => sum + count, 0)
  return {
    what: heard === 0 ? 'nothing was heard of any other node' : 'no other member was found',
    mend:
      `if there are others: is UDP port ${port} open both ways, are they on this network, or does ` +
      'agent.yml name one of them under hints?',
  }
}

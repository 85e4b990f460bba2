// What must hold of a cluster at every tick, and what in the end. Each checker says what it saw in
// words, with time and nodes. Every one has a planted bug that it finds (planted.ts). Not here: the
// runs (run.ts).
import { SPREAD_MOST } from '../../agent/src/gossip/config.ts'
import { compareRecords, isHere, type Member } from '../../agent/src/gossip/roster.ts'
import type { RecordStatement } from '../../agent/src/wire/statement.ts'
import type { Plan } from './nemesis.ts'
import type { Observed, SimNode, World } from './world.ts'

export interface Violation {
  readonly checker: string
  readonly atMs: number
  readonly what: string
}

export interface Checker {
  readonly name: string
  /** After every tick of 100 ms. */
  tick?(world: World): string | undefined
  event?(world: World, observed: Observed): string | undefined
  /** Once all faults are over and time has passed. */
  end?(world: World, plan: Plan): string | undefined
}

/**
 * Records never grow older in one table, and no dead record comes to life. Who was forgotten
 * meanwhile, by a clock that is wrong by years, is another: it may come back as it was.
 */
function monotonic(): Checker {
  const seen = new Map<string, { member: Member; record: RecordStatement; wasDead: boolean }>()
  return {
    name: 'monotonic',
    tick(world) {
      for (const node of world.nodes) {
        for (const member of node.gossip?.roster.all() ?? []) {
          const name = `${node.index} ${node.life} ${member.id}`
          const held = seen.get(name)
          const before = held?.member === member ? held : undefined
          const { record } = member
          if (before !== undefined && compareRecords(record, before.record) < 0) {
            return `node ${node.index} took an older record of ${who(world, member.id)}`
          }
          const isSame = before?.record.digest === record.digest
          const isDead = member.standing === 'dead'
          if (isSame && before.wasDead && isHere(member)) {
            return `node ${node.index} took back the death of ${who(world, member.id)}`
          }
          seen.set(name, { member, record, wasDead: isDead || (isSame && before.wasDead) })
        }
      }
      return undefined
    },
  }
}

/** Time without faults after which nobody has a reason to be accused. */
const WELL_MS = 6000

/** No node that is well is held dead by another that is. */
function accuracy(): Checker {
  return {
    name: 'accuracy',
    event(world, { observer, event }) {
      if (event.kind !== 'member' || event.state !== 'dead') return undefined
      const subject = world.nodes.find(({ id }) => id === event.id)
      const by = world.node(observer)
      if (subject === undefined || subject.gossip === undefined) return undefined
      if (!isWell(world, subject) || !isWell(world, by)) return undefined
      return `node ${observer} holds ${subject.index} dead, and both are well`
    },
  }
}

function isWell(world: World, node: SimNode): boolean {
  if (node.gossip === undefined || world.faults > 0) return false
  return world.nowMs - Math.max(node.upSinceMs, world.faultMs) > WELL_MS
}

/** In the end all that are up hold the same view of the same nodes. */
function convergence(): Checker {
  return {
    name: 'convergence',
    end(world, plan) {
      const up = world.nodes.filter(({ gossip }) => gossip !== undefined)
      const views = new Set(up.map(({ gossip }) => gossip?.view))
      if (views.size > 1) return `${views.size} views among ${up.length} nodes: ${tables(world)}`
      for (const node of up) {
        const living = [...(node.gossip?.roster.living() ?? [])].length + 1
        const wanted = world.nodes.length - plan.gone.size
        if (living !== wanted)
          return `node ${node.index} has ${living} of ${wanted}: ${tables(world)}`
      }
      return undefined
    },
  }
}

/** Who is gone is held dead by all in the end, and only they. */
function completeness(): Checker {
  return {
    name: 'completeness',
    end(world, plan) {
      for (const node of world.nodes) {
        for (const other of world.nodes) {
          const member = node.gossip?.roster.get(other.id)
          if (member === undefined || other === node) continue
          if (plan.gone.has(other.index) === isHere(member)) {
            return `node ${node.index} has ${other.index} wrong: ${tables(world)}`
          }
        }
      }
      return undefined
    },
  }
}

/** Bytes a second of one node within WINDOW_MS, once nothing has happened for SETTLED_MS; */
const CALM_BYTES_MOST = 1000
/** and whatever happens: joins, repairs, and halves that hear each other by one member alone. */
const BYTES_MOST = 12_000
const WINDOW_MS = 10_000
const SETTLED_MS = 30_000

/** Queues and traffic stay within their bounds. */
function bounds(): Checker {
  let sinceMs = 0
  const before = new Map<SimNode, number>()
  return {
    name: 'bounds',
    tick(world) {
      for (const node of world.nodes) {
        const waiting = node.gossip?.held.rumours ?? 0
        if (waiting > Math.min(SPREAD_MOST, 40 * world.nodes.length)) {
          return `node ${node.index} has ${waiting} news waiting`
        }
      }
      if (world.nowMs - sinceMs < WINDOW_MS) return undefined
      const lastMs = Math.max(world.faultMs, ...world.nodes.map(({ upSinceMs }) => upSinceMs))
      const isCalm = world.faults === 0 && sinceMs - lastMs > SETTLED_MS
      const most = isCalm ? CALM_BYTES_MOST : BYTES_MOST
      for (const node of world.nodes) {
        const rate = (node.sentBytes - (before.get(node) ?? 0)) / (WINDOW_MS / 1000)
        before.set(node, node.sentBytes)
        if (rate > most) return `node ${node.index} sent ${Math.round(rate)} bytes a second`
      }
      sinceMs = world.nowMs
      return undefined
    },
  }
}

/** No key seals two texts under one nonce. */
function nonces(): Checker {
  return {
    name: 'nonces',
    tick: (world) =>
      world.nonceUsedTwice === undefined
        ? undefined
        : `a nonce came twice: ${world.nonceUsedTwice}`,
  }
}

export const CHECKERS: readonly (() => Checker)[] = [
  monotonic,
  accuracy,
  convergence,
  completeness,
  bounds,
  nonces,
]

function who(world: World, id: string): string {
  return String(world.nodes.find((node) => node.id === id)?.index ?? id)
}

/** What each node holds of each other, for people. */
function tables(world: World): string {
  return world.nodes
    .filter(({ gossip }) => gossip !== undefined)
    .map(({ index, gossip }) => {
      const members = [...(gossip?.roster.all() ?? [])].map((member) => {
        const { boot, incarnation } = member.record.body
        const state = isHere(member) ? '' : ` ${member.standing}`
        return `${who(world, member.id)} ${boot}.${incarnation}${state}`
      })
      return `${index}: ${members.toSorted().join(', ')}`
    })
    .join('; ')
}

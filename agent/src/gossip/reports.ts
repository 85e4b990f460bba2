// What the node says about members to whoever watches: one event for each change of state that
// lasts. A node that died alone and is back within half a minute is watched before it counts as
// back, so that a link that comes and goes does not make news each time. Not here: how states come
// about (suspicion.ts, intake.ts).
import { addressKey } from '../wire/address.ts'
import type { NodeId } from '../wire/id.ts'
import { FLAP_DEAD_MS, PROBATION_MS } from './config.ts'
import { type Member, type Roster, twinAddresses } from './roster.ts'
import type { Runtime } from './runtime.ts'
import type { Suspicions } from './suspicion.ts'
import type { MemberState } from './types.ts'

interface Told {
  state: MemberState
  /** Of the process that was told of. */
  boot: number
  deadSinceMs: number | undefined
  /** Back, but not yet for long enough; until when. */
  probationMs: number | undefined
}

/** Deaths of more members than this at about one time are a split, and no flapping node. */
const ALONE_MOST = 1
const SPLIT_SHARE = 0.25
/** Members that a split takes are found dead one after the other. */
const AT_ONE_TIME_MS = 15_000
/** Who has run for less long has not seen anybody come and go: all may have started together. */
const YOUNG_MS = 60_000

export class Reports {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #suspicions: Suspicions
  readonly #startedMs: number
  readonly #told = new Map<NodeId, Told>()
  readonly #touched = new Map<Member, 'updated' | undefined>()

  constructor(runtime: Runtime, roster: Roster, suspicions: Suspicions) {
    this.#runtime = runtime
    this.#roster = roster
    this.#suspicions = suspicions
    this.#startedMs = runtime.moment.nowMs
  }

  /** Something about a member may have changed. */
  touch(member: Member, what?: 'updated'): void {
    this.#touched.set(member, what ?? this.#touched.get(member))
  }

  /** The state as it was last told; a member on probation is still what it was. */
  stateOf(member: Member): MemberState {
    return this.#told.get(member.id)?.state ?? this.#stateNow(member)
  }

  revoked(member: Member): void {
    const before = this.#told.get(member.id)?.state
    this.#emit(member, before, 'revoked')
  }

  /** It has signed two records of one version; told once for each of its starts. */
  equivocal(member: Member): void {
    const { boot } = member.record.body
    if (member.equivocalBoot === boot) return
    member.equivocalBoot = boot
    this.#runtime.emit({ kind: 'event', event: { kind: 'equivocal', id: member.id } })
  }

  forget(member: Member): void {
    this.#told.delete(member.id)
    this.#touched.delete(member)
    this.#runtime.agenda.cancel(`probation ${member.id}`)
  }

  /** Tells of all that has changed since it was last called. */
  tell(): void {
    for (const [member, what] of this.#touched) this.#tellOf(member, what)
    this.#touched.clear()
  }

  #tellOf(member: Member, what: 'updated' | undefined): void {
    const state = this.#stateNow(member)
    const { boot } = member.record.body
    const told = this.#told.get(member.id)
    if (told === undefined) {
      this.#told.set(member.id, { state, boot, deadSinceMs: undefined, probationMs: undefined })
      this.#emit(member, undefined, state)
      return
    }
    if (told.state === 'dead' && isThere(state) && this.#mustProve(told, boot)) {
      this.#watch(member, told)
      return
    }
    if (state === 'dead') this.#endProbation(member, told)
    if (told.state === state) {
      told.boot = boot
      if (what === 'updated') {
        this.#runtime.emit({ kind: 'event', event: { kind: 'updated', id: member.id } })
      }
      return
    }
    this.#change(member, told, state)
  }

  #change(member: Member, told: Told, state: MemberState): void {
    const before = told.state
    this.#endProbation(member, told)
    told.state = state
    told.boot = member.record.body.boot
    // Kept when it is back: others that died with it are to know.
    if (state === 'dead') told.deadSinceMs = this.#runtime.moment.nowMs
    this.#emit(member, before, state)
  }

  /** A new process, a member long gone and the many of a split are back at once. */
  #mustProve(told: Told, boot: number): boolean {
    const { nowMs } = this.#runtime.moment
    if (boot !== told.boot || told.deadSinceMs === undefined) return false
    if (told.probationMs !== undefined) return true
    if (told.deadSinceMs - this.#startedMs < YOUNG_MS) return false
    if (nowMs - told.deadSinceMs >= FLAP_DEAD_MS) return false
    let together = 0
    for (const { deadSinceMs } of this.#told.values()) {
      if (deadSinceMs === undefined) continue
      if (Math.abs(deadSinceMs - told.deadSinceMs) < AT_ONE_TIME_MS) together++
    }
    return together <= Math.max(ALONE_MOST, SPLIT_SHARE * this.#roster.size)
  }

  #watch(member: Member, told: Told): void {
    if (told.probationMs !== undefined) return
    const endMs = this.#runtime.moment.nowMs + PROBATION_MS
    told.probationMs = endMs
    this.#runtime.agenda.set(`probation ${member.id}`, endMs, () => {
      const state = this.#stateNow(member)
      if (state !== told.state) this.#change(member, told, state)
      told.probationMs = undefined
    })
  }

  #endProbation(member: Member, told: Told): void {
    if (told.probationMs === undefined) return
    told.probationMs = undefined
    // Died again while it was watched: from here on it counts as dead for long.
    told.deadSinceMs = this.#runtime.moment.nowMs
    this.#runtime.agenda.cancel(`probation ${member.id}`)
  }

  #stateNow(member: Member): MemberState {
    if (member.standing === 'quarantined') return 'quarantined'
    if (member.record.body.status === 'left') return 'left'
    if (member.standing === 'dead' || member.isLoneDead) return 'dead'
    return this.#suspicions.isSuspect(member) ? 'suspect' : 'alive'
  }

  #emit(member: Member, before: MemberState | undefined, state: MemberState): void {
    const reason = reasonOf(member)
    const event = { kind: 'member', id: member.id, state, before, ...reason } as const
    this.#runtime.emit({ kind: 'event', event })
  }
}

/** Two machines with one key are named by where they are. */
function reasonOf(member: Member): { reason?: string } {
  const { body } = member.record
  if (body.status !== 'conflict') return {}
  const places = [...twinAddresses(member).slice(0, 1), ...body.addresses.slice(0, 1)].map(
    addressKey,
  )
  return { reason: `its identity is in use on two machines: ${places.join(', ')}` }
}

function isThere(state: MemberState): boolean {
  return state === 'alive' || state === 'suspect'
}

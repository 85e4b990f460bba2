// Probes: one member each second, five tries and three others who try, and a second probe before
// anybody is accused. What a probe costs when all is well is one ping and one ack. Not here: what
// follows from a second strike (suspicion.ts).
import type { NodeId, ShortId } from '../wire/id.ts'
import {
  ASKED_TO_PING,
  HELP_TIMEOUT_MS,
  INDIRECT_AT_MS,
  LATE_ANSWER_MS,
  PROBE_INTERVAL_MS,
  PROBE_TIMEOUT_MS,
  STORM_PERIODS,
  STORM_SLOWNESS,
  TRY_AT_MS,
} from './config.ts'
import type { Pace } from './pace.ts'
import { isHere, type Member, type Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'
import type { Storm } from './storm.ts'

interface Probe {
  readonly member: Member
  /** Of its first try; it names the probe. */
  readonly sequence: number
  readonly startMs: number
  /** Sequences of all tries: each has its own, so that its round trip is known. */
  readonly tries: number[]
  /** Times as long as usual that it takes. */
  readonly slowness: number
  /** The first strike was there before, or somebody else has accused the member. */
  readonly isLast: boolean
  /** Others that were asked to ping the member: their word is taken, and nobody else's. */
  readonly asked: Set<Member>
}

/** A member asks us for another. */
interface Help {
  readonly asker: Member
  readonly askedSequence: number
  readonly target: Member
}

/** A strike that is told later than this says more about us than about the member. */
const LATE_STRIKE_MS = PROBE_TIMEOUT_MS / 4

/** Of 16 bits, as a message has them. */
const SEQUENCES = 65_536
/**
 * Pings for others that wait for an answer, in all and for one asker; who has lost a rack probes
 * some at a time.
 */
const HELPS_MOST = 512
const HELPS_OF_ONE_MOST = 16

export interface ProbePort {
  /** A hello to a member that may have started anew. */
  hello(member: Member): void
  /** Two probes have failed. */
  accuse(member: Member): void
  view(): bigint
}

export class Prober {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #pace: Pace
  readonly #storm: Storm
  readonly #port: ProbePort
  /** Those that wait for an answer, by name. */
  readonly #probes = new Map<number, Probe>()
  /** By sequence; also of probes that have ended a moment ago. */
  readonly #tries = new Map<number, { readonly probe: Probe; readonly sentMs: number }>()
  readonly #helps = new Map<number, Help>()
  /** Members in the order of this time around. */
  #order: NodeId[] = []
  #sequence: number

  constructor(runtime: Runtime, roster: Roster, pace: Pace, storm: Storm, port: ProbePort) {
    this.#runtime = runtime
    this.#roster = roster
    this.#pace = pace
    this.#storm = storm
    this.#port = port
    this.#sequence = runtime.dice.below(SEQUENCES)
  }

  start(): void {
    const { agenda, dice, moment } = this.#runtime
    // Nodes that start together do not probe together.
    const firstMs = moment.nowMs + dice.below(PROBE_INTERVAL_MS)
    agenda.set('probe', firstMs, () => this.#next(firstMs))
  }

  /** A member that has come in is probed at a random place of this time around. */
  add(member: Member): void {
    const at = this.#runtime.dice.below(this.#order.length + 1)
    this.#order.splice(at, 0, member.id)
  }

  /** Probes an accused member now; one strike is enough. */
  confirm(member: Member): void {
    if ([...this.#probes.values()].some((probe) => probe.member === member)) return
    this.#begin(member, true)
  }

  answered(member: Member, sequence: number): void {
    const help = this.#helps.get(sequence)
    if (help !== undefined && help.target === member) {
      this.#endHelp(sequence)
      this.#runtime.tell(help.asker, [{ type: 'relayed-ack', sequence: help.askedSequence }])
      return
    }
    const attempt = this.#tries.get(sequence)
    if (attempt === undefined || attempt.probe.member !== member) return
    this.#tries.delete(sequence)
    this.#pace.answered(member.id, this.#runtime.moment.nowMs - attempt.sentMs)
    // Perhaps late: then it ends the probe that has begun since.
    this.seen(member)
  }

  /** Who was asked has had an answer. */
  relayed(by: Member, sequence: number): void {
    const probe = this.#probes.get(sequence)
    if (probe === undefined) return
    if (probe.asked.has(by) && isHere(by)) this.#end(sequence)
    else this.#runtime.ignore('not asked')
  }

  /** It has proved otherwise that it is there: a new record, an answer to a hello. */
  seen(member: Member): void {
    for (const [sequence, probe] of this.#probes) if (probe.member === member) this.#end(sequence)
  }

  /** A member asks us to ping another. */
  help(asker: Member, askedSequence: number, short: ShortId): void {
    const target = this.#roster.byShort(short)
    if (target === undefined || target.isSelf) return
    const held = [...this.#helps.values()]
    const own = held.filter((help) => help.asker === asker)
    if (held.length >= HELPS_MOST || own.length >= HELPS_OF_ONE_MOST) {
      return this.#runtime.ignore('bound')
    }
    const sequence = this.#nextSequence()
    this.#helps.set(sequence, { asker, askedSequence, target })
    this.#ping(target, sequence, 0)
    const { agenda, moment } = this.#runtime
    agenda.set(`help ${sequence}`, moment.nowMs + HELP_TIMEOUT_MS, () => {
      this.#helps.delete(sequence)
      this.#runtime.tell(asker, [{ type: 'nack', sequence: askedSequence }])
    })
  }

  #next(dueMs: number): void {
    const { agenda, moment } = this.#runtime
    // From when it was due, not from now: a late wake must not make the period longer.
    const stormPeriods = this.#storm.isOn() ? STORM_PERIODS : 1
    const periodMs = PROBE_INTERVAL_MS * Math.max(this.#pace.ownSlowness, stormPeriods)
    const nextMs = Math.max(dueMs + periodMs, moment.nowMs + periodMs / 2)
    agenda.set('probe', nextMs, () => this.#next(nextMs))
    const member = this.#draw()
    if (member !== undefined) this.#begin(member, false)
  }

  #draw(): Member | undefined {
    const seen = new Set<NodeId>()
    for (let left = this.#order.length + this.#roster.count(); left > 0; left--) {
      if (this.#order.length === 0) {
        this.#order = this.#runtime.dice.shuffled(this.#roster.living().map(({ id }) => id))
      }
      const id = this.#order.pop()
      if (id === undefined) return undefined
      const member = this.#roster.get(id)
      const isBusy = [...this.#probes.values()].some((probe) => probe.member.id === id)
      if (member !== undefined && isHere(member) && !member.isSelf && !isBusy) return member
      if (seen.has(id)) return undefined
      seen.add(id)
    }
    return undefined
  }

  #begin(member: Member, isLast: boolean): void {
    const sequence = this.#nextSequence()
    const { agenda, moment } = this.#runtime
    const { nowMs } = moment
    const stormSlowness = this.#storm.isOn() ? STORM_SLOWNESS : 1
    const slowness = Math.max(this.#pace.slowness, stormSlowness)
    const begun = { member, sequence, startMs: nowMs, tries: [], slowness, isLast }
    this.#probes.set(sequence, { ...begun, asked: new Set() })
    if (isLast) this.#port.hello(member)
    this.#try(sequence, 0)
    const indirectMs = nowMs + INDIRECT_AT_MS * slowness
    agenda.set(`indirect ${sequence}`, indirectMs, () => this.#ask(sequence))
    const strikeMs = nowMs + PROBE_TIMEOUT_MS * slowness
    agenda.set(`strike ${sequence}`, strikeMs, () => this.#strike(sequence, strikeMs))
  }

  #try(sequence: number, turn: number): void {
    const probe = this.#probes.get(sequence)
    if (probe === undefined) return
    const own = turn === 0 ? sequence : this.#nextSequence()
    probe.tries.push(own)
    this.#tries.set(own, { probe, sentMs: this.#runtime.moment.nowMs })
    this.#ping(probe.member, own, turn)
    if (turn > 0) this.#pace.lost()
    const nextMs = TRY_AT_MS[turn + 1]
    if (nextMs === undefined) return
    const atMs = probe.startMs + nextMs * probe.slowness
    this.#runtime.agenda.set(`try ${sequence}`, atMs, () => this.#try(sequence, turn + 1))
  }

  #ping(member: Member, sequence: number, turn: number): void {
    this.#runtime.tell(member, [{ type: 'ping', sequence, view: this.#port.view() }], turn)
  }

  #ask(sequence: number): void {
    const probe = this.#probes.get(sequence)
    if (probe === undefined) return
    const others = this.#roster.living().filter((member) => member !== probe.member)
    for (const other of this.#runtime.dice.pick(others, ASKED_TO_PING)) {
      probe.asked.add(other)
      this.#runtime.tell(other, [{ type: 'ping-req', sequence, target: probe.member.short }])
    }
  }

  #strike(sequence: number, dueMs: number): void {
    const probe = this.#probes.get(sequence)
    if (probe === undefined) return
    this.#end(sequence)
    if (!isHere(probe.member)) return
    const { nowMs } = this.#runtime.moment
    // Who has just stood still, or is late itself, has not read the answers yet.
    if (this.#pace.isTilted(nowMs) || nowMs - dueMs > LATE_STRIKE_MS) return
    if (probe.isLast) this.#port.accuse(probe.member)
    else this.#begin(probe.member, true)
  }

  #end(sequence: number): void {
    const { agenda, moment } = this.#runtime
    const probe = this.#probes.get(sequence)
    this.#probes.delete(sequence)
    for (const name of ['try', 'indirect', 'strike']) agenda.cancel(`${name} ${sequence}`)
    agenda.set(`late ${sequence}`, moment.nowMs + LATE_ANSWER_MS, () => {
      for (const own of probe?.tries ?? []) this.#tries.delete(own)
    })
  }

  #endHelp(sequence: number): void {
    this.#helps.delete(sequence)
    this.#runtime.agenda.cancel(`help ${sequence}`)
  }

  /** The next free one; where none is free that of the oldest, which is the next. */
  #nextSequence(): number {
    for (let left = SEQUENCES; left > 0; left--) {
      this.#sequence = (this.#sequence + 1) % SEQUENCES
      if (!this.#tries.has(this.#sequence) && !this.#helps.has(this.#sequence)) break
    }
    return this.#sequence
  }
}

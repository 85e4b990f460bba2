// Accusations: who is accused by whom, and when that makes a death. One accuser alone may be the
// one who is cut off, so it takes two that are alive; each accusation is signed and holds for one
// boot and incarnation. Not here: probes (probe.ts), and the accused's answer (self.ts).
import type { NodeId } from '../wire/id.ts'
import type { AccusationStatement } from '../wire/statement.ts'
import {
  ACCUSERS_LEAST,
  CONFIRMING_PROBERS,
  LONE_ACCUSER_MS,
  SUSPICION_FORGOTTEN_MS,
} from './config.ts'
import type { Pace } from './pace.ts'
import { isHere, type Member, type Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'

interface Suspicion {
  readonly boot: number
  readonly incarnation: number
  sinceMs: number
  readonly accusations: Map<NodeId, AccusationStatement>
  /** Since when nobody else has been there who could accuse. */
  aloneSinceMs: number | undefined
}

export interface SuspicionPort {
  /** Seconds since 1970, as far as is known. */
  dateS(): number
  confirm(member: Member): void
  died(member: Member): void
  /** A suspicion has begun or ended. */
  changed(member: Member): void
}

const RECHECK_MS = 1000
const ACCUSERS_MOST = 2 * ACCUSERS_LEAST

export class Suspicions {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #pace: Pace
  readonly #port: SuspicionPort
  readonly #self: NodeId
  readonly #suspicions = new Map<NodeId, Suspicion>()

  constructor(runtime: Runtime, roster: Roster, pace: Pace, self: NodeId, port: SuspicionPort) {
    this.#runtime = runtime
    this.#roster = roster
    this.#pace = pace
    this.#self = self
    this.#port = port
  }

  isSuspect(member: Member): boolean {
    return this.#suspicions.has(member.id) && isHere(member)
  }

  /** Accusations that a member of another view is to be given. */
  against(member: Member): AccusationStatement[] {
    const suspicion = this.#suspicions.get(member.id)
    return suspicion === undefined ? [] : [...suspicion.accusations.values()]
  }

  /** This accuser's word is held already; a signature need not be looked at again. */
  holds(member: Member, accuser: NodeId): boolean {
    return this.#suspicions.get(member.id)?.accusations.has(accuser) ?? false
  }

  /** Takes a verified accusation; says whether it was new. */
  add(member: Member, accusation: AccusationStatement): boolean {
    const { boot, incarnation, accuser } = accusation.body
    const record = member.record.body
    if (boot !== record.boot || incarnation !== record.incarnation) return false
    const { nowMs } = this.#runtime.moment
    let suspicion = this.#suspicions.get(member.id)
    if (suspicion === undefined) {
      const accusations = new Map<NodeId, AccusationStatement>()
      suspicion = { boot, incarnation, sinceMs: nowMs, accusations, aloneSinceMs: undefined }
      this.#suspicions.set(member.id, suspicion)
      this.#confirmPerhaps(member, accuser)
      this.#port.changed(member)
    }
    if (suspicion.accusations.has(accuser)) {
      if (accuser === this.#self) this.#schedule(member)
      return false
    }
    if (accuser !== this.#self && !this.#hasPlace(suspicion, accuser)) return false
    suspicion.accusations.set(accuser, accusation)
    this.#schedule(member)
    return true
  }

  /**
   * We hold it dead by the word of some who are gone themselves: who has started since believes it
   * once we accuse it too.
   */
  lacksAccusers(member: Member): boolean {
    const suspicion = this.#suspicions.get(member.id)
    if (suspicion === undefined || member.standing !== 'dead') return false
    if (suspicion.accusations.has(this.#self)) return false
    const accusers = [...suspicion.accusations.keys()].filter((id) => this.#counts(id))
    return accusers.length < ACCUSERS_LEAST
  }

  /** What we have said of it ourselves. */
  own(member: Member): AccusationStatement | undefined {
    return this.#suspicions.get(member.id)?.accusations.get(this.#self)
  }

  /**
   * Since when it is accused, seconds since 1970: the second oldest date, so that no accuser alone
   * makes it older, and nobody is believed who names a future one; of one accuser nothing is known,
   * but for ourselves, alone.
   */
  sinceS(member: Member): number | undefined {
    const accusations = this.#suspicions.get(member.id)?.accusations.values() ?? []
    const dates = [...accusations].map(({ body }) => body.since).toSorted((a, b) => a - b)
    const since = dates[1] ?? (member.isLoneDead ? dates[0] : undefined)
    return since === undefined ? undefined : Math.min(since, this.#port.dateS())
  }

  /** A newer record has come, or the member is forgotten; says whether there was a suspicion. */
  clear(member: Member): boolean {
    if (!this.#suspicions.delete(member.id)) return false
    this.#runtime.agenda.cancel(`suspicion ${member.id}`)
    this.#port.changed(member)
    return true
  }

  #confirmPerhaps(member: Member, accuser: NodeId): void {
    if (accuser === this.#self || member.isSelf || !isHere(member)) return
    const chance = CONFIRMING_PROBERS / this.#roster.count()
    if (this.#runtime.dice.fraction() < chance) this.#port.confirm(member)
  }

  #schedule(member: Member): void {
    if (member.isSelf) return
    const suspicion = this.#suspicions.get(member.id)
    if (suspicion === undefined) return
    const windowMs = this.#pace.windowMs(this.#roster.count())
    const atMs = Math.max(suspicion.sinceMs + windowMs, this.#runtime.moment.nowMs)
    this.#runtime.agenda.set(`suspicion ${member.id}`, atMs, () => this.#decide(member))
  }

  #decide(member: Member): void {
    const suspicion = this.#suspicions.get(member.id)
    if (suspicion === undefined || member.standing !== 'good') return
    const { nowMs } = this.#runtime.moment
    const { agenda } = this.#runtime
    if (this.#pace.isTilted(nowMs)) {
      agenda.set(`suspicion ${member.id}`, this.#pace.tiltedUntilMs, () => this.#decide(member))
      return
    }
    const accusers = [...suspicion.accusations.keys()].filter((id) => this.#counts(id))
    if (accusers.length >= ACCUSERS_LEAST) {
      this.#roster.setStanding(member, 'dead')
      this.#died(member)
      return
    }
    // Our own view is not the last word: accusers may come back and make it everybody's.
    if (!member.isLoneDead && this.#isAlone(member, suspicion)) {
      this.#roster.setLoneDead(member, true)
      this.#died(member)
    }
    const isOwn = suspicion.accusations.has(this.#self)
    if (!isOwn && nowMs - suspicion.sinceMs > SUSPICION_FORGOTTEN_MS) {
      this.clear(member)
      return
    }
    agenda.set(`suspicion ${member.id}`, nowMs + RECHECK_MS, () => this.#decide(member))
  }

  /**
   * Two are enough for death; a few more than that serve when accusers die themselves. Whose word
   * does not count keeps no place from whose word does.
   */
  #hasPlace({ accusations }: Suspicion, accuser: NodeId): boolean {
    if (accusations.size < ACCUSERS_MOST) return true
    const idle = [...accusations.keys()].find((id) => !this.#counts(id))
    if (idle === undefined || !this.#counts(accuser)) return false
    return accusations.delete(idle)
  }

  /** Only who is alive in our view, or we ourselves. */
  #counts(id: NodeId): boolean {
    const accuser = this.#roster.get(id)
    return id === this.#self || (accuser !== undefined && isHere(accuser))
  }

  /** We accuse, and for a while nobody was there who could second it. */
  #isAlone(member: Member, suspicion: Suspicion): boolean {
    if (!suspicion.accusations.has(this.#self)) return false
    const { nowMs } = this.#runtime.moment
    const others = this.#roster.living().some((other) => other !== member && !this.#isOurs(other))
    if (others) {
      suspicion.aloneSinceMs = undefined
      return false
    }
    suspicion.aloneSinceMs ??= nowMs
    return nowMs - suspicion.aloneSinceMs >= LONE_ACCUSER_MS
  }

  /** We accuse that one too. */
  #isOurs(member: Member): boolean {
    return this.#suspicions.get(member.id)?.accusations.has(this.#self) ?? false
  }

  #died(member: Member): void {
    member.diedAtMs = this.#runtime.moment.nowMs
    this.#port.died(member)
  }
}

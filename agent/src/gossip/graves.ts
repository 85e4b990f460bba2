// The dead that are out of the table: after a day, by the date that their accusers have signed, so
// that all forget at one time, whenever they started. What others still say of that life is passed
// over for another day, or those who forget later would tell it again for ever. The node itself is
// heard at once, and told what was said against it, so that it says something newer that all take.
// Its papers stay where they are (holdings.ts), as they count. Not here: who is dead
// (suspicion.ts).
import { type NodeId, type ShortId, shortOf } from '../wire/id.ts'
import type { AccusationBody } from '../wire/revocation.ts'
import {
  type AccusationStatement,
  makeStatement,
  type RecordStatement,
  type Signer,
} from '../wire/statement.ts'
import { ASK_FORGOTTEN_MS, DEAD_REMEMBERED_MS, GRAVES_MOST } from './config.ts'
import { isHere, type Member } from './roster.ts'
import type { Runtime } from './runtime.ts'
import { partWord } from './sums.ts'
import type { Suspicions } from './suspicion.ts'

/** One life of a node. */
interface Life {
  readonly boot: number
  readonly incarnation: number
}

interface Grave extends Life {
  readonly id: NodeId
  /** Since when it was dead, seconds since 1970. */
  readonly sinceS: number
  /** When we found that, by our own clock. */
  readonly diedAtMs: number
  /** What it added to lists of ids. */
  readonly word: number
  readonly endMs: number
  /** When it was asked last whether it is there. */
  askedMs: number
  /** What we say of that life, once somebody has to know. */
  accusation: AccusationStatement | undefined
}

interface GravesOptions extends Signer {
  readonly nodeId: NodeId
  readonly deadRememberedMs?: number
}

export class Graves {
  readonly #runtime: Runtime
  readonly #suspicions: Suspicions
  readonly #options: GravesOptions
  readonly #rememberedMs: number
  readonly #dateS: () => number
  /** The oldest first. */
  readonly #graves = new Map<NodeId, Grave>()
  readonly #byShort = new Map<ShortId, Grave>()

  constructor(
    runtime: Runtime,
    suspicions: Suspicions,
    options: GravesOptions,
    dateS: () => number,
  ) {
    this.#runtime = runtime
    this.#suspicions = suspicions
    this.#options = options
    this.#rememberedMs = options.deadRememberedMs ?? DEAD_REMEMBERED_MS
    this.#dateS = dateS
  }

  /**
   * Dead for a day by its date, or by our own clock, whatever dates say. Who is in quarantine has
   * no death that all agree on, and stays.
   */
  isDue(member: Member): boolean {
    if (member.diedAtMs === undefined || member.standing === 'quarantined') return false
    return !isHere(member) && this.#isPast(member.diedAtMs, this.#sinceS(member))
  }

  #isPast(diedAtMs: number, sinceS = Number.POSITIVE_INFINITY): boolean {
    const forMs = this.#runtime.moment.nowMs - diedAtMs
    return forMs >= this.#rememberedMs || sinceS <= this.#latestS()
  }

  /** It says itself that it left more than a day ago. */
  isOver({ body }: RecordStatement): boolean {
    return body.status === 'left' && body.leftAt !== undefined && body.leftAt <= this.#latestS()
  }

  #sinceS(member: Member): number | undefined {
    const { status, leftAt } = member.record.body
    return status === 'left' ? leftAt : this.#suspicions.sinceS(member)
  }

  /** For a member that is due, before it is out of the table. */
  dig(member: Member): void {
    const { id, short, part, record } = member
    const { boot, incarnation } = record.body
    const { nowMs } = this.#runtime.moment
    this.#drop(id)
    for (const [oldest, { endMs }] of this.#graves) {
      if (endMs > nowMs && this.#graves.size < GRAVES_MOST) break
      this.#drop(oldest)
    }
    const word = partWord(part)
    const sinceS = this.#sinceS(member) ?? this.#latestS()
    const grave = {
      id,
      boot,
      incarnation,
      sinceS,
      diedAtMs: member.diedAtMs ?? nowMs,
      word,
      endMs: nowMs + this.#rememberedMs,
      askedMs: Number.NEGATIVE_INFINITY,
      accusation: undefined,
    }
    this.#graves.set(id, grave)
    this.#byShort.set(short, grave)
  }

  /** It tells nothing of a node that is newer than what was forgotten. */
  covers(life: Life & { readonly nodeId: NodeId }): boolean {
    const grave = this.#get(life.nodeId)
    if (grave === undefined) return false
    if (life.boot !== grave.boot) return life.boot < grave.boot
    return life.incarnation <= grave.incarnation
  }

  /** Whether others that have so much more of a subject just have not forgotten it yet. */
  isOf(short: ShortId, word: number): boolean {
    const grave = this.#byShort.get(short)
    return grave?.word === word && this.#isKept(grave)
  }

  /** Once for each call that says so. */
  mayAsk({ nodeId }: { readonly nodeId: NodeId }): boolean {
    const grave = this.#get(nodeId)
    const { nowMs } = this.#runtime.moment
    if (grave === undefined || nowMs - grave.askedMs < ASK_FORGOTTEN_MS) return false
    grave.askedMs = nowMs
    return true
  }

  /** What we say of the very life that somebody accuses, if it is forgotten here. */
  about({
    subject,
    boot,
    incarnation,
  }: Life & { readonly subject: NodeId }): AccusationStatement[] {
    const grave = this.#get(subject)
    const isSame = grave?.boot === boot && grave.incarnation === incarnation
    return isSame ? [this.#accusation(grave)] : []
  }

  /** The same for who accuses it as if it had not been dead for a day. */
  answerTo(accusation: AccusationBody): AccusationStatement[] {
    return accusation.since > this.#latestS() ? this.about(accusation) : []
  }

  /** When that very life died, if it was forgotten too soon. */
  diedAtMs({ nodeId, boot, incarnation }: Life & { readonly nodeId: NodeId }): number | undefined {
    const grave = this.#graves.get(nodeId)
    const isSame = grave?.boot === boot && grave.incarnation === incarnation
    return isSame && !this.#isPast(grave.diedAtMs, grave.sinceS) ? grave.diedAtMs : undefined
  }

  /** What a member is to answer that came back itself and has told nothing newer yet. */
  against(member: Member): AccusationStatement[] {
    const { boot, incarnation } = member.record.body
    return this.about({ subject: member.id, boot, incarnation })
  }

  /** The latest date of those that are a day ago. */
  #latestS(): number {
    return Math.max(this.#dateS() - Math.ceil(this.#rememberedMs / 1000), 0)
  }

  #accusation(grave: Grave): AccusationStatement {
    const { id, boot, incarnation } = grave
    const since = Math.min(grave.sinceS, this.#latestS())
    const body = { accuser: this.#options.nodeId, subject: id, boot, incarnation, since }
    grave.accusation ??= makeStatement('accusation', body, this.#options, this.#runtime.suite)
    return grave.accusation
  }

  #get(id: NodeId): Grave | undefined {
    const grave = this.#graves.get(id)
    return grave !== undefined && this.#isKept(grave) ? grave : undefined
  }

  /** One that is not due any more, as our clock was put right, is open to what others tell. */
  #isKept({ endMs, diedAtMs, sinceS }: Grave): boolean {
    return endMs > this.#runtime.moment.nowMs && this.#isPast(diedAtMs, sinceS)
  }

  #drop(id: NodeId): void {
    if (this.#graves.delete(id)) this.#byShort.delete(shortOf(id))
  }
}

// What was taken back: nodes, sticks, operators. The set only grows, and the earliest word on a key
// counts. What an operator says counts up to the date from which the root has taken the operator
// back, in whatever order the two are heard. Not here: who may take back what (book.ts).
import type {
  DelegationStatement,
  OperatorStatement,
  RevocationStatement,
} from '../wire/statement.ts'

type Kind = RevocationStatement['body']['target']['kind']

/**
 * More than all keys of a large cluster in its life; each is one statement of some 180 bytes. Those
 * of the root come on top: who stole an operator's key fills this up, and can be taken back still.
 */
const REVOCATIONS_MOST = 16_384

/** By what nodes are let in. */
interface Admitting {
  readonly delegation: DelegationStatement
  readonly operator: OperatorStatement
}

interface Revoked {
  readonly date: number
  readonly takesAdmitted: boolean
}

export class Revocations {
  readonly #statements: RevocationStatement[] = []
  readonly #revoked = new Map<string, Revoked>()
  /** The newest date that each signer has put on one. */
  readonly #newestDates = new Map<string, number>()
  #byOperators = 0

  /** By the key of the signer in hexadecimal digits: what it said last of those that count. */
  newestDates(): Iterable<[string, number]> {
    return this.#newestDates
  }

  /** False when there are too many. */
  add(statement: RevocationStatement, isByRoot: boolean): boolean {
    if (!isByRoot && this.#byOperators >= REVOCATIONS_MOST) return false
    if (!isByRoot) this.#byOperators++
    this.#statements.push(statement)
    if (statement.body.target.kind === 'operator') this.#reckon()
    else this.#apply(statement)
    return true
  }

  has(kind: Kind, key: Uint8Array): boolean {
    return this.#revoked.has(nameOf(kind, key))
  }

  date(kind: Kind, key: Uint8Array): number | undefined {
    return this.#revoked.get(nameOf(kind, key))?.date
  }

  /** What an operator has said from the date on from which it was taken back is nothing. */
  counts({ body }: RevocationStatement): boolean {
    const until = this.date('operator', body.signer)
    return until === undefined || body.date < until
  }

  /** Whether one of these was taken back. */
  isTakenBack({ delegation, operator }: Admitting): boolean {
    return (
      this.has('admission', delegation.body.admissionKey) ||
      this.has('operator', operator.body.operatorKey)
    )
  }

  /** Whether what these have admitted goes with one of them. */
  takes({ delegation, operator }: Admitting): boolean {
    return (
      this.#takesAdmitted('admission', delegation.body.admissionKey) ||
      this.#takesAdmitted('operator', operator.body.operatorKey)
    )
  }

  #takesAdmitted(kind: Kind, key: Uint8Array): boolean {
    return this.#revoked.get(nameOf(kind, key))?.takesAdmitted ?? false
  }

  /** Anew: what a revoked operator has said may count no more. */
  #reckon(): void {
    this.#revoked.clear()
    this.#newestDates.clear()
    for (const statement of this.#statements.filter(isOfOperator)) this.#apply(statement)
    for (const statement of this.#statements) if (!isOfOperator(statement)) this.#apply(statement)
  }

  #apply(statement: RevocationStatement): void {
    if (!this.counts(statement)) return
    const { target, date, takesAdmitted, signer } = statement.body
    const by = Buffer.from(signer).toString('hex')
    this.#newestDates.set(by, Math.max(this.#newestDates.get(by) ?? 0, date))
    const name = nameOf(target.kind, target.key)
    const before = this.#revoked.get(name)
    this.#revoked.set(name, {
      date: Math.min(before?.date ?? date, date),
      takesAdmitted: takesAdmitted || (before?.takesAdmitted ?? false),
    })
  }
}

function isOfOperator({ body }: RevocationStatement): boolean {
  return body.target.kind === 'operator'
}

function nameOf(kind: Kind, key: Uint8Array): string {
  return `${kind} ${Buffer.from(key).toString('hex')}`
}

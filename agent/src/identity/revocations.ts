// What was taken back: nodes, sticks, operators. The set only grows, and the earliest word on a key
// counts. Not here: who may take back what (book.ts).
import type {
  DelegationStatement,
  OperatorStatement,
  RevocationStatement,
} from '../wire/statement.ts'

type Kind = RevocationStatement['body']['target']['kind']

/** More than all keys of a large cluster in its life; each is one statement of some 180 bytes. */
const REVOCATIONS_MOST = 16_384

interface Revoked {
  date: number
  takesAdmitted: boolean
}

export class Revocations {
  readonly #revoked = new Map<string, Revoked>()
  #newestDate = 0
  #count = 0

  /** The newest date that an operator has put on one. */
  get newestDate(): number {
    return this.#newestDate
  }

  /** False when there are too many. */
  add({ body }: RevocationStatement): boolean {
    if (this.#count >= REVOCATIONS_MOST) return false
    this.#count++
    const { target, date, takesAdmitted } = body
    this.#newestDate = Math.max(this.#newestDate, date)
    const name = nameOf(target.kind, target.key)
    const before = this.#revoked.get(name)
    this.#revoked.set(name, {
      date: Math.min(before?.date ?? date, date),
      takesAdmitted: takesAdmitted || (before?.takesAdmitted ?? false),
    })
    return true
  }

  has(kind: Kind, key: Uint8Array): boolean {
    return this.#revoked.has(nameOf(kind, key))
  }

  date(kind: Kind, key: Uint8Array): number | undefined {
    return this.#revoked.get(nameOf(kind, key))?.date
  }

  /** Whether what these have admitted goes with one of them. */
  takes({ body: stick }: DelegationStatement, { body: operator }: OperatorStatement): boolean {
    return (
      this.#takesAdmitted('admission', stick.admissionKey) ||
      this.#takesAdmitted('operator', operator.operatorKey)
    )
  }

  #takesAdmitted(kind: Kind, key: Uint8Array): boolean {
    return this.#revoked.get(nameOf(kind, key))?.takesAdmitted ?? false
  }
}

function nameOf(kind: Kind, key: Uint8Array): string {
  return `${kind} ${Buffer.from(key).toString('hex')}`
}

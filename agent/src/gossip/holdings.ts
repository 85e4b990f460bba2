// Statements about admission that all members hold: certificates, delegations, operators, receipts,
// revocations, rotations. Kept by digest for whoever asks, and summed for the view. Not here:
// whether they are good (identity/) and records of members (roster.ts).
import { type ShortId, shortOf } from '../wire/id.ts'
import type { Statement } from '../wire/statement.ts'
import { type Part, Sums } from './sums.ts'

export class Holdings {
  readonly sums = new Sums()
  readonly #byDigest = new Map<string, Statement>()
  readonly #bySubject = new Map<ShortId, Set<Statement>>()

  get size(): number {
    return this.#byDigest.size
  }

  get(digest: string): Statement | undefined {
    return this.#byDigest.get(digest)
  }

  add(statement: Statement): boolean {
    if (this.#byDigest.has(statement.digest)) return false
    this.#byDigest.set(statement.digest, statement)
    const short = subjectOf(statement)
    const held = this.#bySubject.get(short)
    if (held === undefined) this.#bySubject.set(short, new Set([statement]))
    // Receipts mean nothing to who lacks the certificate, so that comes first.
    else if (statement.kind === 'certificate')
      this.#bySubject.set(short, new Set([statement, ...held]))
    else held.add(statement)
    this.sums.add(short, partOf(statement))
    return true
  }

  remove(statement: Statement): void {
    if (!this.#byDigest.delete(statement.digest)) return
    const short = subjectOf(statement)
    const held = this.#bySubject.get(short)
    held?.delete(statement)
    if (held?.size === 0) this.#bySubject.delete(short)
    this.sums.remove(short, partOf(statement))
  }

  about(short: ShortId): Iterable<Statement> {
    return this.#bySubject.get(short) ?? []
  }

  /** What took a key back. */
  revocationsOf(key: Uint8Array): Statement[] {
    return [...this.about(shortKey(key))].filter(({ kind }) => kind === 'revocation')
  }
}

function partOf(statement: Statement): Part {
  return Buffer.from(statement.digest.slice(0, 16), 'hex')
}

/** Whom a statement is about, by the first 8 bytes of its key. */
function subjectOf(statement: Statement): ShortId {
  switch (statement.kind) {
    case 'certificate':
    case 'receipt':
    case 'record':
      return shortOf(statement.body.nodeId)
    case 'delegation':
      return shortKey(statement.body.admissionKey)
    case 'operator':
      return shortKey(statement.body.operatorKey)
    case 'revocation':
      return shortKey(statement.body.target.key)
    case 'rotation':
      return shortKey(statement.body.rootKey)
    case 'accusation':
      return shortOf(statement.body.subject)
  }
}

function shortKey(key: Uint8Array): ShortId {
  return Buffer.from(key).toString('hex', 0, 8)
}

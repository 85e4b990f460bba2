// Statements that an operator hands over: what became of each, in words that say what to do next.
// Not here: who may sign what (identity/book.ts), and telling others (gossip/).
import type { AdmissionStatement, Book } from '../identity/book.ts'
import type { NotTaken } from '../identity/chains.ts'
import { isRefused } from '../wire/refusal.ts'
import { decodeStatement, type Statement } from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'

/**
 * `taken`, `known`, or why not; `take` has the book and all members hear of it, and says whether it
 * did: an agent that ends tells nobody any more.
 */
export function addStatement(
  bytes: Uint8Array,
  book: Book,
  take: (statement: Statement) => boolean,
): string {
  const statement = decodeStatement(bytes, suite)
  if (isRefused(statement)) return `refused: it is no whole statement: ${statement.refused}`
  if (statement.kind === 'record' || statement.kind === 'accusation') {
    return `refused: it is a node's own ${statement.kind}, and not a paper of an operator`
  }
  const isKnown = isHeld(statement, book)
  if (!isKnown && !take(statement)) return 'refused: this agent ends, ask one that runs'
  // What was not taken changes nothing, so the book may be asked again for its reason.
  const added = isHeld(statement, book) ? undefined : book.add(statement)
  if (added?.kind === 'refused' || added?.kind === 'missing') {
    return `refused: ${reasonOf(statement, added)}`
  }
  if (statement.kind === 'revocation' && !book.counts(statement)) {
    return 'without effect: whoever signed it was revoked from an earlier date on'
  }
  return isKnown ? 'known' : 'taken'
}

function isHeld({ digest }: Statement, book: Book): boolean {
  return [...book.statements()].some((held) => held.digest === digest)
}

function reasonOf({ kind }: AdmissionStatement, added: NotTaken): string {
  if (added.kind === 'missing') return MISSING[kind]
  switch (added.reason) {
    case 'signature':
      return 'it is not signed by who may say it'
    case 'rights':
      return RIGHTS[kind] ?? 'its signer may not say that'
    case 'key':
      return 'a key in it is none that is safe to use'
    case 'bound':
      return 'there are as many of its kind already as a cluster may have'
  }
}

const MISSING: Readonly<Record<AdmissionStatement['kind'], string>> = {
  operator: 'its signer is not known here',
  delegation: 'the operator who made this seed is not known here yet: add its statement first',
  certificate: 'the seed that it rests on is not known here yet',
  receipt: 'the node that signed it, or the paper that it accepts, is not known here yet',
  revocation: 'the operator who signed it is not known here yet: add its statement first',
  rotation: 'the rotation before it is not known here yet: add that first',
}

const RIGHTS: Readonly<Partial<Record<AdmissionStatement['kind'], string>>> = {
  certificate: 'its seed lets nobody coordinate',
  receipt: 'its signer was revoked by then, or what it accepts was not good on that date',
  revocation: 'another operator can be revoked with the root key only',
}

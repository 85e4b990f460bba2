// Members of one small cluster, and how they are taken back.
import assert from 'node:assert/strict'
import type { AdmissionStatement, Book } from '../../agent/src/identity/book.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeRevocation } from '../../agent/src/identity/papers.ts'
import { keyOf } from '../../agent/src/wire/id.ts'
import {
  ADMISSION,
  bookOf,
  delegation,
  hand,
  type Member,
  member,
  NOW,
  OPERATOR,
  operator,
  ROOT,
} from './cluster.ts'

/** What every member holds of the cluster. */
export const base = [operator, delegation]
export const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => member(name)) as [
  Member,
  Member,
  Member,
  Member,
]
export const me = member('me')

/** A book of a node that has looked at the dates of `a` itself. */
export function bookWithA(...more: readonly AdmissionStatement[]): Book {
  const book = bookOf('me', [...base, a.certificate, b.certificate, c.certificate])
  assert.ok(book.judge(a.id, NOW))
  for (const statement of more) assert.equal(book.add(statement).kind, 'new')
  return book
}

export const onNode = (of: Member, date = NOW) =>
  makeRevocation(hand(OPERATOR), { kind: 'node', key: keyOf(of.id) }, date)
export const onStick = (takes: boolean, key = ADMISSION) =>
  makeRevocation(hand(OPERATOR), { kind: 'admission', key: publicKeyOf(key) }, NOW, takes)
export const onOperator = (date: number, takes = false) =>
  makeRevocation(hand(ROOT), { kind: 'operator', key: publicKeyOf(OPERATOR) }, date, takes)

export function digests(statements: readonly AdmissionStatement[]): string[] {
  return statements.map(({ digest }) => digest).toSorted()
}

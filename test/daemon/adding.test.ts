// Goal: whoever hands a statement over learns what became of it and why. Method: a book with one
// member, and each kind of statement that it does not take.
import assert from 'node:assert/strict'
import { addStatement } from '../../agent/src/daemon/adding.ts'
import type { Book } from '../../agent/src/identity/book.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeRevocation } from '../../agent/src/identity/papers.ts'
import { keyOf } from '../../agent/src/wire/id.ts'
import { makeStatement, type Statement } from '../../agent/src/wire/statement.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import {
  bookOf,
  CLUSTER_ID,
  DAY,
  delegation,
  delegationBy,
  hand,
  member,
  NOW,
  OPERATOR,
  operator,
  operatorBy,
  ROOT,
  receiptBy,
  secret,
} from '../identity/cluster.ts'

const test = suite('daemon/adding')

const [self, other] = [member('self'), member('other')]
const SECOND = secret('second operator')
const second = operatorBy({ operatorKey: publicKeyOf(SECOND), name: 'second' })

const bookHere = (): Book => bookOf('self', [operator, delegation, self.certificate])

const revoke = (by: Uint8Array, key: Uint8Array, date = NOW, kind: 'node' | 'operator' = 'node') =>
  makeRevocation(hand(by), { kind, key }, date, false)

function add(statement: Pick<Statement, 'bytes'>, book = bookHere()): string {
  return addStatement(statement.bytes, book, (one) => {
    if (one.kind !== 'record' && one.kind !== 'accusation') book.add(one)
    return true
  })
}

const accusation = makeStatement(
  'accusation',
  { accuser: self.id, subject: other.id, boot: 1, incarnation: 0, since: 0 },
  { clusterId: CLUSTER_ID, sign: (message) => crypto.sign(self.secret, message) },
  crypto,
)

const REFUSED: readonly [string, Pick<Statement, 'bytes'>, RegExp][] = [
  ['bytes that are none', { bytes: new Uint8Array(9) }, /^refused: it is no whole statement/],
  ['an accusation', accusation, /^refused: it is a node's own accusation/],
  [
    'a revocation by an operator not heard of yet',
    revoke(SECOND, keyOf(other.id)),
    /^refused: the operator who signed it is not known here yet/,
  ],
  [
    'a revocation of an operator by an operator',
    revoke(OPERATOR, publicKeyOf(SECOND), NOW, 'operator'),
    /^refused: another operator can be revoked with the root key only/,
  ],
  [
    'a seed of an operator not heard of yet',
    delegationBy({}, second, SECOND),
    /^refused: the operator who made this seed is not known here yet/,
  ],
  ['a receipt of nobody', receiptBy(other, self), /^refused: the node that signed it/],
  [
    'a receipt from before the seed was good',
    receiptBy(other, self, NOW - 3 * DAY),
    /^refused: its signer was revoked by then/,
  ],
  ['an operator by another root', operatorBy({}, secret('no root')), /not signed by who may/],
]

for (const [name, statement, said] of REFUSED) {
  test(`the reason is told for ${name}`, () => {
    assert.match(add(statement), said)
  })
}

test('a revocation that counts is taken, and known the second time', () => {
  const book = bookHere()
  const revocation = revoke(OPERATOR, keyOf(other.id))
  assert.deepEqual([add(revocation, book), add(revocation, book)], ['taken', 'known'])
})

test('a revocation by an operator who was revoked before has no effect, and that is said', () => {
  const book = bookHere()
  add(second, book)
  assert.equal(add(revoke(ROOT, publicKeyOf(SECOND), NOW, 'operator'), book), 'taken')
  const late = revoke(SECOND, keyOf(other.id), NOW + 1)
  assert.match(add(late, book), /^without effect: /)
  assert.match(add(late, book), /^without effect: /)
  assert.equal(add(revoke(SECOND, keyOf(other.id), NOW - 1), book), 'taken')
})

test('what an agent that ends would tell nobody is refused, and what it holds is known', () => {
  const book = bookHere()
  const addEnding = ({ bytes }: Pick<Statement, 'bytes'>) => addStatement(bytes, book, () => false)
  const revocation = revoke(OPERATOR, keyOf(other.id))
  assert.match(addEnding(revocation), /^refused: this agent ends/)
  assert.equal([...book.statements()].length, [...bookHere().statements()].length)
  assert.equal(addEnding(delegation), 'known')
})

test.run()

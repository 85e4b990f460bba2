// Goal: who was taken back is out for good, and only what should go goes with it, whatever is heard
// first. Method: a small cluster of known keys. Not here: who may take back whom (chains.test.ts).
import assert from 'node:assert/strict'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { suite } from '../harness.ts'
import { bookOf, DAY, delegationBy, member, NOW, receiptBy, secret } from './cluster.ts'
import { a, b, base, bookWithA, c, d, digests, onNode, onOperator, onStick } from './members.ts'

const test = suite('identity/revocations')

test('a revoked node is one for good, by a new certificate of a good stick too', () => {
  const book = bookWithA(onNode(a))
  assert.equal(book.standing(a.id), 'revoked')
  const again = delegationBy({ name: 'again' })
  book.add(again)
  book.add(member('a', again).certificate)
  assert.equal(book.standing(a.id), 'revoked')
  assert.ok(!book.judge(a.id, NOW))
  assert.ok(!book.mayCoordinate(a.id))
})

test('a node that was revoked before it came does not come in', () => {
  const book = bookOf('me', [...base, onNode(d)])
  assert.equal(book.standing(d.id), 'revoked')
  book.add(d.certificate)
  assert.ok(!book.judge(d.id, NOW))
})

test('what a revoked member accepted before stays, what it says to have accepted after goes', () => {
  const before = receiptBy(a, b, NOW - 1)
  const after = receiptBy(a, c, NOW)
  for (const order of [
    [before, after, onNode(a)],
    [onNode(a), before, after],
  ]) {
    const book = bookWithA()
    for (const statement of order) book.add(statement)
    assert.equal(book.standing(b.id), 'admitted')
    assert.equal(book.standing(c.id), 'unjudged')
    const held = [...book.statements()].filter(({ kind }) => kind === 'receipt')
    assert.deepEqual(digests(held), digests([before]))
  }
})

test('whom nobody that counts has accepted falls, and so does whom it had accepted', () => {
  const book = bookWithA(receiptBy(a, b, NOW), receiptBy(b, c, NOW + 1))
  assert.equal(book.standing(c.id), 'admitted')
  const verdict = book.add(onNode(a, NOW))
  assert.ok(verdict.kind === 'new')
  assert.equal(verdict.dropped.length, 2)
  assert.deepEqual(verdict.affected.toSorted(), [a.id, b.id, c.id].toSorted())
  assert.deepEqual(
    [a, b, c].map(({ id }) => book.standing(id)),
    ['revoked', 'unjudged', 'unjudged'],
  )
})

test('a node that never was a member accepts nobody by being revoked', () => {
  const book = bookWithA(onNode(b))
  assert.equal(book.add(receiptBy(b, c, NOW - DAY)).kind, 'missing')
  assert.equal(book.standing(c.id), 'unjudged')
})

test('a revoked stick lets nobody in any more, and what it has let in stays', () => {
  const book = bookWithA(onStick(false))
  assert.equal(book.standing(a.id), 'admitted')
  assert.ok(!book.judge(b.id, NOW))
})

test('a revoked stick takes what it has let in with it where that is asked', () => {
  const other = secret('other stick')
  const spare = delegationBy({ admissionKey: publicKeyOf(other), name: 'spare' })
  const kept = member('kept', spare, other)
  const book = bookWithA(spare, kept.certificate, receiptBy(a, b))
  assert.ok(book.judge(kept.id, NOW))
  const verdict = book.add(onStick(true))
  assert.ok(verdict.kind === 'new')
  assert.deepEqual(verdict.affected.toSorted(), [a.id, b.id, c.id].toSorted())
  assert.deepEqual(
    [a, b, kept].map(({ id }) => book.standing(id)),
    ['revoked', 'revoked', 'admitted'],
  )
})

test('a node with papers of another stick stays by those, if they are good too', () => {
  const other = secret('other stick')
  const spare = delegationBy({ admissionKey: publicKeyOf(other), name: 'spare' })
  const book = bookWithA(spare, member('a', spare, other).certificate, onStick(true))
  assert.equal(book.standing(a.id), 'unjudged')
  assert.ok(book.judge(a.id, NOW))
})

test('an operator that was taken back lets nobody in, and takes all along where asked', () => {
  const stays = bookWithA(onOperator(NOW))
  assert.equal(stays.standing(a.id), 'admitted')
  assert.ok(!stays.judge(b.id, NOW))
  assert.equal(bookWithA(onOperator(NOW, true)).standing(a.id), 'revoked')
})

test('what an operator took back before it was taken back counts, and after it does not', () => {
  for (const isLast of [true, false]) {
    const words = [onNode(a, NOW - 1), onNode(b, NOW), onNode(c, NOW + 1)]
    const order = isLast ? [...words, onOperator(NOW)] : [onOperator(NOW), ...words]
    const book = bookWithA()
    for (const statement of order) book.add(statement)
    assert.deepEqual(
      [a, b, c].map(({ id }) => book.standing(id)),
      ['revoked', 'unjudged', 'unjudged'],
    )
  }
})

test.run()

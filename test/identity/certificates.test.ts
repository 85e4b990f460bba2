// Goal: who has a stick signs any number of certificates for any node, and by none of them does he
// bar it or make members hold different papers. Method: certificates of one body and many
// signatures, in shuffled orders by a fixed seed. Not here: who signs them (chains.test.ts).
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AdmissionStatement, Book } from '../../agent/src/identity/book.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeCertificate, makeRevocation } from '../../agent/src/identity/papers.ts'
import type { CertificateStatement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import {
  ADMISSION,
  bookOf,
  DAY,
  delegation,
  delegationBy,
  hand,
  member,
  NOW,
  OPERATOR,
  operator,
  receiptBy,
  secret,
} from './cluster.ts'
import { a, b, base, bookWithA, c, digests, onNode } from './members.ts'

const test = suite('identity/certificates')

const node = member('node')
/** Of this operator, and all of them over. */
const over = Array.from({ length: 8 }, (_, index) =>
  delegationBy({ name: `over ${index}`, notBefore: NOW - 9 * DAY, notAfter: NOW - 2 * DAY }),
)

/**
 * Certificates of the node by one stick, other signatures under one body. The holder of a stick has
 * a signature for every nonce he likes; here the right to coordinate is what tells two apart.
 */
function pairOf(by = delegation): [CertificateStatement, CertificateStatement] {
  const of = (mayCoordinate: boolean) =>
    makeCertificate(hand(ADMISSION), by, node.id, mayCoordinate)
  const pair = [of(true), of(false)].toSorted((x, y) => (x.digest < y.digest ? -1 : 1))
  return pair as [CertificateStatement, CertificateStatement]
}

const [low, high] = pairOf()
const lowNode = { ...node, certificate: low }
const highNode = { ...node, certificate: high }

function held(book: Book): string[] {
  return digests([...book.statements()])
}

test('certificates by sticks that are over, sent before it comes, do not bar a node', () => {
  const book = bookWithA(...over, ...over.slice(0, 4).map((by) => member('node', by).certificate))
  assert.equal(book.add(node.certificate).kind, 'new')
  assert.ok(book.judge(node.id, NOW))
  assert.equal(book.certificateOf(node.id)?.digest, node.certificate.digest)
})

test('those by a stick that was taken back do not either, however long it would have been good', () => {
  const taken = Array.from({ length: 4 }, (_, index) =>
    delegationBy({
      name: `taken ${index}`,
      admissionKey: publicKeyOf(secret(`taken ${index}`)),
      notAfter: NOW + 99 * DAY,
    }),
  )
  const words = taken.map(({ body: { admissionKey: key } }) =>
    makeRevocation(hand(OPERATOR), { kind: 'admission', key }, NOW - DAY),
  )
  const forged = taken.map((by, index) => member('node', by, secret(`taken ${index}`)).certificate)
  for (const order of [
    [...taken, ...words, ...forged],
    [...taken, ...forged, ...words],
  ]) {
    const book = bookWithA(...order)
    assert.equal(book.add(node.certificate).kind, 'new')
    assert.ok(book.judge(node.id, NOW))
  }
})

test('of one stick a node has one certificate, whichever comes first', () => {
  for (const order of [
    [low, high],
    [high, low],
  ]) {
    const book = bookWithA()
    for (const statement of order) book.add(statement)
    const own = [...book.statements()].filter(
      (each) => each.kind === 'certificate' && each.body.nodeId === node.id,
    )
    assert.deepEqual(digests(own), [low.digest])
  }
})

test('what is displaced is named, and who was looked at stays a member by what is in its place', () => {
  const book = bookWithA(high)
  assert.ok(book.judge(node.id, NOW))
  const added = book.add(low)
  assert.ok(added.kind === 'new')
  assert.deepEqual(digests(added.dropped), [high.digest])
  book.add(onNode(b))
  assert.equal(book.standing(node.id), 'admitted')
  assert.equal(book.certificateOf(node.id)?.digest, low.digest)
})

test('a certificate that a receipt is for is let in although a lower one is there, and stays', () => {
  const receipt = receiptBy(a, highNode)
  const book = bookWithA(low)
  assert.deepEqual(book.add(high), { kind: 'refused', reason: 'bound' })
  assert.deepEqual(book.add(receipt), { kind: 'missing', digests: [high.digest] })
  assert.equal(book.add(high).kind, 'new')
  assert.equal(book.add(receipt).kind, 'new')
  assert.deepEqual(book.add(low), { kind: 'refused', reason: 'bound' })
  assert.equal(book.certificateOf(node.id)?.digest, high.digest)
})

test('a receipt that nobody heeds lets no certificate in', () => {
  const liar = { ...a, secret: secret('liar') }
  for (const receipt of [
    receiptBy(b, highNode),
    receiptBy(liar, highNode),
    receiptBy(a, highNode, NOW + 8 * DAY),
  ]) {
    const book = bookWithA(low)
    assert.notEqual(book.add(receipt).kind, 'new')
    assert.deepEqual(book.add(high), { kind: 'refused', reason: 'bound' })
  }
})

test('a node that joins takes the certificate that its acceptor has for it', () => {
  const own = { ...node, certificate: high }
  const book = bookOf('node', [...base, low, a.certificate])
  const receipt = receiptBy(a, own)
  assert.equal(book.add(receipt).kind, 'missing')
  assert.equal(book.add(high).kind, 'new')
  assert.equal(book.add(receipt).kind, 'new')
  assert.equal(book.standing(a.id), 'admitted')
})

test('what a node has held is taken from its disk though a lower certificate lies before it', () => {
  const receipts = [receiptBy(a, member('me')), receiptBy(a, highNode)]
  const papers = [low, high, ...receipts, member('me').certificate, a.certificate]
  const book = bookOf('me', [...papers, ...base.toReversed()])
  assert.equal(book.standing(node.id), 'admitted')
  assert.equal(book.certificateOf(node.id)?.digest, high.digest)
})

/** Two of each stick for one node, receipts for several of them, and acceptors that fall. */
const STORY: readonly AdmissionStatement[] = (() => {
  const sticks = Array.from({ length: 3 }, (_, index) => delegationBy({ name: `good ${index}` }))
  const pairs = [...sticks, ...over].map((by) => pairOf(by))
  const [first, second] = pairs as [(typeof pairs)[0], (typeof pairs)[0]]
  return [
    operator,
    delegation,
    ...sticks,
    ...over,
    ...[a, b, c].map(({ certificate }) => certificate),
    low,
    high,
    ...pairs.flat(),
    receiptBy(a, b, NOW),
    receiptBy(a, c, NOW + 1),
    receiptBy(a, highNode, NOW + 9),
    receiptBy(b, lowNode, NOW + 3),
    receiptBy(c, { ...node, certificate: first[1] }, NOW + 2),
    receiptBy(b, { ...node, certificate: second[1] }, NOW + 4),
    receiptBy(c, { ...node, certificate: second[0] }, NOW + 1),
    onNode(c, NOW + 2),
  ]
})()

/** As gossip does: what was not taken comes again until nothing changes. */
function settled(order: readonly AdmissionStatement[]): AdmissionStatement[] {
  const book = bookOf('watcher', [...base, a.certificate])
  assert.ok(book.judge(a.id, NOW))
  for (let before = ''; before !== held(book).join(); ) {
    before = held(book).join()
    for (const statement of [...order, ...order]) book.add(statement)
  }
  return [...book.statements()]
}

function inAnyOrder(
  all: readonly AdmissionStatement[],
  check: (order: readonly AdmissionStatement[]) => void,
): void {
  const orders = fc.shuffledSubarray([...all], { minLength: all.length })
  fc.assert(fc.property(orders, check), { seed: 20_262, numRuns: 100 })
}

test('the same certificates leave the same ones in every order', () => {
  const expected = digests(settled(STORY))
  inAnyOrder(STORY, (order) => assert.deepEqual(digests(settled(order)), expected))
})

test('a book that is read again holds the same, in whatever order it lies on the disk', () => {
  const kept = settled(STORY)
  // Nobody on this machine was looked at but itself.
  inAnyOrder(kept, (order) => assert.deepEqual(held(bookOf('a', order)), digests(kept)))
})

test.run()

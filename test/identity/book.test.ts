// Goal: who is a member follows from the papers alone, in whatever order they come. Method: small
// clusters of known keys; shuffles by a fixed seed. Not here: papers that lack a signature
// (chains.test.ts), and who is taken back (revocations.test.ts).
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AdmissionStatement } from '../../agent/src/identity/book.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeCertificate, makeRevocation } from '../../agent/src/identity/papers.ts'
import { suite } from '../harness.ts'
import {
  ADMISSION,
  bookOf,
  DAY,
  delegation,
  delegationBy,
  hand,
  type Member,
  member,
  NOW,
  operator,
  operatorBy,
  ROOT,
  receiptBy,
  secret,
} from './cluster.ts'
import { a, b, base, bookWithA, c, d, digests, me, onNode, onOperator } from './members.ts'

const test = suite('identity/book')

test('a node is unknown, then unjudged, then admitted', () => {
  const book = bookOf('me', base)
  assert.equal(book.standing(a.id), 'unknown')
  book.add(a.certificate)
  assert.equal(book.standing(a.id), 'unjudged')
  assert.ok(book.judge(a.id, NOW))
  assert.equal(book.standing(a.id), 'admitted')
  assert.ok(!book.judge(a.id, NOW))
})

test('a node alone is good in its own eyes', () => {
  assert.equal(bookOf('me', [...base, me.certificate]).standing(me.id), 'admitted')
})

const operatorEnds = operatorBy({ notAfter: NOW + DAY })
const DATES: [what: string, date: number, isGood: boolean, by?: typeof delegation][] = [
  ['before the delegation begins', NOW - DAY - 1, false],
  ['at its first second', NOW - DAY, true],
  ['at its last second', NOW + 7 * DAY, true],
  ['after it', NOW + 7 * DAY + 1, false],
  ['ten years late', NOW + 3650 * DAY, false],
  ['ten years early', NOW - 3650 * DAY, false],
  ['after the operator ends', NOW + 2 * DAY, false, delegationBy({}, operatorEnds)],
]

for (const [what, date, isGood, by = delegation] of DATES) {
  test(`a node whose dates are looked at ${what} is ${isGood ? '' : 'not '}admitted`, () => {
    const node = member('node', by)
    const book = bookOf('me', [operator, operatorEnds, by, node.certificate])
    assert.equal(book.judge(node.id, date), isGood)
    assert.equal(book.standing(node.id), isGood ? 'admitted' : 'unjudged')
  })
}

test('a clock that was put back does not help: what operators have dated has passed', () => {
  const book = bookOf('me', [...base, a.certificate])
  book.add(onNode(b, NOW + 8 * DAY))
  assert.equal(book.newestDate(), NOW + 8 * DAY)
  assert.ok(!book.judge(a.id, NOW))
})

test('what an operator dates counts up to the end of its own paper, whichever comes first', () => {
  const [wrong, shortPaper, longPaper] = [
    onNode(b, NOW + 3650 * DAY),
    operatorBy({ notAfter: NOW + 5 * DAY, name: 'short' }),
    operatorBy({ notAfter: NOW + 6 * DAY, name: 'long' }),
  ]
  for (const order of [
    [shortPaper, wrong, longPaper],
    [longPaper, shortPaper, wrong],
  ]) {
    assert.equal(bookOf('me', order).newestDate(), NOW + 6 * DAY)
  }
})

test('a wrong year on what the root takes back takes a day from each stick, and no more', () => {
  const lost = { kind: 'operator' as const, key: publicKeyOf(secret('lost')) }
  const wrong = makeRevocation(hand(ROOT), lost, NOW + 3650 * DAY)
  const fresh = delegationBy({ name: 'fresh', notBefore: NOW, notAfter: NOW + 7 * DAY })
  const node = member('node', fresh)
  for (const order of [
    [fresh, node.certificate, wrong],
    [wrong, fresh, node.certificate],
  ]) {
    const book = bookOf('me', [...base, ...order])
    assert.equal(book.newestDate(), NOW + DAY)
    assert.ok(book.judge(node.id, NOW))
  }
  // What operators and members have dated since is no bound.
  const book = bookOf('me', [...base, wrong, onNode(b, NOW + 3 * DAY)])
  assert.equal(book.newestDate(), NOW + 4 * DAY)
})

test('no single member puts the clock forward by its receipts', () => {
  const far = NOW + 6 * DAY
  const book = bookWithA(receiptBy(a, b, far), receiptBy(a, c, far + 1))
  assert.equal(book.newestDate(), 0)
  book.add(receiptBy(b, a, NOW + 5))
  assert.equal(book.newestDate(), NOW + 5)
})

test('what members have dated counts no more once they are revoked from before it', () => {
  const far = NOW + 6 * DAY
  const book = bookWithA(receiptBy(a, b, NOW), receiptBy(a, c, far), receiptBy(b, c, far))
  assert.equal(book.newestDate(), far)
  book.add(onNode(a, NOW + 1))
  book.add(onNode(b, NOW + 1))
  assert.equal(book.newestDate(), NOW + 1)
})

test('a receipt of a date on which its papers were not good counts for nothing', () => {
  for (const date of [NOW - 3650 * DAY, NOW + 8 * DAY]) {
    const book = bookWithA()
    assert.deepEqual(book.add(receiptBy(a, b, date)), { kind: 'refused', reason: 'rights' })
    assert.equal(book.standing(b.id), 'unjudged')
  }
})

test('a receipt of a member admits, whatever the date is by now', () => {
  const book = bookWithA(receiptBy(a, b))
  assert.equal(book.standing(b.id), 'admitted')
  assert.equal(book.receipts(b.id), 1)
})

test('who was accepted by who was accepted is a member too', () => {
  const book = bookWithA(receiptBy(a, b), receiptBy(b, c))
  assert.equal(book.standing(c.id), 'admitted')
})

test('a receipt for another certificate than the one that is held waits for it', () => {
  const other = member('b', delegationBy({ name: 'other' }))
  const verdict = bookWithA().add(receiptBy(a, other))
  assert.deepEqual(verdict, { kind: 'missing', digests: [other.certificate.digest] })
})

test('two nodes that vouch for each other admit nobody', () => {
  const book = bookOf('me', [...base, a.certificate, b.certificate])
  assert.equal(book.add(receiptBy(a, b)).kind, 'missing')
  assert.equal(book.add(receiptBy(b, a)).kind, 'missing')
  assert.equal(book.standing(a.id), 'unjudged')
})

test('of many receipts the three earliest are kept, whatever comes first', () => {
  const names = Array.from({ length: 6 }, (_, index) => member(`acceptor ${index}`))
  const node = member('node')
  const receipts = names.map((acceptor, index) => receiptBy(acceptor, node, NOW + index))
  for (const order of [receipts, receipts.toReversed()]) {
    const book = bookOf('me', [...base, node.certificate, ...names.map((each) => each.certificate)])
    for (const { id } of names) book.judge(id, NOW)
    for (const receipt of order) book.add(receipt)
    const held = [...book.statements()].filter(({ kind }) => kind === 'receipt')
    assert.deepEqual(held.map(({ digest }) => digest).toSorted(), digests(receipts.slice(0, 3)))
    assert.deepEqual(book.add(receipts[5] as AdmissionStatement), refused('bound'))
  }
})

test('a member has one receipt for a node, the earliest', () => {
  const book = bookWithA(receiptBy(a, b, NOW + 5))
  assert.deepEqual(book.add(receiptBy(a, b, NOW + 6)), refused('bound'))
  const verdict = book.add(receiptBy(a, b, NOW))
  assert.ok(verdict.kind === 'new')
  assert.deepEqual(digests(verdict.dropped), digests([receiptBy(a, b, NOW + 5)]))
  assert.equal(book.receipts(b.id), 1)
})

function refused(reason: string) {
  return { kind: 'refused', reason }
}

test('a node that joins takes who accepted it for a member, and those it accepted', () => {
  const papers = [...base, me.certificate, a.certificate, b.certificate]
  const book = bookOf('me', papers)
  assert.equal(book.add(receiptBy(a, me)).kind, 'new')
  assert.equal(book.standing(a.id), 'admitted')
  assert.equal(book.add(receiptBy(a, b)).kind, 'new')
  assert.equal(book.standing(b.id), 'admitted')
})

test('only the first one: another stranger that says so is not taken', () => {
  const book = bookOf('me', [...base, me.certificate, a.certificate, b.certificate])
  book.add(receiptBy(a, me))
  assert.equal(book.add(receiptBy(b, me)).kind, 'missing')
  assert.equal(book.standing(b.id), 'unjudged')
})

test('a node that was accepted before does not take a stranger that says it accepts it', () => {
  const held = [...base, me.certificate, a.certificate, b.certificate, receiptBy(a, me)]
  const book = bookOf('me', held)
  assert.equal(book.standing(a.id), 'admitted')
  assert.equal(book.add(receiptBy(b, me)).kind, 'missing')
  assert.equal(book.standing(b.id), 'unjudged')
})

test('a member without the right to coordinate has none where its stick has no bound', () => {
  const meek = makeCertificate(hand(ADMISSION), delegation, d.id, false)
  const book = bookWithA(meek, receiptBy(a, { ...d, certificate: meek }))
  assert.equal(book.standing(d.id), 'admitted')
  assert.deepEqual([book.mayCoordinate(a.id), book.mayCoordinate(d.id)], [true, false])
})

test('all who had accepted a node are so again after a restart', () => {
  const held = [...base, me.certificate, a.certificate, b.certificate]
  const book = bookOf('me', [...held, receiptBy(a, me), receiptBy(b, me)])
  assert.deepEqual(
    [a, b].map(({ id }) => book.standing(id)),
    ['admitted', 'admitted'],
  )
})

test('what a node has held is taken from its disk in any order', () => {
  const held = [receiptBy(b, c), receiptBy(a, b), receiptBy(a, me), ...base.toReversed()]
  const certificates = [a, b, c, me].map(({ certificate }) => certificate)
  const book = bookOf('me', [...held, ...certificates])
  assert.deepEqual(
    [a, b, c].map(({ id }) => book.standing(id)),
    ['admitted', 'admitted', 'admitted'],
  )
})

const three = delegationBy({ mostJoins: 3, name: 'three' })

test('joins above the most are quarantined, the newest first, whatever comes first', () => {
  const nodes = Array.from({ length: 6 }, (_, index) => member(`node ${index}`, three))
  const receipts = nodes.map((node, index) => receiptBy(a, node, NOW + index))
  for (const order of [receipts, receipts.toReversed()]) {
    const book = bookWithA(three, ...nodes.map(({ certificate }) => certificate), ...order)
    const standings = nodes.map(({ id }) => book.standing(id))
    const [good, bad] = ['admitted', 'quarantined']
    assert.deepEqual(standings, [good, good, good, bad, bad, bad])
    assert.ok(!book.mayCoordinate(nodes[3]?.id ?? ''))
  }
})

test('who loses its place to a node that was not heard of before is named, and so is who gets it', () => {
  const one = delegationBy({ mostJoins: 1, name: 'one' })
  const [later, earlier] = [member('later', one), member('earlier', one)]
  const book = bookWithA(one, later.certificate, receiptBy(a, later, NOW + 1), earlier.certificate)
  assert.equal(book.standing(later.id), 'admitted')
  const added = book.add(receiptBy(a, earlier, NOW))
  assert.ok(added.kind === 'new')
  assert.deepEqual(added.affected.toSorted(), [earlier.id, later.id].toSorted())
  assert.equal(book.standing(later.id), 'quarantined')
})

test('of two that were accepted in one second the lower digest stays', () => {
  const one = delegationBy({ mostJoins: 1, name: 'one' })
  const [x, y] = [member('x', one), member('y', one)]
  const receipts = [receiptBy(a, x), receiptBy(a, y)]
  const [first] = receipts.toSorted((p, q) => (p.digest < q.digest ? -1 : 1))
  for (const order of [receipts, receipts.toReversed()]) {
    const book = bookWithA(one, x.certificate, y.certificate, ...order)
    for (const { id } of [x, y]) {
      const isFirst = first?.body.nodeId === id
      assert.equal(book.standing(id), isFirst ? 'admitted' : 'quarantined')
    }
  }
})

test('of two hundred identities from one stick three have rights', () => {
  const many = Array.from({ length: 200 }, (_, index) => member(`flood ${index}`, three))
  const book = bookWithA(three)
  for (const [index, node] of many.entries()) {
    book.add(node.certificate)
    book.add(receiptBy(a, node, NOW + index))
  }
  assert.equal(many.filter(({ id }) => book.standing(id) === 'admitted').length, 3)
})

test('a node that has papers of two sticks takes a place of the one it was accepted by', () => {
  const one = delegationBy({ mostJoins: 1, name: 'one' })
  const [x, y] = [member('x', one), member('y', one)]
  // The certificate of the lowest digest is preferred among those that nobody has looked at.
  const sticks = Array.from({ length: 64 }, (_, index) => delegationBy({ name: `other ${index}` }))
  const isLower = (by: typeof one) => member('x', by).certificate.digest < x.certificate.digest
  const stick = sticks.find(isLower) ?? one
  const second = member('x', stick).certificate
  const receipts = [receiptBy(a, x, NOW), receiptBy(a, y, NOW + 1)]
  const papers = [x.certificate, y.certificate, second]
  for (const order of [
    [...papers, ...receipts],
    [x.certificate, y.certificate, ...receipts, second],
  ]) {
    const book = bookWithA(one, stick, ...order)
    assert.equal(book.certificateOf(x.id)?.digest, x.certificate.digest)
    assert.equal(book.standing(y.id), 'quarantined')
  }
})

test('who looks at the dates of two papers accepts the one whose dates are good', () => {
  const over = Array.from({ length: 64 }, (_, index) =>
    delegationBy({ notBefore: NOW - 9 * DAY, notAfter: NOW - 2 * DAY, name: `over ${index}` }),
  )
  const old = over.find((by) => member('a', by).certificate.digest < a.certificate.digest)
  assert.ok(old)
  const book = bookOf('me', [...base, old, member('a', old).certificate, a.certificate])
  assert.ok(book.judge(a.id, NOW))
  assert.equal(book.certificateOf(a.id)?.digest, a.certificate.digest)
})

test('the right to coordinate is the certificate, within the bound of its stick', () => {
  const two = delegationBy({ mostCoordinators: 1, name: 'two' })
  const meek = makeCertificate(hand(ADMISSION), two, member('meek').id, false)
  const [x, y] = [member('x', two), member('y', two)]
  const book = bookWithA(two, meek, x.certificate, y.certificate)
  book.add({ ...receiptBy(a, { ...member('meek'), certificate: meek }, NOW) })
  book.add(receiptBy(a, x, NOW + 1))
  book.add(receiptBy(a, y, NOW + 2))
  const may = [member('meek'), x, y].map(({ id }) => book.mayCoordinate(id))
  assert.deepEqual(may, [false, true, false])
})

test('roles are those of the delegation; none there means all', () => {
  const web = delegationBy({ roles: ['web'], name: 'web' })
  const x = member('x', web)
  const book = bookWithA(web, x.certificate)
  assert.deepEqual(book.rolesOf(x.id), ['web'])
  assert.equal(book.rolesOf(a.id), undefined)
})

/** Everything that happens to a cluster, with its newest words in conflict. */
const STORY: readonly AdmissionStatement[] = (() => {
  const nodes = Array.from({ length: 6 }, (_, index) => member(`story ${index}`, three))
  const other = delegationBy({ name: 'spare' })
  return [
    ...base,
    three,
    other,
    ...[a, b, c, d].map(({ certificate }) => certificate),
    ...nodes.map(({ certificate }) => certificate),
    member('story 0', other).certificate,
    receiptBy(a, b, NOW),
    receiptBy(b, a, NOW + 1),
    receiptBy(b, c, NOW + 10),
    receiptBy(c, d, NOW + 20),
    receiptBy(b, d, NOW + 40),
    ...nodes.map((node, index) => receiptBy(index % 2 === 0 ? b : a, node, NOW + index)),
    ...nodes.map((node, index) => receiptBy(c, node, NOW + 3 - index)),
    onNode(b, NOW + 30),
    onNode(nodes[1] as Member, NOW + 2),
    onOperator(NOW + 35),
    onNode(c, NOW + 36),
  ]
})()

/** As gossip does: what was not taken comes again until nothing changes. */
function settled(order: readonly AdmissionStatement[]): unknown {
  const book = bookOf('watcher', [...base, a.certificate])
  assert.ok(book.judge(a.id, NOW))
  const held = () => digests([...book.statements()])
  for (let before = ''; before !== held().join(); ) {
    before = held().join()
    for (const statement of order) book.add(statement)
  }
  const ids = new Set(
    STORY.flatMap((statement) => (statement.kind === 'certificate' ? [statement.body.nodeId] : [])),
  )
  const of = (id: string) => [book.standing(id), book.mayCoordinate(id), book.receipts(id)]
  return { held: held(), standings: [...ids].toSorted().map(of) }
}

test('the same papers give the same members in every order', () => {
  const expected = settled(STORY)
  const orders = fc.shuffledSubarray([...STORY], { minLength: STORY.length })
  fc.assert(
    fc.property(orders, (order) => assert.deepEqual(settled(order), expected)),
    { seed: 20_261, numRuns: 60 },
  )
})

test('hearing everything again changes nothing', () => {
  const book = bookOf('watcher', [...base, a.certificate])
  book.judge(a.id, NOW)
  for (const statement of [...STORY, ...STORY, ...STORY]) book.add(statement)
  for (const statement of STORY) {
    assert.notEqual(book.add(statement).kind, 'new', statement.kind)
  }
})

test.run()

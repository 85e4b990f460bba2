// Goal: a paper is held only if whoever had to sign it did, up to the cluster id. Method: one paper
// at a time that lacks one thing, to a book that has all that it rests on.
import assert from 'node:assert/strict'
import type { AdmissionStatement } from '../../agent/src/identity/book.ts'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeCertificate, makeRevocation, makeRotation } from '../../agent/src/identity/papers.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement, makeStatement } from '../../agent/src/wire/statement.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import {
  ADMISSION,
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
} from './cluster.ts'
import { digests } from './members.ts'

const test = suite('identity/chains')

const other = secret('other')
const otherId = publicKeyOf(other)
const node = member('node')
const friend = member('friend')
const bounded = delegationBy({ mayCoordinate: false })
/** Canonical and on the curve, with a part of small order: the base point turned by half. */
const mixed = new Uint8Array(Buffer.from(`95${'99'.repeat(31)}`, 'hex'))
const base = [operator, delegation, bounded, node.certificate, friend.certificate]

/** The same with the lowest bit of a byte of the body turned; it still decodes. */
function turned(statement: AdmissionStatement, at: number): AdmissionStatement {
  return withBytes(statement, at, [(statement.bytes[3 + at] ?? 0) ^ 1])
}

function withBytes(
  statement: AdmissionStatement,
  at: number,
  others: Iterable<number>,
): AdmissionStatement {
  const bytes = new Uint8Array(statement.bytes)
  bytes.set([...others], 3 + at)
  const read = decodeStatement(bytes, crypto)
  if (isRefused(read)) throw new Error(`it does not decode: ${read.refused}`)
  return read as AdmissionStatement
}

function added(statement: AdmissionStatement): string {
  const verdict = bookOf('me', base).add(statement)
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind
}

const stick = (by: Uint8Array, clusterId?: Uint8Array) =>
  delegationBy({ admissionKey: otherId, name: 'x' }, operator, by, clusterId)
const rightOf = (key: Uint8Array, mayCoordinate: boolean) =>
  makeCertificate(hand(key), bounded, member('new').id, mayCoordinate)
const rotation = makeRotation(hand(ROOT), other, 1)
const sworn = makeRotation(hand(other), secret('third'), 2)
const onNode = { kind: 'node' as const, key: publicKeyOf(secret('node')) }
const onOperator = { kind: 'operator' as const, key: publicKeyOf(OPERATOR) }

const VERDICTS: [what: string, statement: AdmissionStatement, verdict: string][] = [
  ['an operator by the root', operatorBy({ name: 'ada', operatorKey: otherId }), 'new'],
  ['what is held', operator, 'known'],
  ['an operator by itself', operatorBy({ operatorKey: otherId }, other), 'signature'],
  ['an operator by an operator', operatorBy({ operatorKey: otherId }, OPERATOR), 'signature'],
  ['an operator of another cluster', operatorBy({ name: 'x' }, ROOT, otherId), 'signature'],
  ['an operator whose last date was moved', turned(operator, 43), 'signature'],
  ['an operator with a key of mixed order', operatorBy({ operatorKey: mixed }), 'key'],
  ['a delegation by an operator', stick(OPERATOR), 'new'],
  ['a delegation that admits itself', stick(other), 'signature'],
  ['a delegation by an admission key', stick(ADMISSION), 'signature'],
  ['a delegation by the root', stick(ROOT), 'signature'],
  ['a delegation of another cluster', stick(OPERATOR, otherId), 'signature'],
  ['a delegation whose rights were turned', turned(bounded, 76), 'signature'],
  ['a delegation with a key of mixed order', delegationBy({ admissionKey: mixed }), 'key'],
  [
    'a delegation by an operator nobody knows',
    delegationBy({}, operatorBy({ name: 'unheard' })),
    'missing',
  ],
  ['a certificate by its stick', member('new').certificate, 'new'],
  [
    'a certificate by the node itself',
    member('new', delegation, secret('new')).certificate,
    'signature',
  ],
  ['a certificate by an operator', member('new', delegation, OPERATOR).certificate, 'signature'],
  ['a certificate by another stick', member('new', delegation, other).certificate, 'signature'],
  [
    'a certificate of another cluster',
    makeCertificate(hand(ADMISSION, otherId), delegation, member('new').id),
    'signature',
  ],
  [
    'a certificate of a node, made that of another',
    withBytes(node.certificate, 0, publicKeyOf(secret('new'))),
    'signature',
  ],
  ['a right to coordinate that the stick lacks', rightOf(ADMISSION, true), 'rights'],
  ['the right to coordinate switched on', turned(rightOf(ADMISSION, false), 64), 'rights'],
  [
    'a certificate by a stick nobody knows',
    member('new', delegationBy({ name: 'unheard' })).certificate,
    'missing',
  ],
  ['a rotation', rotation, 'new'],
  ['a rotation by the new key only', makeRotation(hand(other), other, 1), 'signature'],
  ['a rotation of another cluster', makeRotation(hand(ROOT, otherId), other, 1), 'signature'],
  ['a rotation whose new key does not agree', unsworn(1), 'signature'],
  ['a second rotation without the first', sworn, 'missing'],
  ['a rotation of a number above all', makeRotation(hand(ROOT), other, 65), 'bound'],
  ['a revocation by an operator', makeRevocation(hand(OPERATOR), onNode, NOW), 'new'],
  ['a revocation by the root', makeRevocation(hand(ROOT), onNode, NOW), 'new'],
  ['a revocation by an admission key', makeRevocation(hand(ADMISSION), onNode, NOW), 'missing'],
  ['a revocation by a node', makeRevocation(hand(secret('node')), onNode, NOW), 'missing'],
  ['a revocation in the name of the root', forged(), 'signature'],
  [
    'an operator taken back by an operator',
    makeRevocation(hand(OPERATOR), onOperator, NOW),
    'rights',
  ],
  ['an operator taken back by the root', makeRevocation(hand(ROOT), onOperator, NOW), 'new'],
  ['a receipt by itself', receiptBy(node, node), 'rights'],
  ['a receipt by a stranger', receiptBy(member('stranger'), node), 'missing'],
  ['a receipt by who is not admitted', receiptBy(friend, node), 'missing'],
  ['a receipt for a certificate nobody knows', receiptBy(friend, member('new')), 'missing'],
]

function signing(key: Uint8Array) {
  return { clusterId: CLUSTER_ID, sign: (message: Uint8Array) => crypto.sign(key, message) }
}

function unsworn(number: number) {
  const body = { rootKey: otherId, number, countersignature: new Uint8Array(64) }
  return makeStatement('rotation', body, signing(ROOT), crypto)
}

function forged() {
  const body = { target: onNode, date: NOW, takesAdmitted: false, signer: CLUSTER_ID }
  return makeStatement('revocation', body, signing(OPERATOR), crypto)
}

for (const [what, statement, verdict] of VERDICTS) {
  test(`${verdict}: ${what}`, () => assert.equal(added(statement), verdict))
}

test('what is missing is named, so that it can be asked for', () => {
  const book = bookOf('me')
  assert.deepEqual(book.add(node.certificate), { kind: 'missing', digests: [delegation.digest] })
  assert.deepEqual(book.add(delegation), { kind: 'missing', digests: [operator.digest] })
})

test('a receipt that another signed is refused', () => {
  const book = bookOf('me', base)
  assert.ok(book.judge(friend.id, NOW))
  const liar = { ...node, secret: secret('me'), id: friend.id }
  assert.deepEqual(book.add(receiptBy(liar, node)), { kind: 'refused', reason: 'signature' })
})

test('after a rotation both root keys make operators, and a second one follows it', () => {
  const book = bookOf('me', [rotation, sworn])
  const kinds = [ROOT, other, secret('third')].map((root, index) => {
    const operatorKey = publicKeyOf(secret(`ada ${index}`))
    return book.add(operatorBy({ operatorKey }, root)).kind
  })
  assert.deepEqual(kinds, ['new', 'new', 'new'])
})

test('a second rotation of one number is refused: a root has one successor', () => {
  const book = bookOf('me', [rotation])
  const rival = makeRotation(hand(ROOT), secret('rival'), 1)
  assert.deepEqual(book.add(rival), { kind: 'refused', reason: 'bound' })
})

test('a node has four certificates at most, those of the sticks that admit longest', () => {
  const sticks = Array.from({ length: 6 }, (_, index) =>
    delegationBy({ name: `stick ${index}`, notAfter: NOW + (index + 1) * DAY }),
  )
  const certificates = sticks.map((by) => member('node', by).certificate)
  for (const order of [certificates, certificates.toReversed()]) {
    const book = bookOf('me', [operator, ...sticks, ...order])
    const held = [...book.statements()].filter(({ kind }) => kind === 'certificate')
    assert.deepEqual(digests(held), digests(certificates.slice(2)))
  }
})

test('nobody accepts a node with a key of mixed order', () => {
  const book = bookOf('me', [operator, delegation])
  const certificate = makeCertificate(hand(ADMISSION), delegation, nodeIdOf(mixed))
  assert.equal(book.add(certificate).kind, 'new')
  assert.equal(book.judge(nodeIdOf(mixed), delegation.body.notBefore), false)
})

test('a rotation to a key of mixed order is refused', () => {
  const body = { rootKey: mixed, number: 1, countersignature: new Uint8Array(64) }
  const statement = makeStatement('rotation', body, signing(ROOT), crypto)
  assert.equal(added(statement), 'key')
})

test('an operator makes 1024 sticks at most, and leaves room for those of others', () => {
  const ada = operatorBy({ operatorKey: otherId, name: 'ada' })
  const book = bookOf('me', [operator, ada])
  const kinds = Array.from({ length: 1025 }, (_, index) => {
    return book.add(delegationBy({ name: `stick ${index}` })).kind
  })
  assert.equal(kinds.indexOf('refused'), 1024)
  // Another paper of the same key brings no room.
  const again = operatorBy({ name: 'again' })
  assert.equal(book.add(again).kind, 'new')
  assert.equal(book.add(delegationBy({ name: 'more' }, again)).kind, 'refused')
  assert.equal(book.add(delegationBy({}, ada, other)).kind, 'new')
})

test('there are 256 operators at most', () => {
  const book = bookOf('me')
  const kinds = Array.from({ length: 257 }, (_, index) => {
    return book.add(operatorBy({ name: `operator ${index}` })).kind
  })
  assert.equal(kinds.indexOf('refused'), 256)
})

test.run()

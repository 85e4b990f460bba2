// Goal: whoever wonders about a node is told what is wrong with it. Method: a healthy node's symptoms
// with one of them changed. Finding symptoms out is tested on nodes (test/lab/membership-hosts).
import assert from 'node:assert/strict'
import { diagnose, paperSymptoms, type Symptoms } from '../../agent/src/daemon/diagnosis.ts'
import { makeRevocation } from '../../agent/src/identity/papers.ts'
import { suite } from '../harness.ts'
import {
  bookOf,
  DAY,
  delegation,
  hand,
  member,
  NOW,
  OPERATOR,
  operator,
} from '../identity/cluster.ts'

const test = suite('daemon/diagnosis')

const HEALTHY: Symptoms = {
  port: 4665,
  addresses: ['10.0.0.1:4665'],
  interfaces: ['eth0'],
  others: 2,
  isConflict: false,
  standing: 'admitted',
  receipts: 1,
  roles: ['web'],
  allowedRoles: undefined,
  isTakenBack: false,
  dateS: 1_000_000,
  validFrom: 0,
  validTo: 2_000_000,
  newestDateS: 1_000_000,
  ignored: {},
  sendFailures: {},
  stateFailure: undefined,
  uptimeMs: 60_000,
}

const NO_PAPERS = { validFrom: undefined, validTo: undefined }

const CASES: readonly [string, Partial<Symptoms>, RegExp][] = [
  ['without an address', { addresses: [] }, /no interface .* eth0/],
  ['that was revoked', { standing: 'revoked' }, /was revoked/],
  ['above the most of its seed', { standing: 'quarantined' }, /than the seed allows/],
  ['whose disk was copied', { isConflict: true }, /disk was copied/],
  ['that cannot write', { stateFailure: 'no space' }, /written down: no space/],
  ['whose seed was taken back', { isTakenBack: true, receipts: 0 }, /seed .* was revoked/],
  ['with a role its seed lacks', { roles: ['k3s', 'web'], allowedRoles: ['web'] }, /: k3s$/],
  ['whose seed expired', { receipts: 0, dateS: 3_000_000 }, /expired on 1970-01-24/],
  ['whose seed is not yet good', { receipts: 0, validFrom: 1_500_000 }, /good from/],
  [
    'taken out with its seed',
    { standing: 'revoked', isTakenBack: true, receipts: 0, ...NO_PAPERS },
    /seed of this node was revoked, and with it/,
  ],
  [
    'of a seed from a far date',
    { receipts: 0, validFrom: 2 ** 48 - 1, validTo: 2 ** 48 },
    /good from second 2/,
  ],
  ['in a far time', { newestDateS: 2 ** 48 - 1 }, /signed on second 281474976710655$/],
  ['whose clock is behind', { newestDateS: 1_100_000 }, /clock here says/],
  ['beside another cluster', { ignored: { tag: 4 } }, /4 datagrams of another cluster/],
  ['that cannot send', { sendFailures: { EPERM: 5 } }, /5 datagrams .* EPERM/],
  ['that is alone', { others: 0 }, /nothing was heard/],
]

test('a few strays and a few datagrams that were not sent are nothing wrong', () => {
  assert.deepEqual(diagnose({ ...HEALTHY, ignored: { tag: 2 }, sendFailures: { EPERM: 2 } }), [])
})

test('a healthy node has nothing wrong', () => {
  assert.deepEqual(diagnose(HEALTHY), [])
})

for (const [name, symptoms, what] of CASES) {
  test(`a node ${name} is told so, and what to do`, () => {
    const found = diagnose({ ...HEALTHY, ...symptoms })
    assert.deepEqual(
      found.map((one) => what.test(one.what)),
      [true],
      JSON.stringify(found),
    )
    assert.ok(found[0]?.mend)
  })
}

const revocationBy = (takesAdmitted: boolean) =>
  makeRevocation(
    hand(OPERATOR),
    { kind: 'admission', key: delegation.body.admissionKey },
    NOW,
    takesAdmitted,
  )

test('a node that is alone is told the port that it was given', () => {
  const [found] = diagnose({ ...HEALTHY, others: 0, port: 5000 })
  assert.match(found?.mend ?? '', /UDP port 5000 open/)
})

test('a node without papers has no dates of a seed, and one with them has', () => {
  const { id, certificate } = member('a')
  const bare = paperSymptoms(bookOf('a'), id)
  assert.deepEqual([bare.validFrom, bare.validTo, bare.isTakenBack], [undefined, undefined, false])
  const whole = paperSymptoms(bookOf('a', [operator, delegation, certificate]), id)
  assert.deepEqual([whole.validFrom, whole.validTo], [NOW - DAY, NOW + 7 * DAY])
})

test('a node whose seed was revoked knows it, whether it goes with its seed or not', () => {
  const { id, certificate } = member('a')
  for (const takesAdmitted of [false, true]) {
    const papers = [operator, delegation, certificate, revocationBy(takesAdmitted)]
    const found = paperSymptoms(bookOf('a', papers), id)
    assert.equal(found.isTakenBack, true)
    assert.equal(found.standing, takesAdmitted ? 'revoked' : 'admitted')
  }
})

test.run()

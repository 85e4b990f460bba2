// Goal: a machine joins by a seed once, keeps what it needs and nothing that admits others. Method:
// stores in folders of their own. Not here: what members make of the papers (book.test.ts).
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Book } from '../../agent/src/identity/book.ts'
import { isStrictKey, publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeRotation } from '../../agent/src/identity/papers.ts'
import { joinBy, parseSeed, seedText } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import {
  ADMISSION,
  CLUSTER_ID,
  delegationBy,
  hand,
  NOW,
  operatorBy,
  ROOT,
  secret,
  seedBy,
} from './cluster.ts'

const test = suite('identity/join')

let folder: string
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'))
})
test.after.each(() => rmSync(folder, { recursive: true, force: true }))

const open = () => new Store(join(folder, 'identity'))

test('a machine without an identity gets one, and papers that make it a member', () => {
  const nodeId = joinBy(open(), seedBy())
  const store = open()
  assert.equal(nodeId, nodeIdOf(publicKeyOf(store.seed())))
  assert.deepEqual(store.membership(), {
    clusterId: CLUSTER_ID,
    discoverySecret: secret('discovery'),
    ipv4: 77,
  })
  const own = { clusterId: CLUSTER_ID, suite: crypto, isKey: isStrictKey }
  const book = new Book({ ...own, self: nodeId, held: store.statements() })
  assert.equal(book.standing(nodeId), 'admitted')
  const stranger = nodeIdOf(publicKeyOf(secret('other')))
  const other = new Book({ ...own, self: stranger, held: store.statements() })
  assert.equal(other.standing(nodeId), 'unjudged')
  assert.ok(other.judge(nodeId, NOW))
})

test('the secret that admits is in no file of the node', () => {
  joinBy(open(), seedBy())
  const files = readdirSync(join(folder, 'identity'))
  assert.deepEqual(files.toSorted(), ['cluster', 'papers', 'seed'])
  for (const file of files) {
    const bytes = readFileSync(join(folder, 'identity', file))
    assert.equal(bytes.indexOf(ADMISSION), -1, file)
  }
})

test('a node of the cluster stays as it is, whatever else the seed says', () => {
  const nodeId = joinBy(open(), seedBy())
  const files = readdirSync(join(folder, 'identity'))
  const before = files.map((file) => readFileSync(join(folder, 'identity', file), 'hex'))
  const key = secret('another stick')
  const delegation = delegationBy({ admissionKey: publicKeyOf(key) })
  assert.equal(joinBy(open(), seedBy({ admissionSecret: key, delegation })), nodeId)
  const after = files.map((file) => readFileSync(join(folder, 'identity', file), 'hex'))
  assert.deepEqual(after, before)
})

test('a node of another cluster refuses the seed and says what to do', () => {
  joinBy(open(), seedBy())
  const root = secret('other root')
  const clusterId = publicKeyOf(root)
  const operator = operatorBy({}, root, clusterId)
  const delegation = delegationBy({}, operator, secret('operator'), clusterId)
  assert.throws(
    () => joinBy(open(), seedBy({ clusterId, operator, delegation })),
    (error: { code?: string; hint?: string }) =>
      error.code === 'SEED' && /move .* away/.test(error.hint ?? ''),
  )
  assert.deepEqual(open().membership()?.clusterId, CLUSTER_ID)
})

test('a machine that has an identity and no cluster keeps its identity', () => {
  const seed = open().seed()
  joinBy(open(), seedBy())
  assert.deepEqual(open().seed(), seed)
})

test('a seed of a rotated root brings the rotation along', () => {
  const next = secret('next root')
  const rotation = makeRotation(hand(ROOT), next, 1)
  const operator = operatorBy({}, next)
  const delegation = delegationBy({}, operator)
  const text = seedText(seedBy({ rotations: [rotation], operator, delegation }))
  const nodeId = joinBy(open(), parseSeed(text, 'seed.yml'))
  const own = { clusterId: CLUSTER_ID, suite: crypto, isKey: isStrictKey }
  const book = new Book({ ...own, self: nodeId, held: open().statements() })
  assert.equal(book.standing(nodeId), 'admitted')
})

test.run()

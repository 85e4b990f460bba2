// Goal: the golden vectors are what the code says, and stay so: a change of the protocol is seen as
// a change of the file. Method: each is read from its bytes alone and compared with what it says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Form, nonceOf, openHeader, openSealed } from '../../agent/src/wire/datagram.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { discoveryKey, pairKey, tagKey } from '../../agent/src/wire/keys.ts'
import { decodeMessages } from '../../agent/src/wire/message.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import { decodeStatement, isSignedBy, signedBytes } from '../../agent/src/wire/statement.ts'
import { suite as cryptography } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { plainOf, VECTORS, vectors } from './generate.ts'
import { bytesOf, derive, hexOf, PURPOSES, publicOf } from './samples.ts'

const test = suite('wire/vectors')

interface NodeVector {
  readonly name: string
  readonly seed: string
  readonly key: string
  readonly id: string
  readonly salt: string
  readonly derived: readonly {
    readonly purpose: keyof typeof PURPOSES
    readonly index: number
    readonly secret: string
    readonly publicKey: string
  }[]
}

interface MessageVector {
  readonly form: Form
  readonly messages: unknown
  readonly plain: string
}

interface Vectors {
  readonly secrets: { readonly discovery: string; readonly root: { readonly seed: string } }
  readonly clusterId: string
  readonly nodes: readonly NodeVector[]
  readonly keys: {
    readonly tag: string
    readonly discovery: { readonly key: string }
    readonly pair: readonly { readonly epoch: number; readonly key: string }[]
  }
  readonly statements: readonly {
    readonly kind: string
    readonly body: unknown
    readonly bytes: string
    readonly digest: string
    readonly signer: string
    readonly signed: string
  }[]
  readonly messages: readonly MessageVector[]
  readonly lenient: readonly MessageVector[]
  readonly datagrams: readonly {
    readonly header: unknown
    readonly key: string
    readonly nonce: string
    readonly associated: string
    readonly plain: string
    readonly datagram: string
  }[]
  readonly refused: readonly {
    readonly what: string
    readonly why: string
    readonly reason: string
    readonly key?: string
    readonly bytes: string
  }[]
}

const text = readFileSync(VECTORS, 'utf8')
const golden = JSON.parse(text) as Vectors
const clusterId = bytesOf(golden.clusterId)
const secret = bytesOf(golden.secrets.discovery)
const [ada, bob] = golden.nodes as [NodeVector, NodeVector]

/** A value as the file has it: absent keys and prototypes do not count. */
function asFile(value: unknown): unknown {
  return JSON.parse(JSON.stringify(plainOf(value)))
}

function gossipOf(node: NodeVector, half: 'secret' | 'publicKey'): Uint8Array {
  const found = node.derived.find(({ purpose, index }) => purpose === 'gossip' && index === 0)
  return bytesOf(found?.[half] ?? '')
}

test('generate.ts gives the same file again', () => {
  assert.equal(
    vectors() === text,
    true,
    'run node test/wire/generate.ts, and say why in the commit',
  )
})

test('the seeds give the keys', () => {
  assert.equal(hexOf(publicOf(bytesOf(golden.secrets.root.seed))), golden.clusterId)
  for (const node of golden.nodes) {
    assert.equal(hexOf(publicOf(bytesOf(node.seed))), node.key)
    assert.equal(nodeIdOf(bytesOf(node.key)), node.id)
    for (const { purpose, index, secret, publicKey } of node.derived) {
      const derived = derive(bytesOf(node.seed), purpose, index)
      assert.deepEqual(asFile(derived), { secret, publicKey })
    }
  }
})

test('the secrets give the keys of datagrams', () => {
  const { keys } = golden
  assert.equal(hexOf(tagKey(secret, clusterId, cryptography)), keys.tag)
  const discovery = discoveryKey(secret, bytesOf(ada.salt), clusterId, cryptography)
  assert.equal(hexOf(discovery), keys.discovery.key)
  for (const { epoch, key } of keys.pair) {
    const pair = pairKey(
      {
        secret: gossipOf(bob, 'secret'),
        publicKey: gossipOf(ada, 'publicKey'),
        senderSalt: bytesOf(ada.salt),
        receiverSalt: bytesOf(bob.salt),
        clusterId,
        senderId: ada.id,
        receiverId: bob.id,
        epoch,
      },
      cryptography,
    )
    assert.equal(pair && hexOf(pair), key)
  }
})

test('each statement is read as it says, and signed by whom it says', () => {
  for (const vector of golden.statements) {
    const { kind, body, bytes, digest, signer, signed } = vector
    const statement = decodeStatement(bytesOf(bytes), cryptography)
    if (isRefused(statement)) throw new Error(`${kind}: ${statement.refused}`)
    assert.deepEqual([statement.kind, statement.digest], [kind, digest])
    assert.deepEqual(asFile(statement.body), body)
    assert.equal(hexOf(signedBytes(statement, clusterId)), signed)
    assert.ok(isSignedBy(statement, bytesOf(signer), clusterId, cryptography))
  }
})

test('the messages are read as they say', () => {
  for (const { form, messages, plain } of [...golden.messages, ...golden.lenient]) {
    assert.deepEqual(asFile(decodeMessages(bytesOf(plain), form, cryptography)), messages)
  }
})

test('each datagram opens by its key alone', () => {
  for (const { header, key, nonce, associated, plain, datagram } of golden.datagrams) {
    const opened = openHeader(bytesOf(datagram), bytesOf(golden.keys.tag), cryptography)
    if (isRefused(opened)) throw new Error(opened.refused)
    assert.deepEqual(asFile(opened.header), header)
    assert.deepEqual([hexOf(nonceOf(opened.header)), hexOf(opened.associated)], [nonce, associated])
    assert.equal(plainOf(openSealed(opened, bytesOf(key), cryptography)), plain)
  }
})

function refusalOf({ what, bytes, key }: Vectors['refused'][number]): unknown {
  if (what === 'statement') return decodeStatement(bytesOf(bytes), cryptography)
  if (what === 'pair messages') return decodeMessages(bytesOf(bytes), 'pair', cryptography)
  if (what === 'discovery messages')
    return decodeMessages(bytesOf(bytes), 'discovery', cryptography)
  const opened = openHeader(bytesOf(bytes), bytesOf(golden.keys.tag), cryptography)
  return isRefused(opened) ? opened : openSealed(opened, bytesOf(key ?? ''), cryptography)
}

test('what is to be refused is refused, for its reason', () => {
  for (const vector of golden.refused) {
    assert.deepEqual(refusalOf(vector), { refused: vector.reason }, vector.why)
  }
})

test('there is a vector of each kind, each type, each form and each reason', () => {
  const kinds = new Set(golden.statements.map(({ kind }) => kind))
  assert.equal(kinds.size, 8)
  const types = golden.messages.flatMap(({ messages }) =>
    (messages as { type: string }[]).map(({ type }) => type),
  )
  assert.equal(new Set(types).size, 14)
  const reasons = new Set(golden.refused.map(({ reason }) => reason))
  assert.equal(reasons.size, 19, [...reasons].toSorted().join(' '))
})

test.run()

// Goal: no key is taken that another program might read differently, or that signs for everybody;
// derived keys are those that other programs make of the same seed. Method: tables of encodings;
// derived.json is what openssl, wg and ssh-keygen answer (generate.py).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sshFingerprint } from '../../agent/src/commands/id.ts'
import { deriveKey, type Purpose } from '../../agent/src/identity/derive.ts'
import { isStrictKey, publicKeyOf } from '../../agent/src/identity/keys.ts'
import { parseNodeId } from '../../agent/src/wire/id.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { secret } from './cluster.ts'

const test = suite('identity/keys')

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const zeros = (count: number) => '00'.repeat(count)

/** The points of small order, and every other spelling of their y within 255 bits, both signs. */
const BAD: [what: string, hex: string][] = [
  ['the identity point', `01${zeros(31)}`],
  ['the identity point with the sign bit', `01${zeros(30)}80`],
  ['the point of order 2', `ec${'ff'.repeat(30)}7f`],
  ['the point of order 2 with the sign bit', `ec${'ff'.repeat(31)}`],
  ['a point of order 4', zeros(32)],
  ['a point of order 4 with the sign bit', `${zeros(31)}80`],
  ['a point of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  [
    'a point of order 8, x negative',
    sign('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  ],
  ['another of order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  [
    'another of order 8, x negative',
    sign('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  ],
  ['0 written as the prime', `ed${'ff'.repeat(30)}7f`],
  ['0 written as the prime, signed', `ed${'ff'.repeat(31)}`],
  ['1 written above the prime', `ee${'ff'.repeat(30)}7f`],
  ['1 written above the prime, signed', `ee${'ff'.repeat(31)}`],
  ['the highest number of 255 bits', `${'ff'.repeat(31)}7f`],
  ['all ones', 'ff'.repeat(32)],
  ['no point of the curve', `02${zeros(31)}`],
  ['31 bytes', zeros(31)],
  ['33 bytes', `${'58'.padEnd(64, '6')}66`],
  ['nothing', ''],
]

function sign(hex: string): string {
  const signed = bytes(hex)
  signed[31] = (signed[31] ?? 0) | 0x80
  return Buffer.from(signed).toString('hex')
}

for (const [what, hex] of BAD) {
  test(`no key: ${what}`, () => assert.ok(!isStrictKey(bytes(hex))))
}

test('a point with a part of small order is no key, although it is canonical', () => {
  // The base point with the point of order 2 added: (x, y) becomes (-x, -y).
  const base = '5866666666666666666666666666666666666666666666666666666666666666'
  assert.ok(isStrictKey(bytes(base)))
  const prime = 2n ** 255n - 19n
  const y = BigInt(`0x${Buffer.from(bytes(base).toReversed()).toString('hex')}`)
  const other = bytes((prime - y).toString(16).padStart(64, '0')).toReversed()
  const mixed = Buffer.from(other).toString('hex')
  assert.ok(!isStrictKey(bytes(mixed)))
  assert.ok(!isStrictKey(bytes(sign(mixed))))
  // The id alone looks well: the point is seen when the key is admitted.
  assert.ok(parseNodeId(`ed25519:${mixed}`))
})

test('public halves are as RFC 8032 has them, and are strict keys', () => {
  const [seed, key] = [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  ].map(bytes)
  assert.deepEqual(publicKeyOf(seed as Uint8Array), key)
  for (let number = 0; number < 20; number += 1) {
    assert.ok(isStrictKey(publicKeyOf(secret(`node ${number}`))))
  }
})

test('a seed of another length makes no key', () => {
  assert.throws(() => publicKeyOf(new Uint8Array(31)), /31 bytes/)
})

interface Derived {
  readonly seed: string
  readonly purpose: Purpose
  readonly index: number
  readonly publicKey: string
  readonly fingerprint?: string
}

const derived: Derived[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'derived.json'), 'utf8'),
)

test('derived keys are those that openssl and wg pubkey make of the seed', () => {
  assert.equal(derived.length, 24)
  for (const { seed, purpose, index, publicKey } of derived) {
    const made = Buffer.from(deriveKey(bytes(seed), purpose, index).publicKey).toString('hex')
    assert.equal(made, publicKey, `${purpose}/${index}`)
  }
})

test('fingerprints of SSH keys are those that ssh-keygen prints', () => {
  const rows = derived.filter(({ fingerprint }) => fingerprint !== undefined)
  assert.equal(rows.length, 12)
  for (const { publicKey, fingerprint } of rows) {
    assert.equal(sshFingerprint(bytes(publicKey)), fingerprint)
  }
})

test('no two purposes, indices or seeds have a key in common', () => {
  const keys = new Set(derived.map(({ publicKey }) => publicKey))
  assert.equal(keys.size, derived.length)
})

test('a derived secret of X25519 is clamped, and two sides agree by it', () => {
  const [a, b] = [deriveKey(secret('a'), 'gossip'), deriveKey(secret('b'), 'gossip')]
  assert.equal((a.secret[0] ?? 0) & 7, 0)
  assert.equal((a.secret[31] ?? 0) & 0xc0, 0x40)
  assert.deepEqual(crypto.agree(a.secret, b.publicKey), crypto.agree(b.secret, a.publicKey))
})

test('an index that is none is a fault', () => {
  for (const index of [-1, 0.5, Number.NaN]) {
    assert.throws(() => deriveKey(secret('a'), 'gossip', index), /no index/)
  }
})

test.run()

// Goal: the cryptography is the one that the page names, and takes nothing that is not canonical.
// Method: the vectors of the papers and RFCs; points of small order.
import assert from 'node:assert/strict'
import { Point } from '@noble/ed25519'
import { isEdwardsKey, isMontgomeryKey } from '../../agent/src/wire/point.ts'
import { suite as cryptography } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import { ada, bob, bytesOf, hexOf, secretOf } from './samples.ts'

const test = suite('wire/suite')

const counting = (count: number) => Uint8Array.from({ length: count }, (_, index) => index)

/** Of the SipHash paper, appendix A, and of the vectors that come with it: least byte first there. */
const SIPHASH: readonly (readonly [length: number, tag: string])[] = [
  [0, '726fdb47dd0e0e31'],
  [1, '74f839c593dc67fd'],
  [8, '93f5f5799a932462'],
  [15, 'a129ca6149be45e5'],
]

for (const [length, tag] of SIPHASH) {
  test(`SipHash-2-4 of ${length} bytes is that of the paper`, () => {
    assert.equal(hexOf(cryptography.tag(counting(16), counting(length))), tag)
  })
}

test('a tag key has 16 bytes', () => {
  assert.throws(() => cryptography.tag(counting(32), counting(8)))
})

test('AES-256-GCM is that of its test case 16', () => {
  const key = bytesOf('feffe9928665731c6d6a8f9467308308'.repeat(2))
  const plain = bytesOf(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  )
  const associated = bytesOf('feedfacedeadbeeffeedfacedeadbeefabaddad2')
  const nonce = bytesOf('cafebabefacedbaddecaf888')
  const sealed = cryptography.seal(key, nonce, associated, plain)
  const expected =
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
    '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
    '76fc6ece0f4e1768cddf8853bb2d551b'
  assert.equal(hexOf(sealed), expected)
  assert.deepEqual(cryptography.open(key, nonce, associated, sealed), plain)
  assert.equal(cryptography.open(key, nonce, associated, sealed.slice(0, 15)), undefined)
})

test('Ed25519 is that of RFC 8032, test 3', () => {
  const secret = bytesOf('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7')
  const key = bytesOf('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025')
  const signature =
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
    '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'
  assert.equal(hexOf(cryptography.sign(secret, bytesOf('af82'))), signature)
  assert.ok(cryptography.verify(key, bytesOf('af82'), bytesOf(signature)))
  assert.ok(!cryptography.verify(key, bytesOf('af83'), bytesOf(signature)))
  assert.ok(!cryptography.verify(key, bytesOf('af82'), bytesOf(signature.slice(2))))
})

test('a signature with S above the order of the group is refused', () => {
  const message = counting(9)
  const signature = cryptography.sign(ada.seed, message)
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = BigInt(`0x${hexOf(signature.slice(32).toReversed())}`) + order
  const same = bytesOf(s.toString(16).padStart(64, '0')).toReversed()
  assert.ok(cryptography.verify(ada.key, message, signature))
  const forged = new Uint8Array([...signature.slice(0, 32), ...same])
  assert.ok(!cryptography.verify(ada.key, message, forged))
})

test('a key of small order signs nothing', () => {
  // By such a key, R of order 1 and S of 0 satisfy the equation of any message that hashes well.
  const one = `01${'00'.repeat(31)}`
  const signature = bytesOf(one + '00'.repeat(32))
  for (let byte = 0; byte < 64; byte++) {
    assert.ok(!cryptography.verify(bytesOf(one), new Uint8Array([byte]), signature))
  }
})

test('X25519 is that of RFC 7748, section 5.2, and agrees both ways', () => {
  const scalar = bytesOf('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4')
  const u = bytesOf('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c')
  const product = 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'
  assert.equal(hexOf(cryptography.agree(scalar, u) ?? ada.salt), product)
  const shared = cryptography.agree(ada.gossip.secret, bob.gossip.publicKey)
  assert.deepEqual(cryptography.agree(bob.gossip.secret, ada.gossip.publicKey), shared)
})

test('HKDF is that of RFC 5869, case 1', () => {
  const okm = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'
  const salt = counting(13)
  const info = bytesOf('f0f1f2f3f4f5f6f7f8f9')
  const secret = new Uint8Array(22).fill(0x0b)
  assert.equal(hexOf(cryptography.hkdf(secret, salt, info, 42)), okm)
  assert.equal(hexOf(cryptography.hkdf(secret, salt, info)), okm.slice(0, 64))
})

const MONTGOMERY_SMALL = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
]

for (const key of MONTGOMERY_SMALL) {
  test(`X25519 with ${key.slice(0, 8)}, of small order, gives nothing`, () => {
    assert.ok(!isMontgomeryKey(bytesOf(key)))
    assert.equal(cryptography.agree(ada.gossip.secret, bytesOf(key)), undefined)
  })
}

test('X25519 with a key that is not canonical gives nothing', () => {
  const high = bob.gossip.publicKey.map((byte, index) => (index === 31 ? byte | 0x80 : byte))
  const aboveNine = bytesOf(`f6${'ff'.repeat(30)}7f`)
  assert.equal(cryptography.agree(ada.gossip.secret, high), undefined)
  assert.equal(cryptography.agree(ada.gossip.secret, aboveNine), undefined)
})

/** With 0 and 1 and -1 these are the y of all points of small order. */
const EDWARDS_SMALL = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
]

for (const text of EDWARDS_SMALL) {
  test(`the key ${text.slice(0, 8)} of Ed25519 is of small order and refused`, () => {
    const key = bytesOf(text)
    assert.ok(Point.fromBytes(key, true).isSmallOrder())
    assert.ok(!isEdwardsKey(key))
    const other = key.map((byte, index) => (index === 31 ? byte | 0x80 : byte))
    assert.ok(Point.fromBytes(other, true).isSmallOrder())
    assert.ok(!isEdwardsKey(other))
  })
}

test('a key has 32 bytes', () => {
  for (const length of [0, 31, 33]) {
    const key = new Uint8Array(length).fill(7)
    assert.ok(!isEdwardsKey(key) && !isMontgomeryKey(key))
  }
})

test('a key agrees the same after more keys than are kept prepared', () => {
  const first = cryptography.agree(ada.gossip.secret, bob.gossip.publicKey)
  for (let index = 0; index < 4200; index++) {
    const key = secretOf(`key ${index}`)
    cryptography.agree(ada.gossip.secret, key.with(31, index & 0x7f))
  }
  assert.deepEqual(cryptography.agree(ada.gossip.secret, bob.gossip.publicKey), first)
})

test.run()

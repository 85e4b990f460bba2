// Goal: a datagram opens for whom it was sealed, as it was sealed, and for nobody else; strangers
// are told from others before anything is opened. Method: the sample cluster; every bit flipped.
import assert from 'node:assert/strict'
import {
  type Header,
  nonceOf,
  type Opened,
  openHeader,
  openSealed,
  sealDatagram,
} from '../../agent/src/wire/datagram.ts'
import { discoveryKey, pairKey, tagKey } from '../../agent/src/wire/keys.ts'
import { isRefused, type Refused } from '../../agent/src/wire/refusal.ts'
import { suite as cryptography } from '../../agent/src/wire/suite.ts'
import { suite } from '../harness.ts'
import {
  ada,
  adaDiscovery,
  adaToBob,
  bob,
  bytesOf,
  clusterId,
  discoveryHeader,
  discoverySecret,
  hexOf,
  pairHeader,
  secretOf,
  tag,
} from './samples.ts'

const test = suite('wire/datagram')

const plain = bytesOf('0400070500070400080500080400090500')
const forms: readonly (readonly [header: Header, key: Uint8Array])[] = [
  [pairHeader, adaToBob(pairHeader.form === 'pair' ? pairHeader.epoch : 0)],
  [discoveryHeader, adaDiscovery],
]

function seal(header: Header, key: Uint8Array): Uint8Array {
  return sealDatagram(header, key, tag, plain, cryptography)
}

function open(datagram: Uint8Array, key: Uint8Array): Uint8Array | Refused {
  const opened = openHeader(datagram, tag, cryptography)
  return isRefused(opened) ? opened : openSealed(opened, key, cryptography)
}

for (const [header, key] of forms) {
  test(`a datagram of form ${header.form} opens as it was sealed`, () => {
    const opened = openHeader(Buffer.from(seal(header, key)), tag, cryptography) as Opened
    assert.deepEqual(opened.header, header)
    assert.deepEqual(openSealed(opened, key, cryptography), plain)
  })

  test(`a datagram of form ${header.form} with any bit flipped does not open`, () => {
    const datagram = seal(header, key)
    for (let bit = 0; bit < 8 * datagram.length; bit++) {
      const at = bit >>> 3
      const flipped = datagram.with(at, (datagram[at] ?? 0) ^ (1 << (bit & 7)))
      assert.ok(isRefused(open(flipped, key)), `bit ${bit}`)
    }
  })

  test(`a forged header of form ${header.form} does not open, even with a good tag`, () => {
    const datagram = seal(header, key)
    const headerBytes = header.form === 'pair' ? 14 : 20
    for (let at = 10; at < 10 + headerBytes; at++) {
      const forged = datagram.with(at, (datagram[at] ?? 0) ^ 1)
      forged.set(cryptography.tag(tag, forged.subarray(9, 10 + headerBytes + 8)), 1)
      assert.deepEqual(open(forged, key), { refused: 'seal' }, `byte ${at}`)
    }
  })

  test(`a datagram of form ${header.form} cut short or made longer does not open`, () => {
    const datagram = seal(header, key)
    for (let length = 0; length < datagram.length; length++) {
      assert.ok(isRefused(open(datagram.subarray(0, length), key)), `${length} bytes`)
    }
    assert.ok(isRefused(open(new Uint8Array([...datagram, 0]), key)))
  })

  test(`a datagram of form ${header.form} has a stranger's tag under another secret`, () => {
    const other = tagKey(secretOf('another'), clusterId, cryptography)
    const opened = openHeader(seal(header, key), other, cryptography)
    assert.deepEqual(opened, { refused: 'tag' })
  })
}

function reasonOf(bytes: Uint8Array): unknown {
  return openHeader(bytes, tag, cryptography)
}

test('looks are in the order of length, version, form and tag', () => {
  const random = new Uint8Array(1200).fill(9)
  assert.deepEqual(reasonOf(new Uint8Array(0)), { refused: 'length' })
  assert.deepEqual(reasonOf(random.subarray(0, 39)), { refused: 'length' })
  assert.deepEqual(reasonOf(new Uint8Array(1201)), { refused: 'length' })
  assert.deepEqual(reasonOf(random), { refused: 'version' })
  const versioned = random.with(0, 1)
  assert.deepEqual(reasonOf(versioned), { refused: 'form' })
  for (const form of [0, 3, 255]) {
    assert.deepEqual(reasonOf(versioned.with(9, form)), { refused: 'form' })
  }
  assert.deepEqual(reasonOf(versioned.with(9, 2).subarray(0, 45)), { refused: 'length' })
  assert.deepEqual(reasonOf(versioned.with(9, 2).subarray(0, 46)), { refused: 'tag' })
  assert.deepEqual(reasonOf(versioned.with(9, 1).subarray(0, 40)), { refused: 'tag' })
})

test('a nonce holds the epoch and the counter where the page has them', () => {
  assert.equal(hexOf(nonceOf(pairHeader)), '0000010200000000fffefdfc')
  assert.equal(hexOf(nonceOf(discoveryHeader)), '000000000000000000000007')
})

test('nothing, and more than a datagram carries, is not sealed', () => {
  for (const [header, key, most] of [
    [pairHeader, adaToBob(258), 1160],
    [discoveryHeader, adaDiscovery, 1154],
  ] as const) {
    const sealed = (length: number) =>
      sealDatagram(header, key, tag, new Uint8Array(length), cryptography).length
    assert.equal(sealed(most), 1200)
    assert.throws(() => sealed(most + 1))
    assert.throws(() => sealed(0))
  }
})

/** What ada and bob know of each other, as one who seals and as one who opens. */
const sealing = {
  secret: ada.gossip.secret,
  publicKey: bob.gossip.publicKey,
  senderSalt: ada.salt,
  receiverSalt: bob.salt,
  clusterId,
  senderId: ada.id,
  receiverId: bob.id,
  epoch: 258,
}
const opening = {
  ...sealing,
  secret: bob.gossip.secret,
  publicKey: ada.gossip.publicKey,
}

const otherWays: readonly (readonly [what: string, change: Partial<typeof sealing>])[] = [
  ['another epoch', { epoch: 259 }],
  ['an epoch with its bytes swapped', { epoch: 513 }],
  ['a new salt of the sender', { senderSalt: bob.salt }],
  ['a new salt of the receiver', { receiverSalt: ada.salt }],
  ['the salts swapped', { senderSalt: bob.salt, receiverSalt: ada.salt }],
  ['another receiver', { receiverId: ada.id }],
  ['another sender', { senderId: bob.id }],
  ['the other direction', { senderId: bob.id, receiverId: ada.id }],
  ['another cluster', { clusterId: ada.key }],
  ['another gossip key', { publicKey: bob.gossip.publicKey }],
]

test('the two sides of a pair have one key', () => {
  assert.deepEqual(pairKey(opening, cryptography), pairKey(sealing, cryptography))
})

for (const [what, change] of otherWays) {
  test(`a datagram of form pair does not open with ${what}`, () => {
    const datagram = seal(pairHeader, pairKey(sealing, cryptography) ?? secretOf('none'))
    const key = pairKey({ ...opening, ...change }, cryptography) ?? secretOf('none')
    assert.deepEqual(open(datagram, key), { refused: 'seal' })
  })
}

test('a gossip key of small order makes no pair key', () => {
  assert.equal(pairKey({ ...sealing, publicKey: new Uint8Array(32) }, cryptography), undefined)
})

test('a discovery key is of one secret, one salt and one cluster', () => {
  const datagram = seal(discoveryHeader, adaDiscovery)
  for (const [secret, salt, cluster] of [
    [secretOf('another'), ada.salt, clusterId],
    [discoverySecret, bob.salt, clusterId],
    [discoverySecret, ada.salt, ada.key],
  ] as const) {
    const key = discoveryKey(secret, salt, cluster, cryptography)
    assert.deepEqual(open(datagram, key), { refused: 'seal' })
  }
})

test('a tag is of one cluster', () => {
  const other = tagKey(discoverySecret, ada.key, cryptography)
  assert.equal(other.length, 16)
  const opened = openHeader(seal(discoveryHeader, adaDiscovery), other, cryptography)
  assert.deepEqual(opened, { refused: 'tag' })
})

test.run()

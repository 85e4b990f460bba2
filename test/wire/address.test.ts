// Goal: node ids and addresses have one spelling as text; nothing else is taken where texts come
// from outside, and every spelling of the system becomes that one.
import assert from 'node:assert/strict'
import { addressKey, makeAddress, parseAddress } from '../../agent/src/wire/address.ts'
import { keyOf, nodeIdOf, parseNodeId } from '../../agent/src/wire/id.ts'
import { suite } from '../harness.ts'
import { ada, hexOf } from './samples.ts'

const test = suite('wire/address')

/** What the system may say, and the one name; undefined when it is no address. */
const HOSTS: readonly (readonly [host: string, key: string | undefined])[] = [
  ['10.0.0.1', '10.0.0.1:4664'],
  ['0.0.0.0', '0.0.0.0:4664'],
  ['255.255.255.255', '255.255.255.255:4664'],
  ['::', '[::]:4664'],
  ['::1', '[::1]:4664'],
  ['0:0:0:0:0:0:0:1', '[::1]:4664'],
  ['FE80:0:0:0:0:0:0:0A', '[fe80::a]:4664'],
  ['2001:db8:0:0:1:0:0:1', '[2001:db8::1:0:0:1]:4664'],
  ['2001:db8:0:1:1:1:1:1', '[2001:db8:0:1:1:1:1:1]:4664'],
  ['2001:db8::0:1:1:1:1:1', undefined],
  ['2001:0:0:1:0:0:0:1', '[2001:0:0:1::1]:4664'],
  ['1::', '[1::]:4664'],
  ['1:2:3:4:5:6:7:8', '[1:2:3:4:5:6:7:8]:4664'],
  ['1:2:3:4:5:6:7::', '[1:2:3:4:5:6:7:0]:4664'],
  ['::ffff:10.0.0.1', '10.0.0.1:4664'],
  ['::FFFF:0a00:1', '10.0.0.1:4664'],
  ['::10.0.0.1', '[::a00:1]:4664'],
  ['64:ff9b::192.0.2.33', '[64:ff9b::c000:221]:4664'],
  ['', undefined],
  ['localhost', undefined],
  ['10.0.0', undefined],
  ['10.0.0.256', undefined],
  ['10.0.0.01', undefined],
  ['1.2.3.4.5', undefined],
  [':1', undefined],
  [':::', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4::5:6:7:8::', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4:5:6:7:8::', undefined],
  ['12345::', undefined],
  ['fe80::1%eth0', undefined],
  ['::10.0.0', undefined],
  ['10.0.0.1::', undefined],
  ['g::', undefined],
]

for (const [host, key] of HOSTS) {
  test(`the host "${host}" is ${key ?? 'no address'}`, () => {
    const address = makeAddress(host, 4664)
    assert.equal(address && addressKey(address), key)
  })
}

test('a port is a whole number from 1 to 65,535', () => {
  for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
    assert.equal(makeAddress('10.0.0.1', port), undefined)
  }
  assert.equal(makeAddress('10.0.0.1', 65_535)?.port, 65_535)
})

const BAD_KEYS = [
  '10.0.0.1',
  '10.0.0.1:0',
  '10.0.0.1:04664',
  '10.0.0.1:65536',
  '10.0.0.1:4664 ',
  '[10.0.0.1]:4664',
  '[::ffff:10.0.0.1]:4664',
  '[::ffff:a00:1]:4664',
  '[FE80::1]:4664',
  '[fe80:0::1]:4664',
  '[fe80::01]:4664',
  'fe80::1:4664',
  ':4664',
  '[]:4664',
]

for (const key of BAD_KEYS) {
  test(`the text "${key}" is no address`, () => assert.equal(parseAddress(key), undefined))
}

const digits = hexOf(ada.key)
const BAD_IDS = [
  '',
  digits,
  `ED25519:${digits}`,
  `ed25519:${digits.toUpperCase()}`,
  `ed25519:${digits.slice(1)}`,
  `ed25519:${digits}0`,
  `ed25519:${digits}\n`,
  ` ed25519:${digits}`,
  `ed25519:${'00'.repeat(32)}`,
  `ed25519:ed${'ff'.repeat(30)}7f`,
]

for (const id of BAD_IDS) {
  test(`${JSON.stringify(id.slice(0, 20))} of ${id.length} is no node id`, () => {
    assert.equal(parseNodeId(id), undefined)
  })
}

test('a name is made of 32 bytes, and a key of a name', () => {
  assert.throws(() => nodeIdOf(new Uint8Array(31)))
  assert.throws(() => keyOf(`ed25519:${digits.toUpperCase()}`))
})

test.run()

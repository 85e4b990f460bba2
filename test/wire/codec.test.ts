// Goal: a mistake of the program is no datagram: what has no spelling is not written, by none of
// the codecs, whatever they are part of.
import assert from 'node:assert/strict'
import { address, ipv4 } from '../../agent/src/wire/address.ts'
import { Reader, Writer } from '../../agent/src/wire/bytes.ts'
import {
  type Codec,
  choice,
  date,
  hex,
  hostname,
  list,
  port,
  raw,
  roles,
  text,
  times,
  u8,
  u16,
  u32,
  u64,
  varint,
} from '../../agent/src/wire/codec.ts'
import { edwardsKey, montgomeryKey, nodeId } from '../../agent/src/wire/id.ts'
import { statement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'

const test = suite('wire/codec')

type Row<T> = readonly [what: string, codec: Codec<T>, value: T]

function row<T>(what: string, codec: Codec<T>, value: T): Row<unknown> {
  return [what, codec, value]
}

const UNWRITABLE: readonly Row<unknown>[] = [
  row('256 as u8', u8, 256),
  row('-1 as u8', u8, -1),
  row('a half as u8', u8, 0.5),
  row('no number as u8', u8, Number.NaN),
  row('65,536 as u16', u16, 65_536),
  row('2^32 as u32', u32, 2 ** 32),
  row('2^48 as a date', date, 2 ** 48),
  row('2^48 as a varint', varint, 2 ** 48),
  row('2^64 as u64', u64, 1n << 64n),
  row('-1 as u64', u64, -1n),
  row('two bytes as three', raw(3), new Uint8Array(2)),
  row('four bytes as three', raw(3), new Uint8Array(4)),
  row('digits of two bytes as one', hex(1), 'abcd'),
  row('three digits as one byte', hex(1), 'abc'),
  row('letters as digits', hex(1), 'xy'),
  row('five letters in a text of four', text(4), 'abcde'),
  row('two letters of three bytes in a text of four', text(4), '員員'),
  row('NUL in a text', text(4), 'a\u0000'),
  row('half a pair in a text', text(4), '\ud800'),
  row('two items in a list of one', list(1, u8), [1, 2]),
  row('one item where there are two', times(2, u8), [1]),
  row('a choice that is none', choice<string>(['a', 'b'], 1), 'c'),
  row('port 0', port, 0),
  row('roles that fall', roles, ['b', 'a']),
  row('a role in capitals', roles, ['A']),
  row('a hostname with a space', hostname, 'a b'),
  row('a key of Ed25519 of small order', edwardsKey, new Uint8Array(32)),
  row('a key of X25519 of small order', montgomeryKey, new Uint8Array(32)),
  row('a node id of small order', nodeId, `ed25519:${'00'.repeat(32)}`),
  row('a statement that was refused', statement, { refused: 'kind' }),
  row('an IPv4 address of three', ipv4, '10.0.0'),
  row('an IPv4 address of family 6', address, { family: 6, host: '10.0.0.1', port: 1 }),
  row('an IPv6 address of family 4', address, { family: 4, host: '::1', port: 1 }),
  row('an IPv6 address in another spelling', address, { family: 6, host: '0::1', port: 1 }),
]

for (const [what, codec, value] of UNWRITABLE) {
  test(`${what} is not written`, () => {
    assert.throws(() => codec.write(new Writer(), value), RangeError)
  })
}

/** How many items a list of at most four asks for. */
function readsOf(bytes: readonly number[]): number {
  let reads = 0
  const counting = {
    read: (reader: Reader) => {
      reads++
      return reader.u16()
    },
    write: () => undefined,
  }
  list(4, counting).read(new Reader(new Uint8Array(bytes)))
  return reads
}

test('a list reads no item when it says too many, and none after one that is not whole', () => {
  assert.equal(readsOf([5, 0, 0, 0, 0]), 0)
  assert.equal(readsOf([4, 0, 0, 0]), 2)
  assert.equal(readsOf([2, 0, 0, 0, 0, 0]), 2)
})

test.run()

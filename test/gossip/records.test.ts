// Goal: a record is believed of whoever signed it, in its newest version, and only what it may say.
// Method: records that are good but for one thing, by whoever has papers; they come in at the
// socket, so that the decoder is among the guards.
import assert from 'node:assert/strict'
import type { RecordStatement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { certificateOf, recordOf, rewritten, secretOf } from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/records', { timeoutMs: 60_000 })

/** Node id, boot and incarnation of a byte each, status, protocol, salt, gossip key. */
const ADDRESSES_AT = 32 + 1 + 1 + 1 + 2 + 16 + 32

type Change = (body: Uint8Array) => Uint8Array

const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))))
const at =
  (place: number, ...bytes: readonly number[]): Change =>
  (body) =>
    joined(body.slice(0, place), bytes, body.slice(place + bytes.length))
/** These addresses and no fields. */
const addresses =
  (...list: readonly (readonly number[])[]): Change =>
  (body) =>
    joined(body.slice(0, ADDRESSES_AT), [list.length, ...list.flat()], [0])
const PORT = [0x12, 0x39]
const four = (...host: readonly number[]) => [4, ...host, ...PORT]
const six = (hex: string) => [6, ...Buffer.from(hex.padEnd(32, '0'), 'hex'), ...PORT]
/** One field besides no address. */
const field =
  (number: number, ...bytes: readonly number[]): Change =>
  (body) =>
    joined(body.slice(0, ADDRESSES_AT), [0, 1, number, bytes.length], bytes)
const named = (text: string): Change => {
  const bytes = Buffer.from(text)
  return field(9, bytes.length, ...bytes)
}
const role = (text: string): Change => {
  const bytes = Buffer.from(text)
  return field(4, 1, bytes.length, ...bytes)
}

const VOID: readonly [what: string, change: Change][] = [
  ['port 0', addresses([4, 10, 0, 0, 4, 0, 0])],
  ['an address of family 5', addresses([5, 10, 0, 0, 4, ...PORT])],
  ['the address of nobody', addresses(four(0, 0, 0, 0))],
  ['an address of this network', addresses(four(0, 1, 2, 3))],
  ['the broadcast to all', addresses(four(255, 255, 255, 255))],
  ['the group of all hosts', addresses(four(224, 0, 0, 1))],
  ['the last group', addresses(four(239, 255, 255, 255))],
  ['the IPv6 address of nobody', addresses(six('00'))],
  ['an IPv6 group', addresses(six('ff020000000000000000000000000001'))],
  ['an IPv4 address within IPv6', addresses(six('00000000000000000000ffff0a000004'))],
  ['nine addresses', addresses(...Array.from({ length: 9 }, () => four(10, 0, 0, 4)))],
  ['status 3', at(34, 3)],
  ['a protocol whose lowest is above its highest', at(35, 2, 1)],
  ['a gossip key of small order', at(53, ...new Uint8Array(32))],
  ['a gossip key above the prime', at(53, 0xee, ...new Uint8Array(30).fill(0xff), 0x7f)],
  [
    'a boot in more bytes than it needs',
    (body) => joined(body.slice(0, 32), [0x81, 0], body.slice(33)),
  ],
  [
    'a boot of 2^63',
    (body) => joined(body.slice(0, 32), [...new Uint8Array(8).fill(0x80), 0x80, 1], body.slice(33)),
  ],
  ['a field that must be known and is not', field(11, 1)],
  [
    'a field twice',
    (body) => joined(body.slice(0, ADDRESSES_AT), [0, 2, 10, 2, 1, 1, 10, 2, 1, 1]),
  ],
  ['a hostname that goes on in another line', named('a\nPostUp = reboot')],
  ['a hostname that is a command', named('$(reboot)')],
  ['a hostname in backticks', named('`reboot`')],
  ['a hostname that is a template', named('{{7*7}}')],
  ['a hostname that is a pattern', named('*')],
  ['a hostname that negates a pattern', named('!a')],
  ['a hostname that leaves its folder', named('../etc')],
  ['a hostname with NUL', named('a\u0000b')],
  ['a hostname from right to left', named('a\u202eb')],
  ['a hostname with a line separator', named('a\u2028b')],
  ['a hostname with a letter that looks like another', named('n\u043ede')],
  ['a hostname with a letter of full width', named('\uff41b')],
  ['a hostname of 64 bytes', named('a'.repeat(64))],
  ['a hostname with a label of 64 bytes', named(`a.${'b'.repeat(64)}`)],
  ['a hostname with two dots', named('a..b')],
  ['a hostname that begins with a hyphen', named('-rf')],
  ['a role of the name of a prototype', role('__proto__')],
  ['a role in capitals', role('Admin')],
  ['a role with a letter that looks like another', role('\u0430dmin')],
  ['roles twice', field(4, 2, 1, 0x61, 1, 0x61)],
  ['a bit of health that has no name', field(5, 0x40)],
  ['a WireGuard key of small order', field(1, ...new Uint8Array(32))],
  ['an SSH key of small order', field(2, 1, ...new Uint8Array(31))],
]

/** A record of the machine beside the cluster by its own key, changed and signed again. */
function changed(stage: Stage, change: Change): RecordStatement {
  const node = stage.node(3)
  return rewritten(stage.world, recordOf(stage.world, node), node.machine.seed, change)
}

for (const [what, change] of VOID) {
  test(`nobody comes in by a record with ${what}`, () => {
    const stage = new Stage()
    const papers = [certificateOf(stage.world, stage.node(3).id)]
    assert.equal(stage.offers(papers, changed(stage, change)), 0)
  })
}

for (const [what, change] of [
  ['as it was made', (body) => body],
  [
    'with a place of its own',
    addresses(four(10, 0, 0, 4), six('fe80000000000000000000000000000a')),
  ],
  ['without an address', addresses()],
  ['with a good name', named('node-1.Example')],
  ['with a field of a later version', field(200, 1, 2, 3)],
] as readonly [string, Change][]) {
  test(`by a record ${what} the same machine comes in`, () => {
    const stage = new Stage()
    const papers = [certificateOf(stage.world, stage.node(3).id)]
    assert.equal(stage.offers(papers, changed(stage, change)), 3)
  })
}

test('a node that is told a group for its own address leaves it out of its record', () => {
  const stage = new Stage()
  const { address, gossip } = stage.node(0)
  const group = { family: 4, host: '224.0.0.1', port: 4665 } as const
  stage.world.input(stage.node(0), { kind: 'links', addresses: [group, address], links: [] })
  assert.deepEqual(gossip?.record.body.addresses, [address])
})

test('nobody comes in by a record that another key has signed', () => {
  const stage = new Stage()
  const papers = [certificateOf(stage.world, stage.node(3).id)]
  const record = recordOf(stage.world, stage.node(3), {}, secretOf('another'))
  assert.equal(stage.offers(papers, record), 0)
  assert.equal(stage.ignored(0, 'signature'), 2)
})

test('nobody takes the place of a member by its id and another key', () => {
  const stage = new Stage()
  const { id } = stage.node(1)
  const own = recordOf(stage.world, stage.node(3))
  const record = recordOf(stage.world, stage.node(3), { nodeId: id, boot: 99 })
  stage.offers([certificateOf(stage.world, id)], record)
  stage.offers([record, certificateOf(stage.world, stage.node(3).id)], own)
  assert.notEqual(stage.node(0).gossip?.roster.get(id)?.record.body.boot, 99)
})

test('nobody says hello with the record of a member that he has captured', () => {
  const stage = new Stage()
  const record = stage.node(0).gossip?.roster.get(stage.node(1).id)?.record
  assert.ok(record)
  const before = stage.ignored(0, 'other key')
  stage.saysHello([record], secretOf('salt').slice(0, 16))
  assert.equal(stage.ignored(0, 'other key'), before + 1)
  const held = stage.node(0).gossip?.roster.get(stage.node(1).id)
  assert.equal(held?.via?.host, stage.node(1).address.host)
})

// Versions.

/** What the others hold of the second node after somebody has said this record of it. */
function heldAfter(stage: Stage, ...records: readonly RecordStatement[]): (string | undefined)[] {
  stage.brings(...records)
  stage.pass(3000)
  return [0, 2].map(
    (index) => stage.node(index).gossip?.roster.get(stage.node(1).id)?.record.digest,
  )
}

test('an older record of a member does not take the place of a newer one', () => {
  const stage = new Stage()
  const node = stage.node(1)
  for (let start = 0; start < 2; start++) {
    stage.world.kill(node)
    stage.world.start(node)
    stage.pass(5000)
  }
  const newest = stage.node(0).gossip?.roster.get(node.id)?.record
  assert.ok(newest)
  const { boot, incarnation } = newest.body
  const older = [
    recordOf(stage.world, node, { boot: boot - 1, incarnation: incarnation + 9 }),
    recordOf(stage.world, node, { boot: 0, incarnation: 2 ** 48 - 1 }),
    recordOf(stage.world, node, { boot: boot - 1, status: 'left' }),
    recordOf(stage.world, node, { boot: boot - 1, status: 'conflict' }),
  ]
  assert.deepEqual(heldAfter(stage, ...older), [newest.digest, newest.digest])
  assert.equal(stage.ignored(0, 'stale'), older.length)
})

test('of two records of one version all hold the same one, whichever they heard first', () => {
  const held = [true, false].map((isTurned) => {
    const stage = new Stage()
    const node = stage.node(1)
    const { salt, gossipKey } = node.gossip?.record.body ?? {}
    assert.ok(salt && gossipKey)
    const version = { boot: 5, incarnation: 5, salt, gossipKey }
    const two = ['a', 'b'].map((name) => recordOf(stage.world, node, { ...version, roles: [name] }))
    stage.world.kill(node)
    const order = isTurned ? two.toReversed() : two
    stage.world.input(stage.node(0), { kind: 'statements', statements: order })
    stage.world.input(stage.node(2), { kind: 'statements', statements: order.toReversed() })
    const lower = two.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))[0]
    const both = heldAfter(stage)
    assert.deepEqual(both, [lower?.digest, lower?.digest])
    // And tell of it, once each, however often they hear them.
    for (const each of [0, 2]) {
      stage.world.input(stage.node(each), { kind: 'statements', statements: order })
      const told = stage.world.observed.filter(
        ({ observer, event }) => observer === each && event.kind === 'equivocal',
      )
      assert.equal(told.length, 1)
    }
    return both
  })
  assert.deepEqual(held[0], held[1])
})

for (const boot of [2 ** 48 - 1, 2 ** 47]) {
  test(`a node whose stolen key names boot ${boot} goes on, and tells of it`, () => {
    const stage = new Stage()
    const node = stage.node(1)
    const stolen = recordOf(stage.world, node, { boot })
    const { nodes } = stage.world
    for (const each of nodes.slice(0, 3)) {
      stage.world.input(each, { kind: 'statements', statements: [stolen] })
    }
    stage.pass(5000)
    assert.ok((node.gossip?.record.body.boot ?? 0) < 2 ** 47)
    assert.ok(node.machine.disk.boot < 2 ** 47)
    const told = stage.world.observed.filter(({ event }) => event.kind === 'conflict')
    assert.ok(told.some(({ observer }) => observer === 1))
    stage.world.kill(node)
    stage.world.start(node)
    stage.pass(5000)
    assert.equal(stage.listed(0) >= 2, true)
  })
}

test.run()

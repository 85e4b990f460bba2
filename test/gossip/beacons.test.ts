// Goal: nodes on one network find each other, and beacons are left out only where others speak for
// them. Method: the beacons alone on a bench, and the addresses that a node names.
import assert from 'node:assert/strict'
import { Beacons } from '../../agent/src/gossip/beacons.ts'
import { Holdings } from '../../agent/src/gossip/holdings.ts'
import type { NodeId } from '../../agent/src/wire/id.ts'
import { suite } from '../harness.ts'
import { World } from '../sim/world.ts'
import { Bench } from './bench.ts'
import { certificateOf, receiptOf } from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/beacons', { timeoutMs: 60_000 })

const MINUTE_MS = 60_000

class BeaconBench extends Bench {
  sent = 0
  readonly beacons = new Beacons(this.runtime, () => {
    this.sent++
  })

  constructor() {
    super(5)
    const group = { family: 4, host: '10.0.0.255', port: 4665 } as const
    this.beacons.setLinks([{ name: 'eth0', beacons: [group] }])
  }

  /** Beacons of ten minutes in which these are heard each second. */
  sentWhile(...heard: readonly NodeId[]): number {
    this.pass(MINUTE_MS)
    this.sent = 0
    for (let second = 0; second < 600; second++) {
      for (const id of heard) this.beacons.heard(id)
      this.pass(1000)
    }
    return this.sent
  }
}

const ids = (bench: Bench): NodeId[] => bench.members.slice(1).map(({ id }) => id)

test('who hears one node again and again goes on with its own beacons', () => {
  const bench = new BeaconBench()
  const [one] = ids(bench)
  assert.ok(one)
  assert.ok(bench.sentWhile(one, one, one) > 10)
})

test('who hears three others is silent', () => {
  const bench = new BeaconBench()
  assert.equal(bench.sentWhile(...ids(bench)), 0)
})

test('of more addresses than a record holds the last, that of a link, stays', () => {
  const stage = new Stage()
  const addresses = Array.from({ length: 10 }, (_, index) => {
    return { family: 6, host: `2001:db8::${index + 1}`, port: 4665 } as const
  })
  const local = { family: 6, host: 'fe80::1', port: 4665 } as const
  const input = { kind: 'links', addresses: [...addresses, local], links: [] } as const
  stage.world.input(stage.node(0), input)
  const named = stage.node(0).gossip?.record.body.addresses ?? []
  assert.equal(named.length, 8)
  assert.deepEqual(named.at(-1), local)
})

test('of what is told of a node its certificate comes first', () => {
  const world = new World({ seed: 3, nodes: 3 })
  const certificate = certificateOf(world, world.node(1).id)
  const receipts = [0, 2].map((by) => receiptOf(world, world.node(by).machine.seed, certificate))
  const holdings = new Holdings()
  for (const statement of [...receipts, certificate]) holdings.add(statement)
  const told = [...holdings.about(world.node(1).id.slice(8, 24))]
  assert.deepEqual(told, [certificate, ...receipts])
})

test.run()

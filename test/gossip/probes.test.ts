// Goal: what others say in probes has bounds, and counts only from those who were asked. Method:
// the prober alone, with records of a simulated cluster and a clock of the test.
import assert from 'node:assert/strict'
import { Pace } from '../../agent/src/gossip/pace.ts'
import { Prober } from '../../agent/src/gossip/probe.ts'
import type { Member } from '../../agent/src/gossip/roster.ts'
import { Storm } from '../../agent/src/gossip/storm.ts'
import { suite } from '../harness.ts'
import { Bench } from './bench.ts'

const test = suite('gossip/probes', { timeoutMs: 60_000 })

class ProberBench extends Bench {
  readonly prober: Prober
  accused = 0

  constructor(nodes: number) {
    super(nodes)
    const port = {
      hello: () => undefined,
      accuse: () => this.accused++,
      view: () => 0n,
    }
    const storm = new Storm(this.runtime, this.roster)
    this.prober = new Prober(this.runtime, this.roster, new Pace(), storm, port)
  }

  /** The member is probed until others are asked; who they are, and by which sequence. */
  asks(index: number): { readonly asked: readonly Member[]; readonly sequence: number } {
    this.prober.confirm(this.member(index))
    this.pass(1000)
    const requests = this.told.splice(0).flatMap(({ member, message }) => {
      return message.type === 'ping-req' ? [{ member, sequence: message.sequence }] : []
    })
    const [first] = requests
    assert.ok(first)
    return { asked: requests.map(({ member }) => member), sequence: first.sequence }
  }
}

test('a member that asks for a thousand pings of another gets a few at a time', () => {
  const bench = new ProberBench(3)
  for (let sequence = 0; sequence < 1000; sequence++) {
    bench.prober.help(bench.member(1), sequence, bench.member(2).short)
  }
  assert.equal(bench.tell('ping').length, 16)
  bench.pass(1000)
  assert.equal(bench.tell('nack').length, 16)
  bench.prober.help(bench.member(1), 1, bench.member(2).short)
  assert.equal(bench.tell('ping').length, 1)
})

test('as many members as there are ask for no more pings than a bound', () => {
  const bench = new ProberBench(102)
  for (let sequence = 0; sequence < 16; sequence++) {
    for (let asker = 2; asker < 102; asker++) {
      bench.prober.help(bench.member(asker), sequence, bench.member(1).short)
    }
  }
  assert.equal(bench.tell('ping').length, 512)
})

test('the word of an asked member ends a probe, that of others does not', () => {
  for (const [who, accused] of [
    ['asked', 0],
    ['another', 1],
    ['accused', 1],
    ['asked, quarantined', 1],
  ] as const) {
    const bench = new ProberBench(8)
    const { asked, sequence } = bench.asks(1)
    const others = bench.members.filter((one) => !asked.includes(one) && one !== bench.member(1))
    const by = { another: others[1], accused: bench.member(1) }[who as string] ?? asked[0]
    assert.ok(by)
    if (who === 'asked, quarantined') bench.roster.setStanding(by, 'quarantined')
    bench.prober.relayed(by, sequence)
    bench.pass(2000)
    assert.equal(bench.accused, accused, who)
  }
})

test.run()

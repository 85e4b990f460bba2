// Goal: a stranger on the network gets nothing, not even an answer. Method: the core in the
// simulator; each case is seen red without its guard.
import assert from 'node:assert/strict'
import { Dice } from '../../agent/src/gossip/dice.ts'
import { addressKey } from '../../agent/src/wire/address.ts'
import { suite } from '../harness.ts'
import { type SimNode, World } from '../sim/world.ts'
import { type Captured, Stage } from './stage.ts'

const test = suite('gossip/strangers', { timeoutMs: 60_000 })

const dice = new Dice(5)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => dice.below(256))

const isDiscovery = ({ bytes: sent }: Captured): boolean => sent[9] === 2
const isPair = ({ bytes: sent }: Captured): boolean => sent[9] === 1
/** Only a hello that wants an answer is padded to all of its datagram. */
const isAskingFor =
  ({ address }: SimNode) =>
  ({ bytes: sent, to }: Captured): boolean =>
    sent[9] === 2 && sent.length === 1200 && addressKey(to) === addressKey(address)

// A stranger on the network.

test('random bytes of every length are answered by nothing', () => {
  const stage = new Stage()
  const junk = Array.from({ length: 1300 }, (_, length) => bytes(length))
  assert.equal(stage.answerTo(junk), 0)
  assert.equal(stage.listed(0), 3)
})

test('random bytes behind a good version and form are answered by nothing', () => {
  const stage = new Stage()
  const junk = Array.from({ length: 2000 }, (_, index) => {
    const datagram = bytes(40 + (index % 1160))
    datagram[0] = 1
    datagram[9] = 1 + (index % 2)
    return datagram
  })
  assert.equal(stage.answerTo(junk), 0)
  assert.ok(stage.ignored(0, 'tag') >= 1900)
})

test('datagrams of another cluster are answered by nothing', () => {
  const stage = new Stage()
  const others: Uint8Array[] = []
  const world = new World({ seed: 99, nodes: 3 })
  world.onSend = (_from, _to, sent) => others.push(sent)
  for (const node of world.nodes) world.start(node)
  world.run(5000)
  assert.ok(others.length > 20)
  assert.equal(stage.answerTo(others), 0)
})

/** Receivers, and the cluster in which other nodes have asked them by a hello. */
const ASKED = [
  [0, { hasNoBeacons: true }],
  [1, {}],
  [2, {}],
] as const

for (const [form, isOfForm] of [
  ['discovery', isDiscovery],
  ['pair', isPair],
] as const) {
  const capture = (stage: Stage, to?: number): Uint8Array[] => {
    const hasAsked = to === undefined || stage.captured.some(isAskingFor(stage.node(to)))
    assert.ok(hasAsked, `nobody asked node ${to}`)
    return stage.captured.filter(isOfForm).map(({ bytes: sent }) => sent)
  }

  for (const [to, options] of ASKED) {
    test(`${form}: what was captured and is sent again from elsewhere brings nothing, by node ${to}`, () => {
      const stage = new Stage(3, options)
      assert.equal(stage.answerTo(capture(stage, to), stage.node(to)), 0)
    })

    test(`${form}: what was captured brings nothing from another node than ${to}`, () => {
      const stage = new Stage(3, options)
      const captured = capture(stage, to)
      for (const other of [0, 1, 2]) {
        if (other !== to) assert.equal(stage.answerTo(captured, stage.node(other)), 0)
      }
    })

    test(`${form}: what was captured brings nothing after the receiver started anew, node ${to}`, () => {
      const stage = new Stage(3, options)
      const captured = capture(stage, to)
      stage.world.kill(stage.node(to))
      stage.pass(1000)
      stage.world.start(stage.node(to))
      stage.pass(1000)
      assert.equal(stage.answerTo(captured, stage.node(to)), 0)
    })

    test(`${form}: what was captured brings nothing from a node that lost all it knew, node ${to}`, () => {
      const stage = new Stage(3, options)
      const captured = capture(stage, to)
      for (const node of stage.world.nodes) stage.world.kill(node)
      stage.pass(1000)
      stage.world.start(stage.node(to))
      assert.equal(stage.answerTo(captured, stage.node(to)), 0)
    })
  }

  test(`${form}: one bit turned anywhere brings nothing`, () => {
    const stage = new Stage()
    const [sample] = capture(stage).toReversed()
    assert.ok(sample)
    const turned = Array.from({ length: sample.length * 8 }, (_, bit) => {
      const copy = new Uint8Array(sample)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      return copy
    })
    assert.equal(stage.answerTo(turned), 0)
  })

  test(`${form}: cut off anywhere it brings nothing`, () => {
    const stage = new Stage()
    const [sample] = capture(stage).toReversed()
    assert.ok(sample)
    const cut = Array.from({ length: sample.length }, (_, length) => sample.slice(0, length))
    assert.equal(stage.answerTo(cut), 0)
  })
}

test('a captured ping sent again to its receiver is seen once', () => {
  const stage = new Stage()
  const pings = stage.captured.filter(
    (one) => isPair(one) && one.to.host === stage.node(0).address.host,
  )
  const [ping] = pings.toReversed()
  assert.ok(ping)
  const before = stage.ignored(0, 'replay')
  stage.answerTo([ping.bytes, ping.bytes], stage.node(0), ping.from.address)
  assert.equal(stage.ignored(0, 'replay'), before + 2)
})

test('an answer to a hello is never larger than the hello', () => {
  const stage = new Stage()
  const hellos = stage.captured.filter((one) => isDiscovery(one) && one.bytes.length > 400)
  const asking = hellos.filter((one) => one.bytes.length === 1200)
  assert.ok(asking.length > 0)
  assert.ok(hellos.every((one) => one.bytes.length <= 1200))
})

test('ten thousand strange datagrams leave nothing behind', () => {
  const stage = new Stage()
  const junk = Array.from({ length: 10_000 }, () => {
    const datagram = bytes(60)
    datagram[0] = 1
    datagram[9] = 2
    return datagram
  })
  assert.equal(stage.answerTo(junk), 0)
  assert.equal(stage.node(0).gossip?.held.rumours, 0)
  assert.equal(stage.listed(0), 3)
})

test.run()

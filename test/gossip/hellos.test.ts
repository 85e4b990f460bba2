// Goal: first contact gives nothing to who is not there himself, with a node that may be answered:
// 0 bytes, counted at the socket from which it came. Method: the core in the simulator; captured
// datagrams, and hellos and beacons of one who knows the discovery secret.
import assert from 'node:assert/strict'
import { Sessions } from '../../agent/src/gossip/sessions.ts'
import { openHeader } from '../../agent/src/wire/datagram.ts'
import type { HelloMessage } from '../../agent/src/wire/hello.ts'
import { keyOf } from '../../agent/src/wire/id.ts'
import { tagKey } from '../../agent/src/wire/keys.ts'
import { type BeaconMessage, encodeMessages } from '../../agent/src/wire/message.ts'
import { isRefused } from '../../agent/src/wire/refusal.ts'
import type { Statement } from '../../agent/src/wire/statement.ts'
import { suite } from '../harness.ts'
import { simSuite } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import { certificateOf, Mouth, recordOf, revocationOf, rewritten, secretOf } from './forge.ts'
import { type Captured, STRANGER, Stage } from './stage.ts'

const test = suite('gossip/hellos', { timeoutMs: 60_000 })

/** Of one who was let in once and tries what else a hello may bring. */
interface Hello {
  readonly statements?: readonly Statement[]
  readonly salt?: Uint8Array
  readonly message?: Partial<HelloMessage>
}

const own = (stage: Stage) => recordOf(stage.world, stage.node(3))
const salt = (stage: Stage) => own(stage).body.salt
const withPapers = (stage: Stage) => [own(stage), certificateOf(stage.world, stage.node(3).id)]

const HELLOS: readonly [what: string, hello: (stage: Stage) => Hello][] = [
  ['that was sent to another', (stage) => ({ message: { sentTo: stage.node(1).address } })],
  [
    'that was sent to nobody',
    () => ({ message: { sentTo: { family: 4, host: '0.0.0.0', port: 4665 } } }),
  ],
  [
    'that was sent to another port',
    (stage) => ({ message: { sentTo: { ...stage.node(0).address, port: 1 } } }),
  ],
  [
    'that answers what nobody asked',
    (stage) => ({
      statements: withPapers(stage),
      message: { wantsAnswer: false, isAnswer: true, echo: salt(stage) },
    }),
  ],
  [
    'that answers another process',
    (stage) => ({
      statements: withPapers(stage),
      message: { wantsAnswer: false, isAnswer: true, echo: secretOf('x').slice(0, 16) },
    }),
  ],
  ['without a statement', () => ({ statements: [] })],
  [
    'that begins with a certificate',
    (stage) => ({ statements: [certificateOf(stage.world, stage.node(3).id), own(stage)] }),
  ],
  [
    'by another process than its record',
    () => ({ salt: secretOf('another process').slice(0, 16) }),
  ],
  [
    'whose record another has signed',
    (stage) => ({ statements: [recordOf(stage.world, stage.node(3), {}, secretOf('x'))] }),
  ],
  [
    'whose record is of another cluster',
    (stage) => ({ statements: [recordOf(new World({ seed: 77, nodes: 1 }), stage.node(3))] }),
  ],
  [
    'whose record is void',
    (stage) => {
      const { seed } = stage.node(3).machine
      return { statements: [rewritten(stage.world, own(stage), seed, (body) => body.with(34, 9))] }
    },
  ],
  [
    'with a void statement behind its record',
    (stage) => {
      const { admissionSecret } = stage.world.cluster.stick
      const good = certificateOf(stage.world, stage.node(3).id)
      return {
        statements: [
          own(stage),
          rewritten(stage.world, good, admissionSecret, (body) => body.with(64, 7)),
        ],
      }
    },
  ],
]

for (const [what, hello] of HELLOS) {
  test(`a hello ${what} is answered by nothing`, () => {
    const stage = new Stage()
    const { statements = [own(stage)], message = {}, ...rest } = hello(stage)
    assert.equal(stage.saysHello(statements, rest.salt ?? salt(stage), message), 0)
    assert.equal(stage.node(0).gossip?.roster.get(stage.node(3).id), undefined)
  })
}

test('a hello of one who was invited is answered by no more than it was', () => {
  const stage = new Stage()
  const answered = stage.saysHello([own(stage)], salt(stage))
  assert.ok(answered > 0 && answered <= 1200, `${answered} bytes`)
})

test('a hello that is answered asks for all of its datagram', () => {
  const stage = new Stage()
  const mouth = new Mouth(stage.world, salt(stage))
  const asking = encodeMessages([
    {
      type: 'hello',
      wantsAnswer: true,
      isAnswer: false,
      sentTo: stage.node(0).address,
      echo: new Uint8Array(16),
      statements: [own(stage)],
    },
  ])
  const shorter = [1153, 1000, 400].map((length) => mouth.whisper(asking.slice(0, length)))
  assert.equal(stage.answerTo(shorter, stage.node(0), stage.node(3).address), 0)
})

test('one hello sent twice is answered once', () => {
  const stage = new Stage()
  const mouth = new Mouth(stage.world, salt(stage))
  const bytes = mouth.hello({ sentTo: stage.node(0).address, statements: [own(stage)] })
  const once = stage.answerTo([bytes], stage.node(0), stage.node(3).address)
  assert.ok(once > 0)
  assert.equal(stage.answerTo([bytes, bytes], stage.node(0), stage.node(3).address), 0)
})

test('a hello of a node that was taken back is answered by nothing', () => {
  const stage = new Stage()
  const target = { kind: 'node', key: keyOf(stage.node(3).id) } as const
  stage.brings(revocationOf(stage.world, stage.world.cluster.stick.operatorSecret, target))
  assert.equal(stage.saysHello([own(stage)], salt(stage)), 0)
})

// Who names the place of another gets it no datagram that the other did not ask for.

test('a hello of a known start goes to a place of its record, and to no other', () => {
  const stage = new Stage()
  const papers = [own(stage), certificateOf(stage.world, stage.node(3).id)]
  assert.ok(stage.saysHello(papers, salt(stage)) > 0)
  assert.equal(stage.saysHello(papers, salt(stage), {}, STRANGER), 0)
})

test('a hello of an older start of a member goes nowhere', () => {
  const stage = new Stage()
  const certificate = certificateOf(stage.world, stage.node(3).id)
  const [older, newer] = [1, 2].map((boot) =>
    recordOf(stage.world, stage.node(3), { boot, addresses: [stage.node(3).address] }),
  )
  assert.ok(older && newer)
  assert.ok(stage.saysHello([newer, certificate], salt(stage)) > 0)
  assert.equal(stage.saysHello([older, certificate], salt(stage), {}, STRANGER), 0)
})

const BEACONS: readonly [what: string, beacon: (stage: Stage) => Partial<BeaconMessage>][] = [
  ['of a source that it does not name', (stage) => ({ addresses: [stage.node(3).address] })],
  ['that names no source', () => ({ addresses: [] })],
  ['that names its source with another port', () => ({ addresses: [{ ...STRANGER, port: 99 }] })],
  [
    'of the receiver itself, from elsewhere',
    (stage) => ({ nodeId: stage.node(0).id, addresses: [stage.node(0).address] }),
  ],
]

for (const asksAnswer of [true, false]) {
  for (const [what, beacon] of BEACONS) {
    test(`a beacon ${what} is answered by nothing, ${asksAnswer ? 'asked' : 'unasked'}`, () => {
      const stage = new Stage()
      const mouth = new Mouth(stage.world, salt(stage))
      const message = {
        type: 'beacon',
        asksAnswer,
        nodeId: stage.node(3).id,
        boot: 1,
        addresses: [],
        ...beacon(stage),
      }
      const bytes = mouth.whisper(encodeMessages([message as BeaconMessage]))
      assert.equal(stage.answerTo([bytes]), 0)
    })
  }
}

test('a beacon of a node that was taken back is answered by nothing', () => {
  const stage = new Stage()
  const { id, address } = stage.node(3)
  const target = { kind: 'node', key: keyOf(id) } as const
  stage.brings(revocationOf(stage.world, stage.world.cluster.stick.operatorSecret, target))
  const message = {
    type: 'beacon',
    asksAnswer: true,
    nodeId: id,
    boot: 1,
    addresses: [address],
  } as const
  const bytes = new Mouth(stage.world, salt(stage)).whisper(encodeMessages([message]))
  assert.equal(stage.answerTo([bytes], stage.node(0), address), 0)
})

// What was captured.

const isOf =
  (form: number) =>
  ({ bytes }: Captured): boolean =>
    bytes[9] === form

for (const [what, form] of [
  ['a hello or beacon', 2],
  ['a ping, an ack or news', 1],
] as const) {
  for (const ms of [1000, 60_000]) {
    test(`${what} sent again ${ms / 1000} s later from its own place and from others does nothing`, () => {
      const stage = new Stage()
      const captured = stage.captured.filter(isOf(form)).slice(-200)
      stage.pass(ms)
      const view = stage.node(0).gossip?.view
      for (const { from, bytes } of captured) stage.world.inject(from.address, stage.node(0), bytes)
      const mine = captured.filter(({ to }) => to.host === stage.node(0).address.host)
      assert.ok(mine.length > 0)
      assert.equal(stage.answerTo(captured.map(({ bytes }) => bytes)), 0)
      assert.equal(stage.node(0).gossip?.view, view)
      // Who was heard from elsewhere would be sent to there.
      for (const index of [1, 2]) {
        const via = stage.node(0).gossip?.roster.get(stage.node(index).id)?.via
        assert.notEqual(via?.host, STRANGER.host)
      }
    })
  }
}

test('a join that was captured brings the node that joined nothing and its thief nothing', () => {
  const stage = new Stage()
  stage.world.start(stage.node(3))
  stage.pass(5000)
  const join = stage.captured.filter(({ from, bytes }) => from === stage.node(3) && bytes[9] === 2)
  stage.world.kill(stage.node(3))
  stage.pass(20_000)
  assert.equal(stage.listed(0), 3)
  for (const to of [0, 1, 2]) {
    assert.equal(
      stage.answerTo(
        join.map(({ bytes }) => bytes),
        stage.node(to),
      ),
      0,
    )
  }
  assert.equal(stage.listed(0), 3)
})

test('answers of a stranger to what he has overheard make him nobody', () => {
  const stage = new Stage()
  stage.world.start(stage.node(3))
  stage.pass(5)
  const hellos = stage.captured.filter(isOf(2)).slice(-50)
  for (const { bytes } of hellos) {
    // His own bytes behind a good header, and a header of his own before good bytes.
    for (const at of [10, 30, 60]) {
      const forged = bytes.slice()
      forged.fill(0xa5, at, at + 16)
      stage.world.inject(STRANGER, stage.node(3), forged)
    }
  }
  stage.pass(5000)
  assert.equal(stage.listed(3), 4)
  assert.equal(
    stage.answerTo(
      hellos.map(({ bytes }) => bytes),
      stage.node(3),
    ),
    0,
  )
})

test('a datagram of the key epoch before is taken for a minute, and never after', () => {
  const { world } = new Stage()
  const [ada, bob] = [world.node(0), world.node(1)]
  const { clusterId, discoverySecret } = world.cluster
  const tag = tagKey(discoverySecret, clusterId, simSuite)
  const [mine, theirs] = [ada, bob].map(({ machine, id, gossip }) => {
    const { salt: drawn } = gossip?.record.body ?? {}
    assert.ok(drawn)
    const { gossipSecret } = machine
    const keys = { clusterId, nodeId: id, gossipSecret, salt: drawn, tagKey: tag }
    return new Sessions(keys, simSuite, 0)
  })
  const [adaRecord, bobRecord] = [ada, bob].map(({ gossip }) => gossip?.record)
  assert.ok(mine && theirs && adaRecord && bobRecord)
  const sent = (nowMs: number) => mine.seal(bobRecord, new Uint8Array([1]), nowMs) as Uint8Array
  const opened = (bytes: Uint8Array, nowMs: number) => {
    const header = openHeader(bytes, tag, simSuite)
    assert.ok(!isRefused(header))
    const plain = theirs.open(adaRecord, header, nowMs)
    return typeof plain === 'string' ? plain : 'taken'
  }
  const day = 24 * 3_600_000
  const [first, kept, later] = [sent(0), sent(1), sent(2)]
  assert.equal(opened(first, 10), 'taken')
  assert.equal(opened(first, 20), 'replay')
  assert.equal(opened(sent(day + 1), day + 2), 'taken')
  assert.equal(opened(kept, day + 30_000), 'taken')
  assert.equal(opened(kept, day + 30_000), 'replay')
  assert.equal(opened(later, day + 61_000), 'epoch')
  assert.equal(opened(first, 9 * day), 'epoch')
  // Who slept for days hears its peers again, and nothing that is older than that.
  const missed = sent(2 * day + 2)
  assert.equal(opened(sent(4 * day + 4), 4 * day + 5), 'taken')
  assert.equal(opened(missed, 4 * day + 6), 'epoch')
})

// What is no datagram, and what is too much.

test('datagrams longer than any are answered by nothing, however well they begin', () => {
  const stage = new Stage()
  const [sample] = stage.captured.filter(isOf(1)).toReversed()
  assert.ok(sample)
  const long = [1201, 1280, 1500, 9000, 65_507].map((length) => {
    const bytes = new Uint8Array(length)
    bytes.set(sample.bytes)
    return bytes
  })
  const before = stage.ignored(0, 'length')
  assert.equal(stage.answerTo(long), 0)
  assert.equal(stage.ignored(0, 'length'), before + long.length)
})

test('empty datagrams are answered by nothing', () => {
  const stage = new Stage()
  const nothing = Array.from({ length: 100 }, () => new Uint8Array(0))
  assert.equal(stage.answerTo(nothing), 0)
})

test('under ten thousand strange datagrams a second a node joins as if there were none', () => {
  const stage = new Stage()
  stage.world.start(stage.node(3))
  let sent = 0
  for (let ms = 0; ms < 3000; ms += 10) {
    for (let index = 0; index < 100; index++) {
      const junk = new Uint8Array(60).fill(index)
      junk.set([1, ms & 0xff, index], 0)
      junk[9] = 1 + (index % 2)
      for (const node of [stage.node(0), stage.node(3)]) stage.world.inject(STRANGER, node, junk)
      sent++
    }
    stage.pass(10)
  }
  assert.equal(sent, 30_000)
  for (const index of [0, 1, 2, 3]) assert.equal(stage.listed(index), 4)
  assert.equal(stage.answerTo([]), 0)
})

test.run()

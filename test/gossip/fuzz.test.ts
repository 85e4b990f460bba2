// Goal: no datagram whatever ends a member or fills its memory, be it a stranger's, of one who was
// invited, or of a member gone bad; a stranger is answered by nothing. Method: datagrams at random
// and changed from captured ones go in at the socket of the whole core; what is held is counted.
// SEED chooses which, COUNT how many in all (100000, a campaign 1000000).
import assert from 'node:assert/strict'
import { PENDING_MOST } from '../../agent/src/gossip/config.ts'
import { tagKey } from '../../agent/src/wire/keys.ts'
import { encodeMessages, type Message } from '../../agent/src/wire/message.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { simSuite } from '../sim/suite.ts'
import { tellTried } from '../tried.ts'
import { chanceOf, changed } from '../wire/changes.ts'
import { certificateOf, Mouth, receiptOf, recordOf, stickOf } from './forge.ts'
import { Stage } from './stage.ts'

const count = Number(process.env['COUNT'] ?? 100_000)
const test = suite('gossip/fuzz', { timeoutMs: 60_000 + count })

/** Time passes after so many, so that what they have begun is done. */
const BATCH = 500
const BATCH_MS = 20

const tried = { datagrams: 0, failures: 0 }

/** Sends a share of all to the first node; says which datagram it was that failed. */
function fuzz(stage: Stage, share: number, next: (index: number) => Uint8Array, from?: number) {
  const source = from === undefined ? undefined : stage.node(from).address
  let batch: Uint8Array[] = []
  for (let index = 0; index < count * share; index++) {
    batch.push(next(index))
    if (batch.length < BATCH) continue
    send(stage, batch, source, index)
    batch = []
  }
  send(stage, batch, source, count * share)
}

function send(
  stage: Stage,
  batch: readonly Uint8Array[],
  from: Parameters<Stage['answerTo']>[2],
  index: number,
): void {
  for (const bytes of batch) {
    tried.datagrams++
    try {
      if (from === undefined) stage.injects(bytes)
      else stage.injects(bytes, from)
    } catch (cause) {
      tried.failures++
      const text = Buffer.from(bytes).toString('hex')
      throw new Error(`before ${index} of seed ${seed}: ${text}`, { cause })
    }
  }
  stage.pass(BATCH_MS)
}

/** What is held by the first node after it all, within the bounds that are for good. */
function assertBounded(stage: Stage, before: NonNullable<ReturnType<typeof heldBy>>): void {
  const { members, pending, statements, sessions, rumours, timers } = heldBy(stage)
  assert.ok(members <= before.members + 1, `${members} members`)
  assert.ok(pending <= PENDING_MOST, `${pending} pending`)
  assert.ok(statements <= before.statements + 16, `${statements} statements`)
  assert.ok(sessions <= before.sessions + PENDING_MOST, `${sessions} sessions`)
  assert.ok(rumours <= before.rumours + 16, `${rumours} rumours`)
  assert.ok(timers <= before.timers + 200, `${timers} timers`)
}

function heldBy(stage: Stage) {
  const held = stage.node(0).gossip?.held
  assert.ok(held)
  return held
}

/** The same datagrams with a good tag, so that they come to the seal. */
function retagged(stage: Stage, bytes: Uint8Array): Uint8Array {
  const end = bytes[9] === 1 ? 32 : 38
  if (bytes.length < end) return bytes
  const { clusterId, discoverySecret } = stage.world.cluster
  const tag = tagKey(discoverySecret, clusterId, simSuite)
  const copy = bytes.slice()
  copy.set(simSuite.tag(tag, copy.subarray(9, end)), 1)
  return copy
}

test('a stranger, whatever he sends, is answered by nothing and leaves nothing', () => {
  const stage = new Stage()
  const good = stage.captured.map(({ bytes }) => bytes)
  const before = heldBy(stage)
  const chance = chanceOf(seed)
  stage.answerTo([])
  fuzz(stage, 0.4, () => {
    const bytes = changed(good, chance)
    return chance(2) === 0 ? bytes : retagged(stage, bytes)
  })
  stage.pass(10_000)
  assert.equal(stage.answeredBytes, 0)
  assertBounded(stage, before)
  assert.equal(stage.listed(0), 3)
  for (const reason of ['length', 'version', 'form', 'tag', 'seal', 'replay', 'unknown sender']) {
    assert.ok(stage.ignored(0, reason) > 0, `nothing was ignored for its ${reason}`)
  }
})

test('one who was invited, whatever he whispers, is no member and fills nothing', () => {
  const stage = new Stage()
  const before = heldBy(stage)
  const [node, to] = [stage.node(3), stage.node(0)]
  const own = recordOf(stage.world, node)
  const mouth = new Mouth(stage.world, own.body.salt)
  const hello = (wantsAnswer: boolean): Message => ({
    type: 'hello',
    wantsAnswer,
    isAnswer: false,
    sentTo: to.address,
    echo: new Uint8Array(16),
    statements: [own, stage.world.cluster.stick.delegation],
  })
  const { id, address } = node
  const beacon: Message = {
    type: 'beacon',
    asksAnswer: true,
    nodeId: id,
    boot: 1,
    addresses: [address],
  }
  const good = [[hello(true)], [hello(false)], [beacon]].map((each) => encodeMessages(each))
  const chance = chanceOf(seed)
  fuzz(stage, 0.3, () => mouth.whisper(bounded(changed(good, chance), 1154)), 3)
  assertBounded(stage, before)
  assert.equal(stage.listed(0), 3)
  assert.ok(heldBy(stage).pending > 0)
  for (const reason of ['padding', 'signature', 'not sent to us', 'truncated', 'leftover']) {
    assert.ok(stage.ignored(0, reason) > 0, `nothing was ignored for its ${reason}`)
  }
})

test('a member gone bad, whatever it says, ends nobody and fills nothing', () => {
  const stage = new Stage()
  const [node, to] = [stage.node(2), stage.node(0)]
  const record = node.gossip?.record
  const other = to.gossip?.roster.get(stage.node(1).id)?.record
  assert.ok(record && other)
  stage.world.kill(node)
  const before = heldBy(stage)
  const mouth = new Mouth(stage.world, record.body.salt)
  const good = said(stage, other).map((each) => encodeMessages([each]))
  const chance = chanceOf(seed)
  const next = () => mouth.say(node, record, to, bounded(changed(good, chance), 1160))
  fuzz(stage, 0.3, next, 2)
  assertBounded(stage, before)
  assert.notEqual(to.gossip?.roster.get(stage.node(1).id), undefined)
  for (const reason of ['truncated', 'bound', 'signature', 'type', 'flag']) {
    assert.ok(stage.ignored(0, reason) > 0, `nothing was ignored for its ${reason}`)
  }
})

/** One message of each type, with statements of each kind. */
function said(stage: Stage, other: ReturnType<typeof recordOf>): Message[] {
  const { world } = stage
  const stick = stickOf(world, { name: 'another' })
  const certificate = certificateOf(world, stage.node(3).id, stick)
  const receipt = receiptOf(world, stage.node(2).machine.seed, certificate)
  const { boot, incarnation, nodeId } = other.body
  const accusation = stage.accusation(2, 1, { boot, incarnation })
  const short = nodeId.slice(8, 24)
  const digest = '00'.repeat(16)
  return [
    { type: 'ping', sequence: 1, view: 5n },
    { type: 'ack', sequence: 1, view: 5n },
    { type: 'ping-req', sequence: 2, target: short },
    { type: 'nack', sequence: 3 },
    { type: 'relayed-ack', sequence: 4 },
    { type: 'statements', statements: [other, accusation] },
    { type: 'statements', statements: [stick, certificate, receipt] },
    { type: 'want', digests: [stick.digest, other.digest] },
    { type: 'buckets', sums: Array.from({ length: 16 }, () => 1n) },
    { type: 'ids', bucket: 3, hasBefore: true, hasMore: true, ids: [{ short, version: 1 }] },
    { type: 'pull', ids: [short] },
    { type: 'blob-get', digest, offset: 0 },
    { type: 'blob-part', digest, offset: 0, bytes: new Uint8Array(9) },
  ]
}

/** As a datagram carries it: not nothing, and no more than it holds. */
function bounded(plain: Uint8Array, most: number): Uint8Array {
  return plain.length === 0 ? new Uint8Array(1) : plain.subarray(0, most)
}

test('as many were tried as were asked for', () => {
  tellTried(tried)
  assert.ok(tried.datagrams >= count && tried.failures === 0, `${tried.datagrams} datagrams`)
})

test.run()

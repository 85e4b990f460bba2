// Goal: whatever is asked for, each thing is told once, and what an unproven voice says proves
// nothing. Method: members and others with good keys ask for too much, and what is told is counted.
import assert from 'node:assert/strict'
import type { Message } from '../../agent/src/wire/message.ts'
import { suite } from '../harness.ts'
import { identity, takenOver } from './floods.ts'
import { Mouth, recordOf } from './forge.ts'
import { Stage } from './stage.ts'

const test = suite('gossip/demands', { timeoutMs: 60_000 })

/** What the first node has told of a kind. */
function told(stage: Stage, kind: 'operator' | 'record'): number {
  return stage.node(0).gossip?.traffic.told.get(kind) ?? 0
}

/** As often as one message wants something at most. */
function wantMuch(stage: Stage): Message {
  const { digest } = stage.world.cluster.stick.operator
  return { type: 'want', digests: Array.from({ length: 32 }, () => digest) }
}

test('a member that wants a paper many times over gets it once', () => {
  const stage = new Stage()
  const { node, record, mouth } = takenOver(stage, 2)
  const before = told(stage, 'operator')
  const messages = [wantMuch(stage)]
  stage.world.inject(node.address, stage.node(0), mouth.tell(node, record, stage.node(0), messages))
  assert.equal(told(stage, 'operator'), before + 1)
})

test('a node without papers that wants one many times over gets it once', () => {
  const stage = new Stage()
  const to = stage.node(0)
  const node = identity(stage, 0)
  const own = recordOf(stage.world, node)
  const mouth = new Mouth(stage.world, own.body.salt)
  stage.world.inject(node.address, to, mouth.hello({ sentTo: to.address, statements: [own] }))
  const before = told(stage, 'operator')
  stage.world.inject(node.address, to, mouth.tell(node, own, to, [wantMuch(stage)]))
  assert.equal(told(stage, 'operator'), before + 1)
})

test('who says of all that it lacks it, again and again, is told of each member once', () => {
  const stage = new Stage()
  const { node, record, mouth } = takenOver(stage, 2)
  const lists = Array.from({ length: 200 }, (_, index): Message => {
    return { type: 'ids', bucket: index % 16, hasBefore: false, hasMore: false, ids: [] }
  })
  const before = told(stage, 'record')
  stage.world.inject(node.address, stage.node(0), mouth.tell(node, record, stage.node(0), lists))
  assert.equal(told(stage, 'record'), before + 3)
})

test('who asks for one member many times in a datagram is told of it once', () => {
  const stage = new Stage()
  const { node, record, mouth } = takenOver(stage, 2)
  const short = stage.node(1).id.slice(8, 24)
  const pulls = Array.from({ length: 20 }, (): Message => ({ type: 'pull', ids: [short, short] }))
  const before = told(stage, 'record')
  stage.world.inject(node.address, stage.node(0), mouth.tell(node, record, stage.node(0), pulls))
  assert.equal(told(stage, 'record'), before + 1)
})

test('who knows the discovery secret does not keep a dead member alive by hellos of its own', () => {
  const stage = new Stage()
  const dead = stage.node(1)
  const record = stage.node(0).gossip?.roster.get(dead.id)?.record
  assert.ok(record)
  stage.world.kill(dead)
  const mouth = new Mouth(stage.world, record.body.salt)
  for (let ms = 0; ms < 20_000; ms += 250) {
    for (const to of [stage.node(0), stage.node(2)]) {
      const echo = to.gossip?.record.body.salt ?? new Uint8Array(16)
      const answer = { sentTo: to.address, isAnswer: true, wantsAnswer: false, echo }
      const bytes = mouth.hello({ ...answer, statements: [record] })
      stage.world.inject(dead.address, to, bytes)
    }
    stage.pass(250)
  }
  assert.deepEqual([stage.listed(0), stage.listed(2)], [2, 2])
})

test.run()

// Those who say too much: machines of the attacker's, and a member whose process he has taken over.
// Not here: what they say (the tests), and the cluster that hears it (stage.ts).
import assert from 'node:assert/strict'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import type { Statement } from '../../agent/src/wire/statement.ts'
import { publicHalf } from '../sim/suite.ts'
import type { SimNode } from '../sim/world.ts'
import { Mouth, secretOf } from './forge.ts'
import type { Stage } from './stage.ts'

/** Machines of the attacker's that nobody has installed, all at the place beside the cluster. */
export function identity(stage: Stage, index: number): SimNode {
  const seed = secretOf(`identity ${index}`)
  const id = nodeIdOf(publicHalf(seed))
  const beside = stage.node(3)
  return { ...beside, id, machine: { ...beside.machine, seed, id } }
}

/** A member's process taken over: its key, its record, a voice. */
export function takenOver(stage: Stage, index: number) {
  const node = stage.node(index)
  const record = node.gossip?.record
  assert.ok(record)
  stage.world.kill(node)
  const mouth = new Mouth(stage.world, record.body.salt)
  const tell = (statements: readonly Statement[]) => {
    const bytes = mouth.tell(node, record, stage.node(0), [{ type: 'statements', statements }])
    stage.world.inject(node.address, stage.node(0), bytes)
  }
  return { node, record, mouth, tell }
}

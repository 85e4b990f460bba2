// Goal: an agent that is killed at any step of its work on its disk is a working member at its next
// start, as the same node, and uses no boot twice. Method: real agents on loopback addresses; one
// of them, killed.ts, ends itself by SIGKILL at a step, of its first start, which has a seed, or of
// a later one. COUNT says how many are drawn by SEED of all steps. Not here: each step of the store
// on a disk that ends (test/identity/store.test.ts); a power cut.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { tellTried } from '../tried.ts'
import { chanceOf } from '../wire/changes.ts'
import { Lane, type Life } from './lane.ts'

const COUNT = process.env['COUNT']

/** Those of every day. */
const CHOSEN: Readonly<Record<Life, readonly string[]>> = {
  first: [
    'mkdir identity 1@after',
    'write identity/.seed.new 1@half',
    'rename identity/.seed.new 1@after',
    'rename identity/.papers.new 1@before',
    'write identity/.cluster.new 1@half',
    'rm seed.yml 1@before',
  ],
  later: [
    'open identity/.boot.new 1@after',
    'rename identity/.boot.new 1@before',
    'rename identity/.boot.new 1@after',
    'write identity/.papers.new 1@half',
    'rename identity/.papers.new 1@after',
    'write state/.peers.new 1@half',
  ],
}

const LANES = COUNT === undefined ? 2 : 4

interface Total {
  kills: number
  missed: number
  readonly failures: string[]
}

/** The moments of a step at which a kill leaves something of its own. */
function pointsOf(steps: readonly string[]): string[] {
  return steps.flatMap((step) => [
    `${step}@before`,
    ...(step.startsWith('write ') ? [`${step}@half`] : []),
    `${step}@after`,
  ])
}

function shuffled(points: readonly string[]): string[] {
  const chance = chanceOf(seed)
  const left = [...points]
  return points.map(() => left.splice(chance(left.length), 1)[0] ?? '')
}

let folder: string
let lanes: readonly Lane[]

const test = suite('agents/kills', { timeoutMs: 110_000 + Number(COUNT ?? 0) * 60_000 })

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kills-'))
  lanes = Array.from({ length: LANES }, (_, at) => new Lane(folder, at + 1))
  for (const lane of lanes) await lane.start()
})

test.after(async () => {
  for (const lane of lanes) await lane.stop()
  rmSync(folder, { recursive: true })
})

async function allSteps(lane: Lane): Promise<Record<Life, string[]>> {
  const node = lane.makeNode()
  return { first: await lane.steps(node), later: await lane.steps(node) }
}

/** Kills nodes of a lane, each in its first and in a later life, until none are left to kill. */
async function killAll(lane: Lane, points: Readonly<Record<Life, string[]>>, total: Total) {
  for (;;) {
    const node = lane.makeNode()
    for (const life of ['first', 'later'] as const) {
      const point = left(total) > 0 ? points[life].shift() : undefined
      if (point === undefined) return
      total.kills += 1
      try {
        if (!(await lane.kill(node, point))) {
          total.kills -= 1
          total.missed += 1
        }
        await lane.recover(node)
      } catch (error) {
        total.failures.push(`${life} life, ${point}: ${(error as Error).message}`)
        break
      }
    }
  }
}

const left = ({ kills }: Total): number => Number(COUNT ?? 12) - kills

test('an agent killed at a step of its work on its disk is a working member at the next start', async () => {
  const total: Total = { kills: 0, missed: 0, failures: [] }
  const [first] = lanes
  assert.ok(first)
  const steps = COUNT === undefined ? CHOSEN : await allSteps(first)
  const points =
    COUNT === undefined
      ? { first: [...CHOSEN.first], later: [...CHOSEN.later] }
      : { first: shuffled(pointsOf(steps.first)), later: shuffled(pointsOf(steps.later)) }
  await Promise.all(lanes.map((lane) => killAll(lane, points, total)))
  const { kills, missed, failures } = total
  tellTried({
    kills,
    working: kills - failures.length,
    missed,
    failures: failures.length,
    steps: steps.first.length + steps.later.length,
  })
  assert.equal(failures.join('\n'), '')
  assert.equal(left(total), 0, `${missed} points were not come to`)
})

test.run()

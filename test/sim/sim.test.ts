// Goal: under any mix of faults the members agree in the end, nobody well is held dead, tables only
// grow newer, traffic stays bounded; and the checkers that say so are not blind. Method: seeds,
// each a cluster of its own under faults of its own. COUNT seeds from SEED on, TICKS of 100 ms
// each.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { seed as SEED } from '../seed.ts'
import { tellTried } from '../tried.ts'
import { PLANTED } from './planted.ts'
import { runSeed, tell } from './run.ts'

const COUNT = Number(process.env['COUNT'] ?? 64)
const TICKS = Number(process.env['TICKS'] ?? 2000)

const test = suite('sim', { timeoutMs: 3_600_000 })

test(`${COUNT} seeds of ${TICKS} ticks keep every promise`, () => {
  const startMs = performance.now()
  const outcomes = Array.from({ length: COUNT }, (_, index) => runSeed(SEED + index, TICKS))
  const failed = outcomes.filter(({ violations }) => violations.length > 0)
  tellTried({
    count: COUNT,
    ticks: TICKS,
    faults: outcomes.reduce((sum, outcome) => sum + outcome.faults, 0),
    seconds: Math.round((performance.now() - startMs) / 1000),
    failures: failed.length,
  })
  assert.equal(failed.length, 0, failed.slice(0, 3).map(tell).join('\n'))
  // A simulation without faults and traffic keeps every promise too.
  assert.ok(outcomes.some(({ faults }) => faults > 0))
  assert.ok(outcomes.every(({ datagrams }) => datagrams > 0))
})

test('two runs of a seed are the same to the last datagram', () => {
  const [first, second] = [runSeed(SEED, 1500), runSeed(SEED, 1500)]
  assert.equal(first.trace, second.trace)
  assert.notEqual(first.trace, runSeed(SEED + 1, 1500).trace)
})

const SEEDS_MOST = 60

for (const { name, found, options, plant } of PLANTED) {
  test(`the simulator finds a bug: ${name}`, () => {
    const undo = plant()
    try {
      for (let at = 0; at < SEEDS_MOST; at++) {
        if (runSeed(SEED + at, 1500, options, found).violations.length > 0) return
      }
    } finally {
      undo()
    }
    assert.fail(`${found} saw nothing in ${SEEDS_MOST} seeds`)
  })
}

test.run()

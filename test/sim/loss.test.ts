// Goal: a network that loses datagrams costs no living member its place. Method: simulated hours of
// twenty nodes; SHARE says how many of them, 1 for all of the campaign.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { tellTried } from '../tried.ts'
import { type Losses, runLoss } from './loss.ts'

/** Of what the campaign tries. */
const SHARE = Number(process.env['SHARE'] ?? 0.001)
const NODES = 20

interface Claim {
  readonly loss: number
  /** In the campaign. */
  readonly nodeHours: number
  /** At most so many false deaths in a node-hour. */
  readonly most: number
}

const CLAIMS: readonly Claim[] = [
  { loss: 0.05, nodeHours: 1000, most: 0 },
  { loss: 0.1, nodeHours: 1000, most: 0 },
  { loss: 0.25, nodeHours: 500, most: 0 },
  { loss: 0.4, nodeHours: 200, most: 0.1 },
]

const test = suite('sim/loss', { timeoutMs: 10_800_000 })

const found = new Map<number, Losses>()

for (const { loss, nodeHours, most } of CLAIMS) {
  const hours = nodeHours * SHARE
  test(`${hours} node-hours at ${100 * loss} % loss: at most ${most} false deaths in each`, () => {
    const losses = runLoss({ seed, nodes: NODES, loss, nodeHours: hours })
    found.set(loss, losses)
    assert.ok(losses.falseDeaths <= most * hours, JSON.stringify(losses))
    assert.ok(losses.bytesPerSecond > 0)
  })
}

test('deaths are seen: where nearly all is lost members are given up', () => {
  assert.ok(runLoss({ seed, nodes: 6, loss: 0.85, nodeHours: 0.2 }).falseDeaths > 0)
})

test.after(() => {
  const figures: Record<string, number> = { failures: 0 }
  for (const { loss, nodeHours, most } of CLAIMS) {
    const { falseDeaths = Number.NaN, bytesPerSecond = Number.NaN } = found.get(loss) ?? {}
    const name = `at${100 * loss}`
    Object.assign(figures, { [name]: falseDeaths, [`${name}Bytes`]: Math.round(bytesPerSecond) })
    if (!(falseDeaths <= most * nodeHours * SHARE)) figures['failures'] = 1
  }
  tellTried(figures)
})

test.run()

// Goal: random plays mean what they mean to ansible-core. Method: plays made from the keyword table
// are run by both, live, on hosts of this machine, and every result is compared. SEED and COUNT
// choose which and how many; `make campaign` runs 500.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ensurePrograms } from '../../lab/programs.ts'
import { labSuite } from '../harness.ts'
import { compareBoth } from '../playbook/random/both.ts'
import { type Trial, trials } from '../playbook/random/plays.ts'
import { tellTried } from '../tried.ts'

const COUNT = Number(process.env['COUNT'] ?? 15)
/** Of the plays of a campaign; those of every day are equal, all of them. */
const SHARE_LEAST = Number(process.env['SHARE'] ?? 0.99)
/** Plays that are small enough for every day. */
const SEED = Number(process.env['SEED'] ?? 61)
const SECONDS_EACH = 20

const test = labSuite('lab/random', { costSeconds: 45, timeoutMs: COUNT * SECONDS_EACH * 1000 })

async function isEqual(trial: Trial): Promise<boolean> {
  return compareBoth(trial).then(
    () => true,
    (error: unknown) => {
      if (error instanceof assert.AssertionError) return false
      throw error
    },
  )
}

test(`${COUNT} random plays mean the same to ansible-core`, async () => {
  const differing: number[] = []
  const all = fc.sample(trials, { seed: SEED, numRuns: COUNT })
  for (const [index, trial] of all.entries()) {
    if (!(await isEqual(trial))) differing.push(index)
  }
  const share = (COUNT - differing.length) / COUNT
  const said = `seed ${SEED}: ${COUNT - differing.length} of ${COUNT} equal`
  process.stdout.write(`${said}${differing.length === 0 ? '' : `, not ${differing.join(', ')}`}\n`)
  tellTried({ count: COUNT, failures: differing.length })
  if (share >= SHARE_LEAST) return
  // The first that differs is made as small as it can be and still differ.
  const first = differing[0] ?? 0
  const failure = await fc.check(fc.asyncProperty(trials, compareBoth), {
    seed: SEED,
    numRuns: first + 1,
    skipAllAfterTimeLimit: 300_000,
  })
  assert.fail(`${said}; shrunk: ${JSON.stringify(failure.counterexample, null, 1)}`)
})

test.before(async () => {
  await ensurePrograms({ 'ansible-playbook': 'ansible' })
})

test.run()

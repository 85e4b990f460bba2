// Goal: what check mode says of the oracle's playbooks is what the run does that follows. Method:
// each is predicted, with and without --run-probes, and then run; verdicts are compared task by
// task. What a command would have answered is unknown, and what follows from it is counted apart.
// COUNT=all takes every playbook, as `make campaign` does; else one in four.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { allCases, type Case, reportOf } from './oracle/compare.ts'
import { emptyTally, judge, shares, type Tally } from './oracle/fidelity.ts'

const test = suite('playbook/fidelity', { timeoutMs: 60_000 })

const EVERY = process.env['COUNT'] === 'all' ? 1 : 4

/** Ways of calling that are predictions themselves, or run nothing. */
const NO_RUN = /^(--check|-C|--syntax-check|--list-.*)$/

const plain = emptyTally()
const probed = emptyTally()

function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), 'fidelity-'))
}

async function compare(entry: Case): Promise<void> {
  // What a task with `check_mode: false` makes in the prediction is not there for the run.
  const [first, second, third] = [freshFolder(), freshFolder(), freshFolder()]
  const withArgs = (...args: string[]): Case => ({
    ...entry,
    args: [...(entry.args ?? []), ...args],
  })
  try {
    const predicted = await reportOf(withArgs('--check'), first)
    const looked = await reportOf(withArgs('--check', '--run-probes'), second)
    const real = await reportOf(entry, third)
    if (predicted === undefined || looked === undefined || real === undefined) return
    assert.deepEqual(judge(predicted, real, plain), [])
    assert.deepEqual(judge(looked, real, probed), [])
  } finally {
    for (const each of [first, second, third]) rmSync(each, { recursive: true, force: true })
  }
}

const CASES = allCases().filter(({ args = [] }) => !args.some((word) => NO_RUN.test(word)))
for (const entry of CASES.filter((_, index) => index % EVERY === 0)) {
  test(`no verdict of check mode on ${entry.name} is wrong`, () => compare(entry))
}

function told(tally: Tally): string {
  const { verdicts, known, knownWithoutCommands } = shares(tally)
  const [all, others] = [known, knownWithoutCommands].map(
    (share) => `${(share * 100).toFixed(1)} %`,
  )
  return `${verdicts} verdicts, ${tally.known} known (${all}), ${others} without commands`
}

test('what is unknown follows from a command, but for few', () => {
  process.stdout.write(`check mode: ${told(plain)}; with --run-probes: ${told(probed)}\n`)
  const { verdicts, knownWithoutCommands } = shares(plain)
  assert.ok(verdicts > 500, told(plain))
  assert.ok(knownWithoutCommands >= 0.95, told(plain))
})

test('with --run-probes at least 95 % of all verdicts are known', () => {
  assert.ok(shares(probed).known >= 0.95, told(probed))
})

test.run()

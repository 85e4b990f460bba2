// Goal: what check mode says of the oracle's playbooks is what the run does that follows. Method:
// each is predicted and then run in the same folder; verdicts are compared task by task. What a
// command would have answered is unknown, and what follows from it is counted apart.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { allCases, type Case, reportOf } from './oracle/compare.ts'
import { emptyTally, judge, shares } from './oracle/fidelity.ts'

const test = suite('playbook/fidelity', { timeoutMs: 60_000 })

/** Ways of calling that are predictions themselves, or run nothing. */
const NO_RUN = /^(--check|-C|--syntax-check|--list-.*)$/

const tally = emptyTally()

async function compare(entry: Case): Promise<void> {
  // What a task with `check_mode: false` makes in the prediction is not there for the run.
  const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'fidelity-')))
  const [first = '', second = ''] = folders
  try {
    const predicted = await reportOf({ ...entry, args: [...(entry.args ?? []), '--check'] }, first)
    const real = await reportOf(entry, second)
    if (predicted === undefined || real === undefined) return
    assert.deepEqual(judge(predicted, real, tally), [])
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
}

for (const entry of allCases()) {
  if ((entry.args ?? []).some((word) => NO_RUN.test(word))) continue
  test(`no verdict of check mode on ${entry.name} is wrong`, () => compare(entry))
}

test('what is unknown follows from a command, but for few', () => {
  const { verdicts, known, knownWithoutCommands } = shares(tally)
  assert.ok(verdicts > 1000, `${verdicts} verdicts`)
  const told = `${known} known, ${knownWithoutCommands} without commands, ${verdicts} verdicts`
  assert.ok(knownWithoutCommands >= 0.98, told)
})

test.run()

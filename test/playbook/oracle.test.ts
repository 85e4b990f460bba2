// Goal: playbooks mean what they mean to ansible-core. Method: its answers to the playbooks of
// oracle/books, kept as data by oracle/generate.py, are compared with ours: every result, what is
// returned, the recap, the exit code and the files in the end. What differs is named in
// oracle/divergences.json with its reason, and docs/ansible-differences.md has the reasons.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRoot } from '../../lab/programs.ts'
import { suite } from '../harness.ts'
import {
  allCases,
  type Case,
  keptAnswers,
  lines,
  narrowed,
  needsRoot,
  ours,
} from './oracle/compare.ts'
import { divergences } from './oracle/divergences.ts'

const test = suite('playbook/oracle', { timeoutMs: 60_000 })

const answers = keptAnswers()
let differing = 0

async function compare(entry: Case): Promise<void> {
  const theirs = answers[entry.name]
  assert.ok(theirs, 'no answer kept: run make oracle')
  const work = mkdtempSync(join(tmpdir(), 'oracle-'))
  try {
    const mine = await ours(entry, work)
    if (theirs.error === true || mine.error === true) {
      assert.equal(mine.error, theirs.error, 'one of the two refuses it')
      return
    }
    assert.deepEqual(lines(narrowed(mine, theirs, entry), entry), lines(theirs, entry))
    assert.equal(mine.rc, entry.exitCode ?? theirs.rc)
    for (const [host, counts] of Object.entries(theirs.stats)) {
      for (const [name, count] of Object.entries(counts)) {
        assert.equal(mine.stats[host]?.[name], count, `${name} of ${host} in the recap`)
      }
    }
    assert.deepEqual(mine.tree, theirs.tree)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

for (const entry of allCases()) {
  if (needsRoot(entry) && !isRoot()) {
    test.skip(`${entry.name} means the same`, 'only root becomes another user unasked')
    continue
  }
  const reason = divergences.get(entry.name)
  if (reason === undefined) {
    test(`${entry.name} means the same`, () => compare(entry))
    continue
  }
  differing += 1
  test(`${entry.name} differs, as is written down`, async () => {
    await assert.rejects(compare(entry), `${entry.name} is the same now: remove it (${reason})`)
  })
}

test('at most one playbook in a hundred differs', () => {
  assert.ok(allCases().length >= 150, 'fewer than 150 playbooks')
  assert.ok(differing / allCases().length <= 0.01, `${differing} differ`)
})

test.run()

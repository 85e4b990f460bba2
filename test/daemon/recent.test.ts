// Goal: what went wrong long ago is no longer told as wrong. Method: counts and a clock by hand.
import assert from 'node:assert/strict'
import { RECENT_MS, Recent } from '../../agent/src/daemon/recent.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/recent')

const STEP_MS = 5000

function watched() {
  let nowMs = 1000
  const counts = new Map<string, number>()
  const clock = { now: () => nowMs, wall: () => 0, after: () => () => undefined }
  const recent = new Recent(clock, () => counts)
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += STEP_MS) recent.note()
  }
  return { recent, counts, pass }
}

test('what was counted at the start is told for some minutes, and then no more', () => {
  const { recent, counts, pass } = watched()
  pass(STEP_MS)
  counts.set('ENETUNREACH', 3)
  assert.deepEqual(recent.counts(), { ENETUNREACH: 3 })
  pass(RECENT_MS - 60_000)
  assert.deepEqual(recent.counts(), { ENETUNREACH: 3 })
  pass(120_000)
  assert.deepEqual(recent.counts(), {})
})

test('what goes on is told by as much as came in the last minutes', () => {
  const { recent, counts, pass } = watched()
  for (let minute = 1; minute <= 60; minute++) {
    counts.set('tag', minute)
    pass(60_000)
  }
  const { tag = 0 } = recent.counts()
  assert.ok(tag >= 4 && tag <= 6, `${tag}`)
})

test.run()

// Goal: a counter counts once, in any order within the window, and never behind it. Method: cases,
// and a set that remembers all, for what fast-check makes up.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ReplayWindow } from '../../agent/src/wire/window.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'

const test = suite('wire/window')

const CASES: readonly (readonly [sentence: string, counters: number[], taken: boolean[]])[] = [
  ['the first counter may be 0', [0, 0], [true, false]],
  ['what was seen is not new', [5, 6, 5, 6], [true, true, false, false]],
  ['what comes late is new once', [3, 1, 2, 1], [true, true, true, false]],
  ['1,023 behind is new, 1,024 behind is not', [2000, 977, 976], [true, true, false]],
  ['a jump leaves behind what was within', [0, 1024, 0, 1], [true, true, false, true]],
  ['a jump to the end leaves little', [7, 2 ** 32 - 1, 7], [true, true, false]],
  ['the highest counter counts once', [2 ** 32 - 1, 2 ** 32 - 1], [true, false]],
  ['a jump of the whole ring clears it', [31, 31 + 1056, 31 + 1055], [true, true, true]],
]

for (const [sentence, counters, taken] of CASES) {
  test(sentence, () => {
    const window = new ReplayWindow()
    assert.deepEqual(
      counters.map((counter) => window.take(counter)),
      taken,
    )
  })
}

test('a run of a million in order is all new', () => {
  const window = new ReplayWindow()
  for (let counter = 0; counter < 1_000_000; counter++) {
    if (!window.take(counter)) assert.fail(`${counter}`)
  }
})

test('any counters are taken as by one who remembers all of them', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -1100, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 900, max: 1200 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) },
  )
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.array(step, { maxLength: 300 }), (first, steps) => {
      const window = new ReplayWindow()
      const seen = new Set<number>()
      let highest = -1
      for (const each of [0, ...steps]) {
        const counter = Math.min(2 ** 32 - 1, Math.max(0, (highest < 0 ? first : highest) + each))
        const isNew = !seen.has(counter) && counter > highest - 1024
        assert.equal(window.take(counter), isNew, `${counter} after ${highest}`)
        seen.add(counter)
        highest = Math.max(highest, counter)
      }
    }),
    { seed, numRuns: 500 },
  )
})

test.run()

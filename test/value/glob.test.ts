// Goal: a pattern of names fits what Python's fnmatch.fnmatchcase says it fits.
import assert from 'node:assert/strict'
import { globPattern } from '../../agent/src/value/glob.ts'
import { suite } from '../harness.ts'

const test = suite('value/glob')

const CASES: readonly (readonly [glob: string, fitting: string[], other: string[]])[] = [
  ['*.conf', ['a.conf', '.conf', 'a\nb.conf'], ['a.conf.d', 'aconf']],
  ['a?c', ['abc', 'a.c'], ['ac', 'abbc']],
  ['[a-c]1', ['a1', 'c1'], ['d1', '-1']],
  ['[!a-c]1', ['d1'], ['a1']],
  ['[]x]', [']', 'x'], ['[']],
  ['[^a]', ['^', 'a'], ['b']],
  ['[z-a]', [], ['a', 'z', '-']],
  ['a[', ['a['], ['a']],
  ['a[b', ['a[b'], ['ab']],
  ['(a+b).{2}$|^\\', ['(a+b).{2}$|^\\'], ['aab']],
]

for (const [glob, fitting, other] of CASES) {
  test(`${JSON.stringify(glob)} fits what fnmatch says`, () => {
    const pattern = globPattern(glob)
    for (const name of fitting) assert.equal(pattern.test(name), true, name)
    for (const name of other) assert.equal(pattern.test(name), false, name)
  })
}

test.run()

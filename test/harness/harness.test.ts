// Goal: no way to be green by accident. Method: each planted file commits one sin that uvu alone
// forgives; the runner must end red and name it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite } from '../harness.ts'

const root = new URL('../..', import.meta.url)
const test = suite('harness')

interface Ended {
  code: number | null
  output: string
  last: string
}

function runPlanted(...args: string[]): Ended {
  const paths = args.map((arg) => (arg.startsWith('-') ? arg : arg.replace(/^@/, FIXTURES)))
  const { HARNESS_REPORT: _report, HARNESS_NAME: _name, ...env } = process.env
  const ended = spawnSync(process.execPath, ['test/run.ts', ...paths], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
  const output = ended.stdout + ended.stderr
  return { code: ended.status, output, last: ended.stdout.trimEnd().split('\n').at(-1) ?? '' }
}

const FIXTURES = 'test/fixtures/harness/'

/** The planted file, and what the output has to say about it. */
const SINS: [file: string, said: string[]][] = [
  ['before-throws', ['a test that would pass', 'before is broken']],
  ['after-each-throws', ['the real failure', 'after.each is broken']],
  ['after-throws', ['after is broken']],
  ['non-error', ['not an Error was thrown: just a text']],
  ['run-forgotten', ['suite planted was declared and never run']],
  ['only-left', ['.only is left in']],
  ['never-ends', ['took over 50 ms', 'a test that waits for ever']],
  ['open-socket', ['leaves open: TCPServerWrap']],
  ['exits-early', ['a test that ends the process']],
  ['no-tests', ['no test was executed']],
  ['throws-later', ['nobody saw this']],
]

for (const [file, said] of SINS) {
  test(`a file with the sin ${file} is red and says so`, () => {
    const { code, output, last } = runPlanted(`@${file}.test.ts`)
    assert.equal(code, 1, output)
    for (const text of said) assert.ok(output.includes(text), `${text} not in:\n${output}`)
    assert.match(last, /^\d+ passed, 1 failed$/)
  })
}

test('a file that never yields is ended at its limit', () => {
  const { code, output, last } = runPlanted('--limit', '1', '@endless-loop.test.ts')
  assert.equal(code, 1)
  assert.match(output, /ran beyond its limit during this test/)
  assert.equal(last, '0 passed, 1 failed')
})

test('a clean file is green with its count', () => {
  const { code, output, last } = runPlanted('@passes.test.ts')
  assert.equal(code, 0, output)
  assert.equal(last, '2 passed, 0 failed')
})

test('files run in processes of their own', () => {
  const { code, output } = runPlanted(
    '@passes-alone-globals.test.ts',
    '@passes-alone-globals-again.test.ts',
  )
  assert.equal(code, 0, output)
})

test('one test is run by its name', () => {
  const { last } = runPlanted('--name', 'the second', '@passes.test.ts')
  assert.equal(last, '1 passed, 0 failed')
})

test('a name that no test has is red', () => {
  const { code, output } = runPlanted('--name', 'no such test', '@passes.test.ts')
  assert.equal(code, 1)
  assert.match(output, /no test was executed/)
})

test('a path that is not there is red', () => {
  assert.notEqual(runPlanted('@missing.test.ts').code, 0)
})

test.run()

// What is told of figures, and that the page of others stays as it is.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { HEADING, median, replaceSection, summarize, tell } from './report.ts'
import { ROWS } from './rows.ts'

const test = suite('benchmark report')

test('only the section of the benchmark is replaced', () => {
  const page = `# Page\n\n${HEADING}\n\nold\n\n## Campaigns\n\nkept\n`
  const made = replaceSection(page, HEADING, `${HEADING}\n\nnew\n`)
  assert.deepEqual(made, `# Page\n\n${HEADING}\n\nnew\n\n## Campaigns\n\nkept\n`)
  assert.deepEqual(replaceSection(made, HEADING, `${HEADING}\n\nnew\n`), made)
})

test('a page without the heading is refused', () => {
  assert.throws(() => replaceSection('# Page\n', HEADING, 'x'), /no heading/)
})

test('the median of an even number of runs is the middle of two', () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5])
})

const cost = (wall: number) => [{ wall, cpu: 1, peakMib: 60, rc: 0, output: '' }]

test('a row that misses its goal says so', () => {
  const facts = { id: 'a', title: 'A', date: '', machine: '', versions: '' }
  const told = (mitogen: number): string => {
    const costs = new Map([
      ['cluster-os', cost(1)],
      ['mitogen', cost(mitogen)],
    ])
    return tell([{ ...facts, peers: summarize(costs) }])
  }
  assert.deepEqual(told(2.9).includes('2.9x | 3x: **missed**'), true)
  assert.deepEqual(told(3).includes('3.0x | 3x: met'), true)
})

test('every row has an id and a title of its own', () => {
  assert.deepEqual(new Set(ROWS.map(({ id }) => id)).size, ROWS.length)
  assert.deepEqual(new Set(ROWS.map(({ title }) => title)).size, ROWS.length)
})

test.run()

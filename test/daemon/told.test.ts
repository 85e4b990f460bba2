// Goal: what a member tells of its machine is shown, and can do nothing to who shows it. Method:
// details that are good, odd and hostile, as bytes of a blob.
import assert from 'node:assert/strict'
import { detailsOf } from '../../agent/src/daemon/details.ts'
import { toldDetails } from '../../agent/src/daemon/told.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/told')

const told = (text: string) => toldDetails(Buffer.from(text))
const again = (text: string): unknown => JSON.parse(JSON.stringify(told(text)))

test('what an agent tells is taken as it was', () => {
  const machine = {
    processor: { model: 'a CPU', cores: 4 },
    memoryBytes: 2 ** 34,
    gpus: [{ model: 'a GPU', memoryBytes: 2 ** 33 }],
    disks: [{ name: 'sda', bytes: 2 ** 40 }],
    speeds: { eth0: 1000 },
    labels: { rack: '7' },
  }
  const bytes = detailsOf(machine)
  assert.deepEqual(JSON.parse(JSON.stringify(toldDetails(bytes))), JSON.parse(bytes.toString()))
})

test('a label called __proto__ is a label and pollutes nothing', () => {
  const details = told('{"labels": {"__proto__": "x", "constructor": "y"}, "__proto__": {"a": 1}}')
  assert.deepEqual(Object.keys(details?.labels ?? {}), ['__proto__', 'constructor'])
  assert.deepEqual(Object.keys(details ?? {}), ['labels'])
  assert.equal(({} as Record<string, unknown>)['a'], undefined)
})

test('of a name twice the last counts, as JSON has it', () => {
  assert.deepEqual(again('{"labels": {"a": "1", "a": "2"}, "cpu": 1, "cpu": {"cores": 2}}'), {
    labels: { a: '2' },
    cpu: { cores: 2 },
  })
})

test('lists as deep as a blob is long are not taken, and what is taken can be written on', () => {
  const deep = 8000
  const text = `{"gpus": [${'['.repeat(deep)}${']'.repeat(deep)}], "labels": {"a": "b"}}`
  assert.deepEqual(again(text), { gpus: [], labels: { a: 'b' } })
  assert.deepEqual(again(`{"other": ${'['.repeat(deep)}${']'.repeat(deep)}}`), {})
})

const HOSTILE: readonly [what: string, text: string, taken: unknown][] = [
  ['a text where a list is to be', '{"gpus": "none"}', {}],
  ['an object where a list is to be', '{"gpus": {"map": 1}}', {}],
  ['null where an object is to be', '{"cpu": null, "labels": null}', {}],
  [
    'a number where a text is to be',
    '{"labels": {"a": 1}, "cpu": {"model": 7}}',
    { labels: {}, cpu: {} },
  ],
  ['a number that is none', '{"memory": {"bytes": 1e999}}', { memory: {} }],
  ['a text that is too long', `{"cpu": {"model": "${'x'.repeat(257)}"}}`, { cpu: {} }],
  ['names that nobody knows', '{"toJSON": "x", "then": {}}', {}],
]

for (const [what, text, taken] of HOSTILE) {
  test(`left out of details is ${what}`, () => assert.deepEqual(again(text), taken))
}

test('what is no JSON object is nothing', () => {
  for (const text of ['', '[]', '1', 'null', '{', '{"a": NaN}', '\ufeff{}', '{} {}']) {
    assert.equal(told(text), undefined, text)
  }
})

test.run()

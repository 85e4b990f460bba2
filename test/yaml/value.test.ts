// Goal: every node knows its place and every author's text its kind. Method: small texts whose
// places can be counted by eye; generated values for the way there and back.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toPlain } from '../../agent/src/value/plain.ts'
import { Float, isDict, Template, type Value } from '../../agent/src/value/value.ts'
import { dumpYaml } from '../../agent/src/yaml/dump.ts'
import type { YamlNode } from '../../agent/src/yaml/node.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { canonical } from './encoded.ts'

const test = suite('yaml/value')

function read(text: string): Value {
  const [node] = parseYaml(text, 'f.yml')
  assert.ok(node !== undefined)
  return toValue(node, { templates: true })
}

/** `kind line:column` of a node and of all in it. */
function places(node: YamlNode): string[] {
  const own = `${node.kind} ${node.at.line}:${node.at.column}`
  if (node.kind === 'sequence') return [own, ...node.items.flatMap(places)]
  if (node.kind === 'scalar') return [own]
  return [own, ...node.entries.flatMap(({ key, value }) => [...places(key), ...places(value)])]
}

test('every node knows where it starts', () => {
  const text = 'a: 1\nb:\n  - "x"\n  - {c: d}\ne: |\n  text\nf:\n'
  assert.deepEqual(parseYaml(text, 'f.yml').flatMap(places), [
    'mapping 1:1',
    'scalar 1:1',
    'scalar 1:4',
    'scalar 2:1',
    'sequence 3:3',
    'scalar 3:5',
    'mapping 4:5',
    'scalar 4:6',
    'scalar 4:9',
    'scalar 5:1',
    'scalar 5:4',
    'scalar 7:1',
    'scalar 7:3',
  ])
})

/** A text with one template, and the place where the template's text starts. */
const TEMPLATES: [text: string, place: string, source: string][] = [
  ['a {{ b }}\n', '1:1', 'a {{ b }}'],
  ['k: "{{ b }}"\n', '1:5', '{{ b }}'],
  ["k: '{{ b }}'\n", '1:5', '{{ b }}'],
  ['k: x {{ b }}\n', '1:4', 'x {{ b }}'],
  ['k: |\n    {{ b }}\n', '2:5', '{{ b }}\n'],
  ['k: >- # comment\n\n  {{ b }}\n', '2:3', '\n{{ b }}'],
  ['- - "{% if x %}y{% endif %}"\n', '1:6', '{% if x %}y{% endif %}'],
]

for (const [text, place, source] of TEMPLATES) {
  test(`the template in ${JSON.stringify(text)} starts at ${place}`, () => {
    let value = read(text)
    while (!(value instanceof Template)) {
      value = (isDict(value) ? [...value.values()] : (value as Value[]))[0] as Value
    }
    assert.equal(value.source, source)
    assert.equal(`${value.origin.line}:${value.origin.column}`, place)
  })
}

test('a text tagged !unsafe is data, in a list and a mapping too', () => {
  const value = read('a: !unsafe "{{ x }}"\nb: !unsafe ["{{ y }}", {c: "{% z %}", d: 5}]\n')
  assert.equal(canonical(value), '{"a": "{{ x }}", "b": ["{{ y }}", {"c": "{% z %}", "d": 5}]}')
})

test('without templates every text is data', () => {
  const [node] = parseYaml('a: "{{ x }}"\n', 'f.yml')
  assert.ok(node !== undefined)
  assert.equal(canonical(toValue(node, { templates: false })), '{"a": "{{ x }}"}')
})

test('a merged mapping keeps its own keys and takes the rest', () => {
  const value = read('x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}\n')
  assert.equal(canonical(value), '{"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}')
})

test('what occurs twice is written once, with an anchor', () => {
  const shared: Value[] = [1, 2]
  const value: Value = new Map<Value, Value>([
    ['a', shared],
    ['b', [shared]],
  ])
  assert.equal(dumpYaml(value, { flowStyle: null }), 'a: &id001 [1, 2]\nb:\n- *id001\n')
})

/** Line breaks of YAML 1.1 that are ordinary characters here. */
const OLD_BREAKS = /[\x85\u2028\u2029]/
const text = (constraints: { maxLength?: number }) =>
  fc.string({ unit: 'binary', ...constraints }).filter((item) => !OLD_BREAKS.test(item))

const scalar = fc.oneof(
  fc.constantFrom<Value>(null, true, false, new Float(2), 0.5, 10n ** 20n, -0.25),
  fc.integer(),
  text({ maxLength: 40 }),
  fc.stringMatching(/^[ \n:#'"{}[\],&*!|>%@`\-?~=<a-c0-9.]{0,20}$/),
)
const { tree } = fc.letrec<{ tree: Value }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(text({}), tie('tree')), { maxLength: 4, selector: ([key]) => key })
      .map((entries): Value => new Map(entries)),
  ),
}))

test('what is written is read back, in every style', () => {
  const style = fc.record({
    indent: fc.integer({ min: 2, max: 9 }),
    width: fc.integer({ min: 10, max: 100 }),
    flowStyle: fc.constantFrom(true, false, null),
  })
  fc.assert(
    fc.property(tree, style, (value, options) => {
      const text = dumpYaml(value, { ...options, sortKeys: false })
      const [node] = parseYaml(text, 'f.yml')
      assert.ok(node !== undefined)
      assert.equal(canonical(toValue(node, { templates: false })), canonical(value), text)
    }),
    { numRuns: 500, seed },
  )
})

for (const [text, value] of [
  ['a: [\n  1\n]\nb: 1\n', { a: [1], b: 1 }],
  ['x:\n  a: [\n  1, # one\n  2\n  ]\n', { x: { a: [1, 2] } }],
  ['a: {\n  b: 1 # it is\n, c: 2}\n', { a: { b: 1, c: 2 } }],
  ["a: [\n1,\n'# x',\n2]\n", { a: [1, '# x', 2] }],
  ["a: 'x\n\ty'\n", { a: 'x y' }],
  ['a: "x\n\n\ty\nz"\n', { a: 'x\ny z' }],
] as const) {
  test(`inside brackets and quotes lines begin where they like: ${JSON.stringify(text)}`, () => {
    assert.equal(JSON.stringify(toPlain(read(text))), JSON.stringify(value))
  })
}

test.run()

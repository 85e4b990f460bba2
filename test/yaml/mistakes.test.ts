// Goal: a mistake in YAML is reported where it was made, with a hint. Method: one small text per
// mistake, with the place and the words that the error must have.
import assert from 'node:assert/strict'
import { ClusterError } from '../../agent/src/errors.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { toValue } from '../../agent/src/yaml/value.ts'
import { suite } from '../harness.ts'

const test = suite('yaml/mistakes')

const QUOTE = 'quote it'
const ALIGN = 'align the line'

/** Text, line:column, words of the message, words of the hint. */
const MISTAKES: [text: string, place: string, message: string, hint: string][] = [
  ['a: {{ x }}\n', '1:4', 'unquoted template', QUOTE],
  ['a: {{ x }} more\n', '1:4', 'unquoted template', QUOTE],
  ['a:\n  - {{ x }}/b\n', '2:5', 'unquoted template', QUOTE],
  ['a: {% if x %}\n', '1:4', 'unquoted template', QUOTE],
  ['a: [{{ x }}]\n', '1:5', 'unquoted template', QUOTE],
  ['a: b: c\n', '1:5', 'a second ": "', 'quote a text'],
  ['- hosts all\n  tasks: []\n', '1:3', 'a colon is missing in "hosts all"', 'key: value'],
  ['hosts: all\ntasks\n', '2:1', 'a colon is missing in "tasks"', 'key: value'],
  ['key:value\nb: 1\n', '1:5', 'a space is missing after the colon', 'key: value'],
  ['a:\n\tb: c\n', '2:1', 'a tab', 'spaces only'],
  ['a:\n  b: 1\n\tc: 2\n', '3:1', 'a tab', 'spaces only'],
  ['a: "x\nb: c\n', '1:4', 'a double quote is opened here', 'closing "'],
  ["a: 'x\nb: c\n", '1:4', 'a single quote is opened here', "closing '"],
  ['a: "x\n', '1:4', 'a double quote is opened here', 'closing "'],
  ["a: it\nb: 'it's'\n", '2:8', 'text after the end of a value', 'quote the whole'],
  ['a: [1, 2\nb: 3\n', '1:4', '"[" is opened here', 'closing "]"'],
  ['a: {b: 1\n', '1:4', '"{" is opened here', 'closing "}"'],
  ['a: {b: 1 c: 2}\n', '1:11', 'a comma is missing', 'commas'],
  ['a: 1\n b: 2\n', '2:2', 'indentation', ALIGN],
  ['a:\n  b: 1\n c: 2\n', '3:2', 'indentation', ALIGN],
  ['- a: 1\n   b: 2\n', '2:4', 'indentation', ALIGN],
  ['- a\nb: 1\n', '2:1', 'indentation', ALIGN],
  ['- name: x\n  - b\n', '2:3', 'indentation', ALIGN],
  ['a: |\n  x\n y\n', '3:2', 'indentation', ALIGN],
  ['a: @x\n', '1:4', 'cannot start with "@"', QUOTE],
  ['a: %x\n', '1:4', 'cannot start with "%"', QUOTE],
  ['a: `x`\n', '1:4', 'cannot start with "`"', QUOTE],
  ['a: *x\n', '1:4', 'no anchor is called "x"', 'define it before'],
  ['a: &x [*x]\n', '1:8', 'inside its own anchor', ''],
  ['a: !foo x\n', '1:4', 'the tag "!foo"', '!unsafe'],
  ['a: !!python/object:os.system x\n', '1:4', 'the tag "!!python/object:os.system"', '!unsafe'],
  ['a: 1\nb: 2\na: 3\n', '3:1', 'given twice, in lines 1 and 3', 'remove one'],
  ['a: {b: 1, b: 2}\n', '1:11', 'given twice', 'remove one'],
  ['a: "x" y\n', '1:8', 'text after the end of a value', 'quote the whole'],
  ['a: - b\n', '1:4', 'text after the end of a value', 'quote the whole'],
  ['a: "\\q"\n', '1:5', 'unknown escape', 'single quotes'],
  ['a: 2024-13-45\n', '1:4', 'looks like a number or date', QUOTE],
  ['a: =\n', '1:4', 'cannot be a plain value', QUOTE],
  ['? [a]\n: b\n', '1:3', 'a sequence cannot be a key', 'quote'],
  ['a: 1\n<<: 5\n', '2:1', 'the merge key', ''],
  ['a: !vault |\n  123\n', '1:11', 'vault', 'file of variables'],
]

for (const [text, place, message, hint] of MISTAKES) {
  test(`${JSON.stringify(text)} is refused at ${place}`, () => {
    try {
      for (const node of parseYaml(text, 'f.yml')) toValue(node, { templates: true })
    } catch (error) {
      assert.ok(error instanceof ClusterError)
      const where = error.where as { file: string; line: number; column: number }
      const said = `${where.file}:${where.line}:${where.column} ${error.message} (${error.hint})`
      assert.equal(`${where.file}:${where.line}:${where.column}`, `f.yml:${place}`, said)
      assert.equal(error.code, 'YAML_SYNTAX')
      assert.ok(error.message.includes(message), said)
      assert.ok((error.hint ?? '').includes(hint), said)
      return
    }
    assert.fail('it was read')
  })
}

test('aliases that multiply without end are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 12; level++) {
    const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')
    lines.push(`a${level}: &a${level} [${aliases}]`)
  }
  assert.throws(() => parseYaml(lines.join('\n'), 'f.yml'), /aliases add more than 100000 nodes/)
})

test.run()

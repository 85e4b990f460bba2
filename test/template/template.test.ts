// What the oracle cannot ask: places of errors, hints, Unknowns, omit, names and native types.
import assert from 'node:assert/strict'
import { ClusterError, type Position } from '../../agent/src/errors.ts'
import {
  checkSyntax,
  evaluate,
  freeNames,
  render,
  renderFile,
  truth3,
} from '../../agent/src/template/template.ts'
import { fromPlain } from '../../agent/src/value/plain.ts'
import {
  type Dict,
  OMIT,
  Template,
  Undefined,
  Unknown,
  type Value,
} from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'

const test = suite('template/template')

const unknown = new Unknown('the command was not run', 'task probe')
const vars = new Map<Value, Value>([
  ...(fromPlain({ one: 1, list: [1, 2], dct: { name: 'x' }, text: 'abc', none: null }) as Dict),
  ['reg', unknown],
  [
    'half',
    new Map<Value, Value>([
      ['known', 1],
      ['stdout', unknown],
    ]),
  ],
  ['omit', OMIT],
])
const context = {
  scope: {
    lookup: (name: string) => vars.get(name) ?? new Undefined(`'${name}' is undefined`),
    names: () => [...vars.keys()] as string[],
  },
}
const origin: Position = { file: 'play.yml', line: 10, column: 5 }

function template(source: string): Value {
  return render(new Template(source, origin), context)
}

function failure(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    const where = error.where as Position
    return `${where.line}:${where.column} ${error.code} ${error.message} | ${error.hint ?? ''}`
  }
  return 'no error'
}

const MISTAKES: [source: string, expected: RegExp][] = [
  ['{{ foo }}', /^10:8 TEMPLATE_UNDEFINED 'foo' is undefined/],
  ['{{ lst }}', /'lst' is undefined \| did you mean 'list'\?/],
  ['{{ dct.nme }}', /^10:12 .*'dict object' has no attribute 'nme' \| did you mean 'name'\?/],
  ['a\nb {{ foo }}', /^11:10 TEMPLATE_UNDEFINED/],
  ['{{ 1 + }}', /^10:12 TEMPLATE_SYNTAX unexpected '}}', expected an expression/],
  ['{{ one | uper }}', /^10:14 TEMPLATE_SYNTAX no filter is named 'uper' \| did you mean 'upper'/],
  [
    '{{ one is strng }}',
    /^10:15 TEMPLATE_SYNTAX no test is named 'strng' \| did you mean 'string'/,
  ],
  ['x {% if one %}', /^10:10 TEMPLATE_SYNTAX the block 'if' is not closed/],
  ['{% for i in list %}{% endif %}', /^10:27 TEMPLATE_SYNTAX unexpected 'endif'/],
  ['{% nosuch %}', /^10:8 TEMPLATE_SYNTAX unknown tag 'nosuch'/],
  ["{{ 'abc }}", /^10:8 TEMPLATE_SYNTAX a string is not closed/],
  ['{{ (1, 2] }}', /^10:13 TEMPLATE_SYNTAX unexpected ']', expected '\)'/],
  ['{# comment', /^10:5 TEMPLATE_SYNTAX a comment is not closed/],
  ['{{ text + 1 }}', /^10:13 TEMPLATE_TYPE can only concatenate str \(not "int"\) to str/],
  ['{{ one.x.y }}', /^10:12 TEMPLATE_UNDEFINED 'int object' has no attribute 'x'/],
  ['{{ [1, foo] }}', /^10:12 TEMPLATE_UNDEFINED 'foo' is undefined/],
  ['{{ text.nosuch() }}', /^10:13 TEMPLATE_UNDEFINED 'str object' has no attribute 'nosuch'/],
  ["{{ '[' | from_json }}", /^10:14 TEMPLATE_TYPE the text is no json/i],
  ["{{ text | regex_search('(') }}", /^10:15 TEMPLATE_TYPE the regular expression '\(' is wrong/],
]

for (const [source, expected] of MISTAKES) {
  test(`the mistake in ${JSON.stringify(source)} is found at its place`, () => {
    assert.match(
      failure(() => template(source)),
      expected,
    )
  })
}

test('braces inside a condition are refused with a hint, around it they are taken off', () => {
  assert.equal(truth3('{{ one }}', origin, context), true)
  assert.match(
    failure(() => truth3('one == {{ list }}', origin, context)),
    /^10:12 .*TEMPLATE_SYNTAX/,
  )
  assert.match(
    failure(() => truth3('{{ foo }}', origin, context)),
    /^10:8 /,
  )
})

test('a template file has its own places', () => {
  assert.match(
    failure(() => renderFile('a\n  {{ foo }}\n', 't.j2', context)),
    /^2:6 /,
  )
})

const HEADERS: readonly (readonly [string, RegExp])[] = [
  [' trim_blocks=False', /^1:9 .*'trim_blocks=False' in the line #jinja2: is no NAME:VALUE/],
  [' trim_blocks:True,', /^1:27 .*'' in the line/],
  ['trim_blocks:no', /^1:9 .*trim_blocks is no True or False/],
  ["trim_blocks:1,lstrip_blocks:'x'", /^1:23 .*lstrip_blocks is no True or False/],
  ['block_start_string:5', /^1:9 .*block_start_string is no text in quotes/],
  ["line_statement_prefix:'%%'", /^1:9 .*no option is named 'line_statement_prefix'/],
]

for (const [line, expected] of HEADERS) {
  test(`the first line #jinja2:${line} is refused`, () => {
    assert.match(
      failure(() => renderFile(`#jinja2:${line}\nx\n`, 't.j2', context)),
      expected,
    )
  })
}

test('checkSyntax finds mistakes without values', () => {
  checkSyntax('{{ foo.bar | default(1) }}', origin, 'template')
  assert.match(
    failure(() => checkSyntax('a is nosuch', origin, 'expression')),
    /^10:10 /,
  )
})

const CONDITIONS: [expression: string, expected: boolean | Unknown][] = [
  ['reg', unknown],
  ['reg.stdout', unknown],
  ['reg.rc == 0', unknown],
  ['not reg.changed', unknown],
  ['reg is defined', true],
  ['reg.x.y is defined', true],
  ['reg is changed', unknown],
  ['reg is not failed', unknown],
  ['half.known == 1', true],
  ['half.stdout == ""', unknown],
  ['half is mapping', true],
  ['reg and false', false],
  ['false and reg', false],
  ['reg or true', true],
  ['true or reg', true],
  ['reg and true', unknown],
  ['reg or false', unknown],
  ['reg or foo', unknown],
  ['not (reg and false)', true],
  ['1 in [reg, 1]', unknown],
  ['one if reg else 2', unknown],
  ['reg | default(0)', unknown],
  ['[reg] | length == 1', true],
  ['[1, reg] | sort', unknown],
  ['half | combine({"a": 1}) is mapping', true],
  ['(half | combine({"a": 1})).a == 1', true],
  ['half | to_json is string', unknown],
  ['reg is string', unknown],
  ['reg is none', unknown],
  ['true | ternary(reg, 1) == 1', unknown],
  ['true | ternary(1, reg) == 1', true],
  ['foo | default(reg) == 1', unknown],
  ['one | default(reg) == 1', true],
  ['[half] | map(attribute="known") | first == 1', true],
  ['[half] | selectattr("stdout", "eq", "x") | list', unknown],
  ['"a" ~ reg == "a"', unknown],
  ['",".join([reg]) == ""', unknown],
]

for (const [expression, expected] of CONDITIONS) {
  const word = expected instanceof Unknown ? 'unknown' : String(expected)
  test(`the condition ${expression} is ${word}`, () => {
    assert.equal(truth3(expression, origin, context), expected)
  })
}

test('an unknown value inside a text makes the whole text unknown', () => {
  for (const source of [
    'a {{ reg }}',
    '{% if reg %}x{% endif %}',
    '{% for i in reg %}{% endfor %}',
    '{{ [reg] }}!',
  ]) {
    assert.equal(template(source), unknown, source)
  }
  assert.deepEqual(template('{{ [reg, 1] }}'), [unknown, 1])
})

test('one expression alone keeps its type, text around it makes a text', () => {
  assert.equal(template('{{ one }}'), 1)
  assert.equal(template("{{ '1' }}"), '1')
  assert.equal(template('{{ none }}'), null)
  assert.equal(template('{{ one }}{{ one }}'), '11')
  assert.deepEqual(template('{{ list }}\n'), [1, 2])
  assert.equal(template('{{ text }}\n'), 'abc\n')
})

test('omitted members are left out at every depth', () => {
  const value = new Map<Value, Value>([
    ['a', new Template('{{ foo | default(omit) }}', origin)],
    ['b', [new Template('{{ omit }}', origin), 1]],
    ['c', new Template("{{ {'x': omit, 'y': 2} }}", origin)],
  ])
  const expected = new Map<Value, Value>([
    ['b', [1]],
    ['c', new Map([['y', 2]])],
  ])
  assert.deepEqual(render(value, context), expected)
  assert.equal(template('{{ foo | default(omit) }}'), OMIT)
})

test('methods that change values leave the scope as it was', () => {
  assert.deepEqual(template('{% set _ = list.append(3) %}{{ list }}'), [1, 2, 3])
  assert.deepEqual(vars.get('list'), [1, 2])
})

test('free names are those that the scope is asked for', () => {
  const text = `{% set a = one %}{% for i in list if i > least %}{{ i + a + hostvars['x'].y | default(d) }}
{% endfor %}{% macro m(p, q=z) %}{{ p }}{{ q }}{{ loop }}{% endmacro %}{{ m(k=v) }}`
  const expected = ['one', 'list', 'least', 'hostvars', 'd', 'z', 'v']
  assert.deepEqual([...freeNames(text, 'file')].toSorted(), expected.toSorted())
  assert.deepEqual([...freeNames('{{ a }}', 'expression')], ['a'])
})

test('include, import and extends read templates through the caller', () => {
  const files: Record<string, string> = {
    'base.j2': '<{% block body %}base{% endblock %}>',
    'child.j2': "{% extends 'base.j2' %}{% block body %}{{ super() }}+{{ one }}{% endblock %}",
    'inc.j2': 'inc {{ one }} {{ local }}',
    'lib.j2': '{% macro m(x) %}m{{ x }}{% endmacro %}{% set v = 7 %}',
    'bad.j2': 'x\n{{ nosuch }}',
  }
  const readTemplate = (name: string) => {
    const text = files[name]
    if (text === undefined) throw new ClusterError('FILE_UNREADABLE', `no template '${name}'`)
    return { text, file: name }
  }
  const withFiles = { ...context, readTemplate }
  const run = (text: string) => renderFile(text, 'main.j2', withFiles)
  assert.equal(run("{% include 'child.j2' %}"), '<base+1>')
  assert.equal(run("{% extends 'base.j2' %}{% block body %}mine{% endblock %}"), '<mine>')
  assert.equal(run("{% set local = 2 %}{% include 'inc.j2' %}"), 'inc 1 2')
  assert.equal(run("{% import 'lib.j2' as lib %}{{ lib.m(1) }}{{ lib.v }}"), 'm17')
  assert.equal(run("{% from 'lib.j2' import m as mm, v %}{{ mm(2) }}{{ v }}"), 'm27')
  assert.equal(run("{% include 'none.j2' ignore missing %}ok"), 'ok')
  assert.equal(run("{% include ['none.j2', 'lib.j2'] %}ok"), 'ok')
  assert.match(
    failure(() => run("{% include 'bad.j2' %}")),
    /^2:4 TEMPLATE_UNDEFINED 'nosuch'/,
  )
})

test('lookups of the outside are asked of the caller with their place', () => {
  const asked: unknown[] = []
  const lookup = (name: string, args: Value[], kwargs: Map<string, Value>, at: Position) => {
    asked.push([name, args, [...kwargs], at.line])
    return ['a', 'b']
  }
  const value = evaluate("lookup('env', 'X', y=1)", origin, { ...context, lookup })
  assert.equal(value, 'a,b')
  assert.deepEqual(evaluate("q('env', 'X')", origin, { ...context, lookup }), ['a', 'b'])
  assert.deepEqual(asked[0], ['env', ['X'], [['y', 1]], 10])
})

test.run()

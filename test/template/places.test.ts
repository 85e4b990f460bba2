// Goal: a mistake in a template is told at its line and column in the file that holds it, whichever
// way that file came in. Method: small templates; the mark ⟦ stands where the error must point.
import assert from 'node:assert/strict'
import { ClusterError, formatWhere } from '../../agent/src/errors.ts'
import { renderFile } from '../../agent/src/template/template.ts'
import { Undefined } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'

const test = suite('template/places')

/** `main` is rendered; the others are what it names. */
const CASES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['the file itself', { main: 'a\nb {{ ⟦nope }}\n' }],
  ['a file with options in its first line', { main: '#jinja2: trim_blocks:False\n{{ ⟦nope }}' }],
  ['such options', { main: '#jinja2: trim_blocks:True,⟦ trim_block:False\nx' }],
  ['a loop', { main: '{% for x in [1] %}\n{{ x }}\n  {{ [] ⟦+ x }}\n{% endfor %}' }],
  ['an included file', { main: 'a\n{% include "i" %}', i: '\n\n {{ ⟦nope }}' }],
  ['an operation of an included file', { main: 'a\n{% include "i" %}', i: '\n {{ 1 ⟦/ 0 }}' }],
  ['syntax of an included file', { main: '{% include "i" %}', i: 'x\n{% if ⟦%}' }],
  [
    'an included file of an included file',
    { main: '{% include "i" %}', i: '\n{% include "j" %}', j: '\n{{ 1 ⟦/ 0 }}' },
  ],
  ['after an included file', { main: '{% include "i" %}\n{{ 1 ⟦/ 0 }}', i: '\n\n\nx' }],
  [
    'an imported macro',
    {
      main: '{% import "m" as m %}\n{{ m.f(1) }}',
      m: '{% macro f(x) %}\n {{ x ⟦+ [] }}{% endmacro %}',
    },
  ],
  [
    'a macro by name',
    { main: '{% from "m" import f %}{{ f() }}', m: '\n{% macro f() %}{{ ⟦nope }}{% endmacro %}' },
  ],
  ['a macro of the file', { main: '{% macro f() %}\n  {{ 1 ⟦/ 0 }}{% endmacro %}\n\n{{ f() }}' }],
  ['an import itself', { main: '{% import "m" as m %}', m: '\n\n{% set x = 1 ⟦/ 0 %}' }],
  ['a parent', { main: '{% extends "p" %}', p: 'head\n\n{{ [] ⟦+ 1 }}' }],
  [
    'a block of the child',
    {
      main: '{% extends "p" %}\n{% block c %}\n {{ 1 ⟦/ 0 }}{% endblock %}',
      p: '\n\n\n\n{% block c %}{% endblock %}',
    },
  ],
  [
    'a block of the parent by super',
    {
      main: '{% extends "p" %}{% block c %}\n{{ super() }}{% endblock %}',
      p: 'head\n{% block c %}\n  {{ 1 ⟦/ 0 }}{% endblock %}',
    },
  ],
  [
    'the parent after a block of the child',
    {
      main: '{% extends "p" %}\n\n\n{% block c %}x{% endblock %}',
      p: '{% block c %}{% endblock %}\n{{ 1 ⟦/ 0 }}',
    },
  ],
  [
    'a block within a block of the child',
    {
      main: '{% extends "p" %}{% block c %}{% block d %}\n{{ 1 ⟦/ 0 }}{% endblock %}{% endblock %}',
      p: '{% block c %}{% endblock %}',
    },
  ],
]

for (const [what, files] of CASES) {
  test(`a mistake in ${what} is told at its place`, () => {
    const texts = new Map(
      Object.entries(files).map(([name, text]) => [name, text.replace('⟦', '')]),
    )
    const context = {
      scope: { lookup: (name: string) => new Undefined(`'${name}' is undefined`) },
      readTemplate: (name: string) => ({ text: texts.get(name) ?? '', file: name }),
    }
    try {
      renderFile(texts.get('main') ?? '', 'main', context)
    } catch (error) {
      assert.ok(error instanceof ClusterError && error.where !== undefined)
      assert.equal(formatWhere(error.where), placeIn(files))
      return
    }
    assert.fail('nothing was wrong')
  })
}

function placeIn(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const lines = text.split('⟦')[0]?.split('\n') ?? []
    if (text.includes('⟦')) return `${name}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
  }
  throw new Error('no mark')
}

test.run()

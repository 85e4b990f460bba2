// Goal: a file name that holds words of a host stays below the playbook. Method: words that lead
// out are carried into every argument that names a file, in every way that words travel.
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { rowOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/folders')

const OUTSIDE = '/etc/hostname'
const REFUSED = /leads out of the playbook|a NUL/

const LEADS_OUT: Readonly<Record<string, string>> = {
  absolute: OUTSIDE,
  above: `../../../../../../../../..${OUTSIDE}`,
  'above and back': 'files/../../../../../../../../../etc/hostname',
  link: 'link',
}

/** How words come from the register into the variable `w`. */
const TRAVELS: Readonly<Record<string, Record<string, unknown>>> = {
  'by the register': { vars: { w: '{{ r.stdout }}' } },
  'by a variable of a variable': { vars: { w: '{{ u }}', u: '{{ r.stdout_lines[0] }}' } },
  'by hostvars': { vars: { w: '{{ hostvars[inventory_hostname].r.stdout }}' } },
  'by the lookup of variables': { vars: { w: "{{ lookup('vars', 'r').stdout }}" } },
  'by all variables': { vars: { w: "{{ vars['r'].stdout }}" } },
  'by set_fact': { vars: { w: '{{ s }}' } },
  'by a loop': { loop: '{{ r.stdout_lines }}', loop_control: { loop_var: 'w' } },
}

/** Tasks that name a file of the controller by `w`. */
const READERS: Readonly<Record<string, Record<string, unknown>>> = {
  copy: { copy: { src: '{{ w }}', dest: '{{ folder }}/out' } },
  template: { template: { src: '{{ w }}', dest: '{{ folder }}/out' } },
  include_tasks: { include_tasks: '{{ w }}' },
  'include_tasks file': { include_tasks: { file: '{{ w }}' } },
  include_vars: { include_vars: '{{ w }}' },
  'lookup file': { debug: { msg: "{{ lookup('file', w) }}" } },
  'lookup template': { debug: { msg: "{{ lookup('template', w) }}" } },
  'lookup first_found': { debug: { msg: "{{ lookup('first_found', [w]) }}" } },
  'lookup in a loop of the template': {
    debug: { msg: "{% for f in [w] %}{{ lookup('file', f) }}{% endfor %}" },
  },
  'include_vars file': { include_vars: { file: '{{ w }}' } },
}

const FIRST = (words: string) => [
  { name: 'says', command: { argv: ['printf', '%s', words] }, register: 'r' },
  { name: 'set', set_fact: { s: '{{ r.stdout }}' } },
]

function prepare(folder: string): void {
  for (const kind of ['.', 'files', 'templates', 'vars', 'tasks']) {
    symlinkSync(OUTSIDE, join(folder, kind, 'link'))
  }
}

const FILES = Object.fromEntries(
  ['files', 'templates', 'vars', 'tasks'].map((kind) => [`${kind}/inner.yml`, '[]\n']),
)

for (const [reader, action] of Object.entries(READERS)) {
  test(`${reader} reads no file outside the playbook that a host names`, async () => {
    const tries = Object.entries(LEADS_OUT).flatMap(([kind, words]) =>
      Object.entries(TRAVELS).map(([way, vars]) => ({ name: `${kind} ${way}`, words, vars })),
    )
    const tried = await runLocal({
      files: FILES,
      prepare,
      plays: [
        {
          tasks: tries.flatMap(({ name, words, vars }) => [
            ...FIRST(words),
            { name, ...action, ...vars, ignore_errors: true },
          ]),
        },
      ],
    })
    assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
    for (const { name } of tries) {
      const row = rowOf(tried, 'h', name)
      assert.equal(row.status, 'failed', name)
      const said = JSON.stringify(row.result)
      assert.match(said, REFUSED, name)
    }
  })
}

test('a file within the playbook may be named by a host', async () => {
  const tried = await runLocal({
    files: { 'files/inner.txt': 'inner' },
    plays: [
      {
        tasks: [
          ...FIRST('inner.txt'),
          { name: 'copy', copy: { src: '{{ s }}', dest: '{{ folder }}/out' } },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
})

test('an author names files anywhere, by loops and set_fact too', async () => {
  const tried = await runLocal({
    plays: [
      {
        tasks: [
          ...FIRST('x'),
          { name: 'set', set_fact: { mine: OUTSIDE } },
          { name: 'set', copy: { src: '{{ mine }}', dest: '{{ folder }}/a' } },
          {
            name: 'loop',
            copy: { src: '{{ item }}', dest: '{{ folder }}/b' },
            loop: [OUTSIDE],
          },
          {
            name: 'lookup',
            debug: { msg: "{{ lookup('file', mine) }} {{ lookup('file', '/etc/hostname') }}" },
          },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
})

test('an item of a host is known as one in the included tasks', async () => {
  const tried = await runLocal({
    files: { 'inner.yml': '- name: copy\n  copy: {src: "{{ item }}", dest: "{{ folder }}/out"}\n' },
    plays: [
      {
        tasks: [
          ...FIRST(OUTSIDE),
          { name: 'include', include_tasks: 'inner.yml', loop: '{{ r.stdout_lines }}' },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 2)
  assert.match(rowOf(tried, 'h', 'copy').msg, REFUSED)
})

test('a template includes no file from outside its folders', async () => {
  for (const name of [OUTSIDE, `../../../../../../..${OUTSIDE}`, 'link']) {
    const tried = await runLocal({
      files: { ...FILES, 'templates/t.j2': `{% include '${name}' %}` },
      prepare,
      plays: [
        { tasks: [{ name: 'template', template: { src: 't.j2', dest: '{{ folder }}/out' } }] },
      ],
    })
    assert.equal(tried.exitCode, 2, name)
  }
})

test('vars_files named by a fact stay below the playbook', async () => {
  const tried = await runLocal({
    files: FILES,
    plays: [
      {
        gather_facts: true,
        vars_files: ["{{ '/etc/' ~ (ansible_hostname | replace(ansible_hostname, 'hostname')) }}"],
        tasks: [{ name: 'after', debug: { msg: 'x' } }],
      },
    ],
  })
  assert.equal(tried.exitCode, 2, tried.stdout + tried.stderr)
  assert.match(tried.stdout, REFUSED)
})

test.run()

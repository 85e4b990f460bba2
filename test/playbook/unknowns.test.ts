// Goal: what follows from a command that check mode does not run is unknown, and never a failure.
// Method: tasks that would fail without its result.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { storyOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/unknowns')

const FOLLOWING: Readonly<Record<string, object>> = {
  'subelements of its results': { debug: { msg: 'x' }, with_subelements: ['{{ [r] }}', 'lines'] },
  'a file that it names': { include_vars: '{{ r.stdout }}.yml' },
  'a file that it names first': {
    include_vars: '{{ item }}',
    with_first_found: ['{{ r.stdout }}'],
  },
  'a lookup of a file': { command: "echo {{ lookup('file', r.stdout) }}" },
  'a variable of a file that it names': { command: 'echo {{ of_the_file }}' },
  'a handler that there is none of': { command: 'true', changed_when: false, notify: 'none' },
}

test('nothing that follows from a command is a failure in check mode', async () => {
  const tasks = Object.entries(FOLLOWING).map(([name, task]) => ({ name, ...task }))
  const tried = await runLocal({
    plays: [{ tasks: [{ name: 'asked', command: 'echo x', register: 'r' }, ...tasks] }],
    args: ['--check'],
  })
  const expected = ['asked', ...Object.keys(FOLLOWING)].map((name) => `${name}: unknown`)
  assert.deepEqual(storyOf(tried, 'h'), expected)
})

const PLANNED: Readonly<Record<string, object>> = {
  'a template': { template: { src: '{{ folder }}/made', dest: '{{ folder }}/b' } },
  'a file': { copy: { src: '{{ folder }}/made', dest: '{{ folder }}/c' } },
  'a lookup': { command: "echo {{ lookup('file', folder + '/made') }}" },
  'a fetched file': { copy: { src: '{{ folder }}/got', dest: '{{ folder }}/d' } },
}

test('files of the controller that the run would make are unknown to what needs them', async () => {
  const tasks = Object.entries(PLANNED).map(([name, task]) => ({ name, ...task }))
  const fetch = { fetch: { src: '{{ folder }}/made', dest: '{{ folder }}/got', flat: true } }
  const tried = await runLocal({
    plays: [
      {
        tasks: [
          { name: 'make', copy: { content: 'x', dest: '{{ folder }}/made' } },
          { name: 'fetch', ...fetch },
          { name: 'fetch again', ...fetch },
          ...tasks,
        ],
      },
    ],
    args: ['--check'],
  })
  const expected = Object.keys(PLANNED).map((name) => `${name}: unknown`)
  const before = ['make: changed', 'fetch: changed', 'fetch again: ok']
  assert.deepEqual(storyOf(tried, 'h'), [...before, ...expected])
})

test('the name of an old file is unknown, and that it is kept is known', async () => {
  const dest = '{{ folder }}/old'
  const edits: Readonly<Record<string, object>> = {
    copy: { copy: { content: 'y', dest, backup: true } },
    lineinfile: { lineinfile: { path: dest, line: 'y', backup: true } },
    blockinfile: { blockinfile: { path: dest, block: 'y', backup: true } },
    replace: { replace: { path: dest, regexp: 'y', replace: 'z', backup: true } },
  }
  const tasks = Object.entries(edits).flatMap(([name, task]) => [
    { name, ...task, register: 'r', check_mode: true },
    { name: `${name}, then`, command: 'rm {{ r.backup_file | default(r.backup) }}' },
  ])
  const files = { old: 'x' }
  const tried = await runLocal({ plays: [{ tasks }], files, args: ['--check'] })
  const expected = Object.keys(edits).flatMap((name) => [
    `${name}: changed`,
    `${name}, then: unknown`,
  ])
  assert.deepEqual(storyOf(tried, 'h'), expected)
})

test.run()

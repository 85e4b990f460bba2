// A playbook of sixty tasks with all that a resumed run must find again: roles, loops, handlers,
// rescue and always, run_once, delegate_to, serial, includes, facts that are set. Every command
// writes `HOST WORD` into a log, where WORD is the name of its task. Not here: who kills it.
import type { Vars } from './trial.ts'

/** A command that leaves a line; `{{ base }}` is the trial's folder on the host. */
function note(word: string, extra: Vars = {}): Vars {
  const line = `echo "{{ inventory_hostname }} ${word}{{ item | default('') }}" >> {{ base }}/log`
  return { name: word, shell: line, ...extra }
}

function notes(prefix: string, count: number): Vars[] {
  return Array.from({ length: count }, (_, index) => note(`${prefix}${index + 1}`))
}

const ROLE = [
  ...notes('role', 4),
  { name: 'role file', copy: { dest: '{{ base }}/role', content: 'role {{ kept }}\n' } },
  note('role notifies', { notify: 'role handler' }),
]

const FIRST = {
  name: 'in batches',
  serial: 3,
  pre_tasks: [
    { name: 'folder', file: { path: '{{ base }}', state: 'directory' } },
    { name: 'keep', set_fact: { kept: '{{ inventory_hostname }}' } },
  ],
  roles: ['worker'],
  tasks: [
    ...notes('plain', 6),
    note('looped', { loop: [1, 2, 3], register: 'looped', notify: 'play handler' }),
    {
      name: 'use loop',
      copy: { dest: '{{ base }}/loop', content: '{{ looped.results | length }}\n' },
    },
    note('once', { run_once: true, register: 'once' }),
    { name: 'use once', copy: { dest: '{{ base }}/once', content: '{{ once.rc }}\n' } },
    {
      name: 'block',
      block: [...notes('tried', 2), note('breaks', { failed_when: true }), note('never')],
      rescue: [...notes('saved', 2), note('saved notifies', { notify: 'play handler' })],
      always: notes('always', 2),
    },
    { meta: 'flush_handlers' },
    ...notes('after', 4),
  ],
  handlers: [note('play handler'), note('late handler')],
}

const SECOND = {
  name: 'together',
  tasks: [
    ...notes('second', 6),
    note('delegated', { delegate_to: 'n1' }),
    { name: 'include', include_tasks: 'more.yml', loop: ['x', 'y'] },
    { name: 'role again', include_role: { name: 'worker' } },
    note('conditional', { when: "inventory_hostname != 'n2'" }),
    { name: 'all of them', debug: { msg: "{{ hostvars['n1'].kept }}" }, register: 'told' },
    { name: 'use told', copy: { dest: '{{ base }}/told', content: '{{ told.msg }}\n' } },
    note('fails on one', {
      failed_when: "inventory_hostname == 'n5'",
      notify: 'second handler',
    }),
    ...notes('last', 6),
    { name: 'mode', file: { path: '{{ base }}/told', mode: '0600' }, notify: 'second handler' },
  ],
  handlers: [note('second handler')],
}

export const LONG_PLAYS: readonly Vars[] = [FIRST, SECOND]

export const LONG_FILES: Readonly<Record<string, string>> = {
  'more.yml': JSON.stringify(notes('more', 2)),
  'roles/worker/tasks/main.yml': JSON.stringify(ROLE),
  'roles/worker/handlers/main.yml': JSON.stringify([note('role handler')]),
}

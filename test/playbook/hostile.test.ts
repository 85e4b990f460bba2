// Goal: what a host says stays data, however it travels: it is never rendered, run, or asked how to
// connect. Method: commands say hostile words on this machine, and plays pass them on in every way.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { VariableScope } from '../../agent/src/playbook/scope.ts'
import { HostVariables, layersOf, NO_PLAY } from '../../agent/src/playbook/variables.ts'
import { suite } from '../harness.ts'
import { rowOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/hostile')

const EVIL = '{{ 7*7 }}'

/** A task that registers `r` with the words in its output. */
function says(words: string, register = 'r') {
  return { name: 'says', command: { argv: ['printf', '%s', hidden(words)] }, register }
}

/** Written so that the author's template yields the words themselves. */
function hidden(words: string): string {
  return words.replaceAll('{{', "{{ '{{' }}")
}

/** Each is a value that a debug task shows; all must show the words as they were said. */
const WAYS: Readonly<Record<string, unknown>> = {
  'the register': '{{ r.stdout }}',
  'a variable of the play': '{{ by_play }}',
  'a fact that was set': '{{ s }}',
  'a dict that was set': '{{ d.k }}',
  'a list in a dict': '{{ d.l[0] }}',
  'the variables of a host': '{{ hostvars[inventory_hostname].s }}',
  'the register of another host': '{{ hostvars.other.r.stdout }}',
  'all variables': '{{ vars.s }}',
  'a lookup of variables': "{{ lookup('vars', 's') }}",
  filters: '{{ r.stdout | to_json | from_json | string }}',
  'a join': "{{ [s] | map('string') | join }}",
  'a variable of the task': '{{ by_task }}',
  'a choice': "{{ s if s else '' }}",
  'a default': '{{ nothing | default(r.stdout) }}',
  'a file of a template': "{{ lookup('template', 't.j2') }}",
}

test('a template that a host says is never rendered, however it travels', async () => {
  const shows = Object.entries(WAYS).map(([name, msg]) => ({
    name,
    debug: { msg },
    vars: { by_task: '{{ r.stdout }}' },
  }))
  const tried = await runLocal({
    hosts: { h: {}, other: {} },
    files: { 'templates/t.j2': '{{ r.stdout }}' },
    plays: [
      {
        vars: { by_play: '{{ r.stdout }}' },
        tasks: [
          says(EVIL),
          { name: 'set', set_fact: { s: '{{ r.stdout }}' } },
          { name: 'dict', set_fact: { d: { k: '{{ r.stdout }}', l: ['{{ s }}'] } } },
          ...shows,
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'h', 'says').result['stdout'], EVIL)
  for (const name of Object.keys(WAYS)) assert.equal(rowOf(tried, 'h', name).msg, EVIL, name)
})

test('nor in names of tasks, loops, included tasks, handlers, conditions or messages', async () => {
  const tried = await runLocal({
    files: { 'inner.yml': '- name: inner\n  debug: {msg: "{{ item }}"}\n' },
    plays: [
      {
        tasks: [
          says(EVIL),
          { name: 'named {{ r.stdout }}', debug: { msg: 'x' } },
          { name: 'loop', debug: { msg: '{{ item }}' }, loop: '{{ r.stdout_lines }}' },
          { name: 'include', include_tasks: 'inner.yml', loop: '{{ r.stdout_lines }}' },
          {
            name: 'notify',
            command: 'true',
            notify: '{{ r.stdout }}',
            ignore_errors: true,
          },
          { name: 'when', debug: { msg: 'x' }, when: "r.stdout == '{' ~ '{ 7*7 }' ~ '}'" },
          {
            name: 'message',
            assert: { that: ['r.stdout == 49'], fail_msg: '{{ r.stdout }}' },
            ignore_errors: true,
          },
        ],
        handlers: [{ name: '49', debug: { msg: 'must not run' } }],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'h', `named ${EVIL}`).status, 'ok')
  assert.equal(rowOf(tried, 'h', 'inner').msg, EVIL)
  assert.equal(rowOf(tried, 'h', 'when').status, 'ok')
  assert.equal(rowOf(tried, 'h', 'message').msg, EVIL)
  assert.equal(rowOf(tried, 'h', 'notify').msg, `there is no handler ${EVIL}`)
  const [item] = rowOf(tried, 'h', 'loop').result['results'] as { msg: string }[]
  assert.equal(item?.msg, EVIL)
  assert.ok(!tried.rows.some(({ task }) => task === '49'))
})

test('a condition that is itself the words of a host is a text, not an expression', async () => {
  const words = "lookup('file', '/etc/hostname') == 'x'"
  const tried = await runLocal({
    plays: [
      {
        tasks: [
          says(words),
          { name: 'when', debug: { msg: 'x' }, when: '{{ r.stdout }}' },
          { name: 'that', assert: { that: '{{ r.stdout_lines }}' } },
          { name: 'changed', command: 'true', changed_when: '{{ r.stdout }}' },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  // A text that is not empty holds; had it been evaluated, it would be false.
  assert.equal(rowOf(tried, 'h', 'when').status, 'ok')
  assert.equal(rowOf(tried, 'h', 'that').status, 'ok')
  assert.equal(rowOf(tried, 'h', 'changed').status, 'changed')
})

const CONNECTION = [
  'ansible_host',
  'ansible_port',
  'ansible_user',
  'ansible_connection',
  'ansible_password',
  'ansible_ssh_common_args',
  'ansible_ssh_private_key_file',
  'ansible_become',
  'ansible_become_user',
  'ansible_become_method',
  'ansible_become_password',
]

test('a register never says how to connect, whatever its name', async () => {
  const tried = await runLocal({
    hosts: { h: {} },
    plays: [
      {
        tasks: [...CONNECTION.map((name) => says('ssh', name)), { name: 'who', command: 'id -un' }],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'h', 'who').status, 'changed')
})

test('what a register says of a connection is never what a template is told of it', async () => {
  const tried = await runLocal({
    plays: [
      {
        tasks: [
          says('evil', 'ansible_ssh_user'),
          { name: 'told', debug: { msg: '{{ ansible_user }}' }, remote_user: 'ann' },
          says('/etc/passwd'),
          {
            name: 'a file by it',
            copy: { src: '{{ ansible_user }}', dest: '{{ folder }}/copy' },
            remote_user: '{{ r.stdout }}',
          },
        ],
      },
    ],
  })
  assert.equal(rowOf(tried, 'h', 'told').msg, 'ann')
  assert.match(rowOf(tried, 'h', 'a file by it').msg, /leads out of the playbook/)
})

test('a fact never says how to connect; what an author writes does', () => {
  for (const name of CONNECTION) {
    const variables = new HostVariables('h', [])
    variables.addFacts(new Map([[name, 'evil']]))
    const reads = () => {
      const layers = layersOf(variables, NO_PLAY, undefined, new Map())
      const context = {}
      const magic = { magic: () => undefined, magicNames: [], isMissingFact: () => false }
      return new VariableScope({ host: 'h1', layers, special: new Map(), ...magic, context })
    }
    assert.equal(reads().lookup(name), 'evil')
    assert.equal(reads().connection(name), undefined)
    variables.setFact(name, 'mine', false)
    assert.equal(reads().connection(name), 'mine')
  }
})

test('vars of a play say how to connect, and its files of variables', async () => {
  const tried = await runLocal({
    hosts: { h: { ansible_connection: 'ssh', ansible_host: '127.0.0.1', ansible_port: 1 } },
    files: { 'how.yml': 'ansible_become: true\nansible_become_user: no-such-user\n' },
    plays: [
      { vars: { ansible_connection: 'local' }, tasks: [{ name: 'here', ping: null }] },
      {
        vars: { ansible_connection: 'local' },
        vars_files: ['how.yml'],
        tasks: [{ name: 'become', ping: null }],
      },
    ],
  })
  assert.equal(rowOf(tried, 'h', 'here').status, 'ok')
  assert.match(rowOf(tried, 'h', 'become').msg, /cannot become no-such-user/)
})

test('words of a host run nothing in arguments, environment, paths and standard input', async () => {
  const canary = '/tmp/cluster-os-canary'
  const hostile = [
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `'; touch ${canary}; '`,
    `"; touch ${canary}; "`,
    `a\ntouch ${canary}\n`,
    `--output=${canary}`,
    `x\u2028touch ${canary}`,
  ]
  for (const words of hostile) {
    const tried = await runLocal({
      hosts: { h: { words } },
      plays: [
        {
          tasks: [
            { name: 'argv', command: { argv: ['printf', '%s', '{{ words }}'] } },
            {
              name: 'environment',
              command: { argv: ['printenv', 'X'] },
              environment: { X: '{{ words }}' },
            },
            {
              name: 'stdin',
              command: { argv: ['cat'], stdin: '{{ words }}', stdin_add_newline: false },
            },
            { name: 'quoted', shell: 'printf %s {{ words | quote }}' },
            {
              name: 'folder',
              file: { path: '{{ folder }}/{{ words | hash }}', state: 'directory' },
            },
            {
              name: 'path',
              copy: { content: 'x', dest: "{{ folder }}/{{ words | replace('/', '_') }}" },
            },
          ],
        },
      ],
    })
    assert.equal(tried.exitCode, 0, tried.stdout)
    for (const task of ['argv', 'stdin', 'quoted']) {
      assert.equal(rowOf(tried, 'h', task).result['stdout'], words.trimEnd(), task)
    }
    assert.ok(!existsSync(canary), words)
  }
})

test('a name that no shell knows is refused in environment, a NUL everywhere', async () => {
  const refused: Readonly<Record<string, Record<string, unknown>>> = {
    'a name with a command': { command: 'true', environment: { 'A;touch /tmp/canary': 'x' } },
    'a name of two lines': { command: 'true', environment: { 'A\nB': 'x' } },
    'no name': { command: 'true', environment: { '': 'x' } },
    'a NUL in a value': { command: 'true', environment: { A: 'x\0y' } },
    'a NUL in an argument': { command: { argv: ['printf', 'x\0y'] } },
    'a NUL in a path': { stat: { path: '/etc/host\0name' } },
    'a NUL in a folder': { command: { cmd: 'true', chdir: '/tmp\0' } },
  }
  for (const [name, task] of Object.entries(refused)) {
    const tried = await runLocal({ plays: [{ tasks: [{ name, ...task }] }] })
    assert.equal(tried.exitCode, 2, name)
    assert.match(rowOf(tried, 'h', name).msg, /is not a name|a NUL cannot/)
  }
})

test('a program that checks a file gets the words of a host as words', async () => {
  const tried = await runLocal({
    hosts: { h: { words: '; touch {{ folder }}/canary' } },
    plays: [
      {
        tasks: [
          {
            name: 'validated',
            copy: {
              content: 'x',
              dest: '{{ folder }}/f',
              validate: "test -s %s -a '{{ words }}' != x",
            },
          },
          { name: 'canary', stat: { path: '{{ folder }}/canary' }, register: 'c' },
          { name: 'none', assert: { that: 'not c.stat.exists' } },
          {
            name: 'unquoted',
            copy: { content: 'y', dest: '{{ folder }}/f', validate: 'test -s %s {{ words }}' },
            ignore_errors: true,
          },
          { name: 'canary', stat: { path: '{{ folder }}/canary' }, register: 'c' },
          { name: 'still none', assert: { that: 'not c.stat.exists' } },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'h', 'unquoted').status, 'failed')
})

test.run()

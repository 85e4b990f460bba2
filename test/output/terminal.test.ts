// Goal: no output carries what a terminal would obey, whoever said it, and json stays json. Method:
// hostile words in every place that a report shows, in every format, checked byte by byte.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { inventory, runLocal } from '../playbook/local.ts'

const test = suite('output/terminal')

/** Controls but newline and tab, marks of direction, separators, as in output/escape.ts. */
const RAW = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u

const MARKS: Readonly<Record<string, string>> = {
  'a colour': '\u001b[31mred',
  'a cursor': '\u001b[2J\u001b[H',
  'a title': '\u001b]0;title\u0007',
  'an eight-bit control': '\u009b31m',
  'a carriage return': 'ok\rfatal',
  'a backspace': 'a\b\bb',
  'a delete': 'a\u007fb',
  'a turn to the right': 'a\u202eb',
  'an isolate': 'a\u2066b',
  'an Arabic mark': 'a\u061cb',
  'a line separator': 'a\u2028b\u2029c',
}

const FORMATS = ['text', 'json', 'jsonl', 'junit'] as const

function plays(words: string) {
  return [
    {
      name: `play ${words}`,
      tasks: [
        { name: `task ${words}`, debug: { msg: '{{ words }}' } },
        { name: 'says', command: { argv: ['printf', '%s', '{{ words }}'] }, register: 'r' },
        { name: 'named {{ r.stdout }}', debug: { var: 'r.stdout_lines' } },
        { name: 'loop', debug: { msg: '{{ item }}' }, loop: '{{ r.stdout_lines + [words] }}' },
        {
          name: 'file',
          copy: { content: '{{ words }}', dest: "{{ folder }}/{{ words | replace('/', '') }}" },
          notify: `handler ${words}`,
        },
        {
          name: 'on stderr',
          shell: 'printf %s {{ words | quote }} >&2; false',
          ignore_errors: true,
        },
        { name: 'fail', fail: { msg: '{{ words }}' }, ignore_errors: true },
        {
          name: 'asserted',
          assert: { that: 'words == 1', fail_msg: '{{ words }}' },
          ignore_errors: true,
        },
        { name: 'no file', command: { argv: ['{{ words }}'] }, ignore_errors: true },
        { name: 'no key', debug: { msg: '{{ {}[words] }}' }, ignore_errors: true },
        {
          name: 'retry',
          command: 'false',
          until: 'false',
          retries: 1,
          delay: 0,
          ignore_errors: true,
        },
        { name: 'last', fail: { msg: 'the handler is owed' } },
      ],
      handlers: [{ name: `handler ${words}`, debug: { msg: 'x' } }],
    },
  ]
}

for (const [name, words] of Object.entries(MARKS)) {
  test(`${name} in any value reaches no terminal`, async () => {
    for (const output of FORMATS) {
      const tried = await runLocal({
        hosts: { h: { words } },
        plays: plays(words),
        args: ['--diff', '-vvv'],
        output,
      })
      assert.equal(tried.exitCode, 2, tried.stdout + tried.stderr)
      const at = RAW.exec(tried.stdout + tried.stderr)?.index ?? -1
      const around = JSON.stringify(tried.stdout.slice(Math.max(0, at - 40), at + 40))
      assert.equal(at, -1, `${output}: ${around}`)
      if (output === 'json') {
        const document = JSON.parse(tried.stdout)
        assert.equal(document.plays[0].tasks[0].hosts.h.msg, words)
      }
      if (output === 'jsonl') {
        for (const line of tried.stdout.trimEnd().split('\n')) JSON.parse(line)
      }
    }
  })
}

test('lists of tasks and inventories are as safe, and so are errors', async () => {
  for (const words of Object.values(MARKS)) {
    const hosts = { h: { words } }
    const said: string[] = []
    const listed = await runLocal({
      hosts,
      plays: plays(words),
      args: ['--list-tasks', '--list-tags', '--list-hosts'],
      output: 'text',
    })
    said.push(listed.stdout)
    for (const view of ['--list', '--graph', '--host=h']) {
      said.push((await inventory({ all: { hosts } }, view)).stdout)
    }
    const refused = await inventory({ all: { hosts: { [`h${words}`]: {} } } }, '--list')
    assert.equal(refused.exitCode, 65)
    assert.match(refused.stderr, /hosts\.yml:\d+:\d+/)
    said.push(refused.stderr)
    for (const text of said) assert.equal(text.search(RAW), -1, JSON.stringify(text))
  }
})

test('differences are shown when they are asked for, and only then', async () => {
  const tasks = [
    { name: 'write', copy: { content: 'new line\n', dest: '{{ folder }}/f' } },
    { name: 'file', file: { path: '{{ folder }}/f', mode: '0600' } },
  ]
  const quiet = await runLocal({ plays: [{ tasks }], output: 'text' })
  assert.doesNotMatch(quiet.stdout, /^(---|\+\+\+|@@)/m)
  const json = await runLocal({ plays: [{ tasks }] })
  assert.ok(!json.stdout.includes('"diff"'))
  const asked = await runLocal({ plays: [{ tasks }], output: 'text', args: ['-D'] })
  assert.match(asked.stdout, /^\+new line$/m)
  const asks = await runLocal({ plays: [{ tasks: [{ ...tasks[0], diff: true }] }], output: 'text' })
  assert.match(asks.stdout, /^\+new line$/m)
  const refuses = tasks.map((task) => ({ ...task, diff: false }))
  const none = await runLocal({ plays: [{ tasks: refuses }], output: 'text', args: ['-D'] })
  assert.doesNotMatch(none.stdout, /^\+new line$/m)
})

test.run()

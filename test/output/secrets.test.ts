// Goal: what no_log covers and what is a password stands in no output, however loud. Method: a
// secret goes through tasks that succeed, fail, are skipped, repeated and unknown, in every format.
import assert from 'node:assert/strict'
import { repr } from '../../agent/src/value/python.ts'
import { Secrets } from '../../agent/src/vault/secrets.ts'
import { suite } from '../harness.ts'
import { runLocal } from '../playbook/local.ts'

const test = suite('output/secrets')

const SECRET = 'hunter2-xyzzy'

const LOUD = ['--diff', '-vvvv']

const TASKS: readonly Readonly<Record<string, unknown>>[] = [
  { name: 'ok', debug: { msg: '{{ secret }}' } },
  { name: 'changed', command: { argv: ['printf', '%s', '{{ secret }}'] }, register: 'r' },
  { name: 'failed', shell: 'echo {{ secret }} >&2; false' },
  { name: 'fails', fail: { msg: '{{ secret }}' } },
  { name: 'loop', debug: { msg: '{{ item }}' }, loop: ['{{ secret }}', 'x'] },
  {
    name: 'labelled',
    command: { argv: ['false', '{{ item }}'] },
    loop: ['{{ secret }}'],
    loop_control: { label: '{{ item }}' },
  },
  { name: 'file', copy: { content: '{{ secret }}', dest: '{{ folder }}/f' } },
  { name: 'argument', file: { path: '/tmp/x', state: '{{ secret }}' } },
  { name: 'undefined', debug: { msg: '{{ {}[secret] }}' } },
  { name: 'template', debug: { msg: '{{ secret | int(base=secret) }}' } },
  { name: 'asserted', assert: { that: "secret == 'x'" } },
  {
    name: 'repeated',
    command: { argv: ['false', '{{ secret }}'] },
    until: 'false',
    retries: 1,
    delay: 0,
  },
  { name: 'set', set_fact: { other: '{{ secret }}' } },
  { name: 'conditional', debug: { msg: 'x' }, when: 'secret == 1' },
  { name: 'no module path', command: { argv: ['/{{ secret }}'] } },
]

for (const [way, noLog] of [
  ['as written', true],
  ['by a template', '{{ quiet }}'],
  ['by what cannot be told', '{{ nothing.here }}'],
] as const) {
  test(`no_log ${way} keeps a secret out of every output`, async () => {
    for (const output of ['text', 'json', 'jsonl', 'junit'] as const) {
      for (const args of [LOUD, [...LOUD, '--check']]) {
        const tried = await runLocal({
          hosts: { h: { secret: SECRET, quiet: true } },
          plays: [
            { tasks: TASKS.map((task) => ({ ...task, no_log: noLog, ignore_errors: true })) },
          ],
          args,
          output,
        })
        const said = tried.stdout + tried.stderr
        const at = said.indexOf(SECRET)
        assert.equal(at, -1, `${output}: ${said.slice(Math.max(0, at - 300), at + 50)}`)
      }
    }
  })
}

test('passwords of connections stand in no output', async () => {
  const hosts = {
    h: {
      ansible_password: SECRET,
      ansible_become_password: SECRET,
      ansible_become_method: 'sudo',
    },
  }
  const tasks = [
    { name: 'plain', ping: null },
    { name: 'become', command: 'true', become: true, become_user: 'no-such-user' },
  ]
  for (const output of ['text', 'json', 'jsonl', 'junit'] as const) {
    const tried = await runLocal({ hosts, plays: [{ tasks }], args: LOUD, output })
    assert.equal(tried.exitCode, 2, tried.stdout)
    assert.ok(!(tried.stdout + tried.stderr).includes(SECRET))
  }
})

test('a secret is hidden in every spelling that quotes it', () => {
  const secrets = new Secrets()
  const secret = `it's a "secret" \\ here`
  secrets.add(secret)
  const texts = [secret, JSON.stringify([secret]), repr([secret]), repr([`"${secret}`])]
  secrets.add("it's another one")
  texts.push(repr(["it's another one"]), repr([`"it's another one`]))
  for (const text of texts)
    assert.match(secrets.hide(text), /^(?:\['?"?|)"?<vault secret>['"]?\]?$/)
})

test.run()

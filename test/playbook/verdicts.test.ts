// Goal: what goes wrong on a host while a module runs is a result like any other: it is tried
// again, judged by failed_when, and one item of a loop. Method: files where none can be made.
import assert from 'node:assert/strict'
import type { CommandContext } from '../../agent/src/commands/context.ts'
import { runOptions } from '../../agent/src/commands/flags.ts'
import { loadInventory } from '../../agent/src/inventory/inventory.ts'
import { Keyring } from '../../agent/src/vault/keyring.ts'
import { suite } from '../harness.ts'
import { rowOf, storyOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/verdicts')

const IMPOSSIBLE = { copy: { content: 'x', dest: '/proc/none' } }

test('failed_when judges what a host refuses', async () => {
  const tried = await runLocal({
    plays: [
      {
        tasks: [
          { name: 'forgiven', ...IMPOSSIBLE, failed_when: false, register: 'r' },
          { name: 'told', debug: { msg: '{{ r.msg }}' } },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.match(rowOf(tried, 'h', 'told').msg, /proc/)
})

test('until tries again what a host refuses', async () => {
  const again = { until: 'r is success', retries: 2, delay: 0, register: 'r' }
  const tried = await runLocal({
    plays: [{ tasks: [{ name: 'tried', ...IMPOSSIBLE, ...again }] }],
  })
  assert.equal(tried.exitCode, 2)
  assert.ok(Number(rowOf(tried, 'h', 'tried').result['attempts']) >= 2)
})

test('a failed or mistaken item leaves the others to be done', async () => {
  const tried = await runLocal({
    plays: [
      {
        tasks: [
          {
            name: 'block',
            block: [
              {
                name: 'items',
                copy: { content: '{{ item.x }}', dest: '{{ item.at }}' },
                loop: [
                  { x: 'x', at: '/proc/none' },
                  { at: '{{ folder }}/a' },
                  { x: 'x', at: '{{ folder }}/b' },
                ],
              },
            ],
            rescue: [{ name: 'rescued', stat: { path: '{{ folder }}/b' }, register: 's' }],
          },
          { name: 'done', assert: { that: 's.stat.exists' } },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.deepEqual(storyOf(tried, 'h'), ['items: failed', 'rescued: ok', 'done: ok'])
})

test('an error in a condition is told at its place', async () => {
  const tried = await runLocal({
    plays: [{ tasks: [{ name: 'when', ping: null, when: 'nothing.here' }] }],
  })
  assert.equal(tried.exitCode, 2)
  assert.match(JSON.stringify(rowOf(tried, 'h', 'when').result['where']), /play\.yml:\d+:\d+/)
})

test('a name that a variable needs is told where it stands, and then where it is used', async () => {
  const tasks = [
    { name: 'said', vars: { a: '{{ foo }}', b: 'x {{ a }}' }, debug: { msg: 'now {{ b }}' } },
  ]
  const tried = await runLocal({ plays: [{ tasks }] })
  const { msg, result } = rowOf(tried, 'h', 'said')
  assert.equal(msg, "'foo' is undefined")
  assert.match(String(result['where']), /play\.yml:9:20$/)
  assert.match(String(result['hint']), /^a needs it and is used at .*:10:22; b .* at .*:13:26$/)
})

test('notifying a handler that does not exist fails, and the nearest name is told', async () => {
  const tried = await runLocal({
    plays: [
      {
        tasks: [{ name: 'typo', command: 'true', notify: 'restart ngnix' }],
        handlers: [{ name: 'restart nginx', debug: { msg: 'x' } }],
      },
    ],
  })
  assert.equal(tried.exitCode, 2)
  assert.equal(rowOf(tried, 'h', 'typo').result['hint'], 'did you mean restart nginx?')
})

test('a job that is not on the host is named with the host', async () => {
  const ask = { name: 'ask', async_status: { jid: 'j123' } }
  const tried = await runLocal({ plays: [{ tasks: [ask] }] })
  assert.equal(rowOf(tried, 'h', 'ask').msg, 'there is no job j123 on h')
})

test('a task has no limit of time where nobody sets one, and one of months does not end it', async () => {
  for (const [words, expected] of [
    [[], undefined],
    [['0'], undefined],
    [['90'], 90_000],
  ] as const) {
    const [taskTimeout] = words
    const flags = { verbosity: 0, ...(taskTimeout === undefined ? {} : { taskTimeout }) }
    const context = { signal: new AbortController().signal } as unknown as CommandContext
    const options = await runOptions(flags, context, await loadInventory(['h,']), new Keyring())
    assert.equal(options.taskLimitMs, expected)
  }
  const months = await runLocal({
    plays: [{ tasks: [{ name: 'short', command: 'sleep 0.1' }] }],
    args: ['--task-timeout', '9999999'],
  })
  assert.equal(months.exitCode, 0)
})

test('the time that a task gives itself wins over --task-timeout, be it longer or shorter', async () => {
  const args = ['--task-timeout', '1']
  const long = { name: 'long', command: 'sleep 1.5', timeout: 60 }
  const none = { ...long, name: 'none', timeout: 0 }
  const bare = { name: 'bare', command: 'sleep 7304' }
  const tried = await runLocal({ plays: [{ tasks: [long, none, bare] }], args })
  assert.equal(rowOf(tried, 'h', 'long').status, 'changed')
  assert.equal(rowOf(tried, 'h', 'none').status, 'changed')
  assert.match(rowOf(tried, 'h', 'bare').msg, /took longer than 1 s/)
  const short = { ...bare, timeout: 1 }
  const shorter = await runLocal({ plays: [{ tasks: [short] }], args: ['--task-timeout', '60'] })
  assert.match(rowOf(shorter, 'h', 'bare').msg, /took longer than 1 s/)
})

test.run()

// Goal: a module of a collection that is not here fails the host that comes to it, and nobody else,
// where its file is brought by an include. Method: files of tasks that are included, run locally.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { rowOf, storyOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/missing')

const ABSENT = { 'ansible.posix.selinux': { state: 'disabled' } }

function tried(included: readonly object[], ...args: string[]) {
  return runLocal({
    plays: [
      {
        tasks: [
          { name: 'bring', include_tasks: 't.yml' },
          { name: 'after', ping: null },
        ],
      },
    ],
    files: { 't.yml': JSON.stringify(included) },
    args,
  })
}

test('its task is skipped where the condition is false', async () => {
  const { exitCode, ...told } = await tried([{ name: 'absent', ...ABSENT, when: false }])
  assert.equal(exitCode, 0, told.stdout)
  assert.deepEqual(storyOf(told, 'h'), ['bring: ok', 'absent: skipped', 'after: ok'])
})

for (const args of [[], ['--check']]) {
  const mode = args.length === 0 ? 'a run' : 'check mode'
  test(`its task fails in ${mode} once a host comes to it, with place and hint`, async () => {
    const told = await tried(
      [
        { name: 'before', ping: null },
        { name: 'absent', ...ABSENT },
      ],
      ...args,
    )
    assert.equal(told.exitCode, 2, told.stdout)
    assert.deepEqual(storyOf(told, 'h'), ['bring: ok', 'before: ok', 'absent: failed'])
    const { msg, result } = rowOf(told, 'h', 'absent')
    assert.equal(msg, 'there is no module or keyword ansible.posix.selinux')
    assert.match(String(result['where']), /t\.yml:\d+:\d+$/)
  })
}

test('a rescue takes the failure', async () => {
  const rescue = [{ name: 'instead', ping: null }]
  const told = await tried([{ block: [{ name: 'absent', ...ABSENT }], rescue }])
  assert.equal(told.exitCode, 0, told.stdout)
  assert.deepEqual(storyOf(told, 'h'), ['bring: ok', 'absent: failed', 'instead: ok', 'after: ok'])
})

test('a role that an include brings may have handlers of such a module', async () => {
  const told = await runLocal({
    plays: [{ tasks: [{ name: 'bring', include_role: { name: 'r' } }] }],
    files: {
      'roles/r/tasks/main.yml': JSON.stringify([{ name: 'inside', ping: null }]),
      'roles/r/handlers/main.yml': JSON.stringify([{ name: 'handler', ...ABSENT }]),
    },
  })
  assert.equal(told.exitCode, 0, told.stdout)
  assert.deepEqual(storyOf(told, 'h'), ['bring: ok', 'r : inside: ok'])
})

for (const name of ['selinuxx', 'ansible.builtin.selinuxx']) {
  test(`a name such as ${name} is a slip, and refused where its file is read`, async () => {
    const told = await tried([{ name: 'absent', [name]: null, when: false }])
    assert.equal(told.exitCode, 2, told.stdout)
    assert.deepEqual(storyOf(told, 'h'), ['bring: failed'])
  })
}

test.run()

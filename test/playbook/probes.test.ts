// Goal: check mode runs no command, and with --run-probes only those whose author says, in so many
// words, that they change nothing, and programs that can only read. Method: commands that send this
// process a signal, which no file system that is read-only keeps from it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite } from '../harness.ts'
import { storyOf } from '../lab/trial.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/probes')

const SIGNAL = 'SIGUSR2'
const TELL = `kill -USR2 ${process.pid}`

let signals = 0

test.before(() => {
  process.on(SIGNAL, () => {
    signals += 1
  })
})

test.after(() => {
  process.removeAllListeners(SIGNAL)
})

/** One of a higher number comes after all that were sent before it. */
async function allSignals(): Promise<void> {
  const told = once(process, 'SIGWINCH')
  process.kill(process.pid, 'SIGWINCH')
  await told
}

/** How the task ended, and whether it ran. */
async function tried(task: object, ...args: string[]): Promise<{ ran: boolean; story: string[] }> {
  signals = 0
  const told = await runLocal({
    plays: [
      {
        tasks: [
          { name: 'tried', ...task },
          { name: 'after', ping: null },
        ],
      },
    ],
    files: { 'tell.sh': `#!/bin/sh\n${TELL}\n` },
    args,
  })
  await allSignals()
  return { ran: signals > 0, story: storyOf(told, 'h') }
}

const PROGRAMS: Readonly<Record<string, object>> = {
  command: { command: TELL },
  shell: { shell: TELL },
  raw: { raw: TELL },
  script: { script: 'tell.sh' },
  'a command with creates': { command: { cmd: TELL, creates: '/nothing/here' } },
  'a command in a loop': { command: TELL, loop: [1, 2] },
  'a command that is tried again': { command: TELL, until: 'false', retries: 1, delay: 0 },
}

/** What is no word of an author that nothing is changed. */
const OTHERWISE: Readonly<Record<string, object>> = {
  'nothing said': {},
  'changed_when: true': { changed_when: true },
  'changed_when as a text': { changed_when: 'false' },
  'changed_when with two conditions': { changed_when: [false, false] },
  'a condition that is false later': { changed_when: 'x.rc == 7', register: 'x' },
  'failed_when: false': { failed_when: false },
  'when: true': { when: true },
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`a run runs ${name}`, async () => {
    assert.equal((await tried(program)).ran, true)
  })
  test(`check mode alone does not run ${name}, also when it changes nothing`, async () => {
    const { ran, story } = await tried({ ...program, changed_when: false }, '--check')
    assert.equal(ran, false)
    assert.deepEqual(story, ['tried: unknown', 'after: ok'])
  })
  // A script would have to be put on the host first.
  const isRun = name !== 'script'
  const does = isRun ? 'runs' : 'does not run'
  test(`--run-probes ${does} ${name} with changed_when: false`, async () => {
    const { ran } = await tried({ ...program, changed_when: false }, '--check', '--run-probes')
    assert.equal(ran, isRun)
  })
}

for (const [said, words] of Object.entries(OTHERWISE)) {
  test(`--run-probes does not run a command with ${said}`, async () => {
    const { ran, story } = await tried({ command: TELL, ...words }, '--check', '--run-probes')
    assert.equal(ran, false)
    assert.deepEqual(story, ['tried: unknown', 'after: ok'])
  })
}

const READING: Readonly<Record<string, { task: object; expected: string }>> = {
  'a program that only reads': { task: { command: 'cat /etc/passwd' }, expected: 'changed' },
  'such a program by its path': { task: { command: '/usr/bin/id -u' }, expected: 'changed' },
  'a program that says no': { task: { command: 'false' }, expected: 'failed' },
  'a program of that name elsewhere': { task: { command: '/tmp/cat x' }, expected: 'unknown' },
  'a program that may write': { task: { command: 'sort -o /tmp/x /tmp/y' }, expected: 'unknown' },
  'a line of the shell': { task: { shell: 'echo > /dev/null' }, expected: 'unknown' },
  'a reader in an environment': {
    task: { command: 'cat /etc/passwd', environment: { PATH: '/tmp' } },
    expected: 'unknown',
  },
}

for (const [name, { task, expected }] of Object.entries(READING)) {
  test(`--run-probes finds ${name} ${expected}, and check mode alone unknown`, async () => {
    const { story } = await tried(task, '--check', '--run-probes')
    assert.equal(story[0], `tried: ${expected}`)
    assert.equal((await tried(task, '--check')).story[0], 'tried: unknown')
  })
}

test('--run-probes makes no change of a module that is said to change nothing', async () => {
  const made = { path: '{{ folder }}/made' }
  const told = await runLocal({
    plays: [
      {
        tasks: [
          { name: 'make', copy: { content: 'x', dest: made.path }, changed_when: false },
          { name: 'look', stat: made, check_mode: false, register: 's' },
          { name: 'none', assert: { that: 'not s.stat.exists' } },
        ],
      },
    ],
    args: ['--check', '--run-probes'],
  })
  assert.deepEqual(storyOf(told, 'h'), ['make: ok', 'look: ok', 'none: ok'])
})

test.run()

// Goal: handlers that a failed run has left run in the next one, where they would have run: after
// what may mend the cause of the failure. Method: the engine's own process on this machine.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { call, lines, placesOf, RUN } from './run.ts'

const test = suite('journal/owed', { timeoutMs: 60_000 })

const place = placesOf(test)

/** The first run changes a file and fails before its handlers. */
const LEAVING = `
- hosts: a
  gather_facts: false
  pre_tasks:
    - { name: before, shell: 'echo before >> {{ folder }}/log', changed_when: false }
  tasks:
    - name: change
      copy: { content: x, dest: '{{ folder }}/x' }
      notify: restart
    - FLUSH
    - { name: breaks, shell: 'test -e {{ folder }}/mended && echo ran >> {{ folder }}/log' }
  handlers:
    - { name: restart, shell: 'echo restart >> {{ folder }}/log' }
`

for (const [when, flush, log] of [
  ['after the tasks', 'debug:', ['before', 'before', 'ran', 'restart']],
  [
    'at the first flush after the task that had notified them',
    '{ name: flush, meta: flush_handlers, when: flush is defined }',
    ['before', 'before', 'restart', 'ran'],
  ],
] as const) {
  test(`handlers that a failed run left run ${when}, once`, async () => {
    const tried = place({ 'play.yml': LEAVING.replace('FLUSH', flush) })
    assert.equal((await call(tried, RUN)).code, 2)
    writeFileSync(join(tried.folder, 'mended'), '')
    const next = await call(tried, [...RUN, '-e', 'flush=1'])
    assert.equal(next.code, 0, next.out)
    assert.match(next.out, /left by an earlier run for a: restart/)
    assert.deepEqual(lines(tried, 'log'), log)
    const last = await call(tried, [...RUN, '-e', 'flush=1'])
    assert.ok(!last.out.includes('left by'), last.out)
  })
}

test('handlers that a template named run after the tasks', async () => {
  const play = LEAVING.replace('FLUSH', 'debug:').replace('notify: restart', "notify: '{{ what }}'")
  const tried = place({ 'play.yml': play })
  assert.equal((await call(tried, [...RUN, '-e', 'what=restart'])).code, 2)
  writeFileSync(join(tried.folder, 'mended'), '')
  assert.equal((await call(tried, [...RUN, '-e', 'what=restart'])).code, 0)
  assert.deepEqual(lines(tried, 'log'), ['before', 'before', 'ran', 'restart'])
})

test('handlers that were left stay so while the host fails before them', async () => {
  const tried = place({ 'play.yml': LEAVING.replace('FLUSH', 'debug:') })
  assert.equal((await call(tried, RUN)).code, 2)
  assert.match((await call(tried, RUN)).out, /left by an earlier run for a: restart/)
  assert.deepEqual(lines(tried, 'log'), ['before', 'before'])
  writeFileSync(join(tried.folder, 'mended'), '')
  assert.equal((await call(tried, [...RUN, '--check'])).code, 0)
  const forgetful = await call(tried, [...RUN, '--no-pending-handlers', '--tags', 'none'])
  assert.ok(!forgetful.out.includes('left by'), forgetful.out)
  assert.ok(!(await call(tried, RUN)).out.includes('left by'))
})

test.run()

// Goal: what a run leaves to others outlives its death: jobs in the background, handlers of roles
// that were included while it lasted; and a full disk stops it before it does what it cannot note.
// Method: as in resume.test.ts, a process of its own that is killed.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { call, killAt, LAUNCHER, lines, placesOf, RUN, start } from './run.ts'

const test = suite('journal/left', { timeoutMs: 60_000 })

const place = placesOf(test)

test('a job that was left running is found after the run has gone on', async () => {
  const tried = place({
    'play.yml': `
- hosts: a
  gather_facts: false
  tasks:
    - { name: job, shell: 'echo began >> {{ folder }}/log; cat {{ folder }}/gate', async: 60, poll: 0,
        register: job }
    - { name: hangs, shell: 'cat {{ folder }}/hold' }
    - { name: open, shell: 'echo told > {{ folder }}/gate' }
    - { name: looks, async_status: { jid: '{{ job.ansible_job_id }}' }, register: seen,
        until: seen.finished, retries: 30, delay: 1 }
    - { name: says, copy: { content: '{{ seen.stdout }} {{ seen.rc }}', dest: '{{ folder }}/said' } }
`,
  })
  for (const name of ['gate', 'hold']) spawnSync('mkfifo', [join(tried.folder, name)])
  await killAt(tried, start(tried, RUN), /"kind":"start"/, 2)
  rmSync(join(tried.folder, 'hold'))
  writeFileSync(join(tried.folder, 'hold'), '')
  const resumed = await call(tried, ['resume'])
  assert.equal(resumed.code, 0, resumed.out + resumed.err)
  assert.deepEqual(lines(tried, 'said'), ['told 0'])
  assert.deepEqual(lines(tried, 'log'), ['began'])
})

test('handlers of an included role that were notified run after the run has gone on', async () => {
  const tried = place({
    'play.yml': `
- hosts: a, b
  gather_facts: false
  tasks:
    - { name: brings, include_role: { name: '{{ item }}' }, loop: [r, s] }
    - { name: hangs, shell: 'cat {{ folder }}/hold' }
    - { name: later, shell: 'echo later >> {{ folder }}/log' }
`,
    'roles/r/tasks/main.yml': "- { name: change, shell: 'true', notify: [of r, all] }\n",
    'roles/r/handlers/main.yml': `
- { name: of r, shell: 'echo r-{{ inventory_hostname }} >> {{ folder }}/log', notify: chain }
- { name: chain, shell: 'echo chain-{{ inventory_hostname }} >> {{ folder }}/log' }
`,
    'roles/s/tasks/main.yml':
      "- { name: change, shell: 'true', notify: all, when: inventory_hostname == 'b' }\n",
    'roles/s/handlers/main.yml':
      "- { name: of s, shell: 'echo s-{{ inventory_hostname }} >> {{ folder }}/log', listen: all }\n",
  })
  spawnSync('mkfifo', [join(tried.folder, 'hold')])
  await killAt(tried, start(tried, RUN), /"kind":"start".*"host":"[ab]"/, 5)
  assert.deepEqual(lines(tried, 'log'), [])
  rmSync(join(tried.folder, 'hold'))
  writeFileSync(join(tried.folder, 'hold'), '')
  const resumed = await call(tried, ['resume'])
  assert.equal(resumed.code, 0, resumed.out + resumed.err)
  const expected = ['chain-a', 'chain-b', 'later', 'later', 'r-a', 'r-b', 's-a', 's-b']
  assert.deepEqual(lines(tried, 'log').toSorted(), expected)
})

test('a journal that cannot be written stops the run, and it goes on once there is room', async () => {
  const tried = place({
    'play.yml': `
- hosts: a, b
  gather_facts: false
  tasks:
    - name: tried
      ignore_errors: true
      block:
        - name: items
          shell: 'echo {{ item }} >> {{ folder }}/log-{{ inventory_hostname }}'
          loop: "{{ range(30) }}"
          retries: 3
          delay: 600
          until: self is not failed
          register: self
      rescue:
        - { name: saved, shell: 'echo >> {{ folder }}/saved' }
      always:
        - { name: tidied, shell: 'echo >> {{ folder }}/tidied' }
`,
  })
  // Blocks of 512 bytes, or of 1024 with other shells: no file of the run may be larger.
  const full = await start(tried, RUN, { before: 'ulimit -f 16' }).ended
  assert.equal(full.code, 1, full.out + full.err)
  const path = join(tried.runs, readdirSync(tried.runs)[0] ?? '')
  assert.ok(full.err.includes(`cannot write ${path}: it is larger`), full.err)
  const before = [...lines(tried, 'log-a'), ...lines(tried, 'log-b')]
  assert.ok(before.length > 2 && before.length < 50, `${before.length} lines`)
  assert.deepEqual([lines(tried, 'saved'), lines(tried, 'tidied')], [[], []])
  assert.equal((await call(tried, ['resume'])).code, 0)
  for (const host of ['a', 'b']) {
    const log = lines(tried, `log-${host}`)
    assert.equal(new Set(log).size, 30)
    assert.ok(log.length <= 31, `${log.length} lines`)
  }
  assert.equal(lines(tried, 'tidied').length, 1)
})

const HANGING = `
- hosts: a
  gather_facts: false
  tasks:
    - { name: hangs, shell: 'cat {{ folder }}/hold' }
    - { name: goes on, shell: 'echo >> {{ folder }}/log' }
`

test('who kills the command of a checkout has killed the run', async () => {
  const tried = place({ 'play.yml': HANGING })
  spawnSync('mkfifo', [join(tried.folder, 'hold')])
  // Its streams are closed only when the engine has gone too.
  await killAt(tried, start(tried, RUN, { main: LAUNCHER }), /"kind":"start"/)
  assert.deepEqual(lines(tried, 'log'), [])
  assert.match((await call(tried, ['resume', '--list'])).out, /1 under way/)
})

test('resume without a name goes on with runs of its own folder only', async () => {
  const tried = place({ 'play.yml': HANGING, 'other/empty': '' })
  spawnSync('mkfifo', [join(tried.folder, 'hold')])
  await killAt(tried, start(tried, RUN), /"kind":"start"/)
  rmSync(join(tried.folder, 'hold'))
  writeFileSync(join(tried.folder, 'hold'), '')
  const elsewhere = { cwd: join(tried.folder, 'other') }
  const refused = await start(tried, ['resume'], elsewhere).ended
  assert.equal(refused.code, 1, refused.err)
  assert.match(refused.err, /no unfinished run was begun in this folder/)
  const listed = await start(tried, ['resume', '--list', '--all'], elsewhere).ended
  assert.ok(listed.out.includes(join(tried.folder, 'play.yml')), listed.out)
  assert.equal((await call(tried, ['resume'])).code, 0)
})

test('a run that is refused before its first task leaves nothing to resume', async () => {
  const vault = '$ANSIBLE_VAULT;1.1;AES256\n3030\n'
  const tried = place({
    'play.yml': "- { hosts: a, gather_facts: false, tasks: [{ debug: { msg: '{{ x }}' } }] }\n",
    'group_vars/all.yml': vault,
  })
  const ran = await call(tried, RUN)
  assert.equal(ran.code, 65, ran.err)
  assert.equal((await call(tried, ['resume', '--list'])).out, '')
})

test.run()

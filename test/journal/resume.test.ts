// Goal: a run that is killed goes on where it was, does nothing twice and tells what it does again.
// Method: the engine's own process on this machine, killed when its journal has a given line; every
// command of the playbook writes its name into a file.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStamp } from '../../agent/src/sys/process.ts'
import { suite } from '../harness.ts'
import { call, journalText, killAt, lines, placesOf, RUN, start } from './run.ts'

const test = suite('journal/resume', { timeoutMs: 60_000 })

const place = placesOf(test)

/** Every line is `HOST WORD`. */
const NOTE = 'printf "%s\\n" "{{ inventory_hostname }} '

const WIDE = `
- hosts: all
  tasks:
    - { name: first, shell: '${NOTE}first" >> {{ folder }}/log', register: told }
    - { name: keep, set_fact: { kept: "{{ inventory_hostname }}-{{ 1.0 }}" } }
    - { name: items, shell: '${NOTE}item{{ item }}" >> {{ folder }}/log; echo {{ item }}',
        loop: [1, 2, 3], register: items, notify: later }
    - { name: inner, include_tasks: 'inner-{{ kept.split("-")[0] }}.yml', loop: [x, y] }
    - name: tried
      block:
        - { name: breaks, shell: '${NOTE}breaks" >> {{ folder }}/log; exit 3' }
      rescue:
        - { name: saved, shell: '${NOTE}saved" >> {{ folder }}/log', notify: later }
      always:
        - { name: tidied, shell: '${NOTE}tidied" >> {{ folder }}/log' }
    - { name: once, run_once: true, shell: '${NOTE}once" >> {{ folder }}/log', register: one }
    - { name: add, add_host: { name: extra, groups: [more], ansible_connection: local } }
    - { name: number, set_stats: { data: { hosts: 1 } } }
    - { name: seen, copy: { dest: '{{ folder }}/end-{{ inventory_hostname }}',
        content: '{{ kept }} {{ one.changed }} {{ items.results | map(attribute="stdout") | join("") }}' } }
  handlers:
    - { name: later, shell: '${NOTE}later" >> {{ folder }}/log' }
- hosts: more
  gather_facts: false
  tasks:
    - { name: extra, shell: '${NOTE}extra" >> {{ folder }}/log', vars: { folder: "{{ playbook_dir }}" } }
`

const INNER = `- { name: within, shell: '${NOTE}{{ item }}" >> {{ folder }}/log' }\n`

const WIDE_FILES = {
  'play.yml': WIDE,
  'inner-a.yml': INNER,
  'inner-b.yml': INNER,
  'inner-c.yml': INNER,
}

interface Again {
  readonly task: string
  readonly host: string
}

/** Lines that stand there more than once, apart from what a task under way may write again. */
function twice(log: readonly string[], again: readonly Again[]): string[] {
  const known = new Set(again.map(({ host }) => host))
  return log.filter(
    (line, index) => log.indexOf(line) !== index && !known.has(line.split(' ')[0] ?? ''),
  )
}

test('killed at any of its lines, a run ends as an unbroken one', async () => {
  const whole = place(WIDE_FILES)
  const unbroken = await call(whole, [...RUN, '--output', 'json'])
  assert.equal(unbroken.code, 0, unbroken.out + unbroken.err)
  const expected = lines(whole, 'log').toSorted()
  assert.equal(expected.length, 32)
  const total = journalText(whole).split('"kind":"done"').length - 1
  for (const count of [7, total - 3]) {
    const tried = place(WIDE_FILES)
    await killAt(tried, start(tried, RUN), /"kind":"done"/, count)
    const before = lines(tried, 'log')
    const resumed = await call(tried, ['resume', '--output', 'json'])
    assert.equal(resumed.code, 0, resumed.err)
    const report = JSON.parse(resumed.out)
    const log = lines(tried, 'log')
    assert.deepEqual([...new Set(log)].toSorted(), expected, `killed at ${count}`)
    assert.deepEqual(twice(log, report.cluster_os.again ?? []), [], `${count}: ${before.join()}`)
    assert.deepEqual(lines(tried, 'end-b'), ['b-1.0 True 123'])
    assert.deepEqual(report.stats, JSON.parse(unbroken.out).stats, `killed at ${count}`)
    assert.deepEqual(report.global_custom_stats, { hosts: 3 })
    assert.match((await call(tried, ['resume'])).err, /no unfinished run/)
  }
})

test('an item that was through is not done again, one under way is, and that is told', async () => {
  const tried = place({
    'play.yml': `
- hosts: a
  gather_facts: false
  tasks:
    - name: items
      shell: 'echo {{ item }} >> {{ folder }}/log; if [ {{ item }} = 2 ]; then cat {{ folder }}/gate; fi'
      loop: [1, 2, 3]
`,
  })
  // A pipe without a writer holds the second item until the run is killed.
  spawnSync('mkfifo', [join(tried.folder, 'gate')])
  await killAt(tried, start(tried, RUN), /"kind":"start"/, 2)
  rmSync(join(tried.folder, 'gate'))
  writeFileSync(join(tried.folder, 'gate'), '')
  const resumed = await call(tried, ['resume'])
  assert.equal(resumed.code, 0, resumed.err)
  assert.match(resumed.out, /run again: \[a\]: it was under way when the run was stopped/)
  const log = lines(tried, 'log')
  assert.equal(log.filter((line) => line === '1').length, 1)
  assert.equal(log.filter((line) => line === '3').length, 1)
})

test('what hosts and vaults told stands nowhere in the state folder', async () => {
  const tried = place({
    'play.yml': `
- hosts: a
  gather_facts: false
  vars: { hidden: quite-secret-text }
  tasks:
    - { name: no log, shell: 'echo told-by-no-log', no_log: true, register: told }
    - { name: open, shell: 'printf "%s-%s" told by-host', register: told }
    - { name: stop, shell: 'exit 1', when: stop | bool }
`,
  })
  const words = [...RUN, '-e', 'stop=yes', '-e', 'db_password=sesame-opens']
  assert.equal((await call(tried, words)).code, 2)
  const text = journalText(tried)
  assert.match(text, /stop=yes/)
  for (const secret of ['told-by', 'quite-secret', 'sesame']) assert.ok(!text.includes(secret))
})

test('a secret word of -e has to be given again, and no other', async () => {
  const play = `
- hosts: a
  gather_facts: false
  tasks:
    - { name: one, shell: 'echo one >> {{ folder }}/log' }
    - { name: two, shell: 'echo {{ db_password }} >> {{ folder }}/log' }
`
  const tried = place({ 'play.yml': play })
  const words = [...RUN, '-e', 'db_password=sesame']
  await killAt(tried, start(tried, words), /"kind":"done".*"one"/)
  const [bare, wrong] = [
    await call(tried, ['resume']),
    await call(tried, ['resume', '-e', 'db_password=guess']),
  ]
  for (const said of [bare, wrong]) {
    assert.equal(said.code, 65)
    assert.match(said.err, /the value of db_password is not in the journal/)
  }
  assert.equal((await call(tried, ['resume', '-e', 'db_password=sesame'])).code, 0)
  assert.deepEqual([...new Set(lines(tried, 'log'))], ['one', 'sesame'])
})

test('a run does not go on with files that have changed, but by force', async () => {
  const role = `- { name: in role, template: { src: t.j2, dest: '{{ folder }}/out' } }\n`
  const tried = place({
    'play.yml': `
- hosts: a
  gather_facts: false
  tasks:
    - { name: one, shell: 'echo one >> {{ folder }}/log' }
    - { name: two, shell: 'echo two >> {{ folder }}/log' }
- { hosts: a, gather_facts: false, roles: [r] }
`,
    'roles/r/tasks/main.yml': role,
    'roles/r/templates/t.j2': 'old\n',
  })
  await killAt(tried, start(tried, RUN), /"kind":"done".*"one"/)
  for (const [file, named] of [
    ['play.yml', 'play.yml'],
    ['hosts.yml', 'host b of the inventory'],
    ['roles/r/templates/t.j2', 't.j2'],
  ] as const) {
    const path = join(tried.folder, file)
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, `${before.replace('"b":{}', '"b":{"x":1}').replace(/^old/, 'new!')}\n`)
    const refused = await call(tried, ['resume'])
    assert.equal(refused.code, 65, file)
    assert.ok(refused.err.includes(named), refused.err)
    if (!file.endsWith('.j2')) writeFileSync(path, before)
  }
  assert.equal((await call(tried, ['resume', '--force'])).code, 0)
  assert.deepEqual(lines(tried, 'out'), ['new!'])
})

const OWING = `
- hosts: a
  gather_facts: false
  tasks:
    - { name: change, shell: 'echo change >> {{ folder }}/log', notify: restart }
    - { name: breaks, command: 'test -e {{ folder }}/mended' }
  handlers:
    - { name: restart, shell: 'echo restart >> {{ folder }}/log' }
`

test('runs are listed and forgotten; check mode leaves none', async () => {
  const tried = place({ 'play.yml': OWING })
  await killAt(tried, start(tried, RUN), /"kind":"done".*"change"/)
  const listed = await call(tried, ['resume', '--list'])
  const [run = ''] = listed.out.split(' ')
  assert.match(
    listed.out,
    /^\d{8}-\d{6}-[0-9a-f]{6} {2}.* 2 done, \d under way {2}\/.*\/play.yml\n$/,
  )
  for (const words of [
    ['resume', ''],
    ['resume', '--forget', ''],
  ]) {
    assert.equal((await call(tried, ['complete', '--', ...words])).out, `${run}\n`)
  }
  assert.equal((await call(tried, ['resume', '--forget', run])).code, 0)
  assert.equal((await call(tried, ['resume', run])).code, 1)
  await call(tried, [...RUN, '--check'])
  assert.equal(journalText(tried), '')
})

test('a run that was interrupted names what goes on with it', async () => {
  const wait = "    - { name: wait, command: 'sleep 20' }\n"
  const tried = place({ 'play.yml': OWING.replace(/( +- \{ name: breaks)/, `${wait}$1`) })
  const run = start(tried, RUN)
  await killAt(tried, run, /"kind":"done".*"change"/, 1, 'SIGINT')
  const { code, err } = await run.ended
  const [id = ''] = (await call(tried, ['resume', '--list'])).out.split(' ')
  assert.equal(code, 130)
  assert.ok(err.includes(`go on where it was stopped: cluster-os resume ${id}\n`), err)
})

test('what later runs have done is not resumed unless it is named', async () => {
  const tried = place({ 'play.yml': OWING })
  await killAt(tried, start(tried, RUN), /"kind":"done".*"change"/)
  const [run = ''] = (await call(tried, ['resume', '--list'])).out.split(' ')
  writeFileSync(join(tried.folder, 'mended'), '')
  assert.equal((await call(tried, [...RUN, '--limit', 'a'])).code, 0)
  // Another value from outside is other work.
  assert.equal((await call(tried, [...RUN, '-e', 'version=1'])).code, 0)
  assert.ok(!(await call(tried, ['resume', '--list'])).out.includes('done since'))
  assert.equal((await call(tried, RUN)).code, 0)
  assert.match(
    (await call(tried, ['resume', '--list'])).out,
    /play\.yml {2}\(done since by .*\)\n$/,
  )
  assert.match((await call(tried, ['resume'])).err, /later runs have done/)
  assert.match((await call(tried, ['resume', run, '--force'])).err, /^resuming /)
})

test('runs of other folders are listed with --all alone', async () => {
  const tried = place({ 'play.yml': OWING, 'else/play.yml': OWING })
  await killAt(tried, start(tried, RUN), /"kind":"done".*"change"/)
  const there = { cwd: join(tried.folder, 'else') }
  const listed = await start(tried, ['resume', '--list'], there).ended
  assert.equal(listed.out, '')
  assert.match((await start(tried, ['resume', '--list', '--all'], there).ended).out, /play\.yml\n$/)
  assert.match((await start(tried, ['resume'], there).ended).err, /--list --all/)
  assert.equal((await call(tried, ['resume', '--all'])).code, 1)
})

test('a run that is still going is not resumed', async () => {
  const tried = place({
    'play.yml': `
- hosts: a
  gather_facts: false
  tasks: [{ name: hangs, shell: 'exec cat {{ folder }}/gate' }]
`,
  })
  spawnSync('mkfifo', [join(tried.folder, 'gate')])
  const going = start(tried, RUN)
  await new Promise<void>((done) => {
    const watcher = watch(tried.runs, () => {
      if (!journalText(tried).includes('"kind":"start"')) return
      watcher.close()
      done()
    })
  })
  const [name = ''] = readdirSync(tried.runs)
  const refused = await call(tried, ['resume', name.replace('.jsonl', '')])
  assert.match(refused.err, /is still going/)
  going.child.kill('SIGTERM')
  assert.equal((await going.ended).code, 143)
  assert.match((await call(tried, ['resume', '--list'])).out, /1 under way/)
})

test('a run whose output nobody reads any more ends as by a signal, and can be resumed', async () => {
  const hang = `echo $$ > {{ folder }}/pid; exec sleep 60`
  const tasks = [
    { name: 'hangs', shell: hang, when: "inventory_hostname == 'a'" },
    { name: 'waits', wait_for: { path: '{{ folder }}/pid' } },
    { name: 'waits on', wait_for: { path: '{{ folder }}/closed' } },
    { name: 'says', ping: null, loop: '{{ range(3) }}' },
    { name: 'last', copy: { content: 'x', dest: '{{ folder }}/last' } },
  ]
  const play = [{ hosts: 'a,b', gather_facts: false, strategy: 'free', tasks }]
  const tried = place({ 'play.yml': JSON.stringify(play) })
  const run = start(tried, RUN)
  const watcher = watch(tried.folder, () => {
    if (lines(tried, 'pid').join('') === '') return
    watcher.close()
    run.child.stdout?.once('close', () => writeFileSync(join(tried.folder, 'closed'), ''))
    run.child.stdout?.destroy()
  })
  const said = await run.ended
  assert.equal(said.code, 141, said.err)
  assert.match(said.err, /nobody reads the output/)
  const pid = Number(lines(tried, 'pid')[0])
  assert.equal(processStamp(pid), undefined)
  assert.deepEqual(lines(tried, 'last'), [])
  assert.match((await call(tried, ['resume', '--list'])).out, /play\.yml/)
})

test.run()

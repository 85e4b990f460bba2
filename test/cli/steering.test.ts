// Goal: the flags that steer a run do what Ansible's do: where it begins, what is asked, who is left.
// Method: local hosts, runs by the command line in this process with somebody who answers.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { suite } from '../harness.ts'
import { callCli, type Surroundings } from './call.ts'

const test = suite('cli/steering', { timeoutMs: 30_000 })

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-steering-'))
test.after(() => rmSync(folder, { recursive: true }))

const MAIN = resolve(import.meta.dirname, '../../agent/src/main.ts')

const BOOK = join(folder, 'p.yml')
writeFileSync(
  BOOK,
  `
- name: First
  hosts: all
  gather_facts: false
  tasks:
    - { name: One, ping: , tags: [a] }
    - block:
        - { name: Two, ping: }
        - { name: Three, ping: }
      always:
        - { name: Last words, ping: }
- name: Second
  hosts: all
  gather_facts: false
  tasks:
    - { name: Four, ping: }
    - name: Five
      fail: { msg: no }
      when: inventory_hostname == bad | default('')
`,
)

const LOCAL = [BOOK, '-i', 'h1,h2,', '-c', 'local', '--output', 'json']

interface Document {
  plays: { tasks: { task: { name: string }; hosts: Record<string, { skipped?: boolean }> }[] }[]
  cluster_os: {
    profile?: { totalMs: number; tasks: { name: string; ms: number; hosts: number }[] }
  }
}

async function run(words: readonly string[], surroundings: Surroundings = {}) {
  const called = await callCli(['run', ...LOCAL, ...words], surroundings)
  if (called.error !== undefined) throw called.error
  const said = JSON.parse(called.stdout) as Document
  const tasks = said.plays.flatMap((play) => play.tasks)
  const done = tasks
    .filter(({ hosts }) => !Object.values(hosts).some(({ skipped }) => skipped === true))
    .map(({ task }) => task.name)
  return { ...called, said, done, hosts: Object.keys(tasks[0]?.hosts ?? {}) }
}

const STARTS: readonly (readonly [string, readonly string[]])[] = [
  ['Two', ['Two', 'Three', 'Last words', 'Four']],
  ['Three', ['Three', 'Last words', 'Four']],
  ['Last*', ['Last words', 'Four']],
  ['F?ur', ['Four']],
]

for (const [pattern, done] of STARTS) {
  test(`--start-at-task ${pattern} leaves out what stands before`, async () => {
    assert.deepEqual((await run(['--start-at-task', pattern])).done, done)
  })
}

test('of several playbooks those before the task to start at do nothing, those behind it all', async () => {
  const books = ['1', '2', '3'].map((number) => {
    const book = join(folder, `start${number}.yml`)
    const tasks = `[{ name: a${number}, ping: }, { name: b${number}, ping: }]`
    writeFileSync(book, `- { hosts: all, gather_facts: false, tasks: ${tasks} }\n`)
    return book
  })
  const words = ['run', ...books, '-i', 'h1,', '-c', 'local', '--start-at-task', 'b2']
  const { stdout } = await callCli(words)
  const done = [...stdout.matchAll(/^TASK \[(\w+)\]/gm)].map(([, name = '']) => name)
  assert.deepEqual(done, ['b2', 'a3', 'b3'])
})

test('a task to start at that is not there is refused with the nearest', async () => {
  const wrong = run(['--start-at-task', 'Thre'])
  await assert.rejects(
    wrong,
    (error) => error instanceof ClusterError && /Three/.test(error.hint ?? ''),
  )
})

test('a name with templates is told as it is written, and how it can be started at', async () => {
  const book = join(folder, 'templated.yml')
  const play = '- hosts: all\n  gather_facts: false\n  tasks:\n'
  writeFileSync(book, `${play}    - { name: "Step {{ 'one' }}", ping: }\n`)
  const words = ['run', book, '-i', 'h1,', '-c', 'local', '--start-at-task']
  const { error } = await callCli([...words, 'Step one'])
  assert.match(String(error), /no task is written as "Step one"/)
  assert.match(
    String((error as ClusterError).hint),
    /count as they are written: start at "Step \*"$/,
  )
  assert.equal((await callCli([...words, 'Step *'])).exitCode, 0)
})

const AROUND = join(folder, 'around.yml')
writeFileSync(
  AROUND,
  `
- hosts: all
  gather_facts: false
  tasks:
    - { name: Before, ping: }
    - import_tasks: imported.yml
    - import_role: { name: r }
    - { name: Bring, include_tasks: included.yml }
    - include_role: { name: s }
`,
)
for (const [name, text] of Object.entries({
  'imported.yml': '- { name: Imported, ping: }\n',
  'included.yml': '- { name: Included, ping: }\n- include_tasks: deeper.yml\n',
  'deeper.yml': '- { name: Deeper, ping: }\n- { include_tasks: deeper.yml, when: false }\n',
  'roles/r/tasks/main.yml': '- { name: In the role, ping: }\n',
  'roles/s/tasks/main.yml': '- { name: In the other role, ping: }\n',
})) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

for (const [name, count] of [
  ['Imported', 7],
  ['In the role', 6],
  ['r : In the role', 6],
  ['Bring', 5],
] as const) {
  test(`--start-at-task finds ${name}, which is imported or an include`, async () => {
    const words = ['run', AROUND, '-i', 'h1,', '-c', 'local', '--start-at-task', name]
    const { stdout, error } = await callCli(words)
    assert.equal(error, undefined)
    assert.doesNotMatch(stdout, /Before/)
    assert.match(stdout, new RegExp(`^h1 +: ok=${count} `, 'm'))
  })
}

for (const [name, line, include] of [
  ['Included', 8, 'Bring'],
  ['Deep*', 8, 'Bring'],
  ['In the other role', 9, 'include_role : s'],
] as const) {
  test(`--start-at-task ${name} is refused with the include that would bring it`, async () => {
    const words = ['run', AROUND, '-i', 'h1,', '-c', 'local', '--start-at-task', name]
    const { error } = await callCli(words)
    assert.ok(error instanceof ClusterError && error.code === 'USAGE')
    assert.match(error.message, new RegExp(`included at .*around\\.yml:${line}:`))
    assert.match(error.hint ?? '', new RegExp(`"${include}"`))
  })
}

test('--step asks once for each task, and c ends the questions', async () => {
  const asked: string[] = []
  const answers = ['y', 'n', 'c']
  const ask = async (question: string) => {
    asked.push(question.replace(/ \(N\).*/, ''))
    return answers.shift() ?? ''
  }
  const { done } = await run(['--step'], { ask })
  assert.deepEqual(asked, ['Run TASK: One', 'Run TASK: Two', 'Run TASK: Three'])
  assert.deepEqual(done, ['One', 'Three', 'Last words', 'Four'])
})

test('--step takes answers from a pipe, wants no more when they end, and needs one', async () => {
  const words = ['run', BOOK, '-i', 'h1,', '-c', 'local', '--step', '--output', 'json']
  const answer = (input: string) =>
    spawnSync(process.execPath, [MAIN, ...words], {
      input,
      encoding: 'utf8',
      env: { ...process.env, XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder },
    })
  const one = answer('n\ny\n')
  assert.equal(one.status, 0, one.stderr)
  assert.equal(one.stderr.match(/Run TASK: /g)?.length, 6)
  assert.equal(JSON.parse(one.stdout).stats.h1.ok, 1)
  assert.match(answer('').stderr, /--step needs somebody to ask/)
})

test('--step where nobody can answer is refused', async () => {
  await assert.rejects(run(['--step']), /--step needs somebody/)
})

const atHome = (name: string) => (name === 'HOME' ? folder : undefined)
const withFiles = (name: string) => (name === 'ANSIBLE_RETRY_FILES_ENABLED' ? 'yes' : undefined)

test('--retry runs on the hosts that failed last time, and no more once they are well', async () => {
  await assert.rejects(run(['--retry'], { environment: atHome }), /no host failed/)
  const failed = await run(['-e', 'bad=h2'], { environment: atHome })
  assert.equal(failed.exitCode, 2)
  const again = await run(['--retry'], { environment: atHome })
  assert.deepEqual(again.hosts, ['h2'])
  assert.equal(again.exitCode, 0)
  await run(['-e', 'bad=h2'], { environment: atHome })
  const other = ['--retry', '--limit', 'h1']
  await assert.rejects(run(other, { environment: atHome }), /limit h1 has no host that failed/)
  const both = await run(['--retry', '--limit', 'all'], { environment: atHome })
  assert.deepEqual(both.hosts, ['h2'])
  await assert.rejects(run(['--retry'], { environment: atHome }), /no host failed/)
})

test('NAME.retry is written where the setting asks for it, and --limit takes it', async () => {
  await run(['-e', 'bad=h1'], { environment: withFiles })
  const file = join(folder, 'p.retry')
  assert.equal(readFileSync(file, 'utf8'), 'h1\n')
  assert.deepEqual((await run(['--limit', `@${file}`])).hosts, ['h1'])
})

test('--profile tells the time of each task and of all', async () => {
  const { said } = await run(['--profile'])
  const profile = said.cluster_os.profile
  assert.ok(profile)
  assert.equal(profile.tasks.find(({ name }) => name === 'One')?.hosts, 2)
  const slower = profile.tasks.map(({ ms }) => ms)
  assert.deepEqual(
    slower,
    slower.toSorted((a, b) => b - a),
  )
  const words = ['run', BOOK, '-i', 'h1,', '-c', 'local', '--profile']
  const { stdout } = await callCli(words)
  assert.match(stdout, /\nTIMES\n +\d+\.\d\d s {2}\[\w+\] \w+ .*\(h1\)\n[^]* s {2}in all\n$/)
})

test('--profile tells the play of a task where there are several, and only there', async () => {
  const words = ['run', BOOK, '-i', 'h1,', '-c', 'local', '--profile']
  assert.match((await callCli(words)).stdout, / s {2}\[First\] One {2}\(h1\)\n/)
  const one = await callCli([...words, '--start-at-task', 'Four'])
  assert.match(one.stdout, / s {2}Four {2}\(h1\)\n/)
})

test('a play is announced once for each batch of serial, as Ansible does', async () => {
  const book = join(folder, 'serial.yml')
  writeFileSync(
    book,
    '- { name: Rolling, hosts: all, gather_facts: false, serial: 2, tasks: [ping: ] }\n',
  )
  const words = ['run', book, '-i', 'h1,h2,h3,', '-c', 'local']
  const { stdout } = await callCli(words)
  assert.equal(stdout.match(/^PLAY \[Rolling\]/gm)?.length, 2)
  const { stdout: json } = await callCli([...words, '--output', 'json'])
  const { plays } = JSON.parse(json) as Document
  const hosts = plays.map(({ tasks }) => tasks.map((task) => Object.keys(task.hosts).toSorted()))
  assert.deepEqual(hosts, [[['h1', 'h2']], [['h3']]])
})

test('exec --list-hosts lists hosts of pattern and limit and runs nothing', async () => {
  const { stdout } = await callCli(['exec', 'all', '-i', 'h1,h2,h3,', '-l', '!h2', '--list-hosts'])
  assert.equal(stdout, '  hosts (2):\n    h1\n    h3\n')
})

test("Ansible's other spellings mean the same, or are refused by name", async () => {
  const words = ['run', BOOK, '--inventory-file', 'h1,', '--flush-cache', '--list-hosts']
  const { stdout, error } = await callCli([...words, '--key-file=/nowhere'])
  assert.equal(error, undefined)
  assert.match(stdout, /hosts \(1\):\n {6}h1/)
  const refused = await callCli(['run', BOOK, '-M', 'library'])
  assert.match(String(refused.error), /-M is not supported/)
})

test('-vv says where a task is written', async () => {
  const { stdout } = await callCli(['run', BOOK, '-i', 'h1,', '-c', 'local', '-vv'])
  assert.match(stdout, /TASK \[One\] \*+\nat .*p\.yml:6:7\n/)
})

test.run()

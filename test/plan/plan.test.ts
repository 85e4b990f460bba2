// Goal: a plan says what a run would do and why, holds no secret, and is carried out as it stands
// or refused. Method: plans of this machine, in folders of their own, through the command line.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seal } from '../../agent/src/vault/envelope.ts'
import { suite } from '../harness.ts'
import { command, type Said } from '../playbook/local.ts'

const test = suite('plan')

type Task = Readonly<Record<string, unknown>>

interface Place {
  readonly folder: string
  readonly plan: (...args: string[]) => Promise<Said>
  readonly apply: (...args: string[]) => Promise<Said>
  readonly text: () => string
  readonly write: (name: string, text: string) => void
}

/** A playbook of one host, `h`, whose `{{ folder }}` is the playbook's. */
async function within(play: Task, use: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-plan-'))
  const path = (name: string): string => join(folder, name)
  const write = (name: string, text: string): void => writeFileSync(path(name), text)
  const plays = [{ hosts: 'all', gather_facts: false, ...play }]
  write('site.yml', JSON.stringify(plays))
  const vars = { ansible_connection: 'local', folder }
  write('hosts.yml', JSON.stringify({ all: { vars, hosts: { h: {} } } }))
  const source = ['-i', path('hosts.yml')]
  try {
    await use({
      folder,
      write,
      plan: (...args) => command(['plan', path('site.yml'), ...source, '-o', path('p'), ...args]),
      apply: (...args) => command(['apply', path('p'), ...args]),
      text: () => readFileSync(path('p'), 'utf8'),
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const copy = (content: string, name: string) => ({
  copy: { content, dest: `{{ folder }}/${name}`, mode: '0644' },
})

test('a plan is applied, and the next one is empty', async () => {
  await within({ tasks: [{ name: 'a', ...copy('x', 'a') }] }, async ({ plan, apply, folder }) => {
    assert.equal((await plan('--detailed-exitcode')).exitCode, 3)
    assert.ok(!existsSync(join(folder, 'a')))
    const applied = await apply()
    assert.equal(applied.exitCode, 0, applied.stderr)
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'x')
    assert.equal((await plan('--detailed-exitcode')).exitCode, 0)
  })
})

test('the same state gives the same file, byte by byte', async () => {
  await within({ tasks: [{ name: 'a', ...copy('x', 'a') }] }, async ({ plan, text }) => {
    await plan()
    const first = text()
    await plan()
    assert.equal(text(), first)
  })
})

test('handlers are shown with the chain of what causes them', async () => {
  const handlers = [
    { name: 'first', ...copy('1', 'b'), notify: 'second' },
    { name: 'second', ...copy('2', 'c') },
  ]
  const tasks = [{ name: 'a', ...copy('x', 'a'), notify: 'first' }]
  await within({ tasks, handlers }, async ({ plan }) => {
    const { stdout } = await plan()
    assert.match(
      stdout,
      /~ second \(changed\)\n.*\n +because: first \(changed\)\n +because: a \(changed\)/,
    )
  })
})

test('no secret stands in a plan', async () => {
  const tasks = [
    { name: 'hidden', ...copy('under-no-log', 'a'), no_log: true },
    { name: 'items', ...copy('{{ item }}', 'b'), loop: ['item-no-log'], no_log: true },
    { name: 'private', ...copy('db_password = looks-private\n', 'c') },
    { name: 'key', ...copy('-----BEGIN PRIVATE KEY-----\nlooks-like-a-key\n', 'd') },
  ]
  await within({ tasks }, async ({ plan, apply, text }) => {
    const planned = await plan('--diff', '-e', 'word=from-the-command-line')
    assert.equal(planned.exitCode, 0, planned.stderr)
    const secrets = /under-no-log|item-no-log|looks-private|looks-like-a-key|command-line/
    assert.doesNotMatch(text() + planned.stdout, secrets)
    const applied = await apply('-e', 'word=from-the-command-line')
    assert.equal(applied.exitCode, 0, applied.stderr)
  })
})

test('names of tasks are told as they are, but for known secrets', async () => {
  const names = ['Secret file', 'Install token rotation job', 'Set password: first']
  const tasks = [
    ...names.map((name, index) => ({ name, ...copy('x', `a${index}`) })),
    { name: 'as {{ word }}', ...copy('x', 'b') },
  ]
  await within({ tasks }, async ({ plan, text, write, folder }) => {
    write('password', 'pass')
    mkdirSync(join(folder, 'group_vars'))
    const sealed = seal(
      Buffer.from('word: out-of-a-vault'),
      Buffer.from('pass'),
      randomBytes(32),
      'x',
    )
    write('group_vars/all.yml', sealed)
    const planned = await plan('--vault-password-file', join(folder, 'password'))
    assert.equal(planned.exitCode, 0, planned.stderr)
    assert.doesNotMatch(text() + planned.stdout, /out-of-a-vault/)
    for (const name of names)
      assert.match(planned.stdout + text(), new RegExp(`${name} [^]*"${name}"`))
  })
})

test('a text that prints whether it is check mode is applied as a run would write it', async () => {
  const tasks = [{ name: 'text', ...copy('{{ ansible_check_mode }}', 'b') }]
  await within({ tasks }, async ({ plan, apply, folder }) => {
    assert.equal((await plan()).exitCode, 0)
    const applied = await apply()
    assert.equal(applied.exitCode, 0, applied.stderr)
    assert.equal(readFileSync(join(folder, 'b'), 'utf8'), 'False')
  })
})

test('what rests on check mode is refused before anything is changed, with the cause', async () => {
  const tasks = [
    { name: 'first', ...copy('x', 'a') },
    { set_fact: { dry: '{{ ansible_check_mode }}' } },
    { name: 'act', command: 'touch {{ folder }}/c', check_mode: false, when: 'not dry' },
  ]
  await within({ tasks }, async ({ plan, apply, folder }) => {
    const planned = await plan()
    assert.match(planned.stdout, /\? act \(unknown: ansible_check_mode is another in a plan/)
    const refused = await apply()
    assert.equal(refused.exitCode, 65)
    assert.match(refused.stderr, /h: act: ansible_check_mode is another/)
    assert.ok(!existsSync(join(folder, 'a')) && !existsSync(join(folder, 'c')))
    const applied = await apply('--allow-unknown')
    assert.equal(applied.exitCode, 0, applied.stderr)
    assert.ok(existsSync(join(folder, 'c')))
  })
})

test('what is unknown is refused unless it is allowed, and then runs', async () => {
  const tasks = [
    { name: 'unknown', command: 'echo told', register: 'r' },
    { name: 'after', ...copy('{{ r.stdout }}', 'a') },
  ]
  await within({ tasks }, async ({ plan, apply, folder }) => {
    const planned = await plan()
    assert.match(planned.stdout, /\? unknown \(unknown: check mode does not run echo\)/)
    const refused = await apply()
    assert.equal(refused.exitCode, 65)
    assert.match(refused.stderr, /h: unknown: check mode does not run echo.*\n?.*PLAN_REFUSED/)
    assert.ok(!existsSync(join(folder, 'a')))
    const applied = await apply('--allow-unknown')
    assert.equal(applied.exitCode, 0, applied.stderr)
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'told')
  })
})

test('a plan that fails is not applied', async () => {
  const tasks = [{ name: 'a', ...copy('x', 'none/a') }]
  await within({ tasks }, async ({ plan, apply }) => {
    assert.equal((await plan()).exitCode, 2)
    const refused = await apply()
    assert.equal(refused.exitCode, 65)
    assert.match(refused.stderr, /the plan fails:\n {2}h: a: /)
  })
})

test('what moved on the host is named with the task, before and now', async () => {
  const tasks = [{ name: 'a', ...copy('x', 'a') }]
  await within({ tasks }, async ({ plan, apply, write }) => {
    await plan()
    write('a', 'other')
    const refused = await apply()
    assert.equal(refused.exitCode, 65)
    assert.match(refused.stderr, /h: path .*\/a \(task a\): was none, is file 0644/)
  })
})

test('what would be done in another way is named by what differs', async () => {
  const file = '{{ folder }}/f'
  const mode = "{{ lookup('pipe', 'cat ' ~ folder ~ '/mode') }}"
  const tasks = [
    { name: 'made', copy: { content: 'x', dest: file, mode } },
    { name: 'run', command: 'echo {{ mode }}' },
  ]
  for (const [at, words] of [
    [0, /task made\): was write .*\/f \(mode of .*\/f 0644\), is write .* \(mode of .*\/f 0600\) /],
    [
      1,
      /task run\): was run a command \(digest [0-9a-f]{12}\), is run a command \(digest \S{12}\) /,
    ],
  ] as const) {
    const play = { tasks: [tasks[at]], vars: { mode } }
    await within(play, async ({ plan, apply, write }) => {
      write('mode', '0644')
      await plan()
      write('mode', '0600')
      const refused = await apply('--allow-unknown')
      assert.match(refused.stdout + refused.stderr, words)
    })
  }
})

test('a task that does something else in the run is refused before it does it', async () => {
  // The first task moves what the second one looks at, and check mode cannot see it.
  const tasks = [
    {
      name: 'unseen',
      command: 'sh -c "echo other > $FILE"',
      environment: { FILE: '{{ folder }}/a' },
    },
    { name: 'seen', ...copy('x', 'a') },
    { name: 'after', ...copy('x', 'b'), ignore_errors: true },
  ]
  await within({ tasks }, async ({ plan, apply, folder, write }) => {
    write('a', 'x')
    await plan()
    const applied = await apply('--allow-unknown')
    assert.equal(applied.exitCode, 2, applied.stdout + applied.stderr)
    assert.match(applied.stderr, /h: seen: not as planned: planned: nothing; now: write/)
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'other\n')
    assert.ok(!existsSync(join(folder, 'b')))
  })
})

test('a refusal that is rescued still leaves the host alone, and is told', async () => {
  const env = { environment: { FILE: '{{ folder }}/a' } }
  const tasks = [
    { name: 'unseen', command: 'sh -c "echo other > $FILE"', ...env },
    {
      name: 'block',
      block: [{ name: 'seen', ...copy('x', 'a') }],
      rescue: [{ name: 'rescue', ...copy('x', 'b') }],
    },
  ]
  await within({ tasks }, async ({ plan, apply, folder, write }) => {
    write('a', 'x')
    await plan()
    const applied = await apply('--allow-unknown')
    assert.equal(applied.exitCode, 2, applied.stdout + applied.stderr)
    assert.ok(!existsSync(join(folder, 'b')))
  })
})

test('a file that is no plan is refused', async () => {
  await within({ tasks: [] }, async ({ apply, write }) => {
    for (const text of ['x', '{}', '{"format":"cluster-os plan 0"}']) {
      write('p', text)
      const refused = await apply()
      assert.equal(refused.exitCode, 65)
      assert.match(refused.stderr, /PLAN_SHAPE/)
    }
  })
})

test('--run-probes runs commands that only look, and believes what it may', async () => {
  const tasks = [
    { name: 'look', command: 'cat {{ folder }}/seen', changed_when: false, register: 'r' },
    { name: 'use', ...copy('{{ r.stdout }}', 'a') },
    { name: 'look at it', command: 'cat {{ folder }}/a', changed_when: false },
    { name: 'act', command: 'touch {{ folder }}/b' },
    { name: 'named', command: 'cat {{ folder }}/seen' },
    { name: 'away', command: 'cat {{ folder }}/away', changed_when: false },
  ]
  await within({ tasks }, async ({ plan, write, folder }) => {
    write('seen', 'told')
    const { stdout } = await plan('--run-probes', '--probe', 'named', '--diff', '-v')
    assert.match(stdout, /= look \(ok\)/)
    assert.match(stdout, /\+told/)
    assert.match(stdout, /\? look at it \(unknown/)
    assert.match(stdout, /\? act \(unknown/)
    assert.match(stdout, /~ named \(changed\)/)
    assert.match(stdout, /\? away \(unknown/)
    assert.ok(!existsSync(join(folder, 'b')))
  })
})

test('run --check --detailed-exitcode tells by its exit code whether something would change', async () => {
  await within({ tasks: [{ name: 'a', ...copy('x', 'a') }] }, async ({ folder }) => {
    const run = ['run', join(folder, 'site.yml'), '-i', join(folder, 'hosts.yml')]
    const check = [...run, '--check', '--detailed-exitcode']
    assert.equal((await command(check)).exitCode, 3)
    assert.equal((await command(run)).exitCode, 0)
    assert.equal((await command(check)).exitCode, 0)
  })
})

const validate = (name: string, word: string) => ({
  name: word,
  copy: { content: word, dest: `{{ folder }}/${name}`, validate: 'grep -q yes %s' },
})

test('what a program will not accept is unknown, and what it accepts is a change', async () => {
  const tasks = [validate('a', 'yes'), validate('b', 'no')]
  await within({ tasks }, async ({ plan }) => {
    const { stdout } = await plan()
    assert.match(stdout, /~ yes \(changed\)/)
    assert.match(
      stdout,
      /\? no \(unknown: whether grep accepts the new .*\/b is known in the run only/,
    )
  })
})

test.run()

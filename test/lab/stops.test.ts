// Goal: a task that cannot be done, or is stopped, leaves nothing behind and is told for what it
// is. Method: real nodes with a full disk, users without rights, commands that hang, signals to
// the engine's own process. Not here: hosts out of reach (faults.test.ts).
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'
import { rowOf, start, storyOf, tryOut } from './trial.ts'

const test = labSuite('lab/stops', { costSeconds: 45, timeoutMs: LAB_LIMIT_MS })

let lab: Started

test.before(async () => {
  lab = await startNodes(2)
  await node(1).read(
    'useradd -m plain && useradd -m asked && echo "asked:$(printf %s secret7)" | chpasswd &&' +
      "echo 'asked ALL=(ALL) ALL' > /etc/sudoers.d/asked",
  )
})

test.after(async () => {
  await lab.remove()
})

function node(position: number): TestNode {
  const found = lab.nodes[position - 1]
  assert.ok(found)
  return found
}

function at(position: number): { ansible_host: string } {
  return { ansible_host: node(position).ipv4 }
}

const two = () => ({ one: at(1), two: at(2) })

test('a user without the right to become fails by name, the others finish', async () => {
  const hosts = {
    well: { ...at(1), ansible_user: 'ops' },
    plain: { ...at(1), ansible_user: 'plain' },
    asked: { ...at(1), ansible_user: 'asked' },
    wrong: { ...at(1), ansible_user: 'asked', ansible_become_password: 'secret8' },
    right: { ...at(1), ansible_user: 'asked', ansible_become_password: 'secret7' },
  }
  const plays = [
    {
      become: true,
      tasks: [
        { name: 'who', command: 'id -un', check_mode: false },
        { name: 'after', ping: null },
      ],
    },
  ]
  // A wrong password takes sudo six seconds: once is enough.
  const { wrong: _, ...quick } = hosts
  for (const [chosen, args] of [
    [quick, ['--check']],
    [hosts, []],
  ] as const) {
    const tried = await tryOut(lab.lab, { hosts: chosen, plays, args })
    assert.equal(tried.exitCode, 2, tried.stdout)
    for (const name of ['plain', 'asked', 'wrong'].filter((each) => each in chosen)) {
      assert.deepEqual(storyOf(tried, name), ['who: failed'], name)
      assert.match(rowOf(tried, name, 'who').msg, /cannot become root/)
    }
    for (const name of ['well', 'right']) {
      assert.equal(rowOf(tried, name, 'who').result['stdout'], 'root')
      assert.equal(rowOf(tried, name, 'after').status, 'ok')
    }
    assert.ok(!tried.stdout.includes('secret'))
  }
})

test('a password that nobody asks for is not run as a command', async () => {
  const tried = await tryOut(lab.lab, {
    hosts: {
      one: { ...at(1), ansible_user: 'ops', ansible_become_password: 'touch /run/pwned' },
    },
    plays: [{ become: true, tasks: [{ name: 'who', command: 'id -un' }] }],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'one', 'who').result['stdout'], 'root')
  assert.equal(await node(1).read('ls /run | grep -c pwned || :'), '0')
})

test('on a full disk the old file stays whole and nothing is left beside it', async () => {
  await node(1).read(
    'mkdir -p /mnt/full && mount -t tmpfs -o size=64k none /mnt/full && ' +
      'echo old > /mnt/full/conf && { dd if=/dev/zero of=/mnt/full/fill bs=1k || :; } 2>/dev/null',
  )
  const long = 'line '.repeat(4000)
  const tried = await tryOut(lab.lab, {
    hosts: two(),
    files: { 'big.j2': `{{ inventory_hostname }} ${long}` },
    plays: [
      {
        ignore_errors: true,
        tasks: [
          { name: 'folder', command: 'mkdir -p /mnt/full', when: "inventory_hostname == 'two'" },
          { name: 'copy', copy: { content: long, dest: '/mnt/full/conf' } },
          { name: 'large', copy: { content: long.repeat(20), dest: '/mnt/full/conf' } },
          { name: 'template', template: { src: 'big.j2', dest: '/mnt/full/conf' } },
          { name: 'line', lineinfile: { path: '/mnt/full/conf', line: long } },
          { name: 'new', copy: { content: long, dest: '/mnt/full/new' } },
        ],
      },
    ],
  })
  for (const task of ['copy', 'large', 'template', 'line', 'new']) {
    assert.equal(rowOf(tried, 'one', task).status, 'failed', task)
    assert.match(rowOf(tried, 'one', task).msg, /write \/mnt\/full\/\w+: .*(No space|I\/O error)/)
    assert.equal(rowOf(tried, 'two', task).status, 'changed', task)
  }
  assert.equal(await node(1).read('ls -A /mnt/full; cat /mnt/full/conf'), 'conf\nfill\nold')
  assert.equal(await node(1).read('find /tmp -name ".cluster-os*" | wc -l'), '0')
})

test('a command that hangs is ended at its timeout, with all that it started', async () => {
  const hang = 'sleep 7301 & sleep 7302; sleep 7303'
  const tasks = [
    {
      name: 'hang',
      shell: "{{ 'true' if inventory_hostname == 'two' else hang }}",
      timeout: 1,
      vars: { hang },
    },
    { name: 'after', ping: null },
  ]
  const own = await tryOut(lab.lab, { hosts: two(), plays: [{ tasks }] })
  const [{ timeout: _, ...bare }, after] = tasks as [{ timeout: number }, object]
  const flag = await tryOut(lab.lab, {
    hosts: two(),
    plays: [{ tasks: [bare, after] }],
    args: ['--task-timeout', '1'],
  })
  for (const tried of [own, flag]) {
    assert.equal(tried.exitCode, 2, tried.stdout)
    assert.deepEqual(storyOf(tried, 'one'), ['hang: failed'])
    assert.match(rowOf(tried, 'one', 'hang').msg, /the task took longer than 1 s/)
    assert.deepEqual(storyOf(tried, 'two'), ['hang: changed', 'after: ok'])
    assert.ok(tried.ms < 15_000)
  }
  assert.equal(await running('sleep 730'), 0)
})

test('the next item, the next try and a rescue go on after a timeout', async () => {
  const tried = await tryOut(lab.lab, {
    hosts: { one: at(1) },
    plays: [
      {
        tasks: [
          {
            name: 'block',
            block: [{ name: 'items', command: 'sleep {{ item }}', loop: [7311, 0], timeout: 1 }],
            rescue: [{ name: 'rescue', command: 'true' }],
          },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  const items = rowOf(tried, 'one', 'items').result['results'] as { cluster_os: unknown }[]
  assert.deepEqual(
    items.map((item) => (item.cluster_os as { status: string }).status),
    ['failed', 'changed'],
  )
  assert.equal(await running('sleep 7311'), 0)
})

const NOTIFY = [
  { name: 'change', copy: { content: '{{ now() }}', dest: '/root/changed' }, notify: 'restart it' },
  { name: 'long', shell: 'sleep 7321 & sleep {{ item }}', loop: [7322, 7323] },
]

const LONG_PLAY = {
  tasks: NOTIFY,
  handlers: [{ name: 'restart it', command: 'touch /root/restarted' }],
}

test('Ctrl-C ends what runs on the hosts, starts nothing more and names what is owed', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const engine = start(lab.lab, { hosts: two(), plays: [LONG_PLAY], output: 'text' })
    await untilRunning('sleep 7322')
    const sinceMs = performance.now()
    engine.process.kill(signal)
    const tried = await engine.ended
    assert.equal(tried.exitCode, code)
    assert.ok(performance.now() - sinceMs < 6_000)
    assert.equal(await running('sleep 732'), 0)
    assert.match(tried.stdout, /PLAY RECAP/)
    for (const host of ['one', 'two']) {
      const owed = `handlers notified and not run on ${host}: restart it`
      assert.ok(tried.stdout.includes(owed), tried.stdout)
    }
    assert.equal(await node(1).read('ls /root/restarted 2>/dev/null || echo none'), 'none')
    const left = 'find /root /tmp -name "*.cos-*" -o -name ".cluster-os*"'
    assert.equal(await node(1).read(left), '')
  }
})

test('a file that is being written when Ctrl-C comes stays as it was', async () => {
  await node(1).read('echo old > /root/half')
  const slow = { dest: '/root/half', validate: 'sh -c "sleep 7341; test -s %s"' }
  for (const content of ['small', 'large '.repeat(60_000)]) {
    const engine = start(lab.lab, {
      hosts: { one: at(1) },
      plays: [{ tasks: [{ name: 'slow', copy: { content, ...slow } }] }],
      output: 'text',
    })
    await untilRunning('sleep 7341', 1)
    engine.process.kill('SIGINT')
    assert.equal((await engine.ended).exitCode, 130)
    const left = 'cat /root/half; find /root /tmp -name "*.cos-*" -o -name ".cluster-os*"'
    assert.equal(await node(1).read(left), 'old')
  }
})

test('a host whose turn had not come begins nothing after Ctrl-C', async () => {
  const engine = start(lab.lab, {
    hosts: two(),
    plays: [{ tasks: [{ name: 'long', shell: 'touch /root/begun; sleep 7351' }] }],
    args: ['-f', '1'],
    output: 'text',
  })
  await untilRunning('sleep 7351', 1)
  engine.process.kill('SIGINT')
  assert.equal((await engine.ended).exitCode, 130)
  const begun = await Promise.all(
    [1, 2].map((one) => node(one).read('ls /root | grep -c begun || :')),
  )
  assert.deepEqual(begun.toSorted(), ['0', '1'])
  assert.equal(await running('sleep 7351'), 0)
})

test('a signal is told in the json report too, and its exit code', async () => {
  const engine = start(lab.lab, { hosts: two(), plays: [LONG_PLAY] })
  await untilRunning('sleep 7322')
  engine.process.kill('SIGTERM')
  const tried = await engine.ended
  const { cluster_os: own } = JSON.parse(tried.stdout)
  assert.equal(tried.exitCode, 143)
  assert.deepEqual(
    { aborted: own.aborted, code: own.exit_code, pending: own.pending_handlers },
    { aborted: true, code: 143, pending: { one: ['restart it'], two: ['restart it'] } },
  )
  assert.equal(await running('sleep 732'), 0)
})

test('a second Ctrl-C leaves at once', async () => {
  const stubborn = `trap '' TERM; sleep 7331; sleep 7332`
  const engine = start(lab.lab, {
    hosts: two(),
    plays: [{ tasks: [{ name: 'long', shell: stubborn }] }],
    output: 'text',
  })
  await untilRunning('sleep 7331')
  engine.process.kill('SIGINT')
  // Sooner it would be the same Ctrl-C, which a terminal gives to the whole group.
  await sleep(700)
  engine.process.kill('SIGINT')
  const { exitCode, stdout } = await engine.ended
  assert.equal(exitCode, 130)
  assert.ok(!stdout.includes('PLAY RECAP'), 'it waited until all had ended')
})

/** How many processes of both nodes have a command line that begins so. */
async function running(command: string): Promise<number> {
  const counts = await Promise.all(
    [1, 2].map((position) => node(position).read(`pgrep -c -f '^${command}' || :`)),
  )
  return counts.reduce((sum, count) => sum + Number(count), 0)
}

async function untilRunning(command: string, count = 2): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await running(command)) >= count) return
    await sleep(100)
  }
  throw new Error(`never running: ${command}`)
}

test.run()

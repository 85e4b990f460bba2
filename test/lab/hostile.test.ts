// Goal: a node that lies about itself gains nothing: its words run nothing, are rendered nowhere
// and reach no terminal; secrets stand in no process's arguments. Method: a node with hostile facts,
// canaries, and the processes of both sides looked at while a task runs.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { labSuite } from '../harness.ts'
import { runSite } from './engine.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'
import { rowOf, start, tryOut } from './trial.ts'

const test = labSuite('lab/hostile', { costSeconds: 20, timeoutMs: LAB_LIMIT_MS })

const SECRET = 'hunter2-xyzzy'

const EVIL = [
  '$(touch /run/pwned)',
  '`touch /run/pwned`',
  '{{ 7*7 }}',
  'PostUp = touch /run/pwned',
  '\u001b[31mred',
  '\u009b2J',
  'a\u202eb',
  'a\u2028b',
  `'";touch /run/pwned;`,
]

/** What a liar says about who it is and how it is reached. */
const LIES = {
  evil: EVIL,
  ansible_host: '192.0.2.1',
  ansible_user: 'nobody',
  ansible_connection: 'local',
}

let lab: Started

test.before(async () => {
  lab = await startNodes(2)
  const lines = EVIL.map((words, index) => `EVIL_${index}=${JSON.stringify(words)}`)
  const release = ['NAME="Debian"', 'ID=debian', 'VERSION_ID="13"', `PRETTY_NAME="${EVIL[4]}"`]
  await write('/etc/os-release', [...release, `VARIANT='${EVIL[0]}'`, ...lines].join('\n'))
  await write('/etc/ansible/facts.d/lies.fact', JSON.stringify(LIES))
  await write('/etc/machine-info', `PRETTY_HOSTNAME=${EVIL[3]}\n`)
  const hostname = `{{ 7*7 }}$(touch /run/pwned)\n\u001b[31m`
  await write('/root/name.py', `import socket; socket.sethostname(${JSON.stringify(hostname)})`)
  await node(1).read(
    'python3 /root/name.py && rm /root/name.py && useradd -m asked && ' +
      `echo 'asked:${SECRET}' | chpasswd && echo 'asked ALL=(ALL) ALL' > /etc/sudoers.d/asked`,
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

async function write(path: string, text: string): Promise<void> {
  const base64 = Buffer.from(text).toString('base64')
  await node(1).read(`mkdir -p $(dirname ${path}) && echo ${base64} | base64 -d > ${path}`)
}

async function assertClean(): Promise<void> {
  for (const one of lab.nodes) {
    assert.equal(await one.read('test ! -e /run/pwned && echo clean'), 'clean', one.name)
  }
}

const liar = () => ({ liar: { ansible_host: node(1).ipv4 } })

/** As test/output/terminal.test.ts has it. */
const RAW = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u

function assertSafe(text: string): void {
  const at = text.search(RAW)
  assert.equal(at, -1, JSON.stringify(text.slice(Math.max(0, at - 80), at + 40)))
}

test('hostile facts are data: shown safely, written as they are, never run', async () => {
  const plays = [
    {
      gather_facts: true,
      tasks: [
        { name: 'all', setup: null, register: 'all' },
        { name: 'local', debug: { var: 'ansible_local' } },
        { name: 'name {{ ansible_hostname }}', debug: { msg: '{{ ansible_hostname }}' } },
        {
          name: 'file',
          copy: { content: '{{ ansible_local.lies.evil | join("\n") }}\n', dest: '/root/lies' },
        },
        { name: 'again', command: 'cat /root/lies' },
        { name: 'who', command: 'id -un' },
      ],
    },
  ]
  const tried = await tryOut(lab.lab, { hosts: liar(), plays })
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
  assert.equal(rowOf(tried, 'liar', 'again').result['stdout'], EVIL.join('\n'))
  assert.equal(rowOf(tried, 'liar', 'who').result['stdout'], 'root')
  assertSafe(tried.stdout)
  const text = await tryOut(lab.lab, {
    hosts: liar(),
    plays,
    output: 'text',
    args: ['-vvv', '-D'],
  })
  assert.equal(text.exitCode, 0, text.stdout)
  assert.ok(text.stdout.includes('\\x1b[31mred') || text.stdout.includes('u001b[31mred'))
  assertSafe(text.stdout + text.stderr)
  await assertClean()
})

test('site.yml on a liar: nothing of its words in the mesh, and nothing run', async () => {
  const { exitCode, stdout } = await runSite(lab.lab.inventory)
  assert.equal(exitCode, 0, stdout)
  for (const one of lab.nodes) {
    const files = await one.read('cat /etc/cluster-os/wireguard/* /etc/systemd/system/cos0.service')
    for (const words of [...EVIL, 'PostUp', 'pwned']) assert.ok(!files.includes(words), words)
  }
  await assertClean()
})

const NAMES = ['-x', '--help', 'a\nb', 'a;touch /run/pwned', '$(touch /run/pwned)', 'a b', '../x']

const NAMED: Readonly<Record<string, (name: string) => Record<string, unknown>>> = {
  user: (name) => ({ user: { name } }),
  group: (name) => ({ group: { name } }),
  'user in a group': (name) => ({ user: { name: 'fine', groups: [name] } }),
  systemd: (name) => ({ systemd: { name, state: 'started' } }),
  service: (name) => ({ service: { name, enabled: true } }),
  apt: (name) => ({ apt: { name } }),
  package: (name) => ({ package: { name, state: 'present' } }),
  'owner of a file': (name) => ({ file: { path: '/root', owner: name } }),
  become: (name) => ({ command: 'true', become: true, become_user: name }),
}

test('hostile names of users, groups, units and packages are refused and run nothing', async () => {
  const cases = Object.entries(NAMED).flatMap(([what, make]) =>
    NAMES.map((name, index) => ({ name: `${what} ${index}`, ...make(name), ignore_errors: true })),
  )
  const before = await node(1).read('cat /etc/passwd /etc/group | wc -l')
  const tried = await tryOut(lab.lab, { hosts: liar(), plays: [{ tasks: cases }] })
  assert.equal(tried.exitCode, 0, tried.stdout.slice(-2000) + tried.stderr)
  for (const { name } of cases) {
    assert.equal(rowOf(tried, 'liar', name).status, 'failed', `${name}: ${tried.stdout}`)
  }
  assert.equal(await node(1).read('cat /etc/passwd /etc/group | wc -l'), before)
  await assertClean()
})

test('a password stands in no process, on neither side, and in no output', async () => {
  const engine = start(lab.lab, {
    hosts: liar(),
    files: { 'secrets.yml': `ansible_become_password: ${SECRET}\ntoken: ${SECRET}\n` },
    plays: [
      {
        remote_user: 'asked',
        become: true,
        vars_files: ['secrets.yml'],
        vars: { ansible_user: 'asked' },
        tasks: [
          { name: 'file', copy: { content: '{{ token }}', dest: '/root/token' }, no_log: true },
          { name: 'long', shell: 'id -un; sleep 2.5' },
        ],
      },
    ],
    args: ['-vvv', '-D'],
  })
  const seen: string[] = []
  while (engine.process.exitCode === null) {
    seen.push(await node(1).read('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "'))
    seen.push(ownProcesses())
    await sleep(100)
  }
  const tried = await engine.ended
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
  assert.equal(rowOf(tried, 'liar', 'long').result['stdout'], 'root')
  assert.ok(seen.some((commands) => commands.includes('sleep 2.5')))
  assert.ok(!seen.some((commands) => commands.includes(SECRET)))
  assert.ok(!(tried.stdout + tried.stderr).includes(SECRET))
})

/** The command lines of this machine. */
function ownProcesses(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .join('\n')
}

test.run()

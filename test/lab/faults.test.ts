// Goal: hosts that are gone, strange or closed get the right word and exit code, and cost the
// others nothing. Method: real nodes, spoilt one fault at a time; several names in the inventory
// may be the same node reached in different ways. Not here: faults of tasks (stops.test.ts).
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'
import { rowOf, start, storyOf, tryOut } from './trial.ts'

const test = labSuite('lab/faults', { costSeconds: 45, timeoutMs: LAB_LIMIT_MS })

let lab: Started

test.before(async () => {
  lab = await startNodes(3)
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

const DROP = `nft -f - <<'END'
table inet fault {
  chain arriving { type filter hook input priority -10; policy accept; tcp dport 22 drop; }
}
END`

/** Names of the same healthy node, each reached in a way that cannot work, and what is said. */
function strangeWays(): Record<string, { vars: Record<string, unknown>; msg: RegExp }> {
  const { folder, knownHosts } = lab.lab
  const [own, other] = [node(1).ipv4, node(2).ipv4]
  const lines = readFileSync(knownHosts, 'utf8').split('\n')
  const key = lines
    .find((line) => line.includes(other))
    ?.split(' ')
    .slice(1)
    .join(' ')
  assert.ok(key)
  const wrong = join(folder, 'wrong_hosts')
  const empty = join(folder, 'empty_hosts')
  writeFileSync(wrong, `${own} ${key}\n`)
  writeFileSync(empty, '')
  const knows = (file: string) => ({
    ...at(1),
    ansible_ssh_common_args: `-o UserKnownHostsFile=${file}`,
  })
  return {
    wrongkey: {
      vars: knows(wrong),
      msg: /the host key of .* CHANGED: it is not the one in .*wrong_hosts:1/,
    },
    newkey: { vars: knows(empty), msg: /the host key of .* is not known/ },
    wronguser: {
      vars: { ...at(1), ansible_user: 'nobody1' },
      msg: /permission denied for nobody1/,
    },
    wrongport: { vars: { ...at(1), ansible_port: 2 }, msg: /ECONNREFUSED/ },
  }
}

test('hosts out of reach are told apart, get nothing, and the others finish', async () => {
  await node(2).read(DROP)
  await node(3).kill()
  const strange = strangeWays()
  const bad = { ...strange, off: { vars: at(3), msg: /./ }, deaf: { vars: at(2), msg: /./ } }
  const hosts = Object.fromEntries(Object.entries(bad).map(([name, { vars }]) => [name, vars]))
  const plays = [
    {
      gather_facts: true,
      tasks: [
        { name: 'write', copy: { content: 'x', dest: '/root/{{ inventory_hostname }}' } },
        { name: 'again', ping: null },
      ],
    },
  ]
  const before = await node(1).read('journalctl -u ssh | grep -c Accepted || :')
  for (const args of [['--check'], []]) {
    const tried = await tryOut(lab.lab, {
      hosts: { well: at(1), ...hosts },
      plays,
      args: ['--timeout', '2', ...args],
    })
    assert.equal(tried.exitCode, 4, tried.stdout + tried.stderr)
    assert.deepEqual(storyOf(tried, 'well'), ['Gathering Facts: ok', 'write: changed', 'again: ok'])
    for (const [name, { msg }] of Object.entries(bad)) {
      assert.deepEqual(storyOf(tried, name), ['Gathering Facts: unreachable'], name)
      assert.match(rowOf(tried, name, 'Gathering Facts').msg, msg)
    }
    const { stats } = JSON.parse(tried.stdout)
    assert.equal(stats.off.unreachable, 1)
    assert.equal(stats.well.failures + stats.well.unreachable, 0)
  }
  assert.equal(await node(1).read('ls /root'), 'well')
  const after = await node(1).read('journalctl -u ssh | grep -c Accepted || :')
  assert.equal(Number(after) - Number(before), 2)
})

test('an unreachable host is not rescued, and goes on only with ignore_unreachable', async () => {
  const hosts = {
    well: at(1),
    gone: { ...at(1), ansible_port: 2 },
    spared: { ...at(1), ansible_port: 2 },
  }
  const tried = await tryOut(lab.lab, {
    hosts,
    plays: [
      {
        tasks: [
          {
            name: 'block',
            block: [
              {
                name: 'try',
                ping: null,
                ignore_unreachable: "{{ inventory_hostname == 'spared' }}",
              },
            ],
            rescue: [{ name: 'rescue', debug: { msg: 'rescued' } }],
          },
          { name: 'after', debug: { msg: 'here' } },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 4)
  assert.deepEqual(storyOf(tried, 'well'), ['try: ok', 'after: ok'])
  assert.deepEqual(storyOf(tried, 'gone'), ['try: unreachable'])
  assert.deepEqual(storyOf(tried, 'spared'), ['try: unreachable', 'after: ok'])
  const ignored = await tryOut(lab.lab, {
    hosts: { spared: hosts.spared },
    plays: [{ tasks: [{ name: 'try', ping: null, ignore_unreachable: true }] }],
  })
  assert.equal(ignored.exitCode, 0)
})

test('a failed host and an unreachable one make exit code 6', async () => {
  const tried = await tryOut(lab.lab, {
    hosts: { well: at(1), gone: { ...at(1), ansible_port: 2 } },
    plays: [{ tasks: [{ name: 'fail', command: 'false' }] }],
  })
  assert.equal(tried.exitCode, 6)
  assert.equal(rowOf(tried, 'well', 'fail').status, 'failed')
})

test('a host that dies or falls silent in mid-command is unreachable', async () => {
  await node(2).read('nft delete table inet fault 2>/dev/null || :')
  await node(3).start()
  const running = start(lab.lab, {
    hosts: { well: at(1), silent: at(2), dying: at(3) },
    plays: [
      {
        tasks: [
          { name: 'long', command: "sleep {{ 1 if inventory_hostname == 'well' else 300 }}" },
          { name: 'after', command: 'true' },
        ],
      },
    ],
  })
  for (const position of [2, 3]) await untilTrue(node(position), 'pgrep -f "^sleep 300"')
  await node(2).read(DROP)
  await node(3).kill()
  const tried = await running.ended
  assert.equal(tried.exitCode, 4, tried.stdout + tried.stderr)
  assert.deepEqual(storyOf(tried, 'dying'), ['long: unreachable'])
  assert.deepEqual(storyOf(tried, 'silent'), ['long: unreachable'])
  assert.deepEqual(storyOf(tried, 'well'), ['long: changed', 'after: changed'])
  assert.ok(tried.ms < 40_000, `it took ${tried.ms} ms`)
})

test('sshd with room for one session serves a login user and who it becomes', async () => {
  await sshdWith(node(1), 'MaxSessions 1')
  const tried = await tryOut(lab.lab, {
    hosts: { one: { ...at(1), ansible_user: 'ops' } },
    plays: [
      {
        tasks: [
          { name: 'login', command: 'id -un', register: 'r' },
          { name: 'root', command: 'id -un', become: true },
          { name: 'nobody', command: 'id -un', become: true, become_user: 'nobody' },
          { name: 'again', command: 'id -un' },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  const users = tried.rows.map(({ result }) => result['stdout'])
  assert.deepEqual(users, ['ops', 'root', 'nobody', 'ops'])
})

test('an sshd that drops connections at its door is asked again', async () => {
  await sshdWith(node(1), 'MaxStartups 1:100:1')
  const names = ['a', 'b', 'c', 'd', 'e']
  const tried = await tryOut(lab.lab, {
    hosts: Object.fromEntries(names.map((name) => [name, at(1)])),
    plays: [{ tasks: [{ name: 'ping', ping: null }] }],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(tried.rows.length, names.length)
})

async function sshdWith(target: TestNode, line: string): Promise<void> {
  await target.read(
    `echo '${line}' > /etc/ssh/sshd_config.d/000-fault.conf && systemctl restart ssh`,
  )
}

/** Waits until a script on the node succeeds. */
async function untilTrue(target: TestNode, script: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await target.sh(script)).exitCode === 0) return
    await sleep(100)
  }
  throw new Error(`${target.name}: never true: ${script}`)
}

test.run()

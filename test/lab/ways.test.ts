// Goal: the engine reaches hosts in the ways that ssh(1) does: through another node, by an agent's
// keys, by ssh_config, as a user who becomes root. Method: a HOME of the test's own, and the nodes
// are asked from where they were reached.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { $ } from '../../lab/command.ts'
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'
import { rowOf, tryOut } from './trial.ts'

const test = labSuite('lab/ways', { costSeconds: 10, timeoutMs: LAB_LIMIT_MS })

let lab: Started

test.before(async () => {
  lab = await startNodes(2)
})

test.after(async () => {
  await lab.remove()
})

function node(position: number): TestNode {
  const found = lab.nodes[position - 1]
  assert.ok(found)
  return found
}

/** A home folder with an ssh_config and nothing else. */
function home(name: string, config: string): string {
  const folder = join(lab.lab.folder, name)
  mkdirSync(join(folder, '.ssh'), { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, '.ssh/config'), config, { mode: 0o600 })
  return folder
}

/** The lab's own ways are taken back, so that only those of the test are left. */
const BARE = {
  ansible_user: null,
  ansible_ssh_private_key_file: null,
  ansible_ssh_common_args: null,
}

const WHENCE = {
  tasks: [{ name: 'whence', shell: 'echo "$(id -un) ${SSH_CONNECTION%% *}"' }],
}

test('a host behind another is reached through it', async () => {
  const jump = `-o ProxyJump=root@${node(1).ipv4} -o UserKnownHostsFile=${lab.lab.knownHosts}`
  const tried = await tryOut(lab.lab, {
    hosts: { inner: { ansible_host: node(2).ipv4, ansible_ssh_common_args: jump } },
    plays: [WHENCE],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'inner', 'whence').result['stdout'], `root ${node(1).ipv4}`)
})

test('a host behind one that is down is unreachable, and names the one', async () => {
  const jump = `-o ProxyJump=root@${node(1).ipv4}:2 -o UserKnownHostsFile=${lab.lab.knownHosts}`
  const tried = await tryOut(lab.lab, {
    hosts: { inner: { ansible_host: node(2).ipv4, ansible_ssh_common_args: jump } },
    plays: [WHENCE],
  })
  assert.equal(tried.exitCode, 4)
  assert.ok(rowOf(tried, 'inner', 'whence').msg.includes(node(1).ipv4))
})

test('ssh_config names address, user, key, known hosts and jump', async () => {
  const config = [
    'Host front',
    `  HostName ${node(1).ipv4}`,
    'Host back',
    `  HostName ${node(2).ipv4}`,
    '  ProxyJump front',
    'Host *',
    '  User ops',
    `  IdentityFile ${lab.lab.privateKey}`,
    `  UserKnownHostsFile ${lab.lab.knownHosts}`,
    '',
  ].join('\n')
  const tried = await tryOut(lab.lab, {
    hosts: { front: BARE, back: BARE },
    plays: [WHENCE],
    environment: { HOME: home('configured', config) },
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
  assert.equal(rowOf(tried, 'back', 'whence').result['stdout'], `ops ${node(1).ipv4}`)
})

test('keys of an agent are used, by a user who becomes root', async () => {
  const socket = join(lab.lab.folder, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  try {
    const environment = { SSH_AUTH_SOCK: socket }
    await waitForKeys(environment)
    const config = `UserKnownHostsFile ${lab.lab.knownHosts}\n`
    const tried = await tryOut(lab.lab, {
      hosts: { one: { ...BARE, ansible_host: node(1).ipv4, ansible_user: 'ops' } },
      plays: [{ become: true, tasks: [{ name: 'who', command: 'id -un' }] }],
      environment: { ...environment, HOME: home('agent-home', config) },
    })
    assert.equal(tried.exitCode, 0, tried.stdout)
    assert.equal(rowOf(tried, 'one', 'who').result['stdout'], 'root')
  } finally {
    agent.kill()
  }
})

async function waitForKeys(environment: Record<string, string>): Promise<void> {
  const add = $({ nothrow: true, env: { ...process.env, ...environment } })
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if ((await add`ssh-add -q ${lab.lab.privateKey}`).exitCode === 0) return
    await sleep(100)
  }
  throw new Error('the agent takes no key')
}

test('a host key that is taken unseen is the one to expect from then on', async () => {
  const known = join(lab.lab.folder, 'taken')
  const ways = `-o UserKnownHostsFile=${known} -o GlobalKnownHostsFile=none`
  const hosts = (more: string) => ({
    node1: { ansible_host: node(1).ipv4, ansible_ssh_common_args: `${ways}${more}` },
  })
  const taking = { hosts: hosts(' -o StrictHostKeyChecking=accept-new'), plays: [WHENCE] }
  assert.equal((await tryOut(lab.lab, taking)).exitCode, 0)
  assert.equal((await tryOut(lab.lab, { hosts: hosts(''), plays: [WHENCE] })).exitCode, 0)
  const other = `${node(1).ipv4} ssh-ed25519 ${Buffer.from('another key').toString('base64')}\n`
  writeFileSync(known, other)
  assert.equal((await tryOut(lab.lab, taking)).exitCode, 4)
})

test.run()

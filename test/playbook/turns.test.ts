// Goal: hosts that edit one file of a machine they delegate to lose no edit of each other's, and
// nothing else waits. Method: whole plays on this machine; the turns alone.
import assert from 'node:assert/strict'
import { machineOf, Turns } from '../../agent/src/playbook/turns.ts'
import { suite } from '../harness.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/turns')

const NAMES = 'abcdefghijkl'.split('').map((letter) => `host-${letter}`)
const HOSTS = Object.fromEntries(NAMES.map((name) => [name, {}]))
const FILE = { path: '{{ folder }}/x' }

const EDITS: Readonly<Record<string, object>> = {
  lineinfile: { ...FILE, line: '{{ inventory_hostname }}', create: true },
  blockinfile: {
    ...FILE,
    block: '{{ inventory_hostname }}',
    marker: '# {mark} {{ inventory_hostname }} #',
    create: true,
  },
  ini_file: { ...FILE, section: '{{ inventory_hostname }}', option: 'a', value: 'b' },
  replace: { ...FILE, regexp: '\\Z', replace: '{{ inventory_hostname }}\n' },
}

for (const [module, args] of Object.entries(EDITS)) {
  test(`no edit is lost where all hosts delegate ${module} to one machine`, async () => {
    const own = "{{ inventory_hostname in lookup('file', folder ~ '/x') }}"
    const tried = await runLocal({
      hosts: HOSTS,
      args: ['--forks', '12'],
      files: { x: '\n' },
      plays: [
        { tasks: [{ [module]: args, delegate_to: 'localhost' }] },
        { tasks: [{ name: 'look', debug: { msg: own } }] },
      ],
    })
    assert.equal(tried.exitCode, 0, tried.stderr)
    const looked = tried.rows.filter(({ task }) => task === 'look')
    const there = looked.filter(({ result }) => result['msg'] === true).map(({ host }) => host)
    assert.deepEqual(there.toSorted(), NAMES)
  })
}

test('commands that are delegated to one machine run at a time', async () => {
  const meet =
    'touch {{ inventory_hostname }}; n=0; ' +
    'while [ ! -e a ] || [ ! -e b ]; do n=$((n+1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done'
  const tried = await runLocal({
    hosts: { a: {}, b: {} },
    plays: [
      { tasks: [{ shell: meet, args: { chdir: '{{ folder }}' }, delegate_to: 'localhost' }] },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout)
})

test('one has the turn at a machine at a time, in the order they came', async () => {
  const turns = new Turns()
  const log: string[] = []
  const take = async (name: string, machine: string): Promise<() => void> => {
    const give = await turns.take(machine)
    log.push(name)
    return give
  }
  const first = await take('first', 'm')
  const second = take('second', 'm')
  const third = take('third', 'm')
  await take('other', 'n')
  assert.deepEqual(log, ['first', 'other'])
  first()
  const give = await second
  assert.deepEqual(log, ['first', 'other', 'second'])
  give()
  await third
})

test('all that is local is one machine; two names of one address are one', () => {
  const ssh = { address: '192.0.2.1' }
  const reach = { owner: 'a', become: undefined }
  const names = [
    { ...reach, host: 'localhost', connection: 'local', ssh: {} },
    { ...reach, host: 'here', connection: 'local', ssh },
    { ...reach, host: 'b', connection: 'ssh', ssh },
    { ...reach, host: 'c', connection: 'ssh', ssh },
    { ...reach, host: 'c', connection: 'ssh', ssh: {} },
  ] as unknown as Parameters<typeof machineOf>[0][]
  const [localhost, here, b, c, bare] = names.map(machineOf)
  assert.equal(localhost, here)
  assert.equal(b, c)
  assert.equal(new Set([here, b, bare]).size, 3)
})

test.run()

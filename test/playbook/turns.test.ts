// Goal: hosts that edit one file of a machine they share, by delegation or as it is theirs, lose no
// edit of each other's, and nothing else waits. Method: whole plays on this machine; the turns alone.
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

const WAYS: Readonly<Record<string, object>> = {
  'delegate {} to one machine': { delegate_to: 'localhost' },
  'are one machine and do {}': {},
}

const tried = Object.entries(EDITS).flatMap(([module, args]) =>
  Object.entries(WAYS).map(([way, keywords]) => ({ module, args, way, keywords })),
)

for (const { module, args, way, keywords } of tried) {
  test(`no edit is lost where all hosts ${way.replace('{}', module)}`, async () => {
    const own = "{{ inventory_hostname in lookup('file', folder ~ '/x') }}"
    const tried = await runLocal({
      hosts: HOSTS,
      args: ['--forks', '12'],
      files: { x: '\n' },
      plays: [
        { tasks: [{ [module]: args, ...keywords }] },
        { tasks: [{ name: 'look', debug: { msg: own } }] },
      ],
    })
    assert.equal(tried.exitCode, 0, tried.stderr)
    const looked = tried.rows.filter(({ task }) => task === 'look')
    const there = looked.filter(({ result }) => result['msg'] === true).map(({ host }) => host)
    assert.deepEqual(there.toSorted(), NAMES)
  })
}

for (const [way, keywords] of Object.entries(WAYS)) {
  test(`commands run at a time where hosts ${way.replace('{}', 'them')}`, async () => {
    const meet =
      'touch {{ inventory_hostname }}; n=0; ' +
      'while [ ! -e a ] || [ ! -e b ]; do n=$((n+1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done'
    const tried = await runLocal({
      hosts: { a: {}, b: {} },
      plays: [{ tasks: [{ shell: meet, args: { chdir: '{{ folder }}' }, ...keywords }] }],
    })
    assert.equal(tried.exitCode, 0, tried.stdout)
  })
}

test('one has the turn at a machine at a time, in the order they came', async () => {
  const turns = new Turns()
  const log: string[] = []
  const take = async (name: string, machine: string): Promise<() => void> => {
    const visit = turns.visit(machine)
    await visit.take()
    log.push(name)
    return () => visit.end()
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

test('what was seen is stale once another had its turn meanwhile, and only then', async () => {
  const turns = new Turns()
  const early = turns.visit('m')
  const first = turns.visit('m')
  assert.equal(await first.take(), false)
  assert.equal(early.isStale, true)
  const during = turns.visit('m')
  first.end()
  assert.equal(during.isStale, true)
  const late = turns.visit('m')
  assert.equal(late.isStale, false)
  assert.equal(await late.take(), false)
  late.end()
  assert.equal(await early.take(), true)
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

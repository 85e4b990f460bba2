// Goal: explain names every layer that has a variable in the order that a run would use, with
// places, and tells no secrets. Method: a folder with an inventory and a playbook, read as JSON.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/explain')

const FILES = {
  'inv.yml': [
    'all:',
    '  children:',
    '    web: { hosts: { h1: { level: host } } }',
    '    blue: { hosts: { h1: }, vars: { tied: blue } }',
    '    red: { hosts: { h1: }, vars: { tied: red } }',
    '    behind: { hosts: { h2: { ansible_user: "{{ site_user }}" } } }',
  ].join('\n'),
  'group_vars/all.yml': 'level: all\nurl: "http://{{ name }}:{{ port_of }}"\ndb_password: x\n',
  'group_vars/web.yml': 'level: web\nname: "{{ inventory_hostname }}.lan"\nport_of: 80\n',
  'more.yml': 'level: files\n',
  'roles.yml': [
    '- hosts: all',
    '- name: Later',
    '  hosts: all',
    '  remote_user: ann',
    '  tasks:',
    '    - import_role: { name: imported }',
    '    - include_role: { name: included }',
    '    - { name: Ask, ping: , register: answer }',
    '    - set_fact: { made: 1 }',
  ].join('\n'),
  'delegated.yml': [
    '- hosts: web',
    '  vars: { site_user: carl }',
    '  vars_files: ["of-{{ inventory_hostname }}.yml"]',
    '  tasks:',
    '    - { name: There, ping: , delegate_to: h2 }',
  ].join('\n'),
  'of-h1.yml': 'here: 1\n',
  'of-h2.yml': 'ansible_port: 2222\n',
  'roles/imported/tasks/main.yml': '- { name: Inside, ping: }\n',
  'roles/imported/defaults/main.yml': 'of_imported: 1\napp_user: "{{ ansible_user }}"\n',
  'roles/included/tasks/main.yml': '- ping:\n',
  'roles/included/defaults/main.yml': 'of_included: 1\n',
  'p.yml': [
    '- hosts: all',
    '  vars: { level: play }',
    '  vars_files: [more.yml]',
    '  tasks:',
    '    - name: First thing',
    '      ping:',
    '    - name: Second thing',
    '      ping:',
    '      vars: { level: task }',
  ].join('\n'),
}

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-explain-'))
for (const [name, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
test.after(() => rmSync(folder, { recursive: true }))

const INVENTORY = ['--host', 'h1', '-i', join(folder, 'inv.yml')]

function explain(name: string, ...words: readonly string[]) {
  return explainIn({}, name, ...words)
}

async function explainIn(
  environment: Readonly<Record<string, string>>,
  name: string,
  ...words: readonly string[]
) {
  const argv = ['explain', 'var', name, ...words, ...INVENTORY, '--output', 'json']
  const { stdout, error, exitCode } = await callCli(argv, {
    environment: (variable) => environment[variable],
  })
  if (error !== undefined) throw error
  const said = JSON.parse(stdout)
  const layers = said.layers.map(
    (layer: { layer: string; origin: string; value: unknown }) =>
      `${layer.layer} ${layer.origin.replace(`${folder}/`, '')} ${String(layer.value)}`,
  )
  return { ...said, layers, exitCode }
}

test('the inventory alone has its layers, the winning one first', async () => {
  const { value, layers, exitCode } = await explain('level')
  assert.equal(value, 'host')
  assert.deepEqual(layers, [
    'inventory host h1 inv.yml:3:34 host',
    'inventory group_vars/web group_vars/web.yml:1:8 web',
    'inventory group_vars/all group_vars/all.yml:1:8 all',
  ])
  assert.equal(exitCode, 0)
})

test('a folder that is told once is told once without a playbook too', async () => {
  const before = process.cwd()
  try {
    process.chdir(folder)
    const { layers } = await explain('level')
    assert.deepEqual(layers.length, 3)
  } finally {
    process.chdir(before)
  }
})

test('a playbook adds its own, and a task those that it sees', async () => {
  const play = await explain('level', join(folder, 'p.yml'))
  assert.equal(play.value, 'files')
  // The folder is the inventory's and the playbook's: its group_vars are told once.
  assert.equal(play.layers.length, 5)
  const task = await explain('level', join(folder, 'p.yml'), '--task', 'second')
  assert.equal(task.value, 'task')
  assert.match(task.layers[0], /^vars of the task p\.yml:9:\d+ task$/)
  const extra = await explain('level', join(folder, 'p.yml'), '-e', 'level=mine')
  assert.equal(extra.layers[0], 'extra vars -e #1:1:7 mine')
})

test('what a template needs is told with its own places', async () => {
  const { value, needs } = await explain('url')
  assert.equal(value, 'http://h1.lan:80')
  assert.deepEqual(
    needs.map(({ name, needs: deeper }: { name: string; needs: { name: string }[] }) => [
      name,
      deeper.map((need) => need.name),
    ]),
    [
      ['name', ['inventory_hostname']],
      ['port_of', []],
    ],
  )
})

test('groups that win by their names alone are warned of', async () => {
  const { value, warnings } = await explain('tied')
  assert.equal(value, 'red')
  assert.match(warnings[0], /red and blue are equals: red wins by its name alone/)
  assert.deepEqual((await explain('level')).warnings, [])
})

test('what has the name of a secret is not told', async () => {
  const said = await explain('db_password')
  assert.equal(said.value, 'hidden')
  assert.match(said.layers[0], / hidden$/)
})

test('a name that is not there ends with 2 and the nearest one', async () => {
  const { error, exitCode } = await explain('levle')
  assert.equal(exitCode, 2)
  assert.match(error, /did you mean level\?/)
})

test('a task or host that is not there is refused with the nearest', async () => {
  const wrong = explain('level', join(folder, 'p.yml'), '--task', 'Frist thing')
  await assert.rejects(
    wrong,
    (error) => error instanceof ClusterError && /First/.test(error.hint ?? ''),
  )
})

const FACTUAL: readonly (readonly [string, string, RegExp])[] = [
  ['a fact by its name', '{{ ansible_distribution }}', /needs the fact ansible_distribution,/],
  ['a fact with a default', "{{ ansible_facts.os_family | default('x') }}", /ansible_os_family,/],
  ['a fact of another host', '{{ hostvars.h1.ansible_kernel }}', /ansible_kernel,/],
  ['all facts', '{{ ansible_facts | length }}', /needs all facts,/],
]

for (const [what, template, words] of FACTUAL) {
  test(`a value that needs ${what} says so, and how to gather it`, async () => {
    const { error, exitCode } = await explain('x', '-e', JSON.stringify({ x: template }))
    assert.equal(exitCode, 2)
    assert.match(error, words)
    assert.match(error, /cluster-os facts h1$/)
  })
}

test('a variable about the connection that nobody gives is no fact', async () => {
  const { value } = await explain('x', '-e', `{"x": "{{ ansible_host | default('none') }}"}`)
  assert.equal(value, 'none')
})

test('explain asks for no password, whatever the settings say', async () => {
  const { value } = await explainIn({ ANSIBLE_ASK_PASS: 'true' }, 'level')
  assert.equal(value, 'host')
})

test('a fact is told as one, by its name and all together', async () => {
  const { error, exitCode } = await explain('ansible_distribution')
  assert.equal(exitCode, 2)
  assert.equal(error, 'ansible_distribution is a fact, gathered by: cluster-os facts h1')
  assert.match((await explain('ansible_facts')).error, /needs all facts/)
  assert.match((await explain('url', '-e', 'port_of={{ansible_memtotal_mb}}')).error, /memtotal/)
})

test('a variable that tasks of a role alone see is told as they see it', async () => {
  const playbook = join(folder, 'roles.yml')
  const imported = await explain('of_imported', playbook)
  assert.deepEqual([imported.value, imported.exitCode, imported.roles], [1, 0, []])
  assert.deepEqual(imported.layers, [
    'defaults of the role imported roles/imported/defaults/main.yml:1:14 1',
  ])
  const included = await explain('of_included', playbook)
  assert.deepEqual([included.value, included.exitCode], [1, 0])
  const seen = await explain('of_imported', playbook, '--task', 'Inside')
  assert.deepEqual([seen.value, seen.roles, seen.error], [1, [], undefined])
  const other = await explain('of_included', playbook, '--task', 'Inside')
  assert.equal(other.exitCode, 2)
  assert.match(other.error, /known to tasks of a role alone, and the named task is none of them$/)
  assert.equal(other.roles[0].layer, 'defaults of the role included')
})

test('a template sees how the host is reached, as it does in a run', async () => {
  const playbook = join(folder, 'roles.yml')
  const known = ['--task', 'Inside', '-u', 'eve']
  const { value, needs } = await explain('app_user', playbook, ...known)
  assert.equal(value, 'ann')
  assert.deepEqual(needs[0].layer, 'connection')
  assert.equal((await explain('app_user', playbook)).value, 'ann')
  const play = ['--play', '1', '-u', 'eve', '-e', 'x={{ansible_user}}']
  assert.equal((await explain('x', playbook, ...play)).value, 'eve')
})

test('a host that a task is delegated to has its own variables of the play', async () => {
  const seen = [join(folder, 'delegated.yml'), '--task', 'There', '-e']
  assert.equal((await explain('x', ...seen, 'x={{ansible_user}}')).value, 'carl')
  assert.equal((await explain('x', ...seen, 'x={{ansible_port}}')).value, 2222)
})

test('a variable that a task alone sets is told with the task', async () => {
  const playbook = join(folder, 'roles.yml')
  const asked = await explain('answer', playbook)
  assert.equal(asked.exitCode, 2)
  const registered =
    /^answer is set while the playbook runs, by register of the task "Ask", .*:8:7$/
  assert.match(asked.error, registered)
  assert.match((await explain('made', playbook, '--play', '1')).error, /by set_fact of the task "/)
})

/** Where the user to log in as comes from, with one in the settings. */
async function layersOf(...words: string[]): Promise<string[]> {
  const { layers } = await explainIn({ ANSIBLE_REMOTE_USER: 'eve' }, 'ansible_user', ...words)
  return layers.map((layer: string) => layer.replace(/(by itself) .*/, '$1'))
}

test('who has the word about a connection is told, down to ssh_config', async () => {
  const ssh = 'ssh_config, or what ssh takes by itself'
  const setting = 'setting remote_user ANSIBLE_REMOTE_USER eve'
  const playbook = join(folder, 'roles.yml')
  const keyword = 'keyword remote_user roles.yml:4:16 ann'
  const variable = 'extra vars, as ansible_ssh_user -e #1:1:18 x'
  assert.deepEqual(await layersOf(), [setting, ssh])
  assert.deepEqual(await layersOf('-u', 'bob'), ['command line  bob', ssh])
  assert.deepEqual(await layersOf(playbook, '--play', 'Later'), [keyword, setting, ssh])
  assert.deepEqual(await layersOf('-e', 'ansible_ssh_user=x'), [variable, setting, ssh])
  assert.equal((await explain('ansible_become_user')).value, 'root')
  const nobody = await explain('ansible_password')
  assert.deepEqual([nobody.error, nobody.exitCode], ['nothing says ansible_password', 2])
  const password = await explain('ansible_password', '-e', 'ansible_ssh_password=x')
  assert.match(password.layers[0], /^extra vars, as ansible_ssh_password /)
})

test('the text says who wins and who loses', async () => {
  const { stdout } = await callCli(['explain', 'var', 'level', ...INVENTORY])
  assert.match(
    stdout,
    /^level on h1\n {2}= host\n {2}wins {2}inventory host h1 .*\n {8}host\n {2}loses/,
  )
})

test.run()

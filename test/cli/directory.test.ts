// Goal: a directory as Ansible users have it runs as it is, by the words that the README puts
// beside theirs. Method: one is written down, and the command of the checkout is called in it.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { LAUNCHER, lines, type Place, placesOf, type Said, start } from '../journal/run.ts'

const test = suite('cli/directory', { timeoutMs: 60_000 })

const place = placesOf(test)

const FILES = {
  'ansible.cfg': '[defaults]\ninventory = ./inventories/lab\nroles_path = ./shared:./roles\n',
  'inventories/lab/hosts': `
[web]
w[1:2] ansible_connection=local

[db]
d1 ansible_connection=local port=1

[site:children]
web
db
`,
  'inventories/lab/group_vars/all.yml': 'colour: grey\nport: 80\n',
  'inventories/lab/group_vars/web/main.yml': 'colour: blue\n',
  'host_vars/w2.yml': 'colour: red\n',
  'site.yml': `
- hosts: site
  gather_facts: false
  roles: [page]
- import_playbook: after.yml
`,
  'after.yml': `
- hosts: db
  gather_facts: false
  tasks:
    - name: After
      ansible.builtin.command: touch {{ playbook_dir }}/after
      args: { creates: '{{ playbook_dir }}/after' }
`,
  'shared/base/tasks/main.yml':
    '- name: Note\n  ansible.builtin.debug:\n    msg: "base of {{ base_of }}"\n',
  'roles/page/meta/main.yml': 'dependencies: [{ role: base, base_of: page }]\n',
  'roles/page/defaults/main.yml': 'colour: none\npage_title: Hello\n',
  'roles/page/templates/page.j2':
    '{{ page_title }} {{ inventory_hostname }} {{ colour }} {{ port }}\n',
  'roles/page/tasks/main.yml': `
- name: Write the page
  ansible.builtin.template:
    src: page.j2
    dest: '{{ playbook_dir }}/{{ inventory_hostname }}.out'
    mode: '0644'
  notify: Reload
`,
  'roles/page/handlers/main.yml': `
- name: Reload
  ansible.builtin.shell: echo {{ inventory_hostname }} >> {{ playbook_dir }}/reloads
`,
}

function call(tried: Place, ...words: string[]): Promise<Said> {
  return start(tried, words, { main: LAUNCHER }).ended
}

test('inventory, variables and roles are found as ansible.cfg and the folders say', async () => {
  const tried = place(FILES)
  const predicted = await call(tried, 'run', 'site.yml', '--check', '--diff', '--no-lease')
  assert.equal(predicted.code, 0, predicted.out + predicted.err)
  assert.match(predicted.out, /\+Hello w2 red 80/)
  assert.deepEqual(lines(tried, 'w2.out'), [])
  const done = await call(tried, 'run', 'site.yml', '--no-lease')
  assert.equal(done.code, 0, done.out + done.err)
  assert.match(done.out, /base of page/)
  const pages = ['w1', 'w2', 'd1'].map((host) => lines(tried, `${host}.out`).join(''))
  assert.deepEqual(pages, ['Hello w1 blue 80', 'Hello w2 red 80', 'Hello d1 grey 1'])
  assert.deepEqual(lines(tried, 'reloads').toSorted(), ['d1', 'w1', 'w2'])
  const again = await call(tried, 'run', 'site.yml', '--check', '--detailed-exitcode')
  assert.equal(again.code, 0, again.out + again.err)
})

test('the commands that the README puts beside those of Ansible read the same directory', async () => {
  const tried = place(FILES)
  const said = await call(tried, 'exec', 'web', '-m', 'command', '-a', 'echo {{ colour }}')
  assert.equal(said.code, 0, said.out + said.err)
  // Whichever host is done first is told first.
  const told = said.out.split(/^(?=\w\d \|)/m).map((one) => one.replace(/ .*\n/, ' ').trim())
  assert.deepEqual(told.toSorted(), ['w1 blue', 'w2 red'])
  const graph = await call(tried, 'inventory', '--graph')
  assert.match(graph.out, /@site:[^]*@web:[^]*w1[^]*w2[^]*@db:[^]*d1/)
  const hosts = await call(tried, 'run', 'site.yml', '--list-hosts')
  assert.match(hosts.out, /w1[^]*w2[^]*d1/)
  const linted = await call(tried, 'lint', '.')
  assert.equal(linted.code, 0, linted.out + linted.err)
})

test.run()

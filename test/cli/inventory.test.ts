// Goal: `inventory` prints what ansible-inventory does, with what lies beside inventory and playbook.
// Method: one project, and the words that ansible-core 2.14 printed for it. Not here: how
// inventories are read (test/inventory).
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/inventory')

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-inventory-'))
test.after(() => rmSync(folder, { recursive: true }))

const FILES = {
  'inv/hosts':
    '[web]\nn1 http_port=80\nn2\n\n[db]\nn2\n\n[site:children]\nweb\ndb\n\n[site:vars]\ntier=prod\n',
  'inv/group_vars/all.yml': 'beside: inventory\n',
  'group_vars/web.yml': 'http_port: 8080\nnested: { a: 1, b: "{{ tier }}" }\n',
  'host_vars/n1.yml': 'own: of n1\n',
  'empty/none': '',
}
for (const [name, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

async function inventory(...words: readonly string[]): Promise<string> {
  const base = ['inventory', '-i', join(folder, 'inv/hosts'), '--playbook-dir', folder]
  const { error, stdout } = await callCli([...base, ...words])
  assert.equal(error, undefined)
  return stdout
}

const GRAPH = `@site:
  |--@web:
  |  |--n1
  |  |  |--{beside = inventory}
  |  |  |--{http_port = 80}
  |  |  |--{nested = {'a': 1, 'b': '{{ tier }}'}}
  |  |  |--{own = of n1}
  |  |  |--{tier = prod}
  |  |--n2
  |  |  |--{beside = inventory}
  |  |  |--{http_port = 8080}
  |  |  |--{nested = {'a': 1, 'b': '{{ tier }}'}}
  |  |  |--{tier = prod}
  |--@db:
  |  |--n2
  |  |  |--{beside = inventory}
  |  |  |--{http_port = 8080}
  |  |  |--{nested = {'a': 1, 'b': '{{ tier }}'}}
  |  |  |--{tier = prod}
  |--{tier = prod}
`

test('a graph has the variables of hosts, and of groups what they say by themselves', async () => {
  assert.equal(await inventory('--graph', '--vars', 'site'), GRAPH)
  assert.equal(await inventory('--graph', 'db'), '@db:\n  |--n2\n')
})

test('a host has what lies beside inventory and playbook', async () => {
  const told = JSON.parse(await inventory('--host', 'n1'))
  assert.deepEqual([told.own, told.beside, told.http_port], ['of n1', 'inventory', 80])
  const bare = JSON.parse(await inventory('--host', 'n1', '--playbook-dir', join(folder, 'empty')))
  assert.deepEqual(bare, { beside: 'inventory', http_port: 80, tier: 'prod' })
})

const TREE = `all:
  children:
    site:
      children:
        db:
          hosts:
            n2: {}
        web:
          hosts:
            n1:
              beside: inventory
              http_port: 80
              tier: prod
            n2:
              beside: inventory
              tier: prod
    ungrouped: {}
`

test('as YAML it is a tree, in which a host has its variables once', async () => {
  const empty = ['--playbook-dir', join(folder, 'empty')]
  assert.equal(await inventory('--list', '--yaml', ...empty), TREE)
  assert.equal(await inventory('--host', 'n2', '-y', ...empty), 'beside: inventory\ntier: prod\n')
})

test.run()

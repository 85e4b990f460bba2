// Goal: layers are named, ordered and say where each value was written; texts of authors are
// templates, all else is data. Method: small inventories whose places can be counted by eye.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import {
  groupsOf,
  hostLayers,
  loadInventory,
  matchPattern,
} from '../../agent/src/inventory/inventory.ts'
import { Template, type Value } from '../../agent/src/value/value.ts'
import { suite } from '../harness.ts'
import { makeFolder } from './folder.ts'

const test = suite('inventory/layers')
const folder = makeFolder()
test.after(() => folder.remove())

test('layers go from the lowest precedence to the highest', async () => {
  const text = '[all:vars]\nx=1\n[g]\nh1 x=3\n[g:vars]\nx=2\n'
  const files = ['group_vars/all.yml', 'group_vars/g.yml', 'host_vars/h1.yml']
  const both = files.flatMap((file) => [`inv/${file}`, `play/${file}`])
  const vars = Object.fromEntries(both.map((path) => [path, 'x: 0\n']))
  const at = folder.write({ 'inv/hosts': text, ...vars })
  const inventory = await loadInventory([at('inv/hosts')])
  const names = hostLayers(inventory, 'h1', at('play')).map(({ name }) => name)
  assert.deepEqual(names, [
    'inventory group all',
    'inventory group g',
    'inventory group_vars/all',
    'playbook group_vars/all',
    'inventory group_vars/g',
    'playbook group_vars/g',
    'inventory host h1',
    'inventory host_vars/h1',
    'playbook host_vars/h1',
  ])
})

test('every value knows the place it was written at', async () => {
  const at = folder.write({
    hosts: '[g]\nh1 x=1  y=2\n[g:vars]\n  z = 3\n',
    'group_vars/g.yml': '# c\na: 1\nb:\n  c: 2\n',
  })
  const inventory = await loadInventory([at('hosts')])
  const origins = hostLayers(inventory, 'h1').flatMap(({ vars }) =>
    [...vars].map(([name, { origin }]) => `${name} ${origin.slice(origin.lastIndexOf('/') + 1)}`),
  )
  assert.deepEqual(origins, [
    'z hosts:4:3',
    'a g.yml:2:4',
    'b g.yml:4:3',
    'x hosts:2:4',
    'y hosts:2:9',
  ])
})

/** File, its text, and the place and source of the one template in it. */
const TEMPLATES: [file: string, text: string, place: string, source: string][] = [
  ['hosts', 'h1 k=1 x={{y}}\n', '1:10', '{{y}}'],
  ['hosts', 'h1 x="{{ y }}"\n', '1:7', '{{ y }}'],
  ['hosts', 'h1\n[all:vars]\nx = a {{ y }}\n', '3:5', 'a {{ y }}'],
  ['hosts', 'h1\n[all:vars]\nx="{{ y }}"\n', '3:4', '{{ y }}'],
  ['h.yml', 'all:\n  hosts:\n    h1:\n      x: "{{ y }}"\n', '4:11', '{{ y }}'],
  [
    'inv',
    '#!/bin/sh\necho \'{"all": {"hosts": ["h1"], "vars": {"x": "{{ y }}"}}}\'\n',
    '1:1',
    '{{ y }}',
  ],
]

for (const [file, text, place, source] of TEMPLATES) {
  test(`the template in ${JSON.stringify(text)} starts at ${place}`, async () => {
    const inventory = await loadInventory([folder.write({ [file]: text })(file)])
    const layers = hostLayers(inventory, 'h1')
    const value = layers.flatMap(({ vars }) => vars.get('x')?.value ?? [])[0] as Value
    assert.ok(value instanceof Template)
    assert.equal(value.source, source)
    assert.equal(`${value.origin.line}:${value.origin.column}`, place)
  })
}

test('a text marked unsafe stays data, from YAML and from a program', async () => {
  const printed = '{"all": {"hosts": ["h1"], "vars": {"x": {"__ansible_unsafe": "{{ y }}"}}}}'
  const at = folder.write({
    'h.yml': 'all: {hosts: {h1: {x: !unsafe "{{ y }}"}}}\n',
    inv: `#!/bin/sh\necho '${printed}'\n`,
  })
  for (const path of ['h.yml', 'inv']) {
    const inventory = await loadInventory([at(path)])
    const [layer] = hostLayers(inventory, 'h1')
    assert.equal(layer?.vars.get('x')?.value, '{{ y }}')
  }
})

test('a group name that leads out of its folder reads no file', async () => {
  const at = folder.write({ 'inv/hosts': '[../../secret]\nh1\n', 'secret.yml': 'x: 1\n' })
  const inventory = await loadInventory([at('inv/hosts')])
  assert.deepEqual(hostLayers(inventory, 'h1'), [])
})

test('an implicit localhost is matched and has the variables of all', async () => {
  const at = folder.write({ hosts: 'h1\n[all:vars]\nx=1\n' })
  const inventory = await loadInventory([at('hosts')])
  assert.deepEqual(matchPattern(inventory, 'localhost', undefined), ['localhost'])
  assert.deepEqual(matchPattern(inventory, 'all', undefined), ['h1'])
  assert.deepEqual(
    hostLayers(inventory, 'localhost').map(({ name }) => name),
    ['inventory group all'],
  )
})

test('a pattern takes its parts from a file', async () => {
  const at = folder.write({ hosts: 'a\nb\nc\nd\n', retry: 'c # failed\n\na\n' })
  const inventory = await loadInventory([at('hosts')])
  assert.deepEqual(matchPattern(inventory, `@${at('retry')}`, undefined), ['c', 'a'])
})

test('group_names are sorted and without all', async () => {
  const at = folder.write({ hosts: '[z]\nh1\n[a:children]\nz\n' })
  const inventory = await loadInventory([at('hosts')])
  assert.deepEqual(groupsOf(inventory, 'h1'), ['a', 'z'])
})

test('a host list expands ranges', async () => {
  const inventory = await loadInventory(['n[1:3],m:2222'])
  assert.deepEqual([...inventory.hosts.keys()], ['n1', 'n2', 'n3', 'm'])
})

test('a relative path of an inventory is found beside its variables', async () => {
  const at = folder.write({ hosts: 'h1\n', 'group_vars/all.yml': 'x: 1\n' })
  const path = join(at('.'), '..', at('.').split('/').at(-1) ?? '', 'hosts')
  const inventory = await loadInventory([path])
  assert.equal(hostLayers(inventory, 'h1')[0]?.vars.get('x')?.value, 1)
})

test.run()

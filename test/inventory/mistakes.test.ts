// Goal: a mistake in an inventory or a pattern is reported at its place with a hint. Method: one
// small file per mistake; a line of expectation each.
import assert from 'node:assert/strict'
import { ClusterError, formatWhere } from '../../agent/src/errors.ts'
import { loadInventory, matchPattern } from '../../agent/src/inventory/inventory.ts'
import { suite } from '../harness.ts'
import { makeFolder } from './folder.ts'

const test = suite('inventory/mistakes')
const folder = makeFolder()
test.after(() => folder.remove())

/** File, its text, line:column, words of the message, words of the hint. */
const FILES: [file: string, text: string, place: string, message: string, hint: string][] = [
  ['hosts', '[web\nh1\n', '1:1', '"[web" is no section', '[group:vars]'],
  ['hosts', '[web:hostz]\nh1\n', '1:1', 'is no section', '[group:children]'],
  ['hosts', 'h1\n  h2 user\n', '2:6', '"user" behind the host h2 has no value', 'key=value'],
  ['hosts', 'h1 x="a\n', '1:6', 'a quote is opened here', 'closing "'],
  ['hosts', '[web]\nh1\n[web:vars]\nport 80\n', '4:1', '"port 80" has no value', 'key=value'],
  ['hosts', '[wbe:vars]\nx=1\n[web]\nh1\n', '1:1', 'the group wbe has variables', '"web"'],
  ['hosts', '[top:children]\nwbe\n[web]\nh1\n', '2:1', 'wbe is a child of top', '"web"'],
  ['hosts', '[a:children]\nb\n[b:children]\na\n', '4:1', 'would be part of itself', 'remove one'],
  ['hosts', '[web]\nh[1:\n', '2:1', 'the range', ''],
  ['hosts', '[web]\nh[01:5]\n', '2:1', 'ends of different lengths', '[01:05]'],
  ['hosts', 'h[5:1]\n', '1:1', 'ends before it begins', 'swap'],
  ['hosts', 'h[a:5]\n', '1:1', 'differ in kind', '[a:f]'],
  ['hosts', 'h[1:5:0]\n', '1:1', 'the step "0"', '1 or more'],
  ['hosts', 'h[1:9999999]\n', '1:1', 'more than 100000 hosts', 'check its end'],
  ['h.ini', '[g]\nh1\n[g:vars]\nansible_group_priority=high\n', '4:1', 'whole number', 'default'],
  ['h.yml', 'web:\n  host:\n    h1:\n', '2:3', 'cannot have "host"', '"hosts"'],
  ['h.yml', 'web:\n  hosts:\n    - h1\n', '3:5', 'is a list, not a mapping', 'with a colon'],
  ['h.yml', 'web:\n  hosts: h1\n', '2:10', 'is a plain value', 'with a colon'],
  ['h.yml', '- h1\n', '1:1', 'an inventory is a list', '"all:"'],
  ['h.yml', 'plugin: constructed\n', '1:1', 'plugins are not supported', 'ansible-inventory'],
  ['h.yml', 'all:\n  vars:\n    on: 1\n', '3:5', 'the variable name "on"', 'quote it'],
  ['h.yml', 'all:\n  hosts:\n    h1: {{ x }}\n', '3:9', 'unquoted template', 'quote it'],
  ['h.yml', 'all:\n  hosts:\n    h1:\n    h1:\n', '4:5', 'given twice', 'remove one'],
  ['h.yml', 'a:\n  children:\n    b:\n      children:\n        a:\n', '5:9', 'part of itself', ''],
  ['h.yml', 'all:\n  hosts:\n    "a\\nb":\n', '3:5', 'hidden character U+000A', 'letters'],
  ['h.yml', 'all:\n  hosts:\n    "a\\u202eb":\n', '3:5', 'hidden character U+202E', 'letters'],
  ['hosts', 'h1\u001b[31m\n', '1:1', 'the range', ''],
  ['h.yml', 'all:\n  hosts:\n    "": {}\n', '3:5', 'name of a host is empty', 'letters'],
  ['inv', '#!/bin/sh\nexit 3\n', '1:1', '--list ended with 3', 'by hand'],
  ['inv', '#!/bin/sh\necho no json\n', '1:1', 'did not print JSON', 'JSON'],
  ['inv', '#!/bin/sh\necho "[]"\n', '1:1', 'did not print a JSON object', '_meta'],
]

async function thrownBy(body: () => unknown): Promise<ClusterError> {
  try {
    await body()
  } catch (error) {
    assert.ok(error instanceof ClusterError, String(error))
    return error
  }
  return assert.fail('nothing was thrown')
}

for (const [file, text, place, message, hint] of FILES) {
  test(`${file} ${JSON.stringify(text)} is refused at ${place}`, async () => {
    const path = folder.write({ [file]: text })(file)
    const error = await thrownBy(() => loadInventory([path]))
    const said = `${error.message} (${error.hint})`
    assert.ok(error.where !== undefined, said)
    assert.equal(formatWhere(error.where), `${path}:${place}`, said)
    assert.equal(error.exitCode, 65)
    assert.ok(error.message.includes(message), said)
    assert.ok((error.hint ?? '').includes(hint), said)
  })
}

test('an inventory that is not there is named', async () => {
  const error = await thrownBy(() => loadInventory(['no/such/file']))
  assert.equal(error.message, 'there is no inventory no/such/file')
})

test('a file of variables that holds a list is refused at its place', async () => {
  const at = folder.write({ hosts: 'h1\n', 'group_vars/all.yml': '- x\n' })
  const { hostLayers } = await import('../../agent/src/inventory/layers.ts')
  const inventory = await loadInventory([at('hosts')])
  const error = await thrownBy(() => hostLayers(inventory, 'h1'))
  assert.equal(error.message, `${at('group_vars/all.yml')} does not hold variables`)
})

/** Patterns on the hosts web1 web2 db1 in the groups web and db: column of the mistake, words. */
const PATTERNS: [pattern: string, column: number, message: string, hint: string][] = [
  ['wbe', 1, 'no host or group is called "wbe"', '"web"'],
  ['web:wbe2', 5, 'called "wbe2"', '"web2"'],
  ['web,!dd', 5, 'called "dd"', '"db"'],
  ['all:&nothing-like-it', 5, 'called "nothing-like-it"', 'the groups are all'],
  ['web[2]', 1, 'reaches beyond its 2 hosts', 'from 0'],
  ['web[:2]', 1, '"[:2]" is no subscript', '[0:2]'],
  ['~[', 1, 'no regular expression', ''],
]

for (const [pattern, column, message, hint] of PATTERNS) {
  test(`the pattern ${pattern} is refused at its column ${column}`, async () => {
    const inventory = await loadInventory([
      folder.write({ hosts: '[web]\nweb1\nweb2\n[db]\ndb1\n' })('hosts'),
    ])
    const at = { file: 'site.yml', line: 1, column: 10 }
    const error = await thrownBy(() => matchPattern(inventory, pattern, at))
    const said = `${error.message} (${error.hint})`
    assert.equal(error.code, 'PATTERN')
    assert.deepEqual(error.where, { ...at, column: 9 + column })
    assert.ok(error.message.includes(message), said)
    assert.ok((error.hint ?? '').includes(hint), said)
  })
}

test.run()

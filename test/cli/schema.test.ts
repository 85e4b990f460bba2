// Goal: the schema for editors takes what a run takes and marks common slips. Method: a validator
// of JSON schemas over our own playbooks and those of the oracle, and over planted mistakes.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { schemaOf } from '../../agent/src/commands/schema.ts'
import { isPlaybook } from '../../agent/src/lint/view.ts'
import type { YamlNode } from '../../agent/src/yaml/node.ts'
import { parseYaml } from '../../agent/src/yaml/parse.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'

const test = suite('cli/schema')

const ajv = new Ajv2020({ allowUnionTypes: true, strict: false })
const validators = {
  playbook: ajv.compile(schemaOf('playbook')),
  tasks: ajv.compile(schemaOf('tasks')),
}

/** As an editor sees it: vaults and templates are texts. */
function plainOf(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(plainOf)
  if (node.kind === 'mapping') {
    return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plainOf(value)]))
  }
  const { value, text } = node
  return typeof value === 'object' && value !== null ? text : value
}

function mistakes(kind: 'playbook' | 'tasks', text: string): string[] {
  const [root] = parseYaml(text, 'x.yml')
  assert.ok(root)
  const validate = validators[kind]
  validate(plainOf(root))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

function playbooksIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(folder, name))
    .filter((path) => isPlaybook(parseYaml(readFileSync(path, 'utf8'), path)[0]))
}

for (const folder of ['playbooks', 'test/playbook/oracle/books']) {
  test(`the playbooks of ${folder} are as the schema says`, () => {
    const paths = playbooksIn(folder)
    assert.ok(paths.length > 0)
    for (const path of paths) {
      assert.deepEqual(mistakes('playbook', readFileSync(path, 'utf8')), [], path)
    }
  })
}

const SLIPS: readonly (readonly [string, 'playbook' | 'tasks', string])[] = [
  ['a keyword of plays', 'playbook', '- hosts: all\n  taks: []\n'],
  ['a play without hosts', 'playbook', '- tasks: []\n'],
  ['a choice of a keyword', 'playbook', '- hosts: all\n  strategy: fre\n'],
  ['a truth', 'playbook', '- hosts: all\n  become: maybe\n'],
  ['a module', 'tasks', '- copyy: { dest: /x }\n'],
  ['an argument', 'tasks', '- copy: { dset: /x }\n'],
  ['a choice of an argument', 'tasks', '- file: { path: /x, state: directry }\n'],
  ['a truth of an argument', 'tasks', '- copy: { dest: /x, backup: perhaps }\n'],
  ['a word of meta', 'tasks', '- meta: flush_handler\n'],
  ['a keyword within a block', 'tasks', '- block:\n    - ping:\n      whn: a\n'],
  ['a keyword of a block', 'tasks', '- block: []\n  register: a\n'],
]

for (const [what, kind, text] of SLIPS) {
  test(`${what} that there is none of is marked`, () => {
    assert.ok(mistakes(kind, text).length > 0)
  })
}

test('the command prints it, and knows no other kinds', async () => {
  const { stdout } = await callCli(['schema', 'tasks'])
  assert.equal(JSON.parse(stdout).title, 'Cluster-OS tasks')
  assert.match(String((await callCli(['schema', 'task'])).error), /no schema of task/)
})

test.run()

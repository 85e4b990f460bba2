// Goal: an inventory means here what it means to Ansible. Method: the answers of ansible-core 2.14
// to some forty inventories, kept as data by generate.py; each is read from files again.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  inventoryAsJson,
  inventoryGraph,
  loadInventory,
  matchPattern,
} from '../../agent/src/inventory/inventory.ts'
import { suite } from '../harness.ts'
import { makeFolder } from './folder.ts'

const test = suite('inventory/ansible')

interface Answer {
  name: string
  files: Record<string, string>
  sources: string[]
  play: string | null
  list: unknown
  graph: string
  patterns: [pattern: string, hosts: string[]][]
}

const answers = JSON.parse(
  readFileSync(resolve(import.meta.dirname, 'data/answers.json'), 'utf8'),
) as Answer[]

const folder = makeFolder()
test.after(() => folder.remove())

for (const answer of answers) {
  test(`${answer.name}: groups, variables and patterns are as with Ansible`, async () => {
    const at = folder.write(answer.files)
    const sources = answer.sources.map((source) => (source.includes(',') ? source : at(source)))
    const inventory = await loadInventory(sources)
    const play = answer.play === null ? undefined : at(answer.play)
    // By way of JSON, as a reader of the printed list sees it.
    const ours = JSON.parse(JSON.stringify(inventoryAsJson(inventory, play))) as unknown
    assert.deepEqual(ours, answer.list)
    assert.equal(inventoryGraph(inventory), answer.graph)
    for (const [pattern, hosts] of answer.patterns) {
      assert.deepEqual(matchPattern(inventory, pattern, undefined), hosts, pattern)
    }
  })
}

test.run()

// Goal: the report of a run as JSON is whole, and in an order that does not change from run to run.
// Method: playbooks on this machine, in this process.
import assert from 'node:assert/strict'
import { suite } from '../harness.ts'
import { runLocal } from '../playbook/local.ts'

const test = suite('output/json')

interface Report {
  readonly plays: readonly {
    readonly play: { readonly name: string; readonly duration: { readonly start: string } }
    readonly tasks: readonly unknown[]
  }[]
  readonly stats: Readonly<Record<string, unknown>>
}

test('plays that have no hosts or no tasks are told as well', async () => {
  const tried = await runLocal({
    plays: [
      { name: 'no hosts', hosts: 'all:!all', tasks: [{ ping: null }] },
      { name: 'no tasks' },
      { name: 'a task', tasks: [{ ping: null }] },
    ],
  })
  const { plays } = JSON.parse(tried.stdout) as Report
  const told = plays.map(({ play, tasks }) => [play.name, tasks.length])
  assert.deepEqual(told, [
    ['no hosts', 0],
    ['no tasks', 0],
    ['a task', 1],
  ])
  for (const { play } of plays) assert.ok(Date.parse(play.duration.start) > 0)
})

test('the recap is in the order of the inventory, whatever the plays were', async () => {
  const tried = await runLocal({
    hosts: { b: {}, a: {}, c: {} },
    plays: [
      { hosts: 'c', tasks: [{ ping: null }] },
      { order: 'sorted', tasks: [{ ping: null }] },
    ],
  })
  const { stats } = JSON.parse(tried.stdout) as Report
  assert.deepEqual(Object.keys(stats), ['b', 'a', 'c'])
})

test.run()

// Goal: facts are gathered at the start and only those that the play names, yet every fact is there
// when something asks for it. Method: plays on this machine; what a host is asked is counted.
import assert from 'node:assert/strict'
import { gatherFacts } from '../../agent/src/facts/gather.ts'
import type { Host } from '../../agent/src/host/host.ts'
import { suite } from '../harness.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/facts')

/** A host that counts what it is asked and tells nothing. */
function countingHost() {
  const asked: string[] = []
  const host = {
    ask: (script: string) => {
      asked.push(script)
      return Promise.resolve({ rc: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) })
    },
    isPlanned: () => false,
    identity: () => {
      asked.push('identity')
      return Promise.resolve({ user: 'x', group: 'x', uid: 1, gid: 1, umask: 0o22, home: '/' })
    },
  }
  return { host: host as unknown as Host, asked }
}

test('all facts are one question', async () => {
  const { host, asked } = countingHost()
  await gatherFacts(host, 'all')
  assert.equal(asked.length, 1)
})

test('a play that names one fact asks for no more than its family', async () => {
  const all = countingHost()
  await gatherFacts(all.host, 'all')
  const { host, asked } = countingHost()
  await gatherFacts(host, new Set(['ansible_hostname', 'my_own_variable']))
  assert.equal(asked.length, 1)
  assert.ok((asked[0] ?? '').length < (all.asked[0] ?? '').length / 2)
})

test('a play that names no fact still finds out whether the host is there', async () => {
  const { host, asked } = countingHost()
  await gatherFacts(host, new Set(['my_own_variable']))
  assert.deepEqual(asked, ['identity'])
})

test('a fact that only a template names is gathered when it is asked for', async () => {
  const { exitCode, stderr, rows } = await runLocal({
    plays: [
      {
        gather_facts: true,
        tasks: [
          { debug: { msg: '{{ ansible_system }}' } },
          { debug: { msg: "{{ lookup('template', 'facts.j2') }}" } },
          { debug: { msg: "{{ ansible_facts.nothing_of_this_name | default('none') }}" } },
        ],
      },
    ],
    files: {
      'templates/facts.j2':
        '{{ ansible_facts.distribution is string }} {{ ansible_kernel is string }}',
    },
  })
  assert.equal(exitCode, 0, stderr)
  const said = rows.map((row) => row.result['msg']).filter((text) => text !== undefined)
  assert.deepEqual(said, ['Linux', 'True True', 'none'])
})

test.run()

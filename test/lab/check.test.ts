// Goal: check mode tells the truth about fresh nodes. Method: site.yml is run in check mode with
// diffs and then for real on the same nodes; the two JSON reports are compared task by task.
import assert from 'node:assert/strict'
import { labSuite } from '../harness.ts'
import { clusterOs, SITE } from './engine.ts'
import { LAB_LIMIT_MS, type Started, startNodes } from './nodes.ts'

const test = labSuite('lab/check', { costSeconds: 15, timeoutMs: LAB_LIMIT_MS })

/**
 * What check mode cannot know on a fresh node, and why. Only what waits for a key that is not made
 * yet, a package that is not installed yet, or a command that must not run may stand here.
 */
const UNKNOWN: Readonly<Record<string, string>> = {
  'Make the private key on the host': 'a command that must not run',
  'Check the public key': 'the key is not made yet',
  'Tell the others': 'the key is not made yet',
  'Write the peers': 'the key is not made yet',
}

interface HostResult {
  readonly changed?: boolean
  readonly diff?: unknown
  readonly cluster_os: { readonly status: string }
}

interface Report {
  readonly plays: readonly {
    readonly tasks: readonly {
      readonly task: { readonly id: string; readonly name: string }
      readonly hosts: Readonly<Record<string, HostResult>>
    }[]
  }[]
}

let lab: Started

test.before(async () => {
  lab = await startNodes(3)
})

test.after(async () => {
  await lab.remove()
})

async function report(
  options: readonly string[],
): Promise<Map<string, HostResult & { name: string }>> {
  const args = ['run', SITE, '-i', lab.lab.inventory, '--output', 'json', '--diff', ...options]
  const ran = await clusterOs(args)
  assert.equal(ran.exitCode, 0, ran.stdout + ran.stderr)
  const results = new Map<string, HostResult & { name: string }>()
  for (const { tasks } of (JSON.parse(ran.stdout) as Report).plays) {
    for (const { task, hosts } of tasks) {
      for (const [host, result] of Object.entries(hosts)) {
        results.set(`${task.id} on ${host}`, { ...result, name: task.name })
      }
    }
  }
  return results
}

/** Two diffs say the same, apart from what only the real run can know. */
function assertSameDiff(where: string, predicted: unknown, real: unknown): void {
  if (JSON.stringify(predicted).includes('"unknown"')) return
  assert.deepEqual(predicted, real, `the diff of ${where}`)
}

test('no verdict or diff of check mode is wrong, and what is unknown is on the list', async () => {
  const before = await lab.nodes[0]?.read('find /etc /usr/local -newer /etc/machine-id | sort')
  const predicted = await report(['--check'])
  const after = await lab.nodes[0]?.read('find /etc /usr/local -newer /etc/machine-id | sort')
  assert.equal(after, before, 'check mode changed something')
  const real = await report([])
  const unknown = new Set<string>()
  for (const [where, prediction] of predicted) {
    const { status } = prediction.cluster_os
    const truth = real.get(where)
    if (status === 'unknown') {
      unknown.add(prediction.name)
      continue
    }
    assert.equal(status, truth?.cluster_os.status, `${where} (${prediction.name})`)
    assertSameDiff(where, prediction.diff ?? null, truth?.diff ?? null)
  }
  for (const [where, result] of real) {
    const isPredicted = predicted.has(where)
    assert.ok(isPredicted, `${where} (${result.name}) ran and was not predicted`)
  }
  assert.deepEqual([...unknown].toSorted(), Object.keys(UNKNOWN).toSorted())
})

test('a second prediction, after the run, is empty', async () => {
  const predicted = await report(['--check'])
  for (const [where, { cluster_os: own, name }] of predicted) {
    assert.ok(['ok', 'skipped'].includes(own.status), `${where} (${name}) is ${own.status}`)
  }
})

test.run()

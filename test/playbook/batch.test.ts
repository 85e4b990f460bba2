// Goal: hosts act in the order of the play and no more of them at a time than there are forks.
// Method: a batch driven by a fake runner whose hosts take their time in every order.
import assert from 'node:assert/strict'
import { type HostOutcome, runBatch } from '../../agent/src/playbook/batch.ts'
import { Iteration } from '../../agent/src/playbook/iterate.ts'
import type { TaskResult } from '../../agent/src/playbook/result.ts'
import { suite } from '../harness.ts'
import { makeTask } from './task.ts'

const test = suite('playbook/batch')

const lenient = { anyErrorsFatal: false, maxFailPercentage: undefined }

const fine: HostOutcome = {
  status: 'ok',
  isIgnored: false,
  notify: [],
  result: { status: 'ok', isIgnored: false, value: null, diffs: [], isNoLog: false },
}

/** Lets other promises go first, `turns` times. */
async function linger(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
}

interface Seen {
  readonly acted: string[]
  busiest: number
}

async function run(forks: number, asks: boolean): Promise<Seen> {
  const hosts = ['h0', 'h1', 'h2', 'h3']
  const items = Array.from({ length: 5 }, (_, index) => makeTask([index], `t${index}`))
  const seen: Seen = { acted: [], busiest: 0 }
  let busy = 0
  const reason = await runBatch(
    new Iteration<TaskResult>(hosts, items, [], lenient),
    {
      run: async (host, task, started) => {
        busy += 1
        seen.busiest = Math.max(seen.busiest, busy)
        await linger(Number(host.slice(1)) * 7)
        if (asks) {
          busy -= 1
          await started.release()
          busy += 1
          seen.acted.push(task.path.join('.'))
        }
        await linger(3)
        busy -= 1
        return fine
      },
      report: () => undefined,
      share: () => undefined,
      throttleOf: () => 0,
    },
    forks,
    new AbortController().signal,
  )
  assert.equal(reason, 'done')
  return seen
}

test('nobody acts on a task before all have come there', async () => {
  const { acted } = await run(4, true)
  assert.equal(acted.length, 20)
  assert.deepEqual(
    acted,
    acted.toSorted((a, b) => Number(a) - Number(b)),
  )
})

test('no more hosts work at a time than there are forks', async () => {
  assert.equal((await run(2, false)).busiest, 2)
  assert.equal((await run(1, false)).busiest, 1)
})

test('a host that waits for others holds no fork', async () => {
  const { acted } = await run(1, true)
  assert.equal(acted.length, 20)
})

test.run()

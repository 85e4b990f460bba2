// Goal: a run that is stopped anywhere and goes on ends as an unbroken one, and does nothing twice.
// Method: random plays through the state machine, stopped after every effect; what was finished is
// fed in again from a record, all else is done anew. Not here: the journal's file (test/journal).
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Iteration } from '../../agent/src/playbook/iterate.ts'
import type { Effect, Outcome, Status } from '../../agent/src/playbook/steps.ts'
import type { Item, Task } from '../../agent/src/playbook/tree.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { at, makeTask } from './task.ts'

const test = suite('playbook/replay')

interface Plan {
  readonly hosts: readonly string[]
  readonly items: readonly Item[]
  readonly handlers: readonly Task[]
  readonly does: (host: string, key: string) => Outcome<string>
  readonly asks: (host: string, key: string) => boolean
  readonly pick: (count: number) => number
}

interface Ended {
  readonly acted: readonly string[]
  readonly reported: readonly string[]
  readonly end: string
  readonly fates: readonly unknown[]
  readonly pending: unknown
}

class Killed extends Error {}

function keyOf(task: Task): string {
  return task.path.join('.')
}

/** Runs a plan; `record` is what was finished before, and gets what is finished now. */
function run(plan: Plan, record: Map<string, Outcome<string>>, effectsMax: number): Ended {
  const { hosts, items, handlers } = plan
  const lenient = { anyErrorsFatal: false, maxFailPercentage: 60 }
  const iteration = new Iteration<string>(hosts, items, handlers, lenient)
  const running: { host: string; task: Task; mayAct: boolean }[] = []
  const waiting = new Map<string, Task>()
  const acted: string[] = []
  const reported: string[] = []
  let end: string | undefined
  let count = 0
  const take = (effects: readonly Effect<string>[]): void => {
    for (const effect of effects) {
      count += 1
      if (count > effectsMax) throw new Killed(acted.join())
      if (effect.kind === 'run') running.push({ ...effect, mayAct: effect.isReleased })
      else if (effect.kind === 'release') {
        running.push({
          host: effect.host,
          task: waiting.get(effect.host) as Task,
          mayAct: true,
        })
      } else if (effect.kind === 'report') {
        reported.push(`${effect.host} ${keyOf(effect.task)} ${effect.outcome.status}`)
      } else if (effect.kind === 'end') end = effect.reason
    }
  }
  take(iteration.handle({ kind: 'start' }))
  for (;;) {
    if (end !== undefined) break
    assert.ok(running.length > 0, 'nobody runs and the play has not ended')
    const [next] = running.splice(plan.pick(running.length), 1) as [(typeof running)[0]]
    const { host, task, mayAct } = next
    const place = `${host} ${keyOf(task)}`
    const before = record.get(place)
    const isAsking = before === undefined && plan.asks(host, keyOf(task))
    if (isAsking && !mayAct) {
      waiting.set(host, task)
      take(iteration.handle({ kind: 'waiting', host }))
      continue
    }
    if (isAsking) ACTS.push(place)
    const outcome = before ?? plan.does(host, keyOf(task))
    record.set(place, outcome)
    take(iteration.handle({ kind: 'finished', host, outcome }))
  }
  const fates = hosts.map((host) => iteration.fateOf(host))
  return { acted, reported, end, fates, pending: [...iteration.pendingHandlers] }
}

/** What was changed, over all the parts of a run. */
let ACTS: string[] = []

const KINDS: readonly Status[] = ['ok', 'changed', 'changed', 'skipped', 'failed', 'unreachable']

function planOf(numbers: readonly number[], hostCount: number, taskCount: number): Plan {
  const number = (text: string): number => {
    let sum = 7
    for (const char of text) sum = (sum * 31 + char.charCodeAt(0)) % 9973
    return numbers[sum % numbers.length] as number
  }
  const task = (path: readonly number[]): Task => {
    const isOnce = number(`once ${path.join('.')}`) % 9 === 0
    // What is done once is gated, as compile.ts has it.
    return makeTask(path, `t${path.join('.')}`, { run_once: isOnce, isGated: isOnce })
  }
  const items = Array.from({ length: taskCount }, (_, index): Item => {
    if (number(`kind ${index}`) % 4 === 0) {
      return {
        kind: 'block',
        path: [index],
        at,
        block: [task([index, 0, 0]), task([index, 0, 1])],
        rescue: number(`rescue ${index}`) % 3 === 0 ? [] : [task([index, 1, 0])],
        always: number(`always ${index}`) % 2 === 0 ? [] : [task([index, 2, 0])],
      }
    }
    return task([index])
  })
  const handlers = ['h0', 'h1'].map((name, index) => ({
    ...makeTask([index], name),
    isHandler: true,
  }))
  const flush = makeTask([taskCount], 'flush', { action: 'meta', word: 'flush_handlers' })
  let step = 0
  return {
    hosts: Array.from({ length: hostCount }, (_, index) => `n${index}`),
    items: [...items, flush],
    handlers,
    does: (host, key) => {
      const status = KINDS[number(`${host} ${key}`) % KINDS.length] as Status
      const notify = status === 'changed' ? [`h${number(`notify ${key}`) % 2}`] : []
      return { status, isIgnored: false, notify, result: `${host} ${key}` }
    },
    asks: (host, key) =>
      ['changed', 'failed'].includes(KINDS[number(`${host} ${key}`) % KINDS.length] as string),
    pick: (count) => (numbers[step++ % numbers.length] as number) % count,
  }
}

test('stopped after any effect and resumed, a play ends the same and acts on nothing twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 97, maxLength: 97 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      (numbers, hostCount, taskCount) => {
        ACTS = []
        const whole = run(planOf(numbers, hostCount, taskCount), new Map(), Infinity)
        const wholeActs = ACTS.toSorted()
        for (let kill = 1; ; kill += 1) {
          ACTS = []
          const record = new Map<string, Outcome<string>>()
          try {
            run(planOf(numbers, hostCount, taskCount), record, kill)
            break
          } catch (error) {
            if (!(error instanceof Killed)) throw error
          }
          const resumed = run(planOf(numbers, hostCount, taskCount), record, Infinity)
          assert.deepEqual(ACTS.toSorted(), wholeActs, `killed after ${kill} effects`)
          assert.equal(new Set(ACTS).size, ACTS.length)
          assert.deepEqual(resumed.fates, whole.fates)
          assert.deepEqual(resumed.pending, whole.pending)
          assert.equal(resumed.end, whole.end)
          assert.deepEqual(resumed.reported.toSorted(), whole.reported.toSorted())
        }
      },
    ),
    { numRuns: 60, seed },
  )
})

test.run()

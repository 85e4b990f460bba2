// Goal: the order of a play over its hosts is Ansible's linear order, whatever hosts do and however
// fast they are. Method: the state machine is driven by hand for each rule, and by random plays and
// random speeds for what must hold always.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Iteration } from '../../agent/src/playbook/iterate.ts'
import type { Effect, Outcome, Status } from '../../agent/src/playbook/steps.ts'
import { comparePaths, type Item, type Task } from '../../agent/src/playbook/tree.ts'
import { suite } from '../harness.ts'
import { seed } from '../seed.ts'
import { at, makeTask } from './task.ts'

const test = suite('playbook/iterate')

function outcome(status: Status, extra: Partial<Outcome<string>> = {}): Outcome<string> {
  return { status, isIgnored: false, notify: [], result: status, ...extra }
}

const lenient = { anyErrorsFatal: false, maxFailPercentage: undefined }

interface World {
  readonly hosts: readonly string[]
  readonly items: readonly Item[]
  readonly handlers?: readonly Task[]
  readonly policy?: { anyErrorsFatal: boolean; maxFailPercentage: number | undefined }
  /** What a host does with a task; by default it is fine. */
  readonly does?: (host: string, name: string) => Outcome<string> | undefined
  /** Tasks that ask before they go on. */
  readonly asks?: (host: string, name: string) => boolean
  /** Picks which of the running hosts goes on next. */
  readonly pick?: (count: number) => number
}

/** Runs a play to its end; answers what was reported and done, as `host:name` words. */
function play(world: World) {
  const iteration = new Iteration<string>(
    world.hosts,
    world.items,
    world.handlers ?? [],
    world.policy ?? lenient,
  )
  const running: { host: string; task: Task; mayAct: boolean }[] = []
  const waiting = new Map<string, Task>()
  const reported: string[] = []
  const acted: string[] = []
  let end: string | undefined
  const take = (effects: readonly Effect<string>[]): void => {
    for (const effect of effects) {
      if (effect.kind === 'run') {
        running.push({ host: effect.host, task: effect.task, mayAct: effect.isReleased })
      } else if (effect.kind === 'release') {
        const held = waiting.get(effect.host) as Task
        waiting.delete(effect.host)
        running.push({ host: effect.host, task: held, mayAct: true })
      } else if (effect.kind === 'report') {
        reported.push(`${effect.host}:${nameOf(effect.task)}:${effect.outcome.status}`)
      } else if (effect.kind === 'end') end = effect.reason
    }
  }
  take(iteration.handle({ kind: 'start' }))
  for (;;) {
    if (end !== undefined) return { reported, acted, end, iteration }
    assert.ok(running.length > 0, 'nobody runs and the play has not ended')
    const index = (world.pick ?? (() => 0))(running.length)
    const [next] = running.splice(index, 1) as [(typeof running)[0]]
    const name = nameOf(next.task)
    const isAsking = world.asks?.(next.host, name) ?? true
    if (isAsking && !next.mayAct) {
      waiting.set(next.host, next.task)
      take(iteration.handle({ kind: 'waiting', host: next.host }))
      continue
    }
    if (isAsking) acted.push(`${next.host}:${name}`)
    const result = world.does?.(next.host, name) ?? outcome('ok')
    take(iteration.handle({ kind: 'finished', host: next.host, outcome: result }))
  }
}

function nameOf(entry: Task): string {
  return entry.keywords.get('name')?.value as string
}

test('hosts go through the tasks together', () => {
  const { reported } = play({ hosts: ['a', 'b'], items: [makeTask([0], 'x'), makeTask([1], 'y')] })
  assert.deepEqual(reported.slice(0, 2).toSorted(), ['a:x:ok', 'b:x:ok'])
  assert.deepEqual(reported.slice(2).toSorted(), ['a:y:ok', 'b:y:ok'])
})

test('a host that changes nothing runs ahead, one that would change something waits', () => {
  const items = [makeTask([0], 'slow'), makeTask([1], 'look'), makeTask([2], 'write')]
  const { acted } = play({
    hosts: ['a', 'b'],
    items,
    asks: (host, name) => name === 'write' || (host === 'a' && name === 'slow'),
    pick: (count) => count - 1,
  })
  assert.equal(acted[0], 'a:slow')
  assert.deepEqual(acted.slice(1).toSorted(), ['a:write', 'b:write'])
})

test('a failed host does nothing more and the others go on', () => {
  const { reported, end } = play({
    hosts: ['a', 'b'],
    items: [makeTask([0], 'x'), makeTask([1], 'y')],
    does: (host, name) => (host === 'a' && name === 'x' ? outcome('failed') : undefined),
  })
  assert.deepEqual(reported, ['a:x:failed', 'b:x:ok', 'b:y:ok'])
  assert.equal(end, 'done')
})

test('an ignored failure goes on', () => {
  const { reported } = play({
    hosts: ['a'],
    items: [makeTask([0], 'x'), makeTask([1], 'y')],
    does: (_, name) => (name === 'x' ? outcome('failed', { isIgnored: true }) : undefined),
  })
  assert.deepEqual(reported, ['a:x:failed', 'a:y:ok'])
})

test('a failure in a block goes to rescue and then to always', () => {
  const block: Item = {
    kind: 'block',
    path: [0],
    at,
    block: [makeTask([0, 0, 0], 'one'), makeTask([0, 0, 1], 'two')],
    rescue: [makeTask([0, 1, 0], 'save')],
    always: [makeTask([0, 2, 0], 'tidy')],
  }
  const { reported, iteration } = play({
    hosts: ['a', 'b'],
    items: [block, makeTask([1], 'after')],
    does: (host, name) => (host === 'a' && name === 'one' ? outcome('failed') : undefined),
  })
  assert.deepEqual(
    reported.filter((word) => word.startsWith('a')),
    ['a:one:failed', 'a:save:ok', 'a:tidy:ok', 'a:after:ok'],
  )
  assert.deepEqual(
    reported.filter((word) => word.startsWith('b')),
    ['b:one:ok', 'b:two:ok', 'b:tidy:ok', 'b:after:ok'],
  )
  assert.deepEqual(iteration.survivors, ['a', 'b'])
})

test('a failure in rescue runs always and then goes outwards', () => {
  const block: Item = {
    kind: 'block',
    path: [0],
    at,
    block: [makeTask([0, 0, 0], 'one')],
    rescue: [makeTask([0, 1, 0], 'save')],
    always: [makeTask([0, 2, 0], 'tidy')],
  }
  const { reported, iteration } = play({
    hosts: ['a'],
    items: [block, makeTask([1], 'after')],
    does: (_, name) => (['one', 'save'].includes(name) ? outcome('failed') : undefined),
  })
  assert.deepEqual(reported, ['a:one:failed', 'a:save:failed', 'a:tidy:ok'])
  assert.equal(iteration.fateOf('a'), 'failed')
})

test('any_errors_fatal ends the play for all, after all have done the task', () => {
  const { reported, end } = play({
    hosts: ['a', 'b', 'c'],
    items: [makeTask([0], 'x'), makeTask([1], 'y')],
    policy: { anyErrorsFatal: true, maxFailPercentage: undefined },
    does: (host, name) => (host === 'b' && name === 'x' ? outcome('failed') : undefined),
    asks: () => false,
    pick: (count) => count - 1,
  })
  assert.deepEqual(reported.toSorted(), ['a:x:ok', 'b:x:failed', 'c:x:ok'])
  assert.equal(end, 'fatal')
})

test('exactly max_fail_percentage does not end the play, more does', () => {
  for (const [limit, reason] of [
    [25, 'done'],
    [24, 'percentage'],
  ] as const) {
    const { end } = play({
      hosts: ['a', 'b', 'c', 'd'],
      items: [makeTask([0], 'x'), makeTask([1], 'y')],
      policy: { anyErrorsFatal: false, maxFailPercentage: limit },
      does: (host, name) => (host === 'a' && name === 'x' ? outcome('failed') : undefined),
    })
    assert.equal(end, reason)
  }
})

test('a run_once task is done by the first host and its failure is fatal for all', () => {
  const once = makeTask([0], 'x', { run_once: true, isGated: true })
  const good = play({ hosts: ['a', 'b'], items: [once, makeTask([1], 'y')] })
  assert.deepEqual(good.reported, ['a:x:ok', 'a:y:ok', 'b:y:ok'])
  const bad = play({
    hosts: ['a', 'b'],
    items: [once, makeTask([1], 'y')],
    does: (_, name) => (name === 'x' ? outcome('failed') : undefined),
  })
  assert.deepEqual(bad.reported, ['a:x:failed'])
  assert.equal(bad.end, 'fatal')
})

/** Hosts are h0, h1 ..., tasks t0, t1 ...: a place in a table of 8 tasks a row. */
function slot(host: string, name: string): number {
  return Number(host.slice(1)) * 8 + Number(name.slice(1))
}

function order(word: string): number {
  return Number(word.split(':')[1]?.slice(1))
}

const flush = (path: readonly number[]): Task =>
  makeTask(path, 'flush', { action: 'meta', word: 'flush_handlers' })

test('notified handlers run once, in the order of their definition, at the flush', () => {
  const handlers = [makeTask([0], 'h1'), makeTask([1], 'h2')].map((entry) => ({
    ...entry,
    isHandler: true,
  }))
  const { reported } = play({
    hosts: ['a', 'b'],
    items: [makeTask([0], 'x'), makeTask([1], 'y'), flush([2]), makeTask([3], 'z')],
    handlers,
    does: (host, name) => {
      if (host === 'a' && name === 'x') return outcome('changed', { notify: ['h2'] })
      if (host === 'a' && name === 'y') return outcome('changed', { notify: ['h2', 'h1'] })
      return undefined
    },
  })
  assert.deepEqual(
    reported.filter((word) => word.startsWith('a')),
    ['a:x:changed', 'a:y:changed', 'a:h1:ok', 'a:h2:ok', 'a:z:ok'],
  )
  assert.ok(!reported.some((word) => word.startsWith('b:h')))
})

test('a handler may notify one that comes after it', () => {
  const handlers = [makeTask([0], 'h1'), makeTask([1], 'h2')].map((entry) => ({
    ...entry,
    isHandler: true,
  }))
  const { reported } = play({
    hosts: ['a'],
    items: [makeTask([0], 'x'), flush([1])],
    handlers,
    does: (_, name) => {
      if (name === 'x') return outcome('changed', { notify: ['h1'] })
      return name === 'h1' ? outcome('changed', { notify: ['h2'] }) : undefined
    },
  })
  assert.deepEqual(reported, ['a:x:changed', 'a:h1:changed', 'a:h2:ok'])
})

test('a failed host keeps its notified handlers as pending', () => {
  const handlers = [{ ...makeTask([0], 'h1'), isHandler: true }]
  const { iteration } = play({
    hosts: ['a'],
    items: [makeTask([0], 'x'), makeTask([1], 'y'), flush([2])],
    handlers,
    does: (_, name) => (name === 'x' ? outcome('changed', { notify: ['h1'] }) : outcome('failed')),
  })
  assert.deepEqual([...iteration.pendingHandlers.keys()], ['a'])
})

test('what a host did ahead of the end of a play is dropped', () => {
  const end = makeTask([1], 'stop', { action: 'meta', word: 'end_play', isGated: true })
  const { reported } = play({
    hosts: ['a', 'b'],
    items: [makeTask([0], 'x'), end, makeTask([2], 'y')],
    asks: () => false,
  })
  assert.ok(!reported.some((word) => word.includes(':y:')))
})

test('reports keep the order of the play, and nobody acts before all have come there', () => {
  const statuses: readonly Status[] = ['ok', 'changed', 'skipped', 'failed']
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      fc.array(fc.nat(1000), { minLength: 200, maxLength: 200 }),
      (hostCount, taskCount, kinds, asking, picks) => {
        const hosts = Array.from({ length: hostCount }, (_, index) => `h${index}`)
        const items = Array.from({ length: taskCount }, (_, index) =>
          makeTask([index], `t${index}`),
        )
        let step = 0
        const { reported, acted } = play({
          hosts,
          items,
          does: (host, name) => outcome(statuses[kinds[slot(host, name)] as number] as Status),
          asks: (host, name) => asking[slot(host, name)] as boolean,
          pick: (count) => (picks[step++ % picks.length] as number) % count,
        })
        for (const list of [reported, acted]) {
          const places = list.map(order)
          assert.deepEqual(
            places,
            places.toSorted((x, y) => x - y),
          )
        }
      },
    ),
    { numRuns: 300, seed },
  )
})

test('paths are ordered by their numbers, a list before what stands in it', () => {
  assert.ok(comparePaths([1], [1, 0]) < 0)
  assert.ok(comparePaths([1, 2], [1, 10]) < 0)
  assert.equal(comparePaths([3, 1], [3, 1]), 0)
})

test.run()

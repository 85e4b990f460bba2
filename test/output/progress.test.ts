// Goal: a long task gives signs of life without a terminal, ever more seldom, and a short one none.
// Method: events by hand and a clock that the test moves.
import assert from 'node:assert/strict'
import { makeProgress } from '../../agent/src/output/progress.ts'
import type { RunEvent, TaskInfo } from '../../agent/src/playbook/events.ts'
import type { Clock } from '../../agent/src/sys/clock.ts'
import { suite } from '../harness.ts'

const test = suite('output/progress')

class HandClock implements Clock {
  #now = 0
  readonly #due: { at: number; callback: () => void }[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(delayMs: number, callback: () => void): () => void {
    const entry = { at: this.#now + delayMs, callback }
    this.#due.push(entry)
    return () => {
      const index = this.#due.indexOf(entry)
      if (index >= 0) this.#due.splice(index, 1)
    }
  }

  moveTo(seconds: number): void {
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > seconds * 1000) break
      this.#due.splice(this.#due.indexOf(next), 1)
      this.#now = next.at
      next.callback()
    }
    this.#now = seconds * 1000
  }
}

function task(id: string): TaskInfo {
  const at = { file: 'p.yml', line: 1, column: 1 }
  return { id, name: `Task ${id}`, action: 'command', at, isHandler: false }
}

function running(id: string, host: string): RunEvent {
  return { kind: 'running', task: task(id), host }
}

function done(id: string, host: string): RunEvent {
  const result = { status: 'ok', isIgnored: false, value: null, diffs: [], isNoLog: false } as const
  const times = { isRescued: false, isRestored: false, notify: [], durationMs: 1, atMs: 1 }
  return { kind: 'result', task: task(id), host, status: 'ok', result, ...times }
}

test('a line comes after 30 s, then after twice as long each time, with who is still at it', () => {
  const clock = new HandClock()
  const lines: string[] = []
  const passed: string[] = []
  const progress = makeProgress(
    ({ kind }) => void passed.push(kind),
    (text) => void lines.push(text),
    clock,
  )
  progress.report(running('1', 'h1'))
  progress.report(running('1', 'h2'))
  clock.moveTo(29)
  assert.deepEqual(lines, [])
  clock.moveTo(40)
  progress.report(done('1', 'h1'))
  clock.moveTo(250)
  assert.deepEqual(lines, [
    'still running: Task 1 on h1, h2 (30 s)\n',
    'still running: Task 1 on h2 (60 s)\n',
    'still running: Task 1 on h2 (120 s)\n',
    'still running: Task 1 on h2 (240 s)\n',
  ])
  progress.report(done('1', 'h2'))
  clock.moveTo(10_000)
  assert.equal(lines.length, 4)
  assert.deepEqual(passed, ['running', 'running', 'result', 'result'])
})

test('nothing is left waiting when the run ends', () => {
  const clock = new HandClock()
  const lines: string[] = []
  const progress = makeProgress(
    () => undefined,
    (text) => void lines.push(text),
    clock,
  )
  progress.report(running('1', 'h1'))
  progress.stop()
  clock.moveTo(1000)
  assert.deepEqual(lines, [])
})

test.run()

// One batch of hosts through one play: what the iteration asks for is started, what hosts did is
// fed back. At most `forks` tasks run at a time; a host that waits for others holds no fork. Not
// here: the order (iterate.ts), a single task (runner.ts).
import type { Iteration } from './iterate.ts'
import type { TaskResult } from './result.ts'
import { Slots } from './slots.ts'
import type { Effect, EndReason, Input, Outcome } from './steps.ts'
import type { Task } from './tree.ts'

export interface Started {
  /** Waits until the task may change something; answers whether it had to wait. */
  release(): Promise<boolean>
  readonly isMaybe: boolean
  /** No host is before this task: it may be announced. */
  readonly isAtFront: boolean
}

export interface BatchDriver {
  /** Runs a task on a host; never rejects but for bugs of ours. */
  run(host: string, task: Task, started: Started): Promise<HostOutcome>
  report(host: string, task: Task, outcome: HostOutcome, isRescued: boolean): void
  share(from: string, hosts: readonly string[], task: Task, outcome: HostOutcome): void
  /** How many hosts may be at a task at a time; 0 for any number. */
  throttleOf(task: Task, host: string): number
}

export type HostOutcome = Outcome<TaskResult>

export async function runBatch(
  iteration: Iteration<TaskResult>,
  driver: BatchDriver,
  forks: number,
  signal: AbortSignal,
): Promise<EndReason> {
  const slots = new Slots(forks)
  const throttles = new Map<string, Slots>()
  const waiting = new Map<string, () => void>()
  return new Promise((resolve, reject) => {
    const feed = (input: Input<TaskResult>): void => {
      for (const effect of iteration.handle(input)) carryOut(effect)
    }
    const start = async (effect: Extract<Effect<TaskResult>, { kind: 'run' }>): Promise<void> => {
      const { host, task, isMaybe } = effect
      let isReleased = effect.isReleased
      const turn = turnsOf(throttles, task, driver.throttleOf(task, host))
      await turn?.take()
      await slots.take()
      const release = async (): Promise<boolean> => {
        if (isReleased) return false
        slots.give()
        await new Promise<void>((proceed) => {
          waiting.set(host, proceed)
          feed({ kind: 'waiting', host })
        })
        await slots.take()
        isReleased = true
        return true
      }
      const outcome = await driver
        .run(host, task, { release, isMaybe, isAtFront: effect.isReleased })
        .finally(() => {
          slots.give()
          turn?.give()
        })
      feed({ kind: 'finished', host, outcome })
    }
    const carryOut = (effect: Effect<TaskResult>): void => {
      switch (effect.kind) {
        case 'run':
          start(effect).catch(reject)
          break
        case 'release':
          waiting.get(effect.host)?.()
          waiting.delete(effect.host)
          break
        case 'report':
          driver.report(effect.host, effect.task, effect.outcome, effect.isRescued)
          break
        case 'share':
          driver.share(effect.from, effect.hosts, effect.task, effect.outcome)
          break
        case 'end':
          signal.removeEventListener('abort', abort)
          resolve(effect.reason)
          break
      }
    }
    const abort = (): void => feed({ kind: 'abort' })
    signal.addEventListener('abort', abort, { once: true })
    feed(signal.aborted ? { kind: 'abort' } : { kind: 'start' })
  })
}

/** The turns of a throttled task; undefined for one that is not. */
function turnsOf(throttles: Map<string, Slots>, task: Task, limit: number): Slots | undefined {
  if (limit <= 0) return undefined
  const place = task.path.join('.')
  const turns = throttles.get(place) ?? new Slots(limit)
  throttles.set(place, turns)
  return turns
}

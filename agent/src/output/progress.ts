// Signs of life where no terminal is: a line for each task that runs for long, after half a minute
// and then after twice as long each time. Not here: the live line of a terminal (live.ts).
import type { RunEvent } from '../playbook/events.ts'
import type { Clock } from '../sys/clock.ts'
import { escapeLine } from './escape.ts'

const FIRST_MS = 30_000

/** A line names no more hosts than this. */
const HOSTS_MAX = 5

interface Running {
  readonly name: string
  readonly sinceMs: number
  readonly hosts: Set<string>
  cancel: () => void
}

export function makeProgress(
  report: (event: RunEvent) => void,
  write: (text: string) => void,
  clock: Clock,
): { readonly report: (event: RunEvent) => void; stop(): void } {
  const tasks = new Map<string, Running>()
  const wait = (task: Running, afterMs: number): void => {
    task.cancel = clock.after(afterMs, () => {
      write(`${lineOf(task, clock.now())}\n`)
      // What has been waited for so far is waited for once more.
      wait(task, clock.now() - task.sinceMs)
    })
  }
  return {
    report: (event) => {
      if (event.kind === 'running') {
        const { id, name } = event.task
        const known = tasks.get(id)
        known?.hosts.add(event.host)
        if (known === undefined) {
          const task: Running = {
            name,
            sinceMs: clock.now(),
            hosts: new Set([event.host]),
            cancel: () => undefined,
          }
          tasks.set(id, task)
          wait(task, FIRST_MS)
        }
      }
      if (event.kind === 'result') {
        const task = tasks.get(event.task.id)
        task?.hosts.delete(event.host)
        if (task?.hosts.size === 0) {
          task.cancel()
          tasks.delete(event.task.id)
        }
      }
      report(event)
    },
    stop: () => {
      for (const { cancel } of tasks.values()) cancel()
      tasks.clear()
    },
  }
}

function lineOf({ name, hosts, sinceMs }: Running, nowMs: number): string {
  const named = [...hosts].slice(0, HOSTS_MAX).join(', ')
  const more = hosts.size > HOSTS_MAX ? ` and ${hosts.size - HOSTS_MAX} more` : ''
  const seconds = Math.round((nowMs - sinceMs) / 1000)
  return escapeLine(`still running: ${name} on ${named}${more} (${seconds} s)`)
}

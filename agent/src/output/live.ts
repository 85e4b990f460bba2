// The line at the bottom of a terminal that tells what runs now and for how long; wiped before
// anything else is written. Not here: results (text.ts).
import type { RunEvent } from '../playbook/events.ts'
import type { Clock } from '../sys/clock.ts'
import { escapeLine } from './escape.ts'

/** A task that is done sooner leaves no trace. */
const PATIENCE_MS = 700
const REFRESH_MS = 500

export interface LiveView {
  readonly report: (event: RunEvent) => void
  stop(): void
}

/** Puts a live line under another report; `write` goes to the terminal. */
export function makeLiveView(
  report: (event: RunEvent) => void,
  write: (text: string) => void,
  columns: number,
  clock: Clock,
): LiveView {
  const running = new Map<string, { task: string; sinceMs: number }>()
  let isDrawn = false
  let cancel: (() => void) | undefined
  const wipe = (): void => {
    if (isDrawn) write('\r\u001b[2K')
    isDrawn = false
  }
  const draw = (): void => {
    wipe()
    const now = clock.now()
    const slow = [...running].filter(([, { sinceMs }]) => now - sinceMs > PATIENCE_MS)
    if (slow.length > 0) {
      const [, first] = slow[0] as [string, { task: string; sinceMs: number }]
      const seconds = Math.round((now - first.sinceMs) / 1000)
      const hosts = slow.map(([host]) => host).join(', ')
      const text = escapeLine(`${seconds} s  ${first.task}  on ${hosts}`)
      write(text.slice(0, columns - 1))
      isDrawn = true
    }
    cancel = clock.after(REFRESH_MS, draw)
  }
  cancel = clock.after(PATIENCE_MS, draw)
  return {
    report: (event) => {
      if (event.kind === 'running') {
        running.set(event.host, { task: event.task.name, sinceMs: clock.now() })
        return
      }
      if (event.kind === 'result') running.delete(event.host)
      wipe()
      report(event)
    },
    stop: () => {
      cancel?.()
      wipe()
    },
  }
}

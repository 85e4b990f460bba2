// How long tasks took: for each the longest of its hosts, which is what a run waits for, the
// slowest first. Not here: the clock; durations come with the events.
import type { RunEvent } from '../playbook/events.ts'
import { escapeLine } from './escape.ts'

export interface TaskTime {
  readonly id: string
  readonly name: string
  readonly play: string
  /** Of the slowest host. */
  readonly ms: number
  readonly host: string
  readonly hosts: number
}

export interface Profile {
  readonly totalMs: number
  readonly tasks: readonly TaskTime[]
}

const LINES_MAX = 20

/** Watches the events of a run; `profile` may be asked for at its end. */
export class Profiler {
  readonly #tasks = new Map<string, TaskTime>()
  #play = ''
  #startMs: number | undefined
  #endMs = 0

  note(event: RunEvent): void {
    if (event.kind === 'play-start') {
      this.#play = event.play.name
      this.#startMs ??= event.atMs
    }
    if (event.kind !== 'result') return
    const { task, host, durationMs, atMs } = event
    this.#endMs = Math.max(this.#endMs, atMs)
    const before = this.#tasks.get(task.id)
    const isSlower = before === undefined || durationMs > before.ms
    const slowest = isSlower ? { ms: durationMs, host } : before
    this.#tasks.set(task.id, {
      id: task.id,
      name: task.name,
      play: this.#play,
      ms: Math.round(slowest.ms),
      host: slowest.host,
      hosts: (before?.hosts ?? 0) + 1,
    })
  }

  get profile(): Profile {
    const tasks = [...this.#tasks.values()].toSorted((a, b) => b.ms - a.ms)
    return { totalMs: Math.max(0, this.#endMs - (this.#startMs ?? this.#endMs)), tasks }
  }
}

export function formatProfile({ totalMs, tasks }: Profile): string {
  const areMany = new Set(tasks.map(({ play }) => play)).size > 1
  const lines = tasks.slice(0, LINES_MAX).map(({ name, play, ms, host, hosts }) => {
    const where = hosts === 1 ? host : `${host}, the slowest of ${hosts}`
    const of = areMany ? `[${escapeLine(play)}] ` : ''
    return `${seconds(ms)}  ${of}${escapeLine(name)}  (${escapeLine(where)})\n`
  })
  const left = tasks.length - LINES_MAX
  const more = left > 0 ? `${' '.repeat(11)}and ${left} more\n` : ''
  return `\nTIMES\n${lines.join('')}${more}${seconds(totalMs)}  in all\n`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2).padStart(7)} s`
}

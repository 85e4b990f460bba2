// The results of one module on hosts, without a playbook around them, in the form that users of
// ad-hoc commands know: `node1 | CHANGED | rc=0 >>` and the output below it. Not here: playbooks.
import type { RunEvent } from '../playbook/events.ts'
import type { TaskResult } from '../playbook/result.ts'
import { isDict, type Value } from '../value/value.ts'
import { escapeLine, escapeText } from './escape.ts'
import type { Colour, Paint } from './paint.ts'
import { formatDiff, formatIgnored, plainResult } from './text.ts'

export interface AdHocOptions {
  readonly paint: Paint
  readonly write: (text: string) => void
}

type ResultEvent = Extract<RunEvent, { kind: 'result' }>

const WORDS: Readonly<Record<ResultEvent['status'], readonly [word: string, colour: Colour]>> = {
  ok: ['SUCCESS', 'green'],
  changed: ['CHANGED', 'yellow'],
  skipped: ['SKIPPED', 'cyan'],
  failed: ['FAILED!', 'red'],
  unreachable: ['UNREACHABLE!', 'red'],
  unknown: ['UNKNOWN', 'magenta'],
}

/** Programs whose output is the answer. */
const PROGRAMS = new Set(['command', 'shell', 'raw'])

export function makeAdHocReport({ paint, write }: AdHocOptions): (event: RunEvent) => void {
  return (event) => {
    if (event.kind === 'ignored') write(paint('yellow', formatIgnored(event)))
    if (event.kind !== 'result') return
    const { diffs, isNoLog } = event.result
    for (const diff of isNoLog ? [] : diffs) write(formatDiff(diff, paint))
    const [word, colour] = WORDS[event.status]
    const head = `${escapeLine(event.host)} | ${word}`
    const code = returnCode(event.result)
    if (PROGRAMS.has(event.task.action) && code !== undefined) {
      const status = event.status === 'failed' ? 'FAILED' : word
      const line = `${escapeLine(event.host)} | ${status} | rc=${code} >>`
      write(paint(colour, `${line}\n${escapeText(outputOf(event.result))}\n`))
      return
    }
    const body =
      event.status === 'unknown'
        ? escapeLine(event.result.unknown?.reason ?? '')
        : escapeText(JSON.stringify(plainResult(event.result.value), null, 4))
    write(paint(colour, `${head} => ${body}\n`))
  }
}

function field(result: TaskResult, name: string): Value | undefined {
  return isDict(result.value) ? result.value.get(name) : undefined
}

function returnCode(result: TaskResult): number | undefined {
  const code = field(result, 'rc')
  return typeof code === 'number' ? code : undefined
}

function outputOf(result: TaskResult): string {
  const texts = ['stdout', 'stderr', 'msg'].map((name) => {
    const value = field(result, name)
    return typeof value === 'string' ? value : ''
  })
  return texts.filter((text) => text !== '').join('\n')
}

// A run as lines of text, in the form that Ansible's users know: PLAY, TASK, one line a host, the
// recap. Unknown has its own word and colour. Not here: the live line at the bottom (live.ts).
import { createTwoFilesPatch } from 'diff'
import { formatWhere } from '../errors.ts'
import type { Diff } from '../modules/module.ts'
import type { HostStats, RunEvent, RunSummary } from '../playbook/events.ts'
import { INCLUDES } from '../playbook/playactions.ts'
import type { TaskResult } from '../playbook/result.ts'
import { type Plain, toPlain } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { isDict, Unknown, type Value } from '../value/value.ts'
import { escapeLine, escapeText } from './escape.ts'
import type { Colour, Paint } from './paint.ts'

export interface TextOptions {
  readonly paint: Paint
  readonly verbosity: number
  readonly columns: number
  readonly write: (text: string) => void
}

type ResultEvent = Extract<RunEvent, { kind: 'result' }>

/** A consumer of events. */
export function makeTextReport(options: TextOptions): (event: RunEvent) => void {
  const { paint, write } = options
  const heading = (text: string): void => {
    const line = escapeLine(text)
    const stars = '*'.repeat(Math.max(3, options.columns - line.length - 2))
    write(`\n${line} ${stars}\n`)
  }
  return (event) => {
    switch (event.kind) {
      case 'play-start':
        heading(`PLAY [${event.play.name}]`)
        break
      case 'play-empty':
        heading(`PLAY [${event.play.name}]`)
        write(`${paint('cyan', 'skipping: no hosts matched')}\n`)
        break
      case 'task-start': {
        const kind = event.task.isHandler ? 'RUNNING HANDLER' : 'TASK'
        heading(`${kind} [${event.task.name}]`)
        if (options.verbosity > 1) write(`${escapeLine(`at ${formatWhere(event.task.at)}`)}\n`)
        break
      }
      case 'item':
        break
      case 'retry':
        write(
          `${paint('yellow', `FAILED - RETRYING: [${escapeLine(event.host)}]: ${escapeLine(event.task.name)} (${event.left} retries left).`)}\n`,
        )
        break
      case 'again':
        write(paint('yellow', `${formatAgain(event)}\n`))
        break
      case 'unheld':
        write(
          paint('yellow', `not held against other runs: ${escapeLine(event.host)} has no flock\n`),
        )
        break
      case 'ignored':
        write(paint('yellow', formatIgnored(event)))
        break
      case 'owed': {
        const names = event.handlers.map(escapeLine).join(', ')
        write(paint('magenta', `left by an earlier run for ${escapeLine(event.host)}: ${names}\n`))
        break
      }
      case 'result':
        write(formatResult(event, options))
        break
      case 'play-cut':
        heading(`NO MORE HOSTS LEFT: ${event.reason}`)
        break
      case 'run-end':
        heading('PLAY RECAP')
        write(formatRecap(event.summary, paint))
        break
      case 'running':
        break
    }
  }
}

/** Of SSH arguments, in plays and in ad-hoc commands. */
export function formatIgnored({ host, words }: Extract<RunEvent, { kind: 'ignored' }>): string {
  const named = words.map(escapeLine).join(', ')
  return `SSH arguments of ${escapeLine(host)} that mean nothing here: ${named}\n`
}

/** What the person must know: a command may have had its effect already. */
function formatAgain({ host, isCommand }: Extract<RunEvent, { kind: 'again' }>): string {
  const what = isCommand ? 'run again' : 'looked at again'
  return `${what}: [${escapeLine(host)}]: it was under way when the run was stopped`
}

function formatResult(event: ResultEvent, options: TextOptions): string {
  const { result } = event
  const lines: string[] = []
  for (const item of result.items ?? []) lines.push(formatOne(event, item, options))
  if (lines.length === 0) lines.push(formatOne(event, result, options))
  if (event.status === 'failed' && result.isIgnored)
    lines.push(options.paint('cyan', '...ignoring\n'))
  return lines.join('')
}

function formatOne(event: ResultEvent, result: TaskResult, options: TextOptions): string {
  const { paint } = options
  const host = escapeLine(event.host)
  const to = result.delegatedTo
  const where = to === undefined ? host : `${host} -> ${escapeLine(to)}`
  const label =
    (result.item === undefined ? '' : ` => (item=${itemText(result.item.label, result.isNoLog)})`) +
    (event.isRestored ? ' (before the run was stopped)' : '')
  const diffs = result.isNoLog ? '' : result.diffs.map((diff) => formatDiff(diff, paint)).join('')
  const line = (colour: Colour, word: string): string => `${diffs}${paint(colour, word)}\n`
  switch (result.status) {
    case 'skipped':
      return line('cyan', `skipping: [${host}]${label}`)
    case 'unknown':
      return line(
        'magenta',
        `unknown: [${host}]${label} => ${result.isNoLog ? 'hidden by no_log' : escapeLine(result.unknown?.reason ?? '')}`,
      )
    case 'unreachable':
      return line('red', `fatal: [${host}]: UNREACHABLE!${label} => ${dump(result)}`)
    case 'failed': {
      const word =
        result.item === undefined ? `fatal: [${where}]: FAILED!` : `failed: [${where}]${label}`
      return line('red', `${word} => ${dump(result)}`)
    }
    case 'ok':
    case 'changed': {
      const colour = result.status === 'ok' ? 'green' : 'yellow'
      const { isSpoken } = event.task
      const took = options.verbosity > 2 ? `  (${Math.round(event.durationMs)} ms)` : ''
      const shown =
        isSpoken || options.verbosity > 0 ? ` => ${dump(result, isSpoken ?? false)}` : ''
      const file = includedFile(event, result)
      if (file !== undefined)
        return line('cyan', `included: ${escapeLine(file)} for ${host}${label}`)
      return line(colour, `${result.status}: [${where}]${label}${shown}${took}`)
    }
  }
}

function includedFile(event: ResultEvent, result: TaskResult): string | undefined {
  if (!INCLUDES.includes(event.task.action) || !isDict(result.value)) return undefined
  const file = result.value.get('include')
  return typeof file === 'string' ? file : undefined
}

function itemText(label: Value, isNoLog: boolean): string {
  if (isNoLog) return 'hidden by no_log'
  try {
    return escapeLine(str(label))
  } catch {
    // What has no spelling in Python, such as an unknown, or a list in itself many times over.
    return escapeLine(JSON.stringify(toPlain(label)))
  }
}

const CENSORED =
  "the output has been hidden due to the fact that 'no_log: true' was specified for this result"

/** A result as JSON, without what repeats itself; secrets are kept out. */
function dump(result: TaskResult, isSpoken = false): string {
  if (result.isNoLog)
    return JSON.stringify({ censored: CENSORED, changed: result.status === 'changed' })
  const plain = plainResult(result.value)
  if (isSpoken) return escapeText(JSON.stringify(spokenPart(plain), null, 4))
  for (const name of ['stdout', 'stderr'])
    if (`${name}_lines` in plain) delete plain[`${name}_lines`]
  return escapeText(JSON.stringify(plain))
}

/** What debug and assert have to say: the message, or else a variable and its value. */
function spokenPart(plain: { [key: string]: Plain }): { [key: string]: Plain } {
  if (plain['msg'] !== undefined) return { msg: plain['msg'] }
  const around = ['changed', 'failed', 'attempts', 'ansible_loop', 'ansible_loop_var']
  const rest = { ...plain }
  for (const name of [...around, 'ansible_index_var']) delete rest[name]
  const own = { ...rest }
  // The item is in its label already, unless it is all there is to show.
  for (const name of [plain['ansible_loop_var'], plain['ansible_index_var']]) {
    if (typeof name === 'string') delete own[name]
  }
  return Object.keys(own).length > 0 ? own : rest
}

/** A register's value as a plain object. */
export function plainResult(value: Value): { [key: string]: Plain } {
  const plain = isDict(value) ? toPlain(value) : { value: toPlain(value) }
  return { ...(plain as { [key: string]: Plain }) }
}

/** Before and after as a unified diff; nothing when they are the same. */
export function formatDiff(diff: Diff, paint: Paint): string {
  if (diff.before instanceof Unknown || diff.after instanceof Unknown) {
    const reason = [diff.after, diff.before].find((side) => side instanceof Unknown) as Unknown
    const header = `--- ${diff.beforeHeader}\n+++ ${diff.afterHeader}\n`
    return `${escapeText(header)}${paint('magenta', `~ unknown: ${escapeLine(reason.reason)}`)}\n`
  }
  if (diff.before === diff.after) return ''
  const patch = createTwoFilesPatch(diff.beforeHeader, diff.afterHeader, diff.before, diff.after)
  const lines = patch.split('\n')
  // What comes before the two names is an index that says nothing more.
  const body = lines.slice(
    lines.findIndex((line) => line.startsWith('--- ')),
    -1,
  )
  return body.map((line) => `${paintDiffLine(escapeText(line), paint)}\n`).join('')
}

function paintDiffLine(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint('green', line)
  if (line.startsWith('-')) return paint('red', line)
  return line.startsWith('@@') ? paint('cyan', line) : line
}

function formatRecap(summary: RunSummary, paint: Paint): string {
  const width = Math.max(
    26,
    ...[...summary.hosts.keys()].map((host) => escapeLine(host).length + 1),
  )
  const lines = [...summary.hosts].map(([host, stats]) =>
    recapLine(escapeLine(host), width, stats, paint),
  )
  for (const [host, handlers] of summary.pendingHandlers) {
    lines.push(
      paint(
        'magenta',
        `handlers notified and not run on ${escapeLine(host)}: ${handlers.map(escapeLine).join(', ')}`,
      ),
    )
  }
  if (summary.isCheck) lines.push('check mode: nothing was changed')
  if (summary.wasAborted)
    lines.push(paint('red', 'the run was interrupted; processes it had started were ended'))
  return `${lines.join('\n')}\n`
}

function recapLine(host: string, width: number, stats: HostStats, paint: Paint): string {
  const colour: Colour =
    stats.failed + stats.unreachable > 0 ? 'red' : stats.changed > 0 ? 'yellow' : 'green'
  const cell = (name: keyof HostStats, tint: Colour): string => {
    const text = `${name}=${String(stats[name]).padEnd(4)} `
    return stats[name] > 0 ? paint(tint, text) : text
  }
  const cells = [
    cell('ok', 'green'),
    cell('changed', 'yellow'),
    cell('unreachable', 'red'),
    cell('failed', 'red'),
    cell('skipped', 'cyan'),
    cell('rescued', 'yellow'),
    cell('ignored', 'blue'),
  ]
  if (stats.unknown > 0) cells.push(cell('unknown', 'magenta'))
  return `${paint(colour, host)}${' '.repeat(width - host.length)}: ${cells.join('').trimEnd()}`
}

// A plan as a person reads it: a tree by host of what would be done, with diffs, with handlers and
// the chain of what causes them, and with unknowns in their own colour. Not here: making it.
import { escapeLine, escapeText } from '../output/escape.ts'
import type { Colour, Paint } from '../output/paint.ts'
import type { Plan, Step } from './shape.ts'

const MARKS: Readonly<Record<Step['status'], readonly [mark: string, colour: Colour]>> = {
  ok: ['=', 'green'],
  skipped: ['-', 'cyan'],
  changed: ['~', 'yellow'],
  failed: ['!', 'red'],
  unreachable: ['!', 'red'],
  unknown: ['?', 'magenta'],
}

const CAUSES_MAX = 20

export interface TreeOptions {
  readonly paint: Paint
  readonly hasDiffs: boolean
  /** Of -v: what stays as it is is told too. */
  readonly isWhole: boolean
}

export function planTree(plan: Plan, options: TreeOptions): string {
  const hosts = Object.keys(plan.hosts).toSorted()
  const lines = hosts.flatMap((host) => hostLines(host, plan.hosts[host] ?? [], options))
  for (const host of Object.keys(plan.pendingHandlers).toSorted()) {
    const names = plan.pendingHandlers[host] ?? []
    const told = `handlers notified and not run on ${host}: ${names.join(', ')}`
    lines.push(options.paint('magenta', escapeLine(told)))
  }
  lines.push('', totalLine(plan, options.paint))
  return `${lines.join('\n')}\n`
}

function hostLines(host: string, steps: readonly Step[], options: TreeOptions): string[] {
  const tasks = steps.filter(({ isHandler }) => !isHandler)
  const handlers = steps.filter(({ isHandler }) => isHandler)
  const isShown = (step: Step): boolean =>
    options.isWhole || !['ok', 'skipped'].includes(step.status)
  const lines = ['', escapeLine(host)]
  for (const step of tasks.filter(isShown)) lines.push(...stepLines(step, steps, options))
  if (handlers.length > 0) {
    lines.push('  handlers')
    for (const step of handlers) lines.push(...stepLines(step, steps, options))
  }
  if (lines.length === 2) lines.push(options.paint('green', '  nothing to do'))
  return [...lines, `  ${countLine(steps, options.paint)}`]
}

function stepLines(step: Step, steps: readonly Step[], options: TreeOptions): string[] {
  const { paint } = options
  const [mark, colour] = MARKS[step.status]
  const ignored = step.isIgnored ? ', ignored' : step.isRescued ? ', rescued' : ''
  const reason = step.reason === undefined ? '' : `: ${step.reason}`
  const lines = [
    `  ${paint(colour, escapeLine(`${mark} ${step.name} (${step.status}${ignored}${reason})`))}`,
  ]
  if (step.origin !== undefined) {
    lines.push(`      ${paint('magenta', escapeLine(`unknown since: ${step.origin}`))}`)
  }
  for (const { changes } of step.intents) {
    for (const { summary } of changes) lines.push(`      ${escapeLine(summary)}`)
  }
  for (const at of step.because ?? []) lines.push(...causeLines(steps, at, 3, paint))
  if (options.hasDiffs) {
    for (const diff of step.diffs) {
      for (const line of diff.split('\n')) lines.push(`      ${paintDiff(line, paint)}`)
    }
  }
  return lines
}

/** `because: TASK (changed)`, and what caused that, if it is a handler itself. */
function causeLines(steps: readonly Step[], at: number, depth: number, paint: Paint): string[] {
  const cause = steps[at]
  if (cause === undefined || depth > CAUSES_MAX) return []
  const [, colour] = MARKS[cause.status]
  const words = paint(colour, escapeLine(`because: ${cause.name} (${cause.status})`))
  const above = (cause.because ?? []).flatMap((next) => causeLines(steps, next, depth + 1, paint))
  return [`${'  '.repeat(depth)}${words}`, ...above]
}

function paintDiff(line: string, paint: Paint): string {
  const text = escapeText(line)
  if (line.startsWith('+')) return paint('green', text)
  if (line.startsWith('-')) return paint('red', text)
  if (line.startsWith('~')) return paint('magenta', text)
  return line.startsWith('@@') ? paint('cyan', text) : text
}

function counts(steps: readonly Step[]): Map<Step['status'], number> {
  const all = new Map<Step['status'], number>()
  for (const { status } of steps) all.set(status, (all.get(status) ?? 0) + 1)
  return all
}

function countLine(steps: readonly Step[], paint: Paint): string {
  const all = counts(steps)
  const words = (Object.keys(MARKS) as Step['status'][]).flatMap((status) => {
    const count = all.get(status)
    if (count === undefined) return []
    const text = `${count} ${status}`
    return [status === 'ok' || status === 'skipped' ? text : paint(MARKS[status][1], text)]
  })
  return words.length === 0 ? 'no task' : words.join(', ')
}

function totalLine(plan: Plan, paint: Paint): string {
  const steps = Object.values(plan.hosts).flat()
  return `plan: ${Object.keys(plan.hosts).length} hosts: ${countLine(steps, paint)}`
}

/** Whether any task of the plan, or any item of its loop, has the status: changed, unknown ... */
export function holds(plan: Pick<Plan, 'hosts'>, wanted: Step['status']): boolean {
  return Object.values(plan.hosts)
    .flat()
    .some(({ status, items = [] }) =>
      [status, ...items.map((item) => item.status)].includes(wanted),
    )
}

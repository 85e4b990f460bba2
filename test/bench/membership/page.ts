// The figures of membership, kept as data, and their section of docs/benchmarks.md. A row that is
// measured again replaces itself only. Not here: measuring.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../../lab/site.ts'
import { PAGE, replaceSection } from '../report.ts'
import { GOALS, ROWS } from './rows.ts'
import type { Figures } from './steps.ts'

const FIGURES = join(ROOT, 'test/bench/membership/figures.json')
export const HEADING = '## Membership beside serf'

export interface Found {
  readonly id: string
  readonly date: string
  readonly machine: string
  readonly versions: string
  /** Trials of each contender. */
  readonly rounds: number
  /** Medians of the trials; the most of all for `joined` of those started together. */
  readonly contenders: Readonly<Record<string, Figures>>
}

/** One figure of several trials; null when any of them never got there. */
export function combine(trials: readonly Figures[], by: (values: readonly number[]) => number) {
  const names = Object.keys(trials[0] ?? {})
  return Object.fromEntries(
    names.map((name) => {
      const values = trials.map((trial) => trial[name] ?? null)
      const isWhole = values.every((value) => value !== null)
      return [name, isWhole ? by(values) : null]
    }),
  )
}

export function keep(found: Found): void {
  const kept = JSON.parse(readFileSync(FIGURES, 'utf8')) as readonly Found[]
  const all = [...kept.filter(({ id }) => id !== found.id), found]
  const order = ROWS.map(({ id }) => id)
  all.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
  writeFileSync(FIGURES, `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), HEADING, section(all)))
}

function section(all: readonly Found[]): string {
  const sources = new Map<string, string[]>()
  for (const { id, date, versions, machine, rounds } of all) {
    const times = `${rounds} ${rounds === 1 ? 'trial' : 'trials'}`
    const source = `${date}, ${machine}; ${versions}; ${times} each`
    sources.set(source, [...(sources.get(source) ?? []), id])
  }
  return [
    HEADING,
    '',
    ...[...sources].map(([source, ids]) => `- ${source}: ${ids.join(', ')}`),
    '- Processes with an address each in a network namespace; contenders in turns, the same script.',
    '- Medians of the trials; all bytes count, headers, beacons and TCP too. Loss is of UDP alone.',
    '- A change counts from when the first process says so; a crash from the kill.',
    '',
    tell(all).trimEnd(),
    '',
  ].join('\n')
}

export function tell(all: readonly Found[]): string {
  const lines = all.flatMap(({ id, contenders }) => {
    const title = ROWS.find((row) => row.id === id)?.title ?? id
    const { 'cluster-os': ours = {}, serf } = contenders
    return GOALS.filter(({ figure }) => figure in ours).map(
      ({ figure, title: what, unit, most }) => {
        const goal = most[id]
        const own = ours[figure] ?? null
        const verdict =
          goal === undefined ? '' : `${goal}${own !== null && own <= goal ? '' : ', **missed**'}`
        const theirs = serf === undefined ? '' : spell(serf[figure] ?? null, unit)
        return `| ${title} | ${what} | ${spell(own, unit)} | ${theirs} | ${verdict} |`
      },
    )
  })
  return ['| row | | cluster-os | serf | goal |', '|---|---|---|---|---|', ...lines, ''].join('\n')
}

function spell(value: number | null, unit: string): string {
  if (value === null) return 'not within 120 s'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return `${Number.isInteger(value) ? value : value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`
}

// What the benchmark found: figures kept as data, and the section of docs/benchmarks.md made from
// them. A row that is measured again replaces itself only. Not here: measuring.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { ROOT } from '../../lab/site.ts'
import { ROWS } from './rows.ts'

const FIGURES = join(ROOT, 'test/bench/figures.json')
export const PAGE = join(ROOT, 'docs/benchmarks.md')

export const HEADING = '## Runs beside peers'

export interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly peakMib: number
  readonly rc: number
  readonly output: string
}

interface Summary {
  readonly runs: number
  /** Seconds: median, least, most. */
  readonly wall: readonly [number, number, number]
  readonly cpu: number
  readonly peakMib: number
}

export interface Figures {
  readonly id: string
  readonly title: string
  readonly date: string
  readonly machine: string
  readonly versions: string
  readonly peers: Readonly<Record<string, Summary>>
}

export const machine = (): string =>
  `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

const cents = (value: number): number => Math.round(value * 100) / 100

export function summarize(costs: ReadonlyMap<string, readonly Cost[]>): Figures['peers'] {
  return Object.fromEntries(
    [...costs].map(([name, list]): [string, Summary] => {
      const walls = list.map(({ wall }) => wall)
      const wall = [median(walls), Math.min(...walls), Math.max(...walls)].map(cents)
      return [
        name,
        {
          runs: list.length,
          wall: wall as [number, number, number],
          cpu: cents(median(list.map(({ cpu }) => cpu))),
          peakMib: Math.round(median(list.map(({ peakMib }) => peakMib))),
        },
      ]
    }),
  )
}

/** Puts a row among the kept figures and renews the section of the page. */
export function keepFigures(figures: Figures): void {
  const kept = JSON.parse(readFileSync(FIGURES, 'utf8')) as readonly Figures[]
  const all = [...kept.filter(({ id }) => id !== figures.id), figures]
  const order = ROWS.map(({ id }) => id)
  const place = ({ id }: Figures): number => (order.includes(id) ? order.indexOf(id) : order.length)
  all.sort((a, b) => place(a) - place(b))
  writeFileSync(FIGURES, `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), HEADING, section(all)))
}

/** The page with the text from a heading to the next one replaced; the rest is of others. */
export function replaceSection(page: string, heading: string, text: string): string {
  const start = page.indexOf(`${heading}\n`)
  if (start === -1) {
    throw new ClusterError('LAB', `docs/benchmarks.md has no heading ${heading}`)
  }
  const next = page.indexOf('\n## ', start)
  return page.slice(0, start) + text + (next === -1 ? '' : page.slice(next))
}

function section(all: readonly Figures[]): string {
  const measured = new Set(all.map(({ id }) => id))
  const remarks = ROWS.flatMap(({ id, remark }) =>
    remark !== undefined && measured.has(id) ? [`- Row ${id}: ${remark}.`] : [],
  )
  const sources = new Map<string, string[]>()
  for (const { id, date, versions, machine: where } of all) {
    const source = `${date}, ${where}; ${versions}`
    sources.set(source, [...(sources.get(source) ?? []), id])
  }
  return [
    HEADING,
    '',
    ...[...sources].map(([source, ids]) => `- ${source}: rows ${ids.join(', ')}`),
    '- Whole processes, in turns on the same hosts; the median of as many runs as the table says.',
    '- Hosts: debian12 containers with an sshd each; forks 50, host keys checked, root.',
    '- Equal end state of every host after every run is the gate.',
    '- CPU: all processes of the controller. Memory: its largest process; Ansible has one a host.',
    ...remarks,
    '',
    tell(all).trimEnd(),
    '',
  ].join('\n')
}

export function tell(all: readonly Figures[]): string {
  return [
    '| row | | contender | runs | wall s (min, max) | CPU s | peak MiB | ours is faster by | goal |',
    '|---|---|---|---|---|---|---|---|---|',
    ...all.flatMap(tellRow),
    '',
  ].join('\n')
}

function tellRow({ id, title, peers }: Figures): string[] {
  const [ours] = Object.values(peers)
  const goal = ROWS.find((row) => row.id === id)?.goal
  return Object.entries(peers).map(([name, { runs, wall, cpu, peakMib }], position) => {
    const [middle, least, most] = wall
    const ratio = middle / (ours?.wall[0] ?? Number.NaN)
    const times = position === 0 ? '' : `${ratio.toFixed(1)}x`
    const verdict = name === 'mitogen' && goal !== undefined ? judge(ratio, goal) : ''
    const span = `${middle.toFixed(2)} (${least.toFixed(2)}, ${most.toFixed(2)})`
    const cells = [id, title, name, runs, span, cpu.toFixed(2), peakMib, times, verdict]
    return `| ${cells.join(' | ')} |`
  })
}

function judge(ratio: number, goal: number): string {
  return ratio >= goal ? `${goal}x: met` : `${goal}x: **missed**`
}

// Which trials make the table, and what `goals.md` wants of each figure. Not here: how a step
// measures (steps.ts).
import type { Script } from './steps.ts'

export interface Row {
  readonly id: string
  readonly title: string
  readonly script: Script
  /** Serf takes no part: it has no such thing, or the row asks only whether we do it. */
  readonly isOursAlone?: boolean
  /** Repeated so often, whatever rounds are asked for. */
  readonly rounds?: number
}

const script = (nodes: number, lossPercent: number, steps: Script['steps']): Script => ({
  nodes,
  lossPercent,
  steps,
  idleSeconds: 60,
  splitSeconds: 120,
})

export const ROWS: readonly Row[] = [
  {
    id: 'n10',
    title: '10 processes',
    script: script(10, 0, ['idle', 'changes', 'crashes', 'split', 'flap', 'half', 'moved']),
  },
  { id: 'n10-5', title: '10 processes, 5 % loss', script: script(10, 5, ['idle']) },
  { id: 'n10-10', title: '10 processes, 10 % loss', script: script(10, 10, ['idle']) },
  { id: 'n10-25', title: '10 processes, 25 % loss', script: script(10, 25, ['idle']) },
  {
    id: 'n100',
    title: '100 processes',
    script: script(100, 0, ['idle', 'changes', 'crashes', 'half']),
  },
  {
    id: 'together',
    title: '100 processes started together',
    script: script(100, 0, []),
    isOursAlone: true,
    rounds: 20,
  },
  {
    id: 'hours',
    title: '100 processes for an hour',
    script: { ...script(100, 0, ['idle']), idleSeconds: 3600 },
    isOursAlone: true,
    rounds: 1,
  },
]

interface Goal {
  readonly figure: string
  readonly title: string
  readonly unit: string
  /** At most this, by row; a row that is not here has no goal of its own. */
  readonly most: Readonly<Record<string, number>>
}

/** One line of the table each, in its order. */
export const GOALS: readonly Goal[] = [
  { figure: 'joined', title: 'all know all after', unit: 's', most: { together: 30 } },
  { figure: 'changeP50', title: 'change known by all, p50', unit: 's', most: {} },
  {
    figure: 'changeP99',
    title: 'change known by all, p99',
    unit: 's',
    most: { n10: 0.1, n100: 0.25 },
  },
  { figure: 'crashP50', title: 'crash known by all, p50', unit: 's', most: { n10: 4, n100: 5.5 } },
  { figure: 'halfKilled', title: 'half killed, known', unit: 's', most: { n10: 8, n100: 14 } },
  { figure: 'splitHealed', title: 'split of 120 s healed', unit: 's', most: { n10: 10 } },
  {
    figure: 'flapsSeen',
    title: 'deaf for 20 s, three times: state changes for each observer',
    unit: '',
    most: { n10: 2 },
  },
  { figure: 'moved', title: 'back under a new address', unit: 's', most: { n10: 1 } },
  {
    figure: 'bytesPerSecond',
    title: 'bytes a second a node, idle',
    unit: '',
    most: { n10: 230, n100: 230, 'n10-25': 500 },
  },
  {
    figure: 'falseDeaths',
    title: 'false deaths, idle',
    unit: '',
    most: { n10: 0, n100: 0, 'n10-5': 0, 'n10-10': 0, 'n10-25': 0, hours: 0 },
  },
  { figure: 'rssMib', title: 'resident memory, idle', unit: 'MiB', most: { n10: 76 } },
  { figure: 'cpuPercent', title: 'CPU, idle, of a core', unit: '%', most: { n10: 0.5 } },
]

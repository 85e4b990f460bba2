// What is done to the processes of a trial and measured at them, one step after the other. All
// times are seconds. Not here: the processes (trial.ts), and which steps make a row (rows.ts).
import { cut, deafen, loseUdp, mend } from './network.ts'
import { pause, type Trial } from './trial.ts'

/** What a step found, by name. */
export type Figures = Readonly<Record<string, number | null>>

export interface Script {
  readonly nodes: number
  readonly lossPercent: number
  readonly steps: readonly StepName[]
  /** How long the idle step and that of a split last, seconds. */
  readonly idleSeconds: number
  readonly splitSeconds: number
}

/**
 * After all have joined, and after a split, nothing is measured for a while: who joins costs both
 * programs more than who is there, and papers are signed for up to a minute after.
 */
const settleMs = (nodes: number): number => 30_000 + 1000 * nodes
const CHANGES = 20
const CRASHES = 3
const FLAPS = 3
const FLAP_MS = 20_000

export const STEPS = { idle, changes, crashes, split, flap, moved, half } as const
export type StepName = keyof typeof STEPS

/** All start, one after the other as fast as they can, and know one another. */
export async function join(trial: Trial, { lossPercent, steps }: Script): Promise<Figures> {
  const startMs = performance.now()
  for (let index = 1; index <= trial.nodes; index++) {
    trial.start(index)
    await pause(10)
  }
  await trial.until('all know all', () => trial.knowAll())
  const joined = (performance.now() - startMs) / 1000
  if (lossPercent > 0) loseUdp(lossPercent)
  if (steps.length > 0) await pause(settleMs(trial.nodes))
  return { joined }
}

async function idle(trial: Trial, { idleSeconds }: Script): Promise<Figures> {
  trial.falseDeaths = 0
  const before = trial.costs()
  await pause(idleSeconds * 1000)
  const after = trial.costs()
  const each = idleSeconds * trial.nodes
  return {
    bytesPerSecond: (after.bytes - before.bytes) / each,
    rssMib: after.rssMib,
    cpuPercent: (100 * (after.cpuSeconds - before.cpuSeconds)) / each,
    falseDeaths: trial.falseDeaths,
    nodeHours: each / 3600,
  }
}

/** From when the first one says so, as each takes its own time to take the order. */
async function changes(trial: Trial): Promise<Figures> {
  const seconds: number[] = []
  for (let round = 1; round <= CHANGES; round++) {
    const living = trial.living()
    const subject = living[round % living.length] ?? 1
    trial.heard = []
    const startMs = performance.now()
    trial.contender.change(trial.of(subject), round)
    const first = (): Map<number, number> => {
      const said = new Map<number, number>()
      for (const one of trial.heard) {
        if (one.subject !== subject || one.what !== 'changed') continue
        if (!said.has(one.observer)) said.set(one.observer, one.atMs)
      }
      return said
    }
    const others = (): number => [...first().keys()].filter((index) => index !== subject).length
    await trial.until('a change is known', () => others() >= living.length - 1)
    const times = [...first().values()]
    seconds.push((Math.max(...times) - Math.min(...times)) / 1000)
    await pause(Math.max(0, 1000 - (performance.now() - startMs)))
  }
  return { changeP50: quantile(seconds, 0.5), changeP99: quantile(seconds, 0.99) }
}

async function crashes(trial: Trial): Promise<Figures> {
  const seconds: number[] = []
  for (let round = 0; round < CRASHES; round++) {
    const subject = 2 + ((round * 3) % (trial.nodes - 1))
    seconds.push((await killed(trial, [subject])) ?? Number.POSITIVE_INFINITY)
    trial.start(subject)
    await trial.until('it is back', () => trial.knowAll())
    // At another place of everybody's period each time.
    await pause(2000 + 700 * round)
  }
  return { crashP50: quantile(seconds, 0.5), crashMost: Math.max(...seconds) }
}

/** Who is killed stays so. */
async function half(trial: Trial): Promise<Figures> {
  const { nodes } = trial
  const subjects = Array.from({ length: Math.floor(nodes / 2) }, (_, at) => nodes - at)
  return { halfKilled: (await killed(trial, subjects)) ?? null }
}

/** Seconds until all hold them dead; undefined: not within two minutes. */
function killed(trial: Trial, subjects: readonly number[]): Promise<number | undefined> {
  for (const subject of subjects) trial.kill(subject)
  const living = trial.living()
  return trial.secondsUntil(() =>
    living.every((observer) => subjects.every((one) => !trial.isThere(observer, one))),
  )
}

async function split(trial: Trial, { splitSeconds }: Script): Promise<Figures> {
  const all = trial.living()
  trial.isCut = true
  cut(all.slice(0, all.length / 2), all.slice(all.length / 2))
  await pause(splitSeconds * 1000)
  mend()
  const splitHealed = (await trial.secondsUntil(() => trial.knowAll())) ?? null
  trial.isCut = false
  await pause(settleMs(trial.nodes))
  return { splitHealed }
}

/** One hears nobody for 20 s, then all, again and again: how often do the others change their mind? */
async function flap(trial: Trial): Promise<Figures> {
  const subject = trial.nodes
  trial.heard = []
  trial.isCut = true
  for (let round = 0; round < FLAPS; round++) {
    deafen(subject)
    await pause(FLAP_MS)
    mend()
    await pause(FLAP_MS)
  }
  const said = trial.heard.filter(
    (one) => one.subject === subject && one.observer !== subject && one.what !== 'changed',
  )
  await trial.until('the deaf is back', () => trial.knowAll())
  trial.isCut = false
  return { flapsSeen: said.length / (trial.nodes - 1) }
}

/** One is gone and at once back under another address, with the name or identity it had. */
async function moved(trial: Trial): Promise<Figures> {
  const subject = 2
  trial.kill(subject)
  const place = trial.nodes + 1
  trial.start(subject, place)
  const seconds = await trial.secondsUntil(() => trial.knowPlace(subject, place))
  return { moved: seconds ?? null }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

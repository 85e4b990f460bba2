// One seed from start to end: a plan of faults, a world, checkers; and what came of it. Not here:
// how many seeds (sim.test.ts, campaign).
import { CHECKERS, type Checker, type Violation } from './checkers.ts'
import { mend, type Plan, planOf } from './nemesis.ts'
import { World, type WorldOptions } from './world.ts'

export interface Outcome {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly trace: number
  readonly plan: Plan
  /** Faults that began, so that a run without any does not count as one with them. */
  readonly faults: number
  readonly datagrams: number
}

const TICK_MS = 100

/** `only`: the one checker that looks, where a run must not end by what another sees first. */
export function runSeed(
  seed: number,
  ticks: number,
  options: Partial<WorldOptions> = {},
  only?: string,
): Outcome {
  const plan = planOf(seed, ticks)
  const { nodes, network, isTimersFirst, hasNoBeacons } = plan
  const world = new World({ seed, nodes, network, isTimersFirst, hasNoBeacons, ...options })
  const all = CHECKERS.map((checker) => checker())
  const checkers = only === undefined ? all : all.filter(({ name }) => name === only)
  const violations: Violation[] = []
  const note = ({ name }: Checker, what: string | undefined): void => {
    if (what !== undefined) violations.push({ checker: name, atMs: world.nowMs, what })
  }
  world.onEvent = (observed) => {
    for (const checker of checkers) note(checker, checker.event?.(world, observed))
  }
  for (const node of world.nodes) world.at(world.dice.below(3000), () => world.start(node))
  for (const fault of plan.faults) {
    world.at(fault.atMs, () => {
      world.countFault(1)
      fault.begin(world)
    })
    world.at(fault.atMs + fault.lastsMs, () => {
      world.countFault(-1)
      fault.end(world)
    })
  }
  world.at(plan.calmMs + 1, () => {
    world.countFault(0)
    mend(world, plan)
  })
  for (let atMs = TICK_MS; atMs <= plan.endMs && violations.length === 0; atMs += TICK_MS) {
    world.run(atMs)
    for (const checker of checkers) note(checker, checker.tick?.(world))
  }
  if (violations.length === 0) {
    for (const checker of checkers) note(checker, checker.end?.(world, plan))
  }
  const datagrams = world.nodes.reduce((sum, node) => sum + node.sentDatagrams, 0)
  return { seed, violations, trace: world.trace, plan, faults: plan.faults.length, datagrams }
}

/** What a person needs to see it again. */
export function tell({ seed, violations, plan }: Outcome): string {
  const faults = plan.faults.map(
    ({ name, atMs, lastsMs }) =>
      `  ${(atMs / 1000).toFixed(1)} s, ${(lastsMs / 1000).toFixed(1)} s: ${name}`,
  )
  const seen = violations.map(
    ({ checker, atMs, what }) => `  ${checker} at ${atMs / 1000} s: ${what}`,
  )
  const { nodes, network } = plan
  return [
    `seed ${seed}: ${nodes} nodes, ${JSON.stringify(network)}`,
    ...faults,
    ...seen,
    `  again: make sim SEED=${seed} N=1 TICKS=${plan.endMs / TICK_MS}`,
  ].join('\n')
}

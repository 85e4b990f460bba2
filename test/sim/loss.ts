// Living members on a network that loses datagrams, for hours of simulated time: how many are held
// dead, and what each node sends. Not here: how many hours (loss.test.ts).
import { QUIET } from './network.ts'
import { World, type WorldOptions } from './world.ts'

export interface LossTrial {
  readonly seed: number
  readonly nodes: number
  /** Share of datagrams lost, of each way. */
  readonly loss: number
  /** All nodes together. */
  readonly nodeHours: number
  readonly options?: Partial<WorldOptions>
}

export interface Losses {
  /** A living member held dead by a living one, counted by each that holds it so. */
  readonly falseDeaths: number
  /** Bytes that a node sends in a second, headers included. */
  readonly bytesPerSecond: number
}

const START_WITHIN_MS = 3000
/** All know all, and their first records are old. */
const SETTLED_MS = 60_000
const SLICE_MS = 60_000

export function runLoss({ seed, nodes, loss, nodeHours, options }: LossTrial): Losses {
  const world = new World({ seed, nodes, ...options })
  for (const node of world.nodes) {
    world.at(world.dice.below(START_WITHIN_MS), () => world.start(node))
  }
  world.run(SETTLED_MS)
  world.network.options = { ...QUIET, loss }
  const before = sentBytes(world)
  const seconds = (nodeHours * 3600) / nodes
  let falseDeaths = 0
  for (const endMs = SETTLED_MS + seconds * 1000; world.nowMs < endMs; ) {
    world.observed.length = 0
    world.run(Math.min(world.nowMs + SLICE_MS, endMs))
    falseDeaths += world.observed.filter(
      ({ event }) => event.kind === 'member' && event.state === 'dead',
    ).length
  }
  return { falseDeaths, bytesPerSecond: (sentBytes(world) - before) / nodes / seconds }
}

function sentBytes({ nodes }: World): number {
  return nodes.reduce((sum, node) => sum + node.sentBytes, 0)
}

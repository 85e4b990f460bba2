// Which faults come when, drawn from the seed: each seed has its own mix, as a fault that never
// meets another proves little. After the chaos everything is mended, and what must hold in the end
// is asked. Not here: how a fault is done (world.ts, network.ts).
import { Dice } from '../../agent/src/gossip/dice.ts'
import type { NetworkOptions } from './network.ts'
import { addressOf, type World } from './world.ts'

export interface Fault {
  readonly name: string
  readonly atMs: number
  readonly lastsMs: number
  begin(world: World): void
  end(world: World): void
}

export interface Plan {
  readonly nodes: number
  readonly network: NetworkOptions
  readonly faults: readonly Fault[]
  readonly isTimersFirst: boolean
  readonly hasNoBeacons: boolean
  /** Faults are over from here on. */
  readonly calmMs: number
  readonly endMs: number
  /** Nodes that are to be gone in the end. */
  readonly gone: Set<number>
}

/** Time for views to agree after the last fault: deaths, contacts with the dead, probation. */
export const CALM_MS = 60_000

const LOSSES = [0, 0, 0.01, 0.05, 0.1, 0.25]
const DELAYS_MS = [0.2, 1, 5, 20]

export function planOf(seed: number, ticks: number): Plan {
  const dice = new Dice(seed ^ 0xfa17)
  const nodes = 3 + dice.below(6)
  const endMs = ticks * 100
  const calmMs = endMs - CALM_MS
  const network: NetworkOptions = {
    loss: oneOf(dice, LOSSES),
    delayLeastMs: 0.1,
    delayMeanMs: oneOf(dice, DELAYS_MS),
    duplicates: dice.fraction() < 0.3 ? 0.2 : 0,
    corruption: dice.fraction() < 0.3 ? 0.02 : 0,
  }
  const gone = new Set<number>()
  const kinds = dice.pick(KINDS, 2 + dice.below(4))
  const faults: Fault[] = []
  for (
    let atMs = 8000 + dice.below(10_000);
    atMs < calmMs - 5000;
    atMs += 3000 + dice.below(40_000)
  ) {
    const lastsMs = Math.min(500 + dice.below(dice.fraction() < 0.3 ? 60_000 : 8000), calmMs - atMs)
    faults.push({ atMs, lastsMs, ...oneOf(dice, kinds)(dice, nodes, gone) })
  }
  const isTimersFirst = dice.fraction() < 0.5
  const hasNoBeacons = dice.fraction() < 0.3
  return { nodes, network, isTimersFirst, hasNoBeacons, faults, calmMs, endMs, gone }
}

type Doing = Pick<Fault, 'name' | 'begin' | 'end'>
type Kind = (dice: Dice, nodes: number, gone: Set<number>) => Doing

const nothing = (): void => undefined

const restart: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  return {
    name: `restart of ${index}`,
    begin: (world) => world.kill(world.node(index)),
    end: (world) => world.start(world.node(index)),
  }
}

const crash: Kind = (dice, nodes, gone) => {
  const index = dice.below(nodes)
  // Half of them are to live, or there is nothing to agree on.
  if (gone.size + 1 > nodes / 2) return restart(dice, nodes, gone)
  gone.add(index)
  return {
    name: `crash of ${index}`,
    begin: (world) => world.kill(world.node(index)),
    end: nothing,
  }
}

const leave: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  return {
    name: `leave of ${index}`,
    begin: (world) => world.leave(world.node(index)),
    end: (world) => {
      world.kill(world.node(index))
      world.start(world.node(index))
    },
  }
}

const freeze: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  return {
    name: `freeze of ${index}`,
    begin: (world) => world.freeze(world.node(index)),
    end: (world) => world.thaw(world.node(index)),
  }
}

const split: Kind = (dice, nodes) => {
  const order = dice.shuffled(indices(nodes))
  const at = 1 + dice.below(nodes - 1)
  return {
    name: `split of ${order.slice(0, at).join(' ')}`,
    begin: (world) => world.network.split(order.slice(0, at), order.slice(at)),
    end: (world) => world.network.heal(),
  }
}

const oneWay: Kind = (dice, nodes) => {
  const [from = 0, to = 1] = dice.pick(indices(nodes), 2)
  return {
    name: `one way from ${from} to ${to}`,
    begin: (world) => world.network.cut(from, to),
    end: (world) => world.network.heal(),
  }
}

const deaf: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  const share = oneOf(dice, [0.5, 0.8, 1])
  const isDeaf = dice.fraction() < 0.5
  return {
    name: `${isDeaf ? 'deaf' : 'mute'} ${index} by ${share}`,
    begin: ({ network }) => (isDeaf ? network.deaf : network.mute).set(index, share),
    end: (world) => world.network.heal(),
  }
}

const bridge: Kind = (dice, nodes) => {
  const [middle = 0, ...others] = dice.shuffled(indices(nodes))
  const half = Math.ceil(others.length / 2)
  return {
    name: `bridge over ${middle}`,
    begin: (world) => world.network.split(others.slice(0, half), others.slice(half)),
    end: (world) => world.network.heal(),
  }
}

const move: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  const to = addressOf(1000 + dice.below(10_000))
  return {
    name: `new address of ${index}`,
    begin: (world) => world.move(world.node(index), to),
    end: nothing,
  }
}

const clocks: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  const rate = 0.9 + 0.2 * dice.fraction()
  const wallOffsetS = Math.round((dice.fraction() - 0.5) * 20 * 365 * 86_400)
  return {
    name: `clock of ${index} at ${rate.toFixed(2)}`,
    begin: (world) => world.setClock(world.node(index), rate, wallOffsetS),
    end: (world) => world.setClock(world.node(index), 1, 0),
  }
}

const power: Kind = (_, nodes) => ({
  name: 'power cut',
  begin: (world) => {
    for (const index of indices(nodes)) world.kill(world.node(index))
  },
  end: (world) => {
    for (const index of indices(nodes)) world.start(world.node(index))
  },
})

const rollback: Kind = (dice, nodes) => {
  const index = dice.below(nodes)
  return {
    name: `disk of ${index} rolled back`,
    begin: (world) => world.kill(world.node(index)),
    end: (world) => {
      const node = world.node(index)
      node.machine.disk.boot = Math.max(0, node.machine.disk.boot - 2)
      world.start(node)
    },
  }
}

const KINDS: readonly Kind[] = [
  restart,
  crash,
  leave,
  freeze,
  split,
  oneWay,
  deaf,
  bridge,
  move,
  clocks,
  power,
  rollback,
]

/** All is well from now on, but for the nodes that are to be gone. */
export function mend(world: World, plan: Plan): void {
  world.network.heal()
  world.network.options = { ...plan.network, loss: Math.min(plan.network.loss, 0.05) }
  for (const node of world.nodes) {
    world.setClock(node, 1, 0)
    world.thaw(node)
    if (plan.gone.has(node.index)) world.kill(node)
    else world.start(node)
  }
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function oneOf<T>(dice: Dice, items: readonly T[]): T {
  return items[dice.below(items.length)] as T
}

// The gate of the benchmark: equal work. What is timed counts only where every contender leaves the
// same state on each host, after every run. Not here: the scripts that tell a state (rows.ts).
import { ClusterError } from '../../agent/src/errors.ts'
import type { Cost } from './report.ts'
import type { Targets } from './targets.ts'

export class EqualStates {
  readonly #title: string
  #first: readonly string[] | undefined

  constructor(title: string) {
    this.#title = title
  }

  /** Reads the state of every host; throws when one differs from what the first run left there. */
  async add(targets: Pick<Targets, 'all' | 'read'>, state: string): Promise<void> {
    const now = await targets.read(`{ ${state}; } 2>&1 | cat`)
    this.#first ??= now
    const moved = now.findIndex((text, position) => text !== this.#first?.[position])
    if (moved === -1) return
    const name = targets.all[moved]?.name
    throw new ClusterError('LAB', `${this.#title}: the end states of ${name} differ`, {
      hint: `first: ${this.#first[moved]}\nnow: ${now[moved]}`,
    })
  }
}

interface Turn<P> {
  readonly run: (contender: P, round: number) => Promise<Cost>
  readonly gate: () => Promise<void>
}

/** Contenders in turns, so that a slow minute falls on all; after each run the gate is asked. */
export async function timeInTurns<P extends { readonly name: string }>(
  contenders: readonly P[],
  rounds: number,
  { run, gate }: Turn<P>,
): Promise<ReadonlyMap<string, readonly Cost[]>> {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      costs.get(contender.name)?.push(await run(contender, round))
      await gate()
    }
  }
  return costs
}

// A small settled cluster with an attacker beside it: what he sends goes in at the socket, and what
// is sent to him is counted there. Not here: what he tries (the tests).
import type { Address } from '../../agent/src/wire/address.ts'
import { addressKey } from '../../agent/src/wire/address.ts'
import { addressOf, type SimNode, World, type WorldOptions } from '../sim/world.ts'

export interface Captured {
  readonly from: SimNode
  readonly to: Address
  readonly bytes: Uint8Array
}

/** Nobody of the cluster lives there. */
export const STRANGER: Address = addressOf(9999)

export class Stage {
  readonly world: World
  readonly captured: Captured[] = []
  #answeredBytes = 0

  /** `members` nodes are up and know one another; the others are the attacker's to start. */
  constructor(members = 3, options: Partial<WorldOptions> = {}) {
    this.world = new World({ seed: 11, nodes: members + 1, ...options })
    this.world.onSend = (from, to, bytes) => {
      this.captured.push({ from, to, bytes })
      if (addressKey(to) === addressKey(STRANGER)) this.#answeredBytes += bytes.length
    }
    for (const node of this.world.nodes.slice(0, members)) this.world.start(node)
    this.pass(20_000)
  }

  node(index: number): SimNode {
    return this.world.node(index)
  }

  pass(ms: number): void {
    this.world.run(this.world.nowMs + ms)
  }

  /** Bytes that come back to the stranger within ten seconds of what he sends. */
  answerTo(datagrams: readonly Uint8Array[], to = this.node(0), from = STRANGER): number {
    this.#answeredBytes = 0
    for (const bytes of datagrams) this.world.inject(from, to, bytes)
    this.pass(10_000)
    return this.#answeredBytes
  }

  /** How many members a node lists as there, itself among them. */
  listed(index: number): number {
    return (this.node(index).gossip?.roster.living().length ?? -1) + 1
  }

  ignored(index: number, reason: string): number {
    const ignored = this.node(index).gossip?.ignored as ReadonlyMap<string, number> | undefined
    return ignored?.get(reason) ?? 0
  }
}

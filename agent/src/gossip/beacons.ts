// Beacons: how nodes on one network find each other without being told. Repeated for ever, as wifi
// loses broadcasts and interfaces come late; rare, and left out where others have just been heard.
// Not here: what follows from hearing one (greeter.ts).
import type { Address } from '../wire/address.ts'
import type { NodeId } from '../wire/id.ts'
import { BEACON_AT_MS, BEACON_INTERVAL_MS, BEACONS_ENOUGH } from './config.ts'
import type { Runtime } from './runtime.ts'
import type { Link } from './types.ts'

export class Beacons {
  readonly #runtime: Runtime
  readonly #send: (link: Link, to: Address) => void
  readonly #links = new Map<string, { link: Link; round: number; heard: Set<NodeId> }>()

  constructor(runtime: Runtime, send: (link: Link, to: Address) => void) {
    this.#runtime = runtime
    this.#send = send
  }

  /** Interfaces as they are now; new ones get beacons at once. */
  setLinks(links: readonly Link[]): void {
    const { agenda, moment } = this.#runtime
    const names = new Set(links.map(({ name }) => name))
    for (const name of this.#links.keys()) {
      if (names.has(name)) continue
      this.#links.delete(name)
      agenda.cancel(`beacon ${name}`)
    }
    for (const link of links) {
      const held = this.#links.get(link.name)
      const isSame = JSON.stringify(held?.link.beacons) === JSON.stringify(link.beacons)
      if (held !== undefined && isSame) continue
      this.#links.set(link.name, { link, round: 0, heard: new Set() })
      agenda.set(`beacon ${link.name}`, moment.nowMs, () => this.#round(link.name))
    }
  }

  /** A beacon of another node came by: it speaks for us to whoever is new. */
  heard(id: NodeId): void {
    for (const { heard } of this.#links.values()) if (heard.size < BEACONS_ENOUGH) heard.add(id)
  }

  #round(name: string): void {
    const held = this.#links.get(name)
    if (held === undefined) return
    const isNeeded = held.round < BEACON_AT_MS.length || held.heard.size < BEACONS_ENOUGH
    if (isNeeded) for (const to of held.link.beacons) this.#send(held.link, to)
    held.heard.clear()
    held.round++
    const { agenda, dice, moment } = this.#runtime
    const before = BEACON_AT_MS[held.round - 1] ?? 0
    const next = BEACON_AT_MS[held.round]
    // Half to one and a half intervals, so that those who are heard change.
    const jitterMs = BEACON_INTERVAL_MS / 2 + dice.below(BEACON_INTERVAL_MS)
    const delayMs = next === undefined ? jitterMs : next - before
    agenda.set(`beacon ${name}`, moment.nowMs + delayMs, () => this.#round(name))
  }
}

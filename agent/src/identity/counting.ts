// In which order the nodes of a stick were accepted, so that those beyond its bound are known, the
// newest first, and the same ones everywhere. Not here: what happens to them (book.ts).
import type { NodeId } from '../wire/id.ts'
import type { ReceiptStatement } from '../wire/statement.ts'
import type { Chain } from './chains.ts'

interface Place {
  readonly id: NodeId
  readonly date: number
  readonly digest: string
  readonly mayCoordinate: boolean
}

export class Counting {
  /** By delegation, in the order of acceptance. */
  readonly #places = new Map<string, Place[]>()
  /** The newest date of each acceptor. */
  readonly #dates = new Map<NodeId, number>()

  /** Notes when a node was accepted first; without a receipt it is in no order yet. */
  set(id: NodeId, { certificate, delegation }: Chain, receipts: readonly ReceiptStatement[]): void {
    for (const { body } of receipts) {
      this.#dates.set(body.acceptor, Math.max(this.#dates.get(body.acceptor) ?? 0, body.date))
    }
    const [first] = receipts
    const places = (this.#places.get(delegation.digest) ?? []).filter((place) => place.id !== id)
    if (first !== undefined) {
      const { date } = first.body
      const { mayCoordinate } = certificate.body
      places.push({ id, date, digest: first.digest, mayCoordinate })
      places.sort((a, b) => a.date - b.date || (a.digest < b.digest ? -1 : 1))
    }
    this.#places.set(delegation.digest, places)
  }

  /** How many of the same stick were accepted before. */
  place(delegation: string, id: NodeId): number {
    const places = this.#places.get(delegation) ?? []
    const at = places.findIndex((place) => place.id === id)
    return at < 0 ? places.length : at
  }

  /** The same among those who may coordinate. */
  coordinatorPlace(delegation: string, id: NodeId): number {
    const places = (this.#places.get(delegation) ?? []).filter(({ mayCoordinate }) => mayCoordinate)
    const at = places.findIndex((place) => place.id === id)
    return at < 0 ? places.length : at
  }

  /** The second newest date of all acceptors: no single one can put it forward. */
  newestDate(): number {
    const [, second] = [...this.#dates.values()].toSorted((a, b) => b - a)
    return second ?? 0
  }
}

// In which order the nodes of a stick were accepted, so that those beyond its bound are known, the
// newest first, and the same ones everywhere. Not here: what happens to them (book.ts).
import type { NodeId } from '../wire/id.ts'
import type { ReceiptStatement } from '../wire/statement.ts'
import type { Chain } from './chains.ts'

interface Place {
  readonly id: NodeId
  readonly delegation: string
  readonly date: number
  readonly digest: string
  readonly mayCoordinate: boolean
  /** Joins that its stick allows; 0: any number. */
  readonly most: number
}

export class Counting {
  /** By delegation, in the order of acceptance. */
  readonly #places = new Map<string, Place[]>()
  /** A node has one place, whatever other sticks it knows. */
  readonly #placeOf = new Map<NodeId, Place>()
  /** The newest date of each acceptor. */
  readonly #dates = new Map<NodeId, number>()

  /**
   * Notes when a node was accepted first; without a chain or a receipt it is in no order. What is
   * as before costs nothing, as all are told again after a revocation. Gives those at the bound of
   * a stick whose order it has changed: one more or fewer before them is what counts for them.
   */
  set(
    id: NodeId,
    chain: Chain | undefined,
    receipts: readonly ReceiptStatement[],
  ): readonly NodeId[] {
    for (const { body } of receipts) {
      this.#dates.set(body.acceptor, Math.max(this.#dates.get(body.acceptor) ?? 0, body.date))
    }
    const before = this.#placeOf.get(id)
    const after = placeOf(id, chain, receipts)
    if (isSame(before, after)) return []
    const moved = this.#atBound(before)
    if (before !== undefined) {
      const places = this.#places.get(before.delegation) ?? []
      places.splice(places.indexOf(before), 1)
      this.#placeOf.delete(id)
    }
    if (after === undefined) return moved
    this.#placeOf.set(id, after)
    const places = this.#places.get(after.delegation) ?? []
    places.push(after)
    places.sort((a, b) => a.date - b.date || (a.digest < b.digest ? -1 : 1))
    this.#places.set(after.delegation, places)
    return [...moved, ...this.#atBound(after)]
  }

  /** The last within the bound and the first beyond it. */
  #atBound(place: Place | undefined): NodeId[] {
    if (place === undefined || place.most === 0) return []
    const places = this.#places.get(place.delegation) ?? []
    return places.slice(place.most - 1, place.most + 1).map(({ id }) => id)
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

  /** Dates are told anew: receipts were dropped. */
  forgetDates(): void {
    this.#dates.clear()
  }

  /** The second newest date of all acceptors: no single one can put it forward. */
  newestDate(): number {
    const [, second] = [...this.#dates.values()].toSorted((a, b) => b - a)
    return second ?? 0
  }
}

function placeOf(
  id: NodeId,
  chain: Chain | undefined,
  [first]: readonly ReceiptStatement[],
): Place | undefined {
  if (chain === undefined || first === undefined) return undefined
  const { mayCoordinate } = chain.certificate.body
  const { digest: delegation, body } = chain.delegation
  const { date } = first.body
  return { id, delegation, date, digest: first.digest, mayCoordinate, most: body.mostJoins }
}

/** Negative when `a` was given earlier. */
export function compareReceipts(a: ReceiptStatement, b: ReceiptStatement): number {
  if (a.body.date !== b.body.date) return a.body.date - b.body.date
  return a.digest < b.digest ? -1 : 1
}

function isSame(a: Place | undefined, b: Place | undefined): boolean {
  return (
    a?.delegation === b?.delegation &&
    a?.digest === b?.digest &&
    a?.mayCoordinate === b?.mayCoordinate
  )
}

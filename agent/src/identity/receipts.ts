// Receipts by node: the earliest few of each, one of each acceptor. Not here: which of them count
// (book.ts), and in which order nodes were accepted (counting.ts).
import type { NodeId } from '../wire/id.ts'
import type { ReceiptStatement } from '../wire/statement.ts'
import { compareReceipts } from './counting.ts'

/** The earliest are kept; two are wanted, a third serves when an acceptor turns out bad. */
const RECEIPTS_MOST = 3

export class Receipts {
  readonly #byNode = new Map<NodeId, Map<NodeId, ReceiptStatement>>()

  /** The earliest first. */
  of(id: NodeId): ReceiptStatement[] {
    return [...(this.#byNode.get(id)?.values() ?? [])].toSorted(compareReceipts)
  }

  has(id: NodeId, acceptor: NodeId): boolean {
    return this.#byNode.get(id)?.has(acceptor) ?? false
  }

  /** It is not later than all that are wanted: looked at before the signature, as many come. */
  mayKeep(statement: ReceiptStatement): boolean {
    const last = this.of(statement.body.nodeId)[RECEIPTS_MOST - 1]
    return last === undefined || compareReceipts(statement, last) < 0
  }

  /** Puts one among those of its node and gives what it displaces; undefined: it is too late. */
  keep(statement: ReceiptStatement): ReceiptStatement[] | undefined {
    const { nodeId, acceptor } = statement.body
    const held = this.of(nodeId)
    const before = held.find((receipt) => receipt.body.acceptor === acceptor)
    if (before !== undefined && compareReceipts(before, statement) <= 0) return undefined
    const others = held.filter((receipt) => receipt !== before)
    const order = [...others, statement].toSorted(compareReceipts)
    const kept = order.slice(0, RECEIPTS_MOST)
    if (!kept.includes(statement)) return undefined
    this.#byNode.set(nodeId, new Map(kept.map((receipt) => [receipt.body.acceptor, receipt])))
    return [...(before === undefined ? [] : [before]), ...order.slice(RECEIPTS_MOST)]
  }

  /** Keeps only those that count, and gives the others. */
  drop(counts: (receipt: ReceiptStatement) => boolean): ReceiptStatement[] {
    const dropped: ReceiptStatement[] = []
    for (const receipts of this.#byNode.values()) {
      for (const [acceptor, receipt] of receipts) {
        if (counts(receipt)) continue
        receipts.delete(acceptor)
        dropped.push(receipt)
      }
    }
    return dropped
  }
}

// Receipts that came before what shows that they count: the papers of who signed them, or the
// certificate that they name. A newcomer is told of a whole cluster in any order, and would have to
// be told twice. Not looked at, so bounded. Not here: when they count (identity/book.ts).
import type { NodeId } from '../wire/id.ts'
import type { ReceiptStatement, RecordStatement } from '../wire/statement.ts'
import { EARLY_MOST } from './config.ts'

/** A receipt, and who told it. */
export interface Early {
  readonly receipt: ReceiptStatement
  readonly from: RecordStatement
}

export class EarlyReceipts {
  /** By digest, the oldest first. */
  readonly #early = new Map<string, Early>()
  /** Of each node the digests of those that wait for news of it. */
  readonly #waiting = new Map<NodeId, Set<string>>()

  get size(): number {
    return this.#early.size
  }

  /** Keeps one until something is new about its acceptor or the node that it accepts. */
  add(receipt: ReceiptStatement, from: RecordStatement): void {
    const { digest } = receipt
    if (this.#early.has(digest)) return
    if (this.#early.size >= EARLY_MOST) {
      const [oldest] = this.#early.values()
      if (oldest !== undefined) this.#remove(oldest.receipt)
    }
    this.#early.set(digest, { receipt, from })
    for (const id of awaited(receipt)) {
      const waiting = this.#waiting.get(id)
      if (waiting === undefined) this.#waiting.set(id, new Set([digest]))
      else waiting.add(digest)
    }
  }

  /** What waits for news of a node, which are there now. */
  take(id: NodeId): Early[] {
    const taken = [...(this.#waiting.get(id) ?? [])].flatMap((one) => this.#early.get(one) ?? [])
    for (const { receipt } of taken) this.#remove(receipt)
    return taken
  }

  /** Digests of the certificates of a node that those name which wait. */
  certificates(id: NodeId): string[] {
    const waiting = [...(this.#waiting.get(id) ?? [])].flatMap((one) => this.#early.get(one) ?? [])
    return waiting.flatMap(({ receipt: { body } }) => (body.nodeId === id ? body.certificate : []))
  }

  #remove(receipt: ReceiptStatement): void {
    this.#early.delete(receipt.digest)
    for (const id of awaited(receipt)) {
      const waiting = this.#waiting.get(id)
      waiting?.delete(receipt.digest)
      if (waiting?.size === 0) this.#waiting.delete(id)
    }
  }
}

function awaited({ body }: ReceiptStatement): readonly NodeId[] {
  return [body.acceptor, body.nodeId]
}

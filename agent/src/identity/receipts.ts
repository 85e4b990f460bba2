// Receipts by node: the earliest few of each, one of each acceptor; and those that wait for the
// certificate that they name. Not here: which of them count (book.ts), and in which order nodes
// were accepted (counting.ts).
import type { NodeId } from '../wire/id.ts'
import type { ReceiptStatement } from '../wire/statement.ts'
import { compareReceipts } from './counting.ts'

/** The earliest are kept; two are wanted, a third serves when an acceptor turns out bad. */
const RECEIPTS_MOST = 3

export class Receipts {
  /** Signed well, for certificates that are not held; by node, the earliest few as well. */
  readonly #waiting = new Map<NodeId, readonly ReceiptStatement[]>()
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
    return earliest([...this.of(statement.body.nodeId), statement]).includes(statement)
  }

  /** Puts one among those of its node and gives what it displaces. */
  keep(statement: ReceiptStatement): ReceiptStatement[] {
    const { nodeId } = statement.body
    const held = this.of(nodeId)
    const kept = earliest([...held, statement])
    this.#byNode.set(nodeId, new Map(kept.map((receipt) => [receipt.body.acceptor, receipt])))
    return held.filter((receipt) => !kept.includes(receipt))
  }

  /** Its certificate is let in when it comes, whatever other is held in its place by now. */
  expect(statement: ReceiptStatement): void {
    const { nodeId } = statement.body
    if (this.isExpected(statement)) return
    this.#waiting.set(nodeId, earliest([...(this.#waiting.get(nodeId) ?? []), statement]))
  }

  isExpected({ body, digest }: ReceiptStatement): boolean {
    return this.#waiting.get(body.nodeId)?.some((receipt) => receipt.digest === digest) ?? false
  }

  /** Those that wait for this certificate and would be kept. */
  expected(id: NodeId, certificate: string): readonly ReceiptStatement[] {
    const waiting = this.#waiting.get(id) ?? []
    return waiting.filter((one) => one.body.certificate === certificate && this.mayKeep(one))
  }

  /** Keeps only those that count, and gives the others; those that wait have to come again. */
  drop(counts: (receipt: ReceiptStatement) => boolean): ReceiptStatement[] {
    this.#waiting.clear()
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

/** One of each acceptor, the earliest, and few of all. */
function earliest(all: readonly ReceiptStatement[]): ReceiptStatement[] {
  const byAcceptor = new Map<NodeId, ReceiptStatement>()
  for (const receipt of all.toSorted(compareReceipts)) {
    if (!byAcceptor.has(receipt.body.acceptor)) byAcceptor.set(receipt.body.acceptor, receipt)
  }
  return [...byAcceptor.values()].slice(0, RECEIPTS_MOST)
}

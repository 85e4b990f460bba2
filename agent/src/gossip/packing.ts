// Statements into datagrams: as many as fit in each, in order. Not here: sealing.
import { DATAGRAM_MAX_BYTES } from '../wire/datagram.ts'
import type { Statement } from '../wire/statement.ts'

/** Version, tag, form, header of form 1, seal, and the message's type and count. */
const OVERHEAD_BYTES = 1 + 8 + 1 + 14 + 16 + 2
const STATEMENTS_MOST = 16

export function packed(statements: readonly Statement[]): Statement[][] {
  const batches: Statement[][] = []
  let batch: Statement[] = []
  let bytes = OVERHEAD_BYTES
  for (const statement of statements) {
    const size = statement.bytes.length
    if (bytes + size > DATAGRAM_MAX_BYTES || batch.length === STATEMENTS_MOST) {
      if (batch.length > 0) batches.push(batch)
      batch = []
      bytes = OVERHEAD_BYTES
    }
    batch.push(statement)
    bytes += size
  }
  return batch.length > 0 ? [...batches, batch] : batches
}

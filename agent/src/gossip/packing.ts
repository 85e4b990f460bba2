// What is told in order, into datagrams: as much as fits in each. Not here: sealing.
import { DATAGRAM_MAX_BYTES } from '../wire/datagram.ts'
import type { Statement } from '../wire/statement.ts'
import { ANSWER_DATAGRAMS_MOST } from './config.ts'
import type { Member } from './roster.ts'
import type { Runtime } from './runtime.ts'

/** Version, tag, form, header of form 1, seal, and the message's type and count. */
const OVERHEAD_BYTES = 1 + 8 + 1 + 14 + 16 + 2
const STATEMENTS_MOST = 16

/** `datagramsMost`: what does not go into so many is left out, and not even looked at. */
export function packed(statements: Iterable<Statement>, datagramsMost?: number): Statement[][] {
  return packedBy(statements, ({ bytes }) => bytes.length, STATEMENTS_MOST, datagramsMost)
}

/** Answers a member with these, as many as one question is answered by. */
export function answerWith(runtime: Runtime, to: Member, statements: Iterable<Statement>): void {
  for (const batch of packed(statements, ANSWER_DATAGRAMS_MOST)) {
    runtime.tell(to, [{ type: 'statements', statements: batch }])
  }
}

/** Datagrams that have room left and are looked at for the next item. */
const OPEN_MOST = 8

/**
 * Each into the first that has room, so that what is large leaves no holes that what is small could
 * fill; of two the smaller is never behind the larger that follows it. `bytesOf`: what one takes,
 * without the overhead; `most`: so many in one.
 */
export function packedBy<T>(
  items: Iterable<T>,
  bytesOf: (item: T) => number,
  most = Number.POSITIVE_INFINITY,
  datagramsMost = Number.POSITIVE_INFINITY,
): T[][] {
  const batches: { readonly items: T[]; bytes: number }[] = []
  for (const item of items) {
    const bytes = bytesOf(item)
    const open = batches
      .slice(-OPEN_MOST)
      .find((one) => one.bytes + bytes <= DATAGRAM_MAX_BYTES && one.items.length < most)
    if (open === undefined) {
      if (batches.length >= datagramsMost) break
      batches.push({ items: [item], bytes: OVERHEAD_BYTES + bytes })
    } else {
      open.items.push(item)
      open.bytes += bytes
    }
  }
  return batches.map((one) => one.items)
}

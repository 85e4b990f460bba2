// What is too large for a record: details, named by their digest and fetched in pieces from whoever
// made them, one after the other, so that joining nodes do not drown a member in questions. Not
// here: what details say.
import type { NodeId } from '../wire/id.ts'
import type { BlobPartMessage } from '../wire/message.ts'
import { DETAILS_MOST_BYTES } from '../wire/record.ts'
import type { Suite } from '../wire/suite.ts'
import { isHere, type Member, type Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'

const PART_BYTES = 1024
const TRY_MS = 500
const TRIES_MOST = 5
/**
 * Tries for a whole blob, for each of its parts besides those of one: at 25 % loss 1.8 are needed.
 * Who answers slowly on purpose keeps the others waiting no longer: 18.5 s for the largest.
 */
const TRIES_OF_PART = 2
/** A member whose blob did not come is asked again after this. */
const AGAIN_MS = 30_000

interface Fetching {
  readonly member: Member
  readonly digest: string
  readonly size: number
  readonly parts: Uint8Array[]
  readonly untilMs: number
  offset: number
  tries: number
}

export class Blobs {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #onBlob: (id: NodeId) => void
  /** The newest of each member, and our own. */
  readonly #held = new Map<NodeId, { digest: string; bytes: Uint8Array }>()
  readonly #wanted = new Set<NodeId>()
  #fetching: Fetching | undefined

  constructor(runtime: Runtime, roster: Roster, onBlob: (id: NodeId) => void) {
    this.#runtime = runtime
    this.#roster = roster
    this.#onBlob = onBlob
  }

  /** Ours; its name goes into our record. */
  setOwn(self: NodeId, bytes: Uint8Array): { digest: string; size: number } {
    if (bytes.length > DETAILS_MOST_BYTES) throw new Error(`a blob has ${bytes.length} bytes`)
    const digest = blobDigest(bytes, this.#runtime.suite)
    this.#held.set(self, { digest, bytes })
    return { digest, size: bytes.length }
  }

  /** The blob that a member's record names, when it is here. */
  of(member: Member): Uint8Array | undefined {
    const held = this.#held.get(member.id)
    return held?.digest === member.record.body.details?.digest ? held?.bytes : undefined
  }

  /** A record may name a blob that is not here. */
  noticed(member: Member): void {
    const { details } = member.record.body
    if (member.isSelf || details === undefined || details.size > DETAILS_MOST_BYTES) return
    if (this.#held.get(member.id)?.digest === details.digest) return
    this.#wanted.add(member.id)
    this.#next()
  }

  /** Machines of one kind tell the same. */
  #isShared(id: NodeId, wanted: string): boolean {
    const same = [...this.#held.values()].find(({ digest }) => digest === wanted)
    if (same !== undefined) this.#held.set(id, same)
    return same !== undefined
  }

  forget(id: NodeId): void {
    this.#held.delete(id)
    this.#wanted.delete(id)
  }

  /** A member asks for a piece. */
  get(from: Member, digest: string, offset: number): void {
    for (const held of this.#held.values()) {
      if (held.digest !== digest || offset >= Math.max(held.bytes.length, 1)) continue
      const bytes = held.bytes.subarray(offset, offset + PART_BYTES)
      this.#runtime.tell(from, [{ type: 'blob-part', digest, offset, bytes }])
      return
    }
  }

  part(from: Member, { digest, offset, bytes }: BlobPartMessage): void {
    const fetching = this.#fetching
    if (fetching?.member !== from || fetching.digest !== digest) return
    if (fetching.offset !== offset) return
    // Bytes given one by one would hold up what others have to tell.
    const wanted = Math.min(PART_BYTES, fetching.size - offset)
    if (bytes.length !== wanted) return this.#runtime.ignore('malformed')
    fetching.parts.push(bytes)
    fetching.offset += bytes.length
    fetching.tries = 0
    if (fetching.offset < fetching.size) this.#ask(fetching)
    else this.#complete(fetching)
  }

  #next(): void {
    if (this.#fetching !== undefined) return
    for (const id of this.#wanted) {
      const member = this.#roster.get(id)
      const details = member?.record.body.details
      this.#wanted.delete(id)
      if (member === undefined || details === undefined || !isHere(member)) continue
      if (this.#isShared(id, details.digest)) continue
      const triesMost = TRIES_MOST + TRIES_OF_PART * Math.ceil(details.size / PART_BYTES)
      const untilMs = this.#runtime.moment.nowMs + triesMost * TRY_MS
      this.#fetching = { member, ...details, parts: [], untilMs, offset: 0, tries: 0 }
      this.#ask(this.#fetching)
      return
    }
  }

  #ask(fetching: Fetching): void {
    const { member, digest, offset, tries } = fetching
    const { agenda, moment } = this.#runtime
    if (tries >= TRIES_MOST || moment.nowMs >= fetching.untilMs) {
      this.#end(fetching)
      const atMs = moment.nowMs + AGAIN_MS
      agenda.set(`blob ${member.id}`, atMs, () => this.noticed(member))
      return
    }
    fetching.tries++
    this.#runtime.tell(member, [{ type: 'blob-get', digest, offset }], tries)
    agenda.set('blob', moment.nowMs + TRY_MS, () => this.#ask(fetching))
  }

  #complete(fetching: Fetching): void {
    const { member, digest, parts } = fetching
    const bytes = new Uint8Array(Buffer.concat(parts))
    if (blobDigest(bytes, this.#runtime.suite) === digest) {
      this.#held.set(member.id, { digest, bytes })
      this.#onBlob(member.id)
    } else this.#runtime.ignore('signature')
    this.#end(fetching)
  }

  #end(fetching: Fetching): void {
    if (this.#fetching === fetching) this.#fetching = undefined
    this.#runtime.agenda.cancel('blob')
    this.#next()
  }
}

/** The first 16 bytes of the digest, in hexadecimal digits. */
function blobDigest(bytes: Uint8Array, suite: Suite): string {
  return Buffer.from(suite.digest(bytes)).toString('hex', 0, 16)
}

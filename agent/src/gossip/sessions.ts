// Sealing between two processes: pair keys, the counter of all we send, windows of what each peer
// has sent. Not here: who may speak (inbox.ts) and what is said (wire/message.ts).
import { type Header, type Opened, openSealed, sealDatagram } from '../wire/datagram.ts'
import { type NodeId, shortOf } from '../wire/id.ts'
import { directionKey } from '../wire/keys.ts'
import { isRefused } from '../wire/refusal.ts'
import type { RecordStatement } from '../wire/statement.ts'
import type { Suite } from '../wire/suite.ts'
import { ReplayWindow } from '../wire/window.ts'
import { EPOCH_GRACE_MS, EPOCH_MS } from './config.ts'
import type { Ignored } from './types.ts'

const COUNTER_LIMIT = 2 ** 32 - 1

/** What a node seals with. */
export interface OwnKeys {
  readonly clusterId: Uint8Array
  readonly nodeId: NodeId
  readonly gossipSecret: Uint8Array
  readonly salt: Uint8Array
  readonly tagKey: Uint8Array
}

/** An epoch of what a peer sends us. */
interface Inward {
  readonly key: Uint8Array
  readonly window: ReplayWindow
}

interface Session {
  /** The peer's process: its salt, in hexadecimal. */
  readonly salt: string
  /** What X25519 gave; undefined until it is needed, and when the peer's key is none. */
  agreed: Uint8Array | undefined
  outward: { readonly epoch: number; readonly key: Uint8Array } | undefined
  readonly inward: Map<number, Inward>
  newestEpoch: number
  newestSinceMs: number
}

export class Sessions {
  readonly #own: OwnKeys
  readonly #suite: Suite
  readonly #sessions = new Map<NodeId, Session>()
  /**
   * One counter for all receivers: no nonce can come twice under any key, whatever is forgotten.
   */
  #epoch = 0
  #counter = 0
  #epochSinceMs: number

  constructor(own: OwnKeys, suite: Suite, nowMs: number) {
    this.#own = own
    this.#suite = suite
    this.#epochSinceMs = nowMs
  }

  /** A datagram for the process that made this record; undefined when its key is none. */
  seal(record: RecordStatement, plain: Uint8Array, nowMs: number) {
    if (this.#counter >= COUNTER_LIMIT || nowMs - this.#epochSinceMs >= EPOCH_MS) {
      this.#epoch++
      this.#counter = 0
      this.#epochSinceMs = nowMs
    }
    const session = this.#session(record)
    if (session.outward?.epoch !== this.#epoch) {
      const key = this.#key(session, record, 'outward', this.#epoch)
      if (key === undefined) return undefined
      session.outward = { epoch: this.#epoch, key }
    }
    const header: Header = {
      form: 'pair',
      short: shortOf(this.#own.nodeId),
      epoch: this.#epoch,
      counter: this.#counter++,
    }
    return sealDatagram(header, session.outward.key, this.#own.tagKey, plain, this.#suite)
  }

  /** What the process of this record sealed; a reason when it was seen before or is not its own. */
  open(record: RecordStatement, opened: Opened, nowMs: number): Uint8Array | Ignored {
    const { header } = opened
    if (header.form !== 'pair') return 'form'
    const session = this.#session(record)
    const inward = this.#inward(session, record, header.epoch, nowMs)
    if (inward === undefined) return 'epoch'
    const plain = openSealed(opened, inward.key, this.#suite)
    if (isRefused(plain)) return plain.refused
    if (!inward.window.take(header.counter)) return 'replay'
    this.#advance(session, header.epoch, inward, nowMs)
    return plain
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Nobody is held under this name any more. */
  forget(id: NodeId): void {
    this.#sessions.delete(id)
  }

  #session(record: RecordStatement): Session {
    const salt = Buffer.from(record.body.salt).toString('hex')
    const id = record.body.nodeId
    const held = this.#sessions.get(id)
    if (held?.salt === salt) return held
    const made = {
      salt,
      agreed: undefined,
      outward: undefined,
      inward: new Map<number, Inward>(),
      newestEpoch: -1,
      newestSinceMs: 0,
    }
    this.#sessions.set(id, made)
    return made
  }

  /** The epoch that is held, or a key to try a newer one with: who slept may have missed some. */
  #inward(session: Session, record: RecordStatement, epoch: number, nowMs: number) {
    const held = session.inward.get(epoch)
    if (held !== undefined) {
      const isOver = epoch < session.newestEpoch && nowMs - session.newestSinceMs > EPOCH_GRACE_MS
      return isOver ? undefined : held
    }
    if (epoch < session.newestEpoch) return undefined
    const key = this.#key(session, record, 'inward', epoch)
    return key === undefined ? undefined : { key, window: new ReplayWindow() }
  }

  #advance(session: Session, epoch: number, inward: Inward, nowMs: number): void {
    if (epoch <= session.newestEpoch) return
    session.inward.set(epoch, inward)
    for (const old of session.inward.keys()) if (old < epoch - 1) session.inward.delete(old)
    session.newestEpoch = epoch
    session.newestSinceMs = nowMs
  }

  #key(session: Session, record: RecordStatement, way: 'outward' | 'inward', epoch: number) {
    const { clusterId, nodeId, gossipSecret, salt } = this.#own
    const peer = record.body
    session.agreed ??= this.#suite.agree(gossipSecret, peer.gossipKey)
    if (session.agreed === undefined) return undefined
    const isOutward = way === 'outward'
    return directionKey(
      session.agreed,
      {
        senderSalt: isOutward ? salt : peer.salt,
        receiverSalt: isOutward ? peer.salt : salt,
        clusterId,
        senderId: isOutward ? nodeId : peer.nodeId,
        receiverId: isOutward ? peer.nodeId : nodeId,
        epoch,
      },
      this.#suite,
    )
  }
}

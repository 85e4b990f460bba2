// What an attacker makes with the keys that he has: papers and datagrams that are good but for one
// thing. Not here: what becomes of them (the tests), and the cluster that he tries (stage.ts).
import { createHash } from 'node:crypto'
import type { AdmissionStatement } from '../../agent/src/identity/book.ts'
import type { DelegationBody, OperatorBody } from '../../agent/src/wire/admission.ts'
import { type Header, sealDatagram } from '../../agent/src/wire/datagram.ts'
import type { HelloMessage } from '../../agent/src/wire/hello.ts'
import { type NodeId, nodeIdOf, shortOf } from '../../agent/src/wire/id.ts'
import { discoveryKey, pairKey, tagKey } from '../../agent/src/wire/keys.ts'
import { encodeMessages, type Message } from '../../agent/src/wire/message.ts'
import type { RecordBody } from '../../agent/src/wire/record.ts'
import type { RevocationBody } from '../../agent/src/wire/revocation.ts'
import {
  type CertificateStatement,
  countersignedBytes,
  type DelegationStatement,
  makeStatement,
  type OperatorStatement,
  type ReceiptStatement,
  type RecordStatement,
  type RotationStatement,
  type Signer,
  type Statement,
  signedBytes,
} from '../../agent/src/wire/statement.ts'
import { publicHalf, simSuite } from '../sim/suite.ts'
import type { SimNode, World } from '../sim/world.ts'

/** When the simulated world begins, in seconds since 1970. */
export const START_S = 1_800_000_000
export const WEEK_S = 7 * 86_400
export const EXPIRED = { notBefore: START_S - WEEK_S, notAfter: START_S - WEEK_S / 2 }

/** 32 bytes that follow from a word. */
export function secretOf(word: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(word).digest())
}

export function signerOf(
  world: World,
  secret: Uint8Array,
  clusterId = world.cluster.clusterId,
): Signer {
  return { clusterId, sign: (message) => simSuite.sign(secret, message) }
}

export interface OperatorForgery extends Partial<OperatorBody> {
  readonly root?: Uint8Array
  readonly clusterId?: Uint8Array
}

export function operatorOf(world: World, forgery: OperatorForgery = {}): OperatorStatement {
  const { root, clusterId, ...body } = forgery
  const { stick } = world.cluster
  const signer = signerOf(world, root ?? stick.root, clusterId)
  return makeStatement('operator', { ...stick.operator.body, ...body }, signer, simSuite)
}

export interface StickForgery extends Partial<DelegationBody> {
  readonly by?: OperatorStatement
  readonly operatorSecret?: Uint8Array
  readonly clusterId?: Uint8Array
}

/** A stick of the cluster's operator, whose admission key is the cluster's too unless told else. */
export function stickOf(world: World, forgery: StickForgery = {}): DelegationStatement {
  const { by, operatorSecret, clusterId, ...body } = forgery
  const { stick } = world.cluster
  const operator = (by ?? stick.operator).digest
  const whole = { ...stick.delegation.body, operator, ...body }
  const signer = signerOf(world, operatorSecret ?? stick.operatorSecret, clusterId)
  return makeStatement('delegation', whole, signer, simSuite)
}

export function certificateOf(
  world: World,
  nodeId: NodeId,
  delegation = world.cluster.stick.delegation,
  mayCoordinate = delegation.body.mayCoordinate,
  secret = world.cluster.stick.admissionSecret,
): CertificateStatement {
  const body = { nodeId, delegation: delegation.digest, mayCoordinate }
  return makeStatement('certificate', body, signerOf(world, secret), simSuite)
}

/** What `acceptor`, by its seed, says to have accepted. */
export function receiptOf(
  world: World,
  acceptor: Uint8Array,
  { body, digest }: CertificateStatement,
  date = START_S,
  nodeId = body.nodeId,
): ReceiptStatement {
  const whole = { nodeId, certificate: digest, date, acceptor: nodeIdOf(publicHalf(acceptor)) }
  return makeStatement('receipt', whole, signerOf(world, acceptor), simSuite)
}

export function revocationOf(
  world: World,
  secret: Uint8Array,
  target: RevocationBody['target'],
  date = START_S + 30,
  takesAdmitted = false,
): Statement & AdmissionStatement {
  const body = { target, date, takesAdmitted, signer: publicHalf(secret) }
  return makeStatement('revocation', body, signerOf(world, secret), simSuite)
}

export function rotationOf(
  world: World,
  before: Uint8Array,
  next: Uint8Array,
  number = 1,
  counterSecret = next,
): RotationStatement {
  const { clusterId } = world.cluster
  const named = { rootKey: publicHalf(next), number }
  const countersignature = simSuite.sign(counterSecret, countersignedBytes(named, clusterId))
  const body = { ...named, countersignature }
  return makeStatement('rotation', body, signerOf(world, before), simSuite)
}

/** A record of a machine, by its own key unless told else. */
export function recordOf(
  world: World,
  node: SimNode,
  change: Partial<RecordBody> = {},
  secret = node.machine.seed,
): RecordStatement {
  const body: RecordBody = {
    nodeId: node.id,
    boot: 1,
    incarnation: 0,
    status: 'here',
    protocol: { lowest: 1, highest: 1 },
    salt: secretOf(node.id).slice(0, 16),
    gossipKey: node.machine.gossipKey,
    addresses: [node.address],
    roles: [],
    ...change,
  }
  return makeStatement('record', body, signerOf(world, secret), simSuite)
}

/** The bytes of a statement changed and signed again, whether they still have a spelling or not. */
export function rewritten<S extends Statement>(
  world: World,
  statement: S,
  secret: Uint8Array,
  change: (body: Uint8Array) => Uint8Array,
): S {
  const body = change(statement.bytes.slice(3, -64))
  const head = [statement.bytes[0] ?? 0, body.length >> 8, body.length & 0xff]
  const unsigned = { bytes: new Uint8Array([...head, ...body, ...new Uint8Array(64)]) }
  const { clusterId } = world.cluster
  unsigned.bytes.set(simSuite.sign(secret, signedBytes(unsigned, clusterId)), 3 + body.length)
  const digest = Buffer.from(simSuite.digest(unsigned.bytes)).toString('hex')
  return { ...statement, bytes: unsigned.bytes, digest }
}

/** A process of the attacker's that knows the discovery secret. */
export class Mouth {
  readonly #world: World
  readonly #salt: Uint8Array
  #counter = 1_000_000

  constructor(world: World, salt: Uint8Array) {
    this.#world = world
    this.#salt = salt
  }

  /** A datagram of form 2 of these bytes. */
  whisper(plain: Uint8Array): Uint8Array {
    const { clusterId, discoverySecret } = this.#world.cluster
    const key = discoveryKey(discoverySecret, this.#salt, clusterId, simSuite)
    const header = { form: 'discovery', salt: this.#salt, counter: this.#counter++ } as const
    return this.#seal(header, key, plain)
  }

  hello(message: Partial<HelloMessage> & Pick<HelloMessage, 'sentTo' | 'statements'>): Uint8Array {
    const whole: HelloMessage = {
      type: 'hello',
      wantsAnswer: true,
      isAnswer: false,
      echo: new Uint8Array(16),
      ...message,
    }
    return this.whisper(encodeMessages([whole]))
  }

  /** A datagram of form 1 of the machine `own`, whose record is `record`, for `to`. */
  say(own: SimNode, record: RecordStatement, to: SimNode, plain: Uint8Array): Uint8Array {
    const { clusterId } = this.#world.cluster
    const theirs = to.gossip?.record.body
    if (theirs === undefined) throw new Error('nobody is there')
    const epoch = 0
    const key = pairKey(
      {
        secret: own.machine.gossipSecret,
        publicKey: theirs.gossipKey,
        senderSalt: record.body.salt,
        receiverSalt: theirs.salt,
        clusterId,
        senderId: own.id,
        receiverId: to.id,
        epoch,
      },
      simSuite,
    )
    if (key === undefined) throw new Error('the keys do not agree')
    const header = {
      form: 'pair',
      short: shortOf(own.id),
      epoch,
      counter: this.#counter++,
    } as const
    return this.#seal(header, key, plain)
  }

  tell(own: SimNode, record: RecordStatement, to: SimNode, messages: readonly Message[]) {
    return this.say(own, record, to, encodeMessages(messages))
  }

  #seal(header: Header, key: Uint8Array, plain: Uint8Array): Uint8Array {
    const { clusterId, discoverySecret } = this.#world.cluster
    const tag = tagKey(discoverySecret, clusterId, simSuite)
    return sealDatagram(header, key, tag, plain, simSuite)
  }
}

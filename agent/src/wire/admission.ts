// The chain from the root key of a cluster to a member: operator, delegation, certificate, receipt.
// Not here: whether a chain is good (gossip/), and what takes it back (revocation.ts).
import { type Codec, checked, date, digest, flag, roles, struct, text, varint } from './codec.ts'
import { edwardsKey, type NodeId, nodeId } from './id.ts'

/** Signed by the root key. Dates are seconds since 1970. */
export interface OperatorBody {
  readonly operatorKey: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
  readonly name: string
}

/** Signed by an operator key. */
export interface DelegationBody {
  readonly admissionKey: Uint8Array
  /** The digest of the operator's statement. */
  readonly operator: string
  readonly notBefore: number
  readonly notAfter: number
  readonly mayCoordinate: boolean
  /** 0: without bound. */
  readonly mostJoins: number
  /** 0: without bound. */
  readonly mostCoordinators: number
  readonly expectedMembers: number
  /** Rising; none: every role. */
  readonly roles: readonly string[]
  readonly name: string
}

/** Signed by the admission key. */
export interface CertificateBody {
  readonly nodeId: NodeId
  /** The digest of the delegation. */
  readonly delegation: string
  readonly mayCoordinate: boolean
}

/** Signed by the acceptor. */
export interface ReceiptBody {
  readonly nodeId: NodeId
  /** The digest of the certificate. */
  readonly certificate: string
  readonly date: number
  readonly acceptor: NodeId
}

/** By which people speak of it, so it is never empty. */
const name = checked(text(32), (value) => value !== '', 'text')

interface Dated {
  readonly notBefore: number
  readonly notAfter: number
}

/** Papers that are good at no time are none. */
function dated<T extends Dated>(body: Codec<T>): Codec<T> {
  return checked(body, ({ notBefore, notAfter }) => notBefore <= notAfter, 'bound')
}

export const operator: Codec<OperatorBody> = dated(
  struct<OperatorBody>({ operatorKey: edwardsKey, notBefore: date, notAfter: date, name }),
)

export const delegation: Codec<DelegationBody> = dated(
  struct<DelegationBody>({
    admissionKey: edwardsKey,
    operator: digest,
    notBefore: date,
    notAfter: date,
    mayCoordinate: flag,
    mostJoins: varint,
    mostCoordinators: varint,
    expectedMembers: varint,
    roles,
    name,
  }),
)

export const certificate: Codec<CertificateBody> = struct<CertificateBody>({
  nodeId,
  delegation: digest,
  mayCoordinate: flag,
})

export const receipt: Codec<ReceiptBody> = struct<ReceiptBody>({
  nodeId,
  certificate: digest,
  date,
  acceptor: nodeId,
})

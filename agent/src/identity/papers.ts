// Papers of admission made from the keys that sign them, as values: nothing is read, asked or kept.
// Not here: where the keys lie (operator.ts, seedfile.ts), and what the papers mean (book.ts).

import type { CertificateBody, DelegationBody, OperatorBody } from '../wire/admission.ts'
import type { NodeId } from '../wire/id.ts'
import type { RevocationBody } from '../wire/revocation.ts'
import {
  type CertificateStatement,
  countersignedBytes,
  type DelegationStatement,
  makeStatement,
  type OperatorStatement,
  type RevocationStatement,
  type RotationStatement,
  type Signer,
} from '../wire/statement.ts'
import { suite } from '../wire/suite.ts'
import { publicKeyOf } from './keys.ts'

/** A secret key of 32 bytes, and the cluster for which it signs. */
export interface Hand {
  readonly clusterId: Uint8Array
  readonly secret: Uint8Array
}

/** The root key says who is an operator. */
export function makeOperator(root: Hand, body: OperatorBody): OperatorStatement {
  return makeStatement('operator', body, signer(root), suite)
}

/** An operator makes the right to admit, for a key that is thrown away later. */
export function makeDelegation(
  operator: Hand,
  by: OperatorStatement,
  body: Omit<DelegationBody, 'operator'>,
): DelegationStatement {
  return makeStatement('delegation', { ...body, operator: by.digest }, signer(operator), suite)
}

/** The admission key makes a node a member, with the rights of its delegation unless told less. */
export function makeCertificate(
  admission: Hand,
  delegation: DelegationStatement,
  nodeId: NodeId,
  mayCoordinate = delegation.body.mayCoordinate,
): CertificateStatement {
  const body: CertificateBody = { nodeId, delegation: delegation.digest, mayCoordinate }
  return makeStatement('certificate', body, signer(admission), suite)
}

/** An operator or the root takes back a node, a stick or an operator. */
export function makeRevocation(
  by: Hand,
  target: RevocationBody['target'],
  date: number,
  takesAdmitted = false,
): RevocationStatement {
  const body = { target, date, takesAdmitted, signer: publicKeyOf(by.secret) }
  return makeStatement('revocation', body, signer(by), suite)
}

/** The root key before names the next one, which agrees to it; numbers count from 1. */
export function makeRotation(before: Hand, next: Uint8Array, number: number): RotationStatement {
  const named = { rootKey: publicKeyOf(next), number }
  const countersignature = suite.sign(next, countersignedBytes(named, before.clusterId))
  return makeStatement('rotation', { ...named, countersignature }, signer(before), suite)
}

function signer({ clusterId, secret }: Hand): Signer {
  return { clusterId, sign: (message) => suite.sign(secret, message) }
}

// A cluster made of keys that are counted out, so that every test has the same papers.
import { createHash } from 'node:crypto'
import { type AdmissionStatement, Book } from '../../agent/src/identity/book.ts'
import { isStrictKey, publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeCertificate, makeDelegation, makeOperator } from '../../agent/src/identity/papers.ts'
import type { Seed } from '../../agent/src/identity/seedfile.ts'
import type { DelegationBody, OperatorBody } from '../../agent/src/wire/admission.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import {
  type DelegationStatement,
  makeStatement,
  type OperatorStatement,
  type ReceiptStatement,
} from '../../agent/src/wire/statement.ts'
import { suite as crypto } from '../../agent/src/wire/suite.ts'

/** 32 bytes that are the same in every run, and others for every name. */
export function secret(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest())
}

/** Seconds since 1970, a moment at which the papers here are valid. */
export const NOW = 1_800_000_000
export const DAY = 86_400

export const ROOT = secret('root')
export const CLUSTER_ID = publicKeyOf(ROOT)
export const OPERATOR = secret('operator')
export const ADMISSION = secret('admission')

export const hand = (key: Uint8Array, clusterId = CLUSTER_ID) => ({ clusterId, secret: key })

export function operatorBy(
  body: Partial<OperatorBody> = {},
  root = ROOT,
  clusterId = CLUSTER_ID,
): OperatorStatement {
  const dates = { notBefore: NOW - DAY, notAfter: NOW + 365 * DAY }
  const whole = { operatorKey: publicKeyOf(OPERATOR), ...dates, name: 'operator', ...body }
  return makeOperator(hand(root, clusterId), whole)
}

export const operator = operatorBy()

export function delegationBy(
  body: Partial<DelegationBody> = {},
  by: OperatorStatement = operator,
  key = OPERATOR,
  clusterId = CLUSTER_ID,
): DelegationStatement {
  return makeDelegation(hand(key, clusterId), by, {
    admissionKey: publicKeyOf(ADMISSION),
    notBefore: NOW - DAY,
    notAfter: NOW + 7 * DAY,
    mayCoordinate: true,
    mostJoins: 0,
    mostCoordinators: 0,
    expectedMembers: 0,
    roles: [],
    name: 'stick',
    ...body,
  })
}

export const delegation = delegationBy()

export function seedBy(parts: Partial<Seed> = {}): Seed {
  return {
    clusterId: CLUSTER_ID,
    discoverySecret: secret('discovery'),
    admissionSecret: ADMISSION,
    operator,
    delegation,
    rotations: [],
    hints: [],
    ipv4: 77,
    wifi: undefined,
    ...parts,
  }
}

/** A key of a node, its id, and its certificate by a stick. */
export function member(name: string, by = delegation, key = ADMISSION) {
  const own = secret(name)
  const id = nodeIdOf(publicKeyOf(own))
  return { secret: own, id, certificate: makeCertificate(hand(key), by, id) }
}

export type Member = ReturnType<typeof member>

/** What `acceptor` signs when it accepts a node. */
export function receiptBy(acceptor: Member, of: Member, date = NOW): ReceiptStatement {
  const { certificate, id } = of
  const body = { nodeId: id, certificate: certificate.digest, date, acceptor: acceptor.id }
  const sign = (message: Uint8Array) => crypto.sign(acceptor.secret, message)
  return makeStatement('receipt', body, { clusterId: CLUSTER_ID, sign }, crypto)
}

export function bookOf(self: string, held: readonly AdmissionStatement[] = []): Book {
  const id = nodeIdOf(publicKeyOf(secret(self)))
  return new Book({ clusterId: CLUSTER_ID, suite: crypto, isKey: isStrictKey, self: id, held })
}

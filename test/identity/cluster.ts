// A cluster made of keys that are counted out, so that every test has the same papers.
import { createHash } from 'node:crypto'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { makeDelegation, makeOperator } from '../../agent/src/identity/papers.ts'
import type { Seed } from '../../agent/src/identity/seedfile.ts'
import type { DelegationBody, OperatorBody } from '../../agent/src/wire/admission.ts'
import type { DelegationStatement, OperatorStatement } from '../../agent/src/wire/statement.ts'

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

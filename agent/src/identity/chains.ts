// Chains from the root key of a cluster to a node: rotations of the root, operators, delegations
// and certificates, each kept only if who had to sign it did. Not here: dates, receipts and what
// was taken back (book.ts).
import type { NodeId } from '../wire/id.ts'
import {
  type CertificateStatement,
  type DelegationStatement,
  isCountersigned,
  isSignedBy,
  type OperatorStatement,
  type RotationStatement,
  type Statement,
} from '../wire/statement.ts'
import type { Suite } from '../wire/suite.ts'
import { byDigest, Certificates } from './certificates.ts'

export interface Authority {
  readonly clusterId: Uint8Array
  readonly suite: Suite
  /**
   * Public keys that may stand in papers; strict as keys.ts is. It takes a while, so the key of a
   * node is looked at by whoever accepts it, and not by all who hear of it.
   */
  isKey(key: Uint8Array): boolean
}

export interface Chain {
  readonly certificate: CertificateStatement
  readonly delegation: DelegationStatement
  readonly operator: OperatorStatement
}

export type Refusal = 'signature' | 'rights' | 'key' | 'bound'

/** Why a statement was not taken: others must come first, of these digests if any; or never. */
export type NotTaken =
  | { readonly kind: 'missing'; readonly digests: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: Refusal }

/** Taken, and what is held no more in its place. */
export type Verdict =
  | { readonly kind: 'new'; readonly dropped: readonly CertificateStatement[] }
  | NotTaken

/** What others know of chains, by which some are preferred; nothing, where a file is looked at. */
export interface Others {
  isNamed(certificate: CertificateStatement, chain: Chain): boolean
  isTakenBack(chain: Omit<Chain, 'certificate'>): boolean
}

const NOBODY: Others = { isNamed: () => false, isTakenBack: () => false }

export type ChainStatement =
  | OperatorStatement
  | DelegationStatement
  | CertificateStatement
  | RotationStatement

const NEW: Verdict = { kind: 'new', dropped: [] }
const OPERATORS_MOST = 256
/** Of one operator key, so that a stolen one leaves room for the others. */
const DELEGATIONS_MOST = 1024
export const ROTATIONS_MOST = 64

export class Chains {
  readonly #authority: Authority
  /** Root keys in the order of their rotations; the first is the cluster id. */
  readonly #roots: Uint8Array[]
  readonly #operators = new Map<string, OperatorStatement>()
  readonly #delegations = new Map<string, DelegationStatement>()
  readonly #certificates: Certificates
  #newestBeginning = 0
  /** How many delegations of each operator key are held. */
  readonly #made = new Map<string, number>()

  constructor(authority: Authority, others = NOBODY) {
    this.#authority = authority
    this.#roots = [authority.clusterId]
    this.#certificates = new Certificates({
      isNamed: (certificate) => {
        const chain = this.by(certificate)
        return chain !== undefined && others.isNamed(certificate, chain)
      },
      endOf: (digest) => {
        const delegation = this.#delegations.get(digest)
        const operator = this.#operators.get(delegation?.body.operator ?? '')
        if (delegation === undefined || operator === undefined) return 0
        if (others.isTakenBack({ delegation, operator })) return 0
        return Math.min(delegation.body.notAfter, operator.body.notAfter)
      },
    })
  }

  add(statement: ChainStatement): Verdict {
    switch (statement.kind) {
      case 'operator':
        return this.#addOperator(statement)
      case 'delegation':
        return this.#addDelegation(statement)
      case 'certificate':
        return this.#addCertificate(statement)
      case 'rotation':
        return this.#addRotation(statement)
    }
  }

  /** Chains of a node, the lowest digest first, so that all prefer the same. */
  of(id: NodeId): Chain[] {
    const certificates = this.#certificates.of(id).toSorted(byDigest)
    return certificates.flatMap((certificate) => this.by(certificate) ?? [])
  }

  /** The chain of a certificate, held or not. */
  by(certificate: CertificateStatement): Chain | undefined {
    const delegation = this.#delegations.get(certificate.body.delegation)
    const operator = this.#operators.get(delegation?.body.operator ?? '')
    if (delegation === undefined || operator === undefined) return undefined
    return { certificate, delegation, operator }
  }

  /** The chain of the certificate of this digest. */
  chain(id: NodeId, digest: string): Chain | undefined {
    const certificate = this.#certificates.get(id, digest)
    return certificate === undefined ? undefined : this.by(certificate)
  }

  /** Others of its certificates may be named than before; gives those that are held no more. */
  trim(id: NodeId): CertificateStatement[] {
    return this.#certificates.trim(id)
  }

  nodes(): Iterable<NodeId> {
    return this.#certificates.nodes()
  }

  isRoot(key: Uint8Array): boolean {
    return this.#roots.some((root) => isSame(root, key))
  }

  isOperator(key: Uint8Array): boolean {
    return [...this.#operators.values()].some(({ body }) => isSame(body.operatorKey, key))
  }

  /** Until when the newest paper of an operator's key is good; 0 for other keys. */
  operatorEnd(key: Uint8Array): number {
    const own = [...this.#operators.values()].filter(({ body }) => isSame(body.operatorKey, key))
    return Math.max(0, ...own.map(({ body }) => body.notAfter))
  }

  /** When the newest of the operators and sticks begins. */
  get newestBeginning(): number {
    return this.#newestBeginning
  }

  isBy(statement: Pick<Statement, 'bytes'>, key: Uint8Array): boolean {
    return isSignedBy(statement, key, this.#authority.clusterId, this.#authority.suite)
  }

  #addOperator(statement: OperatorStatement): Verdict {
    if (this.#operators.size >= OPERATORS_MOST) return refused('bound')
    if (!this.#authority.isKey(statement.body.operatorKey)) return refused('key')
    if (!this.#roots.some((root) => this.isBy(statement, root))) return refused('signature')
    this.#operators.set(statement.digest, statement)
    this.#newestBeginning = Math.max(this.#newestBeginning, statement.body.notBefore)
    return NEW
  }

  #addDelegation(statement: DelegationStatement): Verdict {
    const { admissionKey, operator: digest } = statement.body
    const operator = this.#operators.get(digest)
    if (operator === undefined) return missing(digest)
    const maker = Buffer.from(operator.body.operatorKey).toString('hex')
    if (this.#madeBy(maker) >= DELEGATIONS_MOST) return refused('bound')
    if (!this.#authority.isKey(admissionKey)) return refused('key')
    if (!this.isBy(statement, operator.body.operatorKey)) return refused('signature')
    this.#delegations.set(statement.digest, statement)
    this.#newestBeginning = Math.max(this.#newestBeginning, statement.body.notBefore)
    this.#made.set(maker, this.#madeBy(maker) + 1)
    return NEW
  }

  #addCertificate(statement: CertificateStatement): Verdict {
    const { delegation: digest, mayCoordinate } = statement.body
    const delegation = this.#delegations.get(digest)
    if (delegation === undefined) return missing(digest)
    if (mayCoordinate && !delegation.body.mayCoordinate) return refused('rights')
    if (!this.#certificates.mayKeep(statement)) return refused('bound')
    if (!this.isBy(statement, delegation.body.admissionKey)) return refused('signature')
    return { kind: 'new', dropped: this.#certificates.keep(statement) }
  }

  #madeBy(maker: string): number {
    return this.#made.get(maker) ?? 0
  }

  #addRotation(statement: RotationStatement): Verdict {
    const { rootKey, number } = statement.body
    const before = this.#roots[number - 1]
    if (number > ROTATIONS_MOST || this.#roots[number] !== undefined) return refused('bound')
    if (before === undefined) return missing()
    const { clusterId, suite } = this.#authority
    if (!this.#authority.isKey(rootKey)) return refused('key')
    if (!this.isBy(statement, before) || !isCountersigned(statement, clusterId, suite)) {
      return refused('signature')
    }
    this.#roots[number] = rootKey
    return NEW
  }
}

/** A date, in seconds since 1970, that is within those of its stick and of its operator. */
export function isGoodOn({ delegation, operator }: Chain, date: number): boolean {
  return [delegation, operator].every(({ body }) => date >= body.notBefore && date <= body.notAfter)
}

export function refused(reason: Refusal): NotTaken {
  return { kind: 'refused', reason }
}

/** Not now: perhaps when these have come, or without digests when something else has. */
export function missing(...digests: string[]): NotTaken {
  return { kind: 'missing', digests }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

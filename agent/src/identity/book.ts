// The book of admission: what a cluster's papers say about who is a member. It takes statements in any order,
// keeps those whose signatures chain to the root, and answers for each node. The same statements
// give the same answers, whatever their order; only whose dates we have judged is our own. Not here: keys
// on disk (store.ts), and who is told (gossip/).
import { keyOf, type NodeId, nodeIdOf } from '../wire/id.ts'
import {
  type CertificateStatement,
  type DelegationStatement,
  isCountersigned,
  isSignedBy,
  type OperatorStatement,
  type ReceiptStatement,
  type RevocationStatement,
  type RotationStatement,
  type Statement,
  type StatementOf,
} from '../wire/statement.ts'
import type { Suite } from '../wire/suite.ts'
import { Counting } from './counting.ts'
import { Revocations } from './revocations.ts'

/** Statements by which nodes become members, and stop being so. */
export type AdmissionStatement = Exclude<
  Statement,
  StatementOf<'record'> | StatementOf<'accusation'>
>

export type Refusal = 'signature' | 'rights' | 'roles' | 'key' | 'bound'

export type Added =
  /** Taken and held; the standing of these nodes may be another, and these are held no more. */
  | {
      readonly kind: 'new'
      readonly affected: readonly NodeId[]
      readonly dropped: readonly AdmissionStatement[]
    }
  | { readonly kind: 'known' }
  /** Cannot be looked at without these statements. */
  | { readonly kind: 'missing'; readonly digests: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: Refusal }

/** `unjudged`: the papers are good, and nobody who counts has looked at their dates. */
export type Standing = 'unknown' | 'unjudged' | 'admitted' | 'quarantined' | 'revoked'

export interface BookOptions {
  readonly clusterId: Uint8Array
  readonly self: NodeId
  readonly suite: Suite
  /** What this node has held before, from its own disk. */
  readonly held: readonly AdmissionStatement[]
  /** Public keys that may stand in papers; strict as keys.ts is. */
  isKey(key: Uint8Array): boolean
}

/** A chain to the root. */
export interface Chain {
  readonly certificate: CertificateStatement
  readonly delegation: DelegationStatement
  readonly operator: OperatorStatement
}

/** Papers of one node: sticks it was admitted by, and members that accepted it. */
interface Papers {
  readonly certificates: Map<string, CertificateStatement>
  /** By acceptor. */
  readonly receipts: Map<NodeId, ReceiptStatement>
}

const KNOWN: Added = { kind: 'known' }
const CERTIFICATES_MOST = 4
/** The earliest are kept; two are wanted, a third serves when an acceptor turns out bad. */
const RECEIPTS_MOST = 3
const OPERATORS_MOST = 256
const DELEGATIONS_MOST = 4096
const ROTATIONS_MOST = 64

export class Book {
  readonly #options: BookOptions
  /** By digest, all that is held. */
  readonly #held = new Map<string, AdmissionStatement>()
  readonly #roots: Uint8Array[]
  readonly #operators = new Map<string, OperatorStatement>()
  readonly #delegations = new Map<string, DelegationStatement>()
  readonly #papers = new Map<NodeId, Papers>()
  /** Whom each member has accepted. */
  readonly #acceptedBy = new Map<NodeId, Set<NodeId>>()
  readonly #revocations = new Revocations()
  /** Whose dates we have looked at ourselves. */
  readonly #judged = new Set<NodeId>()
  readonly #admitted = new Set<NodeId>()
  readonly #counting = new Counting()
  /** Nobody has accepted us yet, so whoever does is one of those we came to. */
  #isJoining = true

  constructor(options: BookOptions) {
    this.#options = options
    this.#roots = [options.clusterId]
    // Each may rest on another that comes later; every round takes at least one, or all are taken.
    let waiting = options.held
    for (let before = -1; waiting.length !== before; ) {
      before = waiting.length
      waiting = waiting.filter((statement) => this.add(statement).kind === 'missing')
    }
    this.#isJoining = (this.#papers.get(options.self)?.receipts.size ?? 0) === 0
  }

  statements(): Iterable<AdmissionStatement> {
    return this.#held.values()
  }

  add(statement: AdmissionStatement): Added {
    if (this.#held.has(statement.digest)) return KNOWN
    switch (statement.kind) {
      case 'operator':
        return this.#addOperator(statement)
      case 'delegation':
        return this.#addDelegation(statement)
      case 'certificate':
        return this.#addCertificate(statement)
      case 'receipt':
        return this.#addReceipt(statement)
      case 'revocation':
        return this.#addRevocation(statement)
      case 'rotation':
        return this.#addRotation(statement)
    }
  }

  standing(id: NodeId): Standing {
    const papers = this.#papers.get(id)
    if (this.#isRevoked(id)) return 'revoked'
    if (papers === undefined || this.chainOf(id) === undefined) return 'unknown'
    if (!this.#admitted.has(id)) return 'unjudged'
    return this.#isExcess(id) ? 'quarantined' : 'admitted'
  }

  /** Whether a coordinator may be made of it: by its certificate, and within the bound of its stick. */
  mayCoordinate(id: NodeId): boolean {
    const chain = this.chainOf(id)
    if (chain === undefined || this.standing(id) !== 'admitted') return false
    const { certificate, delegation } = chain
    if (!certificate.body.mayCoordinate) return false
    const most = delegation.body.mostCoordinators
    return most === 0 || this.#counting.coordinatorPlace(delegation.digest, id) < most
  }

  /** Roles that a node may have; undefined for all. */
  rolesOf(id: NodeId): readonly string[] | undefined {
    const roles = this.chainOf(id)?.delegation.body.roles ?? []
    return roles.length === 0 ? undefined : roles
  }

  /** Looks at the dates of an unjudged node, once; true when it is admitted by us from now on. */
  judge(id: NodeId, dateS: number): boolean {
    if (this.standing(id) !== 'unjudged') return false
    const date = Math.max(dateS, this.newestDate())
    const isGood = this.#chains(id).some(
      ({ delegation, operator }) =>
        !this.#revocations.has('admission', delegation.body.admissionKey) &&
        !this.#revocations.has('operator', operator.body.operatorKey) &&
        isWithin(delegation.body, date) &&
        isWithin(operator.body, date),
    )
    if (!isGood) return false
    this.#judged.add(id)
    this.#spread(id)
    return true
  }

  /**
   * Seconds since 1970 that have passed for sure: what operators have dated, and the second newest of
   * what members have, so that no single one can put the clock forward.
   */
  newestDate(): number {
    return Math.max(this.#revocations.newestDate, this.#counting.newestDate())
  }

  /** Receipts of members for a node. */
  receipts(id: NodeId): number {
    const receipts = this.#papers.get(id)?.receipts.values() ?? []
    return [...receipts].filter((receipt) => this.#counts(receipt)).length
  }

  certificateOf(id: NodeId): CertificateStatement | undefined {
    return this.chainOf(id)?.certificate
  }

  /** The best chain of a node: one that is not revoked, the lowest digest first. */
  chainOf(id: NodeId): Chain | undefined {
    return this.#chains(id)[0]
  }

  /** Certificate, delegation, operator and receipts: what shows that a node is a member. */
  statementsOf(id: NodeId): readonly AdmissionStatement[] {
    const chain = this.chainOf(id)
    if (chain === undefined) return []
    const receipts = [...(this.#papers.get(id)?.receipts.values() ?? [])]
    return [chain.certificate, chain.delegation, chain.operator, ...receipts]
  }

  #addOperator(statement: OperatorStatement): Added {
    if (this.#operators.size >= OPERATORS_MOST) return refused('bound')
    if (!this.#options.isKey(statement.body.operatorKey)) return refused('key')
    if (!this.#isByRoot(statement)) return refused('signature')
    this.#operators.set(statement.digest, statement)
    return this.#taken(statement, [])
  }

  #addDelegation(statement: DelegationStatement): Added {
    const { admissionKey, operator: digest } = statement.body
    const operator = this.#operators.get(digest)
    if (operator === undefined) return missing(digest)
    if (this.#delegations.size >= DELEGATIONS_MOST) return refused('bound')
    if (!this.#options.isKey(admissionKey)) return refused('key')
    if (!this.#isBy(statement, operator.body.operatorKey)) return refused('signature')
    this.#delegations.set(statement.digest, statement)
    return this.#taken(statement, [])
  }

  #addCertificate(statement: CertificateStatement): Added {
    const { nodeId, delegation: digest, mayCoordinate } = statement.body
    const delegation = this.#delegations.get(digest)
    if (delegation === undefined) return missing(digest)
    const { body } = delegation
    if (mayCoordinate && !body.mayCoordinate) return refused('rights')
    if (!this.#options.isKey(keyOf(nodeId))) return refused('key')
    if (!this.#isBy(statement, body.admissionKey)) return refused('signature')
    const papers = this.#papersOf(nodeId)
    if (papers.certificates.size >= CERTIFICATES_MOST) return refused('bound')
    papers.certificates.set(statement.digest, statement)
    if (nodeId === this.#options.self) this.#judged.add(nodeId)
    this.#spread(nodeId)
    return this.#taken(statement, [nodeId])
  }

  #addReceipt(statement: ReceiptStatement): Added {
    const { nodeId, acceptor, certificate: digest } = statement.body
    const papers = this.#papers.get(nodeId)
    const certificate = papers?.certificates.get(digest)
    if (papers === undefined || certificate === undefined) return missing(digest)
    // Nobody vouches for itself.
    if (acceptor === nodeId) return refused('rights')
    const isWelcome = this.#isJoining && nodeId === this.#options.self
    const isChained = this.chainOf(acceptor) !== undefined
    if (!isChained || !(this.#admitted.has(acceptor) || isWelcome)) return refused('rights')
    if (!this.#isBy(statement, keyOf(acceptor))) return refused('signature')
    const before = papers.receipts.get(acceptor)
    if (before !== undefined && compareReceipts(before, statement) <= 0) return refused('bound')
    papers.receipts.set(acceptor, statement)
    const dropped = before === undefined ? [] : [before]
    if (papers.receipts.size > RECEIPTS_MOST) {
      const last = [...papers.receipts.values()].toSorted(compareReceipts).at(-1)
      if (last === statement) {
        papers.receipts.delete(acceptor)
        return refused('bound')
      }
      if (last !== undefined) {
        papers.receipts.delete(last.body.acceptor)
        dropped.push(last)
      }
    }
    for (const one of dropped) this.#held.delete(one.digest)
    const affected = [...this.#noteAcceptor(acceptor, nodeId), ...this.#spread(nodeId)]
    this.#count(nodeId)
    return this.#taken(statement, [nodeId, ...affected], dropped)
  }

  #addRevocation(statement: RevocationStatement): Added {
    const { signer, target } = statement.body
    const isByRoot = this.#roots.some((root) => isSame(root, signer))
    const isByOperator = [...this.#operators.values()].some(({ body }) =>
      isSame(body.operatorKey, signer),
    )
    if (!isByRoot && !isByOperator) return refused('rights')
    // An operator takes back nodes and sticks; another operator only the root.
    if (target.kind === 'operator' && !isByRoot) return refused('rights')
    if (!isByRoot && this.#revocations.has('operator', signer)) return refused('rights')
    if (!this.#isBy(statement, signer)) return refused('signature')
    if (!this.#revocations.add(statement)) return refused('bound')
    const before = [...this.#papers.keys()].map((id) => [id, this.#admitted.has(id)] as const)
    this.#reckon()
    const affected = before.filter(
      ([id, was]) => this.#isRevoked(id) || was !== this.#admitted.has(id),
    )
    const ids = affected.map(([id]) => id)
    const { key } = target
    const own = target.kind === 'node' ? [nodeIdOf(key)] : []
    return this.#taken(statement, [...new Set([...own, ...ids])])
  }

  #addRotation(statement: RotationStatement): Added {
    const { rootKey, number } = statement.body
    const before = this.#roots[number - 1]
    if (number > ROTATIONS_MOST || this.#roots[number] !== undefined) return refused('bound')
    if (before === undefined) return refused('rights')
    if (!this.#options.isKey(rootKey)) return refused('key')
    const { clusterId, suite } = this.#options
    if (!this.#isBy(statement, before) || !isCountersigned(statement, clusterId, suite)) {
      return refused('signature')
    }
    this.#roots[number] = rootKey
    return this.#taken(statement, [])
  }

  #taken(
    statement: AdmissionStatement,
    affected: readonly NodeId[],
    dropped: readonly AdmissionStatement[] = [],
  ): Added {
    this.#held.set(statement.digest, statement)
    return { kind: 'new', affected, dropped }
  }

  #chains(id: NodeId): Chain[] {
    const chains: Chain[] = []
    const certificates = this.#papers.get(id)?.certificates.values() ?? []
    for (const certificate of [...certificates].toSorted((a, b) =>
      a.digest < b.digest ? -1 : 1,
    )) {
      const delegation = this.#delegations.get(certificate.body.delegation)
      const operator = this.#operators.get(delegation?.body.operator ?? '')
      if (delegation === undefined || operator === undefined) continue
      if (!this.#revocations.takes(delegation, operator)) {
        chains.push({ certificate, delegation, operator })
      }
    }
    return chains
  }

  #isRevoked(id: NodeId): boolean {
    if (this.#revocations.has('node', keyOf(id))) return true
    const count = this.#papers.get(id)?.certificates.size ?? 0
    return count > 0 && this.#chains(id).length === 0
  }

  /** Admits whoever may be, and those whom they accepted, and so on; gives them. */
  #spread(start: NodeId): NodeId[] {
    const admitted: NodeId[] = []
    const waiting = [start]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (this.#admitted.has(id) || !this.#mayBe(id)) continue
      this.#admitted.add(id)
      admitted.push(id)
      this.#count(id)
      waiting.push(...(this.#acceptedBy.get(id) ?? []))
    }
    return admitted
  }

  #mayBe(id: NodeId): boolean {
    if (this.#isRevoked(id) || this.chainOf(id) === undefined) return false
    if (this.#judged.has(id)) return true
    const receipts = [...(this.#papers.get(id)?.receipts.values() ?? [])]
    // Whoever has accepted us is one of those we came to.
    return receipts.some((receipt) => this.#counts(receipt)) || this.#hasAccepted(id)
  }

  /** By a member, and not after it was revoked. */
  #counts({ body }: ReceiptStatement): boolean {
    const revokedAt = this.#revocations.date('node', keyOf(body.acceptor))
    if (revokedAt !== undefined) return body.date < revokedAt
    return this.#admitted.has(body.acceptor)
  }

  #hasAccepted(id: NodeId): boolean {
    return this.#papers.get(this.#options.self)?.receipts.has(id) ?? false
  }

  #noteAcceptor(acceptor: NodeId, nodeId: NodeId): NodeId[] {
    const accepted = this.#acceptedBy.get(acceptor)
    if (accepted === undefined) this.#acceptedBy.set(acceptor, new Set([nodeId]))
    else accepted.add(nodeId)
    return nodeId === this.#options.self ? this.#spread(acceptor) : []
  }

  /** From the beginning, as what was taken back may have carried others. */
  #reckon(): void {
    this.#admitted.clear()
    for (const id of this.#judged) this.#spread(id)
    for (const id of this.#papers.keys()) this.#spread(id)
  }

  #count(id: NodeId): void {
    const chain = this.chainOf(id)
    const receipts = [...(this.#papers.get(id)?.receipts.values() ?? [])]
    if (chain !== undefined) this.#counting.set(id, chain, receipts.toSorted(compareReceipts))
  }

  #isExcess(id: NodeId): boolean {
    const delegation = this.chainOf(id)?.delegation
    const most = delegation?.body.mostJoins ?? 0
    if (delegation === undefined || most === 0) return false
    return this.#counting.place(delegation.digest, id) >= most
  }

  #papersOf(id: NodeId): Papers {
    let papers = this.#papers.get(id)
    if (papers === undefined) {
      papers = { certificates: new Map(), receipts: new Map() }
      this.#papers.set(id, papers)
    }
    return papers
  }

  #isByRoot(statement: AdmissionStatement): boolean {
    return this.#roots.some((root) => this.#isBy(statement, root))
  }

  #isBy(statement: AdmissionStatement, key: Uint8Array): boolean {
    return isSignedBy(statement, key, this.#options.clusterId, this.#options.suite)
  }
}

function isWithin(body: { readonly notBefore: number; readonly notAfter: number }, date: number) {
  return date >= body.notBefore && date <= body.notAfter
}

/** Negative when `a` was given earlier. */
function compareReceipts(a: ReceiptStatement, b: ReceiptStatement): number {
  if (a.body.date !== b.body.date) return a.body.date - b.body.date
  return a.digest < b.digest ? -1 : 1
}

function refused(reason: Refusal): Added {
  return { kind: 'refused', reason }
}

function missing(...digests: string[]): Added {
  return { kind: 'missing', digests }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

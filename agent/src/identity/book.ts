// The book of admission: what a cluster's papers say about who is a member. It takes statements in
// any order, keeps those whose signatures chain to the root, and answers for each node. The same
// statements give the same answers, whatever their order; only whose dates we have judged is our
// own. Not here: keys on disk (store.ts), and who is told (gossip/).
import { keyOf, type NodeId, nodeIdOf } from '../wire/id.ts'
import type {
  CertificateStatement,
  ReceiptStatement,
  RevocationStatement,
  Statement,
  StatementOf,
} from '../wire/statement.ts'
import {
  type Authority,
  type Chain,
  type ChainStatement,
  Chains,
  isGoodOn,
  missing,
  type NotTaken,
  refused,
} from './chains.ts'
import { Counting } from './counting.ts'
import { addAll } from './held.ts'
import { newestDate } from './passed.ts'
import { Receipts } from './receipts.ts'
import { Revocations } from './revocations.ts'

/** Statements by which nodes become members, and stop being so. */
export type AdmissionStatement = Exclude<
  Statement,
  StatementOf<'record'> | StatementOf<'accusation'>
>

export type Added =
  /** Taken and held; the standing of these nodes may be another, and these are held no more. */
  | {
      readonly kind: 'new'
      readonly affected: readonly NodeId[]
      readonly dropped: readonly AdmissionStatement[]
    }
  | { readonly kind: 'known' }
  | NotTaken

/** `unjudged`: the papers are good, and nobody who counts has looked at their dates. */
export type Standing = 'unknown' | 'unjudged' | 'admitted' | 'quarantined' | 'revoked'

export interface BookOptions extends Authority {
  readonly self: NodeId
  /** What this node has held before, from its own disk. */
  readonly held: readonly AdmissionStatement[]
}

const KNOWN: Added = { kind: 'known' }

export class Book {
  readonly #self: NodeId
  /** By digest, all that is held. */
  readonly #held = new Map<string, AdmissionStatement>()
  readonly #isKey: (key: Uint8Array) => boolean
  readonly #chains: Chains
  readonly #receipts = new Receipts()
  /** Whom each member has accepted. */
  readonly #acceptedBy = new Map<NodeId, Set<NodeId>>()
  readonly #revocations = new Revocations()
  /** The sticks of nodes whose dates we have looked at ourselves. */
  readonly #judged = new Map<NodeId, string>()
  readonly #admitted = new Set<NodeId>()
  readonly #counting = new Counting()
  /** Answers since the last change: they are asked for with every datagram. */
  readonly #standings = new Map<NodeId, Standing>()
  /** Nobody has accepted us yet, so whoever does is one of those we came to. */
  #isJoining = true
  /** What is read from our own disk was taken before. */
  #isReading = true

  constructor(options: BookOptions) {
    this.#self = options.self
    this.#isKey = (key) => options.isKey(key)
    this.#chains = new Chains(options, {
      // By a receipt that is held, or by one that waits for it and would be taken with it.
      isNamed: ({ digest, body: { nodeId } }, chain) =>
        this.#receipts.of(nodeId).some(({ body }) => body.certificate === digest) ||
        this.#receipts
          .expected(nodeId, digest)
          .some((receipt) => this.#isHeeded(receipt) && !this.#isForNothing(receipt, chain)),
      isTakenBack: (chain) => this.#revocations.isTakenBack(chain),
    })
    addAll(options.held, (statement) => this.add(statement).kind)
    this.#isReading = false
  }

  statements(): Iterable<AdmissionStatement> {
    return this.#held.values()
  }

  add(statement: AdmissionStatement): Added {
    if (this.#held.has(statement.digest)) return KNOWN
    if (statement.kind === 'receipt') return this.#addReceipt(statement)
    if (statement.kind === 'revocation') return this.#addRevocation(statement)
    return this.#addChain(statement)
  }

  standing(id: NodeId): Standing {
    let standing = this.#standings.get(id)
    if (standing === undefined) {
      standing = this.#look(id)
      this.#standings.set(id, standing)
    }
    return standing
  }

  #look(id: NodeId): Standing {
    if (this.#isRevoked(id)) return 'revoked'
    if (this.chainOf(id) === undefined) return 'unknown'
    if (!this.#admitted.has(id)) return 'unjudged'
    return this.#isExcess(id) ? 'quarantined' : 'admitted'
  }

  /**
   * Whether a coordinator may be made of it: by its certificate, and within the bound of its stick.
   */
  mayCoordinate(id: NodeId): boolean {
    const chain = this.chainOf(id)
    if (chain === undefined || this.standing(id) !== 'admitted') return false
    const { certificate, delegation } = chain
    if (!certificate.body.mayCoordinate) return false
    const most = delegation.body.mostCoordinators
    return most === 0 || this.#counting.coordinatorPlace(delegation.digest, id) < most
  }

  /**
   * What a node was let in by was taken back, a stick or an operator. It stays one if it was
   * accepted before and is not taken along.
   */
  isTakenBack(id: NodeId): boolean {
    const chain = this.chainOf(id)
    const chains = chain === undefined ? this.#chains.of(id) : [chain]
    return chains.some((one) => this.#revocations.isTakenBack(one))
  }

  /** False where its signer was taken back from an earlier date on. */
  counts(statement: RevocationStatement): boolean {
    return this.#revocations.counts(statement)
  }

  /** Roles that a node may have; undefined for all. */
  rolesOf(id: NodeId): readonly string[] | undefined {
    const roles = this.chainOf(id)?.delegation.body.roles ?? []
    return roles.length === 0 ? undefined : roles
  }

  /**
   * Looks at the dates of an unjudged node, once; true when it is admitted by us from now on. Who
   * comes to us has its key looked at too; of who is only heard of, whoever it came to has done so.
   */
  judge(id: NodeId, dateS: number, isHere = true): boolean {
    if (this.standing(id) !== 'unjudged') return false
    const date = Math.max(dateS, this.newestDate())
    const good = this.#goodChains(id).find(
      (chain) => !this.#revocations.isTakenBack(chain) && isGoodOn(chain, date),
    )
    if (good === undefined || (isHere && !this.hasKey(id))) return false
    this.#judged.set(id, good.delegation.digest)
    this.#spread(id)
    return true
  }

  /** Seconds since 1970 that have passed for sure. */
  newestDate(): number {
    return newestDate(this.#chains, this.#revocations, this.#counting)
  }

  /** Receipts of members for a node. */
  receipts(id: NodeId): number {
    return this.#receipts.of(id).filter((receipt) => this.#counts(receipt)).length
  }

  /** A key that a receipt may be given to. */
  hasKey(id: NodeId): boolean {
    return this.#isKey(keyOf(id))
  }

  /** This acceptor's receipt for a node is held. */
  hasReceipt(id: NodeId, acceptor: NodeId): boolean {
    return this.#receipts.has(id, acceptor)
  }

  certificateOf(id: NodeId): CertificateStatement | undefined {
    return this.chainOf(id)?.certificate
  }

  /**
   * The chain by which a node is a member, of those that are not revoked: one that its receipts
   * name, or whose dates we have looked at, as anybody who has a stick that is over could make
   * another; the lowest digest first.
   */
  chainOf(id: NodeId): Chain | undefined {
    const chains = this.#goodChains(id)
    if (chains.length < 2) return chains[0]
    const receipts = this.#receipts.of(id)
    const isNamed = ({ certificate }: Chain): boolean =>
      receipts.some(({ body }) => body.certificate === certificate.digest)
    const judged = this.#judged.get(id)
    const isJudged = ({ delegation }: Chain): boolean => delegation.digest === judged
    return chains.find(isNamed) ?? chains.find(isJudged) ?? chains[0]
  }

  /** Certificate, delegation, operator and receipts: what shows that a node is a member. */
  statementsOf(id: NodeId): readonly AdmissionStatement[] {
    const chain = this.chainOf(id)
    if (chain === undefined) return []
    return [chain.certificate, chain.delegation, chain.operator, ...this.#receipts.of(id)]
  }

  #addChain(statement: ChainStatement): Added {
    const verdict = this.#chains.add(statement)
    if (verdict.kind !== 'new') return verdict
    if (statement.kind !== 'certificate') return this.#taken(statement, [])
    const { nodeId } = statement.body
    if (nodeId === this.#self) this.#judged.set(nodeId, statement.body.delegation)
    const admitted = this.#spread(nodeId)
    // It may be preferred to the one by which the node was counted so far.
    const affected = [nodeId, ...admitted, ...this.#count(nodeId)]
    return this.#taken(statement, affected, verdict.dropped)
  }

  #addReceipt(statement: ReceiptStatement): Added {
    const { nodeId, acceptor, certificate: digest } = statement.body
    const chain = this.#chains.chain(nodeId, digest)
    // Nobody vouches for itself.
    if (acceptor === nodeId || this.#isLate(statement)) return refused('rights')
    if (chain !== undefined && this.#isForNothing(statement, chain)) return refused('rights')
    if (!this.#receipts.mayKeep(statement)) return refused('bound')
    const lacking = chain === undefined ? [digest] : []
    // Its own papers may be on their way.
    if (!this.#isHeeded(statement)) return missing(...lacking)
    if (!this.#receipts.isExpected(statement) && !this.#chains.isBy(statement, keyOf(acceptor))) {
      return refused('signature')
    }
    if (chain === undefined) {
      this.#receipts.expect(statement)
      return missing(...lacking)
    }
    const displaced = this.#receipts.keep(statement)
    if (nodeId === this.#self) this.#isJoining = false
    const dropped = [...displaced, ...this.#chains.trim(nodeId)]
    const affected = [...this.#noteAcceptor(acceptor, nodeId), ...this.#spread(nodeId)]
    return this.#taken(statement, [nodeId, ...affected, ...this.#count(nodeId)], dropped)
  }

  /** By a member, or by one of those that we came to. */
  #isHeeded({ body: { nodeId, acceptor } }: ReceiptStatement): boolean {
    if (this.#admitted.has(acceptor)) return true
    const isWelcome = nodeId === this.#self && (this.#isJoining || this.#isReading)
    return isWelcome && this.chainOf(acceptor) !== undefined
  }

  #addRevocation(statement: RevocationStatement): Added {
    const { signer, target } = statement.body
    const isByRoot = this.#chains.isRoot(signer)
    if (!isByRoot && !this.#chains.isOperator(signer)) return missing()
    // An operator takes back nodes and sticks; another operator only the root.
    if (target.kind === 'operator' && !isByRoot) return refused('rights')
    if (!this.#chains.isBy(statement, signer)) return refused('signature')
    if (!this.#revocations.add(statement, isByRoot)) return refused('bound')
    const before = [...this.#chains.nodes()].map((id) => [id, this.standing(id)] as const)
    const dropped = this.#reckon()
    this.#standings.clear()
    const affected = before.filter(([id, was]) => this.#isRevoked(id) || was !== this.standing(id))
    const ids = affected.map(([id]) => id)
    const { key } = target
    const own = target.kind === 'node' ? [nodeIdOf(key)] : []
    return this.#taken(statement, [...own, ...ids], dropped)
  }

  #taken(
    statement: AdmissionStatement,
    affected: readonly NodeId[],
    dropped: readonly AdmissionStatement[] = [],
  ): Added {
    for (const one of dropped) this.#held.delete(one.digest)
    this.#held.set(statement.digest, statement)
    for (const id of affected) this.#standings.delete(id)
    return { kind: 'new', affected: [...new Set(affected)], dropped }
  }

  #isRevoked(id: NodeId): boolean {
    if (this.#revocations.has('node', keyOf(id))) return true
    return this.#chains.of(id).length > 0 && this.#goodChains(id).length === 0
  }

  #goodChains(id: NodeId): Chain[] {
    return this.#chains.of(id).filter((chain) => !this.#revocations.takes(chain))
  }

  /**
   * Admits whoever may be, and those whom they accepted, and so on; gives them, and who has a place
   * within the bound of its stick by it or none any more.
   */
  #spread(start: NodeId): NodeId[] {
    const affected: NodeId[] = []
    const waiting = [start]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (this.#admitted.has(id) || !this.#mayBe(id)) continue
      this.#admitted.add(id)
      this.#standings.delete(id)
      affected.push(id, ...this.#count(id))
      waiting.push(...(this.#acceptedBy.get(id) ?? []))
    }
    return affected
  }

  /** Also of who was revoked since: whom it had accepted before stays. */
  #mayBe(id: NodeId): boolean {
    if (this.chainOf(id) === undefined) return false
    if (this.#isJudged(id)) return true
    const receipts = this.#receipts.of(id)
    // Whoever has accepted us is one of those we came to.
    return receipts.some((receipt) => this.#counts(receipt)) || this.#hasAccepted(id)
  }

  /** Our own papers are good in our eyes. */
  #isJudged(id: NodeId): boolean {
    const digest = this.#judged.get(id)
    if (digest === undefined || id === this.#self) return digest !== undefined
    return this.#goodChains(id).some(({ delegation }) => delegation.digest === digest)
  }

  /** By a member, not after it was revoked, and for papers that are good. */
  #counts(receipt: ReceiptStatement): boolean {
    const { nodeId, acceptor, certificate: digest } = receipt.body
    if (!this.#admitted.has(acceptor) || this.#isLate(receipt)) return false
    const chain = this.#chains.chain(nodeId, digest)
    return chain !== undefined && !this.#isForNothing(receipt, chain)
  }

  /**
   * The papers that it accepts were taken back, or were not good on its date: the acceptor's clock
   * is wrong, and what it says of dates is nothing.
   */
  #isForNothing({ body: { date } }: ReceiptStatement, chain: Chain): boolean {
    return this.#revocations.takes(chain) || !isGoodOn(chain, date)
  }

  #isLate({ body }: ReceiptStatement): boolean {
    const revokedAt = this.#revocations.date('node', keyOf(body.acceptor))
    return revokedAt !== undefined && body.date >= revokedAt
  }

  #hasAccepted(id: NodeId): boolean {
    return this.#receipts.has(this.#self, id)
  }

  #noteAcceptor(acceptor: NodeId, nodeId: NodeId): NodeId[] {
    const accepted = this.#acceptedBy.get(acceptor)
    if (accepted === undefined) this.#acceptedBy.set(acceptor, new Set([nodeId]))
    else accepted.add(nodeId)
    return nodeId === this.#self ? this.#spread(acceptor) : []
  }

  /**
   * From the beginning, as what was taken back may have carried others. Gives the receipts that
   * count no more, and the certificates that only they have named: who hears them only now does not
   * take them either.
   */
  #reckon(): AdmissionStatement[] {
    const dropped: AdmissionStatement[] = []
    for (let before = -1; dropped.length > before; ) {
      before = dropped.length
      this.#admitted.clear()
      for (const id of this.#judged.keys()) this.#spread(id)
      for (const id of this.#chains.nodes()) this.#spread(id)
      dropped.push(...this.#receipts.drop((receipt) => this.#counts(receipt)))
    }
    this.#counting.forgetDates()
    for (const id of this.#chains.nodes()) {
      dropped.push(...this.#chains.trim(id))
      this.#count(id)
    }
    return dropped
  }

  /** Gives who may have a place within the bound of its stick now, or none any more. */
  #count(id: NodeId): readonly NodeId[] {
    const moved = this.#counting.set(id, this.chainOf(id), this.#receipts.of(id))
    for (const one of [id, ...moved]) this.#standings.delete(one)
    return moved
  }

  #isExcess(id: NodeId): boolean {
    const delegation = this.chainOf(id)?.delegation
    const most = delegation?.body.mostJoins ?? 0
    if (delegation === undefined || most === 0) return false
    return this.#counting.place(delegation.digest, id) >= most
  }
}

// Which certificates of a node are held. Whoever has a stick, and be it one that is over, signs any
// number of them for any node, so what is held follows from what has come and not from what came
// first: those that receipts name, then the lowest digest of each stick. Not here: whether one is
// signed by its stick (chains.ts), and whether its dates are good (book.ts).
import type { NodeId } from '../wire/id.ts'
import type { CertificateStatement } from '../wire/statement.ts'

/** Of one node: that of its own stick, and of some others while nobody has accepted it by any. */
const CERTIFICATES_MOST = 4
/** Of one stick, as many as a cluster has members; in wrong hands it fills no memory. */
export const STICK_MOST = 16_384

export interface Preference {
  /** A receipt that counts, or will once this is held, is for this very certificate. */
  isNamed(certificate: CertificateStatement): boolean
  /**
   * Until when the stick of this digest admits; 0 when it was taken back. Of several sticks those
   * that admit longest are preferred: one that is over bars none that is not.
   */
  endOf(delegation: string): number
}

export class Certificates {
  readonly #preference: Preference
  readonly #byNode = new Map<NodeId, Map<string, CertificateStatement>>()
  /** How many of each stick are held. */
  readonly #made = new Map<string, number>()

  constructor(preference: Preference) {
    this.#preference = preference
  }

  of(id: NodeId): CertificateStatement[] {
    return [...(this.#byNode.get(id)?.values() ?? [])]
  }

  get(id: NodeId, digest: string): CertificateStatement | undefined {
    return this.#byNode.get(id)?.get(digest)
  }

  nodes(): Iterable<NodeId> {
    return this.#byNode.keys()
  }

  /** Looked at before the signature, as many come. */
  mayKeep(statement: CertificateStatement): boolean {
    const { nodeId, delegation } = statement.body
    const held = this.of(nodeId)
    const isFull = (this.#made.get(delegation) ?? 0) >= STICK_MOST
    if (isFull && held.every(({ body }) => body.delegation !== delegation)) return false
    return this.#due([...held, statement]).includes(statement)
  }

  /** Puts one among those of its node and gives what it displaces. */
  keep(statement: CertificateStatement): CertificateStatement[] {
    const { nodeId, delegation } = statement.body
    const held = this.#byNode.get(nodeId) ?? new Map<string, CertificateStatement>()
    this.#byNode.set(nodeId, held.set(statement.digest, statement))
    this.#made.set(delegation, (this.#made.get(delegation) ?? 0) + 1)
    return this.trim(nodeId)
  }

  /** Anew, as others may be named than before; gives those that are held no more. */
  trim(id: NodeId): CertificateStatement[] {
    const held = this.of(id)
    if (held.length < 2) return []
    const due = new Set(this.#due(held))
    const dropped = held.filter((certificate) => !due.has(certificate))
    for (const { digest, body } of dropped) {
      this.#byNode.get(id)?.delete(digest)
      this.#made.set(body.delegation, (this.#made.get(body.delegation) ?? 1) - 1)
    }
    return dropped
  }

  /** Which of them are held: the same whatever their order. */
  #due(all: readonly CertificateStatement[]): CertificateStatement[] {
    const named = all.filter((certificate) => this.#preference.isNamed(certificate))
    const sticks = new Map<string, CertificateStatement | undefined>()
    for (const { body } of named) sticks.set(body.delegation, undefined)
    for (const one of all.toSorted(byDigest)) {
      if (!sticks.has(one.body.delegation)) sticks.set(one.body.delegation, one)
    }
    const end = ({ body }: CertificateStatement): number => this.#preference.endOf(body.delegation)
    const others = [...sticks.values()].filter((one) => one !== undefined)
    const order = others.toSorted((a, b) => end(b) - end(a) || byDigest(a, b))
    return [...named, ...order.slice(0, Math.max(0, CERTIFICATES_MOST - named.length))]
  }
}

export function byDigest(a: CertificateStatement, b: CertificateStatement): number {
  return a.digest < b.digest ? -1 : 1
}

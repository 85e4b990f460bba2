// Our own record: made anew when something about us changes or somebody says what is not so. Boot
// is on disk before a record names it. Not here: records of others (roster.ts).
import { type Address, isPlace } from '../wire/address.ts'
import type { NodeId } from '../wire/id.ts'
import type { RecordBody } from '../wire/record.ts'
import { isRoomFor, makeStatement, type RecordStatement } from '../wire/statement.ts'
import type { Suite } from '../wire/suite.ts'
import { PROTOCOL } from './protocol.ts'
import { compareRecords } from './roster.ts'
import type { Particulars } from './types.ts'

export interface SelfOptions {
  readonly clusterId: Uint8Array
  readonly nodeId: NodeId
  readonly gossipKey: Uint8Array
  readonly salt: Uint8Array
  readonly boot: number
  readonly particulars: Particulars
  sign(message: Uint8Array): Uint8Array
}

/** What a record about us that we did not make asks for. */
export type Contradiction = 'none' | 'raised' | 'conflict'

const ADDRESSES_MOST = 8
/** Whoever has our key may name any boot; half of all are left to later starts. */
const BOOT_RAISED_MOST = 2 ** 47

export class Self {
  readonly #options: SelfOptions
  readonly #suite: Suite
  #boot: number
  #incarnation = -1
  #status: RecordBody['status'] = 'here'
  #leftAt: number | undefined
  #addresses: readonly Address[] = []
  #particulars: Particulars
  #record: RecordStatement
  /** Salts of other processes that we have raised our boot above, once each. */
  readonly #overtaken = new Set<string>()

  constructor(options: SelfOptions, suite: Suite) {
    this.#options = options
    this.#suite = suite
    this.#boot = options.boot
    this.#particulars = options.particulars
    this.#record = this.#make()
  }

  get id(): NodeId {
    return this.#options.nodeId
  }

  get record(): RecordStatement {
    return this.#record
  }

  get boot(): number {
    return this.#boot
  }

  get salt(): Uint8Array {
    return this.#options.salt
  }

  get status(): RecordBody['status'] {
    return this.#status
  }

  get particulars(): Particulars {
    return this.#particulars
  }

  get addresses(): readonly Address[] {
    return this.#addresses
  }

  /**
   * True when the record changed. Of too many the last stays too: the one of a link, which others
   * hear our beacons from where no router gives them an address.
   */
  setAddresses(addresses: readonly Address[]): boolean {
    const places = addresses.filter(isPlace)
    const last = places.slice(ADDRESSES_MOST - 1).at(-1)
    this.#addresses = [
      ...places.slice(0, ADDRESSES_MOST - 1),
      ...(last === undefined ? [] : [last]),
    ]
    return this.#remake()
  }

  setParticulars(particulars: Particulars): boolean {
    this.#particulars = particulars
    return this.#remake()
  }

  /** `dateS`: seconds since 1970. */
  leave(dateS: number): void {
    this.#status = 'left'
    this.#leftAt = dateS
    this.#remake()
  }

  /** Says that an accusation is not so; false when it is about an older record. */
  refute(boot: number, incarnation: number): boolean {
    if (this.#status !== 'here' || boot !== this.#boot) return false
    if (incarnation < this.#incarnation) return false
    this.#incarnation = incarnation
    this.#record = this.#make()
    return true
  }

  /** Somebody has a record of ours that this process did not make. */
  contradicted(other: RecordStatement): Contradiction {
    const { salt, boot, status } = other.body
    const isOurs = Buffer.compare(salt, this.#options.salt) === 0
    if (isOurs || compareRecords(other, this.#record) < 0 || this.#status === 'conflict') {
      return 'none'
    }
    const name = Buffer.from(salt).toString('hex')
    // Told by the copy before this start: our own disk has the boot before that.
    const isOver = boot === this.#options.boot && boot === this.#boot
    const isSpent = boot >= BOOT_RAISED_MOST
    const isAgain = this.#overtaken.has(name) || (status === 'conflict' && !isOver) || isSpent
    this.#overtaken.add(name)
    if (!isSpent) {
      this.#boot = Math.max(this.#boot, boot) + 1
      this.#incarnation = -1
    }
    if (isAgain) this.#status = 'conflict'
    this.#record = this.#make()
    return isAgain ? 'conflict' : 'raised'
  }

  #remake(): boolean {
    const before = JSON.stringify(told(this.#body()))
    const now = JSON.stringify(told(this.#record.body))
    if (before === now) return false
    this.#record = this.#make()
    return true
  }

  #make(): RecordStatement {
    this.#incarnation++
    return makeStatement('record', this.#body(), this.#options, this.#suite)
  }

  /** With long names and many addresses there is no room for all: the best come first. */
  #body(): RecordBody {
    const { nodeId, gossipKey, salt } = this.#options
    const body: RecordBody = {
      ...this.#particulars,
      nodeId,
      boot: this.#boot,
      incarnation: Math.max(this.#incarnation, 0),
      status: this.#status,
      protocol: PROTOCOL,
      salt,
      gossipKey,
      addresses: [...this.#addresses],
      ...(this.#leftAt === undefined ? {} : { leftAt: this.#leftAt }),
    }
    let { addresses } = body
    while (addresses.length > 0 && !isRoomFor('record', { ...body, addresses })) {
      addresses = addresses.slice(0, -1)
    }
    return { ...body, addresses }
  }
}

/** All that others learn but numbers, in one order, bytes as numbers. */
function told(body: Partial<RecordBody>): unknown {
  const {
    boot: _b,
    incarnation: _i,
    salt: _s,
    gossipKey: _g,
    nodeId: _n,
    protocol: _p,
    ...rest
  } = body
  return Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value])
}

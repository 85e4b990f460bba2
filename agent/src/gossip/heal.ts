// Contacts that nothing else would make: the dead, who may only be on the other side of a split,
// hints of the seed, and members remembered from before a restart. For ever, at a bounded rate for
// the whole cluster; a beacon to one address is enough, as who hears it answers by a hello. Not
// here: beacons to all (beacons.ts).
import { type Address, addressKey } from '../wire/address.ts'
import { HEAL_CONTACTS, HEAL_INTERVAL_MS } from './config.ts'
import { addressOf, isHere, type Member, type Roster } from './roster.ts'
import type { Runtime } from './runtime.ts'

export interface HealPort {
  beacon(to: Address): void
  /** Dead for so long that it is to be forgotten. */
  isDue(member: Member): boolean
  forget(member: Member): void
}

export class Healer {
  readonly #runtime: Runtime
  readonly #roster: Roster
  readonly #port: HealPort
  readonly #hints: readonly Address[]
  #turn = 0

  constructor(runtime: Runtime, roster: Roster, hints: readonly Address[], port: HealPort) {
    this.#runtime = runtime
    this.#roster = roster
    this.#hints = hints
    this.#port = port
  }

  start(): void {
    const { agenda, dice, moment } = this.#runtime
    agenda.set('heal', moment.nowMs + dice.below(HEAL_INTERVAL_MS), () => this.#round())
  }

  #round(): void {
    const { agenda, dice, moment } = this.#runtime
    agenda.set('heal', moment.nowMs + HEAL_INTERVAL_MS, () => this.#round())
    this.#forgetOld()
    if (dice.fraction() >= HEAL_CONTACTS / this.#roster.count()) return
    const [address] = dice.pick(this.#addresses(), 1)
    if (address !== undefined) this.#port.beacon(address)
  }

  /** Where somebody might be who is not with us. */
  #addresses(): Address[] {
    const living = new Set<string>()
    const addresses: Address[] = []
    this.#turn++
    for (const member of this.#roster.all()) {
      if (member.isSelf || isHere(member)) {
        for (const address of member.record.body.addresses) living.add(addressKey(address))
        if (member.via !== undefined) living.add(addressKey(member.via))
      } else if (member.standing === 'dead' || member.isLoneDead) {
        const address = addressOf(member, this.#turn)
        if (address !== undefined) addresses.push(address)
      }
    }
    const absent = this.#hints.filter((hint) => !living.has(addressKey(hint)))
    return [...addresses, ...absent]
  }

  #forgetOld(): void {
    for (const member of this.#roster.all()) {
      if (this.#port.isDue(member)) this.#port.forget(member)
    }
  }
}

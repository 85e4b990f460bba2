// What every part of the core has in common: time as told, chance, what is to happen later, and the
// ways out. A part that needs more than this and the roster knows too much. Not here: what parts
// do.
import type { Message } from '../wire/message.ts'
import type { Suite } from '../wire/suite.ts'
import type { Agenda } from './agenda.ts'
import type { Dice } from './dice.ts'
import type { Member } from './roster.ts'
import type { Effect, Ignored, Moment } from './types.ts'

export interface Runtime {
  readonly suite: Suite
  readonly dice: Dice
  readonly agenda: Agenda
  /** Of the input that is being handled. */
  readonly moment: Moment
  emit(effect: Effect): void
  /** Something was not taken; counted by reason. */
  ignore(reason: Ignored): void
  /** Sealed messages for a member, to what is its n-th address in turn. */
  tell(member: Member, messages: readonly Message[], turn?: number): void
}

// One part of the core alone: records of a simulated cluster as its members, a clock of the test,
// and what it tells others. Not here: whole nodes (stage.ts).
import assert from 'node:assert/strict'
import { Agenda } from '../../agent/src/gossip/agenda.ts'
import { Dice } from '../../agent/src/gossip/dice.ts'
import { type Member, Roster } from '../../agent/src/gossip/roster.ts'
import type { Message } from '../../agent/src/wire/message.ts'
import type { RecordBody } from '../../agent/src/wire/record.ts'
import { simSuite } from '../sim/suite.ts'
import { World } from '../sim/world.ts'
import { recordOf } from './forge.ts'

export class Bench {
  readonly told: { readonly member: Member; readonly message: Message }[] = []
  readonly members: Member[]
  readonly roster: Roster
  readonly runtime
  readonly #agenda = new Agenda()
  readonly #moment = { nowMs: 0, dateS: 0 }

  constructor(nodes: number, changeOf: (index: number) => Partial<RecordBody> = () => ({})) {
    const world = new World({ seed: 3, nodes })
    this.roster = new Roster(world.node(0).id, simSuite)
    this.members = world.nodes.map((node) => {
      const { member } = this.roster.merge(recordOf(world, node, changeOf(node.index)))
      assert.ok(member)
      return member
    })
    this.runtime = {
      suite: simSuite,
      dice: new Dice(3),
      agenda: this.#agenda,
      moment: this.#moment,
      emit: () => undefined,
      ignore: () => undefined,
      tell: (member: Member, messages: readonly Message[]) => {
        this.told.push(...messages.map((message) => ({ member, message })))
      },
    }
  }

  /** Lets time pass in small steps. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#moment.nowMs += 10
      this.#agenda.runDue(this.#moment.nowMs)
    }
  }

  member(index: number): Member {
    return this.members[index] as Member
  }

  /** What was told since this was last asked. */
  tell(type: Message['type']) {
    return this.told.splice(0).filter(({ message }) => message.type === type)
  }
}

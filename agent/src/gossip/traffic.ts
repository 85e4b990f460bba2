// What was ignored and what was sent, counted for people who look after a cluster. Not here:
// bytes and datagrams, which the driver counts.
import type { Message } from '../wire/message.ts'
import type { Statement } from '../wire/statement.ts'
import type { Ignored } from './types.ts'

export class Traffic {
  readonly #ignored = new Map<Ignored, number>()
  readonly #sent = new Map<Message['type'], number>()
  readonly #told = new Map<Statement['kind'], number>()

  /** How often something was ignored, by reason. */
  get ignored(): ReadonlyMap<Ignored, number> {
    return this.#ignored
  }

  /** Sealed messages that were sent, by type. */
  get sent(): ReadonlyMap<Message['type'], number> {
    return this.#sent
  }

  /** Statements that were sent, by kind. */
  get told(): ReadonlyMap<Statement['kind'], number> {
    return this.#told
  }

  ignore(reason: Ignored): void {
    count(this.#ignored, reason)
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      count(this.#sent, message.type)
      if (message.type !== 'statements') continue
      for (const { kind } of message.statements) count(this.#told, kind)
    }
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

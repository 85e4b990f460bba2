// The message by which two nodes get to know each other, with what makes the sender a member. Not
// here: which hellos are looked at, and where answers go (gossip/).
import { type Address, address } from './address.ts'
import type { Codec } from './codec.ts'
import { flags, raw } from './codec.ts'
import { PLAIN_MAX_BYTES } from './datagram.ts'
import { isRefused } from './refusal.ts'
import { readStatement, type Statement } from './statement.ts'

export interface HelloMessage {
  readonly type: 'hello'
  /** A question; it fills its datagram, so that an answer is never larger. */
  readonly wantsAnswer: boolean
  readonly isAnswer: boolean
  /** Where the sender sends it to. */
  readonly sentTo: Address
  /** The salt of the other in an answer, else zeros; 16 bytes. */
  readonly echo: Uint8Array
  /** The sender's record first; at most 8. */
  readonly statements: readonly Statement[]
}

const MAX_STATEMENTS = 8

interface Flags {
  readonly wantsAnswer: boolean
  readonly isAnswer: boolean
}

const FLAGS = flags<Flags>(['wantsAnswer', 'isAnswer'])
const ECHO = raw(16)

/** It takes all bytes to the end, as padding is whatever follows. */
export const hello: Codec<HelloMessage> = {
  read: (reader) => {
    const { wantsAnswer, isAnswer } = FLAGS.read(reader)
    const sentTo = address.read(reader)
    const echo = ECHO.read(reader)
    if (!isAnswer && echo.some((byte) => byte !== 0)) reader.refuse('flag')
    const count = reader.u8()
    if (count > MAX_STATEMENTS) reader.refuse('bound')
    const statements: Statement[] = []
    for (let index = 0; index < count && reader.refused === undefined; index++) {
      const statement = readStatement(reader)
      if (isRefused(statement)) reader.refuse(statement.refused)
      else statements.push(statement)
    }
    reader.zeros()
    if (wantsAnswer && reader.at !== PLAIN_MAX_BYTES.discovery) reader.refuse('padding')
    return { type: 'hello', wantsAnswer, isAnswer, sentTo, echo, statements }
  },
  write: (writer, message) => {
    if (message.statements.length > MAX_STATEMENTS) throw new RangeError('too many statements')
    if (!message.isAnswer && message.echo.some((byte) => byte !== 0)) {
      throw new RangeError('a hello that is no answer has an echo')
    }
    FLAGS.write(writer, message)
    address.write(writer, message.sentTo)
    ECHO.write(writer, message.echo)
    writer.u8(message.statements.length)
    for (const { bytes } of message.statements) writer.bytes(bytes)
    if (message.wantsAnswer) writer.pad(PLAIN_MAX_BYTES.discovery)
  },
}

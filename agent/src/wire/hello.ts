// The message by which two nodes get to know each other, with what makes the sender a member. Not
// here: which hellos are looked at, and where answers go (gossip/).
import { type Address, address } from './address.ts'
import type { Codec } from './codec.ts'
import { flags, list, raw } from './codec.ts'
import { PLAIN_MAX_BYTES } from './datagram.ts'
import { isRefused } from './refusal.ts'
import { type Statement, statement } from './statement.ts'

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

interface Flags {
  readonly wantsAnswer: boolean
  readonly isAnswer: boolean
}

const FLAGS = flags<Flags>(['wantsAnswer', 'isAnswer'])
const ECHO = raw(16)
const STATEMENTS = list(8, statement)

/** An answer has an echo and asks nothing, as it would be answered without end; others have none. */
function isEchoed({ wantsAnswer, isAnswer, echo }: Flags & Pick<HelloMessage, 'echo'>): boolean {
  const hasEcho = echo.some((byte) => byte !== 0)
  return isAnswer ? hasEcho && !wantsAnswer : !hasEcho
}

/** It takes all bytes to the end, as padding is whatever follows. */
export const hello: Codec<HelloMessage> = {
  read: (reader) => {
    const { wantsAnswer, isAnswer } = FLAGS.read(reader)
    const sentTo = address.read(reader)
    const echo = ECHO.read(reader)
    if (!isEchoed({ wantsAnswer, isAnswer, echo })) reader.refuse('flag')
    const statements: Statement[] = []
    for (const each of STATEMENTS.read(reader)) {
      if (isRefused(each)) reader.refuse(each.refused)
      else statements.push(each)
    }
    reader.zeros()
    if (wantsAnswer && reader.at !== PLAIN_MAX_BYTES.discovery) reader.refuse('padding')
    return { type: 'hello', wantsAnswer, isAnswer, sentTo, echo, statements }
  },
  write: (writer, message) => {
    if (!isEchoed(message)) throw new RangeError('an echo is of an answer, and of no question')
    FLAGS.write(writer, message)
    address.write(writer, message.sentTo)
    ECHO.write(writer, message.echo)
    STATEMENTS.write(writer, message.statements)
    if (message.wantsAnswer) writer.pad(PLAIN_MAX_BYTES.discovery)
  },
}

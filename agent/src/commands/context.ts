// What every command gets: the streams it writes to and the signal that ends it. Not here: the
// reading of the command line (cli.ts).

import { makePaint, type Paint } from '../output/paint.ts'
import type { Secrets } from '../vault/secrets.ts'

export interface CommandContext {
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
  readonly isTerminal: boolean
  /** Where runs are remembered; undefined: nowhere. */
  readonly stateFolder?: string | undefined
  /** Whether a person types what is read. */
  readonly isInputTerminal: boolean
  readonly columns: number
  readonly paint: Paint
  readonly signal: AbortSignal
  readonly environment: (name: string) => string | undefined
  /** What came out of vaults; it is taken out of all that is written. */
  readonly secrets: Secrets
  /** Asks without an echo; USAGE where nobody can be asked. */
  readonly askSecret: (question: string) => Promise<string>
  /** Asks for a line; undefined where nobody can be asked. */
  readonly ask: ((question: string, isHidden: boolean) => Promise<string>) | undefined
  /** Reads answers that were written before; undefined once there are no more. */
  readonly askLine?: (question: string) => Promise<string | undefined>
}

export function paintFor(isTerminal: boolean, environment: CommandContext['environment']): Paint {
  return makePaint(
    isTerminal,
    environment('NO_COLOR') !== undefined,
    environment('FORCE_COLOR') !== undefined,
  )
}

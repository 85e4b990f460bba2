// Colours, where a person is looking. Not here: what is coloured how.
import { styleText } from 'node:util'

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'blue' | 'magenta' | 'dim'

export type Paint = (colour: Colour, text: string) => string

const plain: Paint = (_colour, text) => text

const coloured: Paint = (colour, text) => styleText(colour, text, { validateStream: false })

/** Colours on a terminal, unless NO_COLOR is set; `force` is FORCE_COLOR. */
export function makePaint(isTerminal: boolean, noColor: boolean, force: boolean): Paint {
  return (isTerminal && !noColor) || force ? coloured : plain
}

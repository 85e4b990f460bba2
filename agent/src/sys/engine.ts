// The JavaScript engine of a process that runs for months and does little: less memory for less
// speed. Set after the start and not on the command line, as flags there make Node compile its own
// library anew at each start, half a second of work.
import { setFlagsFromString } from 'node:v8'

/**
 * The optimising compiler stays, for floods; those between it and the interpreter fill memory for
 * code that runs a few times a second.
 */
const FLAGS = ['--no-maglev', '--no-sparkplug', '--optimize-for-size', '--max-semi-space-size=1']

export function runLean(): void {
  for (const flag of FLAGS) setFlagsFromString(flag)
}

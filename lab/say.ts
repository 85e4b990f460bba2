// The lab's own words on the terminal: one line per step, so that a long step is seen to run.

const started = Date.now()

/** Prints `lab: TEXT`, with the seconds since the start when the step came late. */
export function say(text: string): void {
  const seconds = Math.round((Date.now() - started) / 1000)
  console.log(seconds < 3 ? `lab: ${text}` : `lab: ${text} (at ${seconds} s)`)
}

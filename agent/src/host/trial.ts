// Looking beforehand whether a machine will accept a change: `validate` of a new file, the lists of
// a new archive. A trial works on copies of its own, with the file system read-only where that can
// be, and leaves nothing behind. Not here: what follows from its answer (playbook/execute.ts).
import { quoteWord } from './quote.ts'
import { GUARD } from './readonly.ts'

/** A script for Host.ask: a folder of its own is "$d", and what it says is not kept. */
export function trialScript(lines: readonly string[]): string {
  return `( umask 077; d=$(mktemp -d "\${TMPDIR:-/tmp}/.cluster-os.XXXXXXXX") || exit 1
trap 'rm -rf -- "$d"' EXIT; trap 'exit 143' HUP INT TERM
${lines.join('\n')}
) >/dev/null 2>&1`
}

/** Words of a program, as a line that runs it where it cannot write. */
export function guardedLine(words: string): string {
  return `/bin/sh -c ${quoteWord(GUARD)} sh ${words}`
}

// A command that is said only to look, run where it cannot write: in a mount namespace of its own
// in which everything is mounted read-only. An extra guard and no prison: whoever is root may mount
// again. Where the host does not allow it the command runs without. Not here: which commands look.
import type { ExecRequest } from './host.ts'
import { quoteWord } from './quote.ts'

/**
 * Mount points stand in /proc/self/mounts with blanks as octal escapes, which dash's %b wants with
 * a zero in front. What cannot be remounted is left as it is.
 */
const REMOUNT = String.raw`mount --make-rprivate / 2>/dev/null
while read -r _ m _; do
  m=$(printf '%s' "$m" | sed 's/\\/\\0/g')
  mount -o remount,bind,ro -- "$(printf '%b' "$m")" 2>/dev/null
done </proc/self/mounts
exec "$@"`

/** For `sh -c`, with the words of the program after it. */
export const GUARD = `if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null
then exec unshare -m /bin/sh -c ${quoteWord(REMOUNT)} sh "$@"
else exec "$@"; fi`

/** The same request, guarded. */
export function readOnly(request: ExecRequest): ExecRequest {
  const { script, shell = '/bin/sh', argv, ...rest } = request
  const words = argv ?? [shell, '-c', script ?? '']
  return { ...rest, argv: ['/bin/sh', '-c', GUARD, 'sh', ...words] }
}

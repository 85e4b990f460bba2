// What is said to a remote /bin/sh. The preamble defines short functions once, so that a question
// is one line; only what every POSIX system with coreutils or busybox has is used. Not here: the
// reading of the answers (real.ts).

/**
 * COS_PATH finds administrators' programs for our own questions, COS_LOGIN_PATH is what a task's
 * command gets. The answer is the session id, the sixth field of /proc/PID/stat.
 */
export const PREAMBLE = `COS_LOGIN_PATH=$PATH
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
cos_stat() {
  if [ -L "$2" ]; then printf 'link\\0'; readlink -n -- "$2"; printf '\\0'
    if [ "$1" = follow ]; then [ -e "$2" ] || return 1; set -- -L "$2"; else set -- -- "$2"; fi
  elif [ -e "$2" ]; then printf 'plain\\0\\0'; set -- -- "$2"
  elif [ -d "\${2%/*}/." ] && [ -x "\${2%/*}/." ]; then return 1
  else set -- -- "$2"; fi
  LC_ALL=C stat -c '%f %u %g %s %X %Y %Z %i %h %d %U %G' "$@"
}
read -r cos_line </proc/$$/stat && cos_line=\${cos_line##*) } && set -- $cos_line && echo "$4"`

/**
 * Ends every process of a session, a number or a variable that holds one: politely, then after
 * `graceSeconds` by force.
 */
export function endSession(sessionId: number | '$cos_s', graceSeconds: number): string {
  const each = (signal: string): string =>
    'for cos_p in /proc/[0-9]*; do { read -r cos_l <$cos_p/stat; } 2>/dev/null || continue; ' +
    `cos_f=\${cos_l##*) }; set -- $cos_f; [ "$4" = ${sessionId} ] && ` +
    `[ "\${cos_p#/proc/}" != $$ ] && kill -${signal} "\${cos_p#/proc/}" 2>/dev/null; done`
  return `${each('TERM')}; sleep ${graceSeconds}; ${each('KILL')}; :`
}

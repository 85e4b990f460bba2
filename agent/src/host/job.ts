// Work that a host does in the background, for tasks with `async`: a script in a folder of the
// user's, which leaves what each step said and its exit code beside it. Not here: who waits for it.
import type { ExecResult } from './host.ts'
import { LEASE_CLOSED } from './lease.ts'
import { quoteWord } from './quote.ts'

/** Where jobs lie, in the home of the user; the name that Ansible's own jobs have. */
const JOBS_FOLDER = '.ansible_async'

/** A line that no script of a step holds. */
function mark(id: string): string {
  return `COS_${id}_END`
}

/**
 * Starts the steps, each a script; the first that fails is the last. After `limitSeconds` all of
 * it is ended. The id is a plain word.
 */
export function startJob(id: string, steps: readonly string[], limitSeconds: number): string {
  const lines = [
    'cos_p=$COS_LOGIN_PATH; unset COS_LOGIN_PATH; COS_LOGIN_PATH=$cos_p',
    'cos_d=$1',
    `( sleep ${limitSeconds}; : > "$cos_d/late"; kill -TERM 0 ) & cos_w=$!`,
    'cd /',
    ...steps.flatMap((step, index) => [
      `( ${step}`,
      `) > "$cos_d/${index}.out" 2> "$cos_d/${index}.err" < /dev/null; cos_rc=$?`,
      `echo $cos_rc > "$cos_d/${index}.rc"`,
      `[ $cos_rc -eq 0 ] || { : > "$cos_d/done"; kill $cos_w; exit; }`,
    ]),
    ': > "$cos_d/done"; kill $cos_w',
  ]
  return [
    `( umask 077; cos_d="$HOME/${JOBS_FOLDER}/${id}"; mkdir -p "$cos_d" || exit 1`,
    `cat > "$cos_d/job" <<'${mark(id)}'`,
    ...lines,
    mark(id),
    'export COS_LOGIN_PATH',
    `setsid /bin/sh "$cos_d/job" "$cos_d" < /dev/null > /dev/null 2>&1 ${LEASE_CLOSED} &`,
    'printf %s "$cos_d" )',
  ].join('\n')
}

/** What has become of the steps; JobState reads the answer. */
export function askJob(id: string): string {
  return [
    `( cd "$HOME/${JOBS_FOLDER}/"${quoteWord(id)} 2>/dev/null || { echo missing; exit 0; }`,
    'if [ -e late ]; then echo late; elif [ -e done ]; then echo done; else echo running; fi',
    'for cos_f in *.rc; do [ -e "$cos_f" ] || continue; cos_n=${cos_f%.rc}',
    'printf "%s " "$cos_n"; cat "$cos_f"; base64 "$cos_n.out" | tr -d "\\n"; echo',
    'base64 "$cos_n.err" | tr -d "\\n"; echo; done )',
  ].join('\n')
}

/** Removes what a job has left. */
export function forgetJob(id: string): string {
  return `rm -rf -- "$HOME/${JOBS_FOLDER}/"${quoteWord(id)}`
}

export interface JobState {
  readonly status: 'missing' | 'running' | 'late' | 'done'
  /** Of the steps that are through, in order. */
  readonly ran: readonly ExecResult[]
}

export function parseJob(answer: ExecResult): JobState {
  const [word = '', ...lines] = answer.stdout.toString('latin1').split('\n')
  const status = (['missing', 'late', 'done'] as const).find((each) => each === word) ?? 'running'
  const ran: { index: number; result: ExecResult }[] = []
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [index = '', rc = ''] = (lines[at] ?? '').split(' ')
    const stdout = Buffer.from(lines[at + 1] ?? '', 'base64')
    const stderr = Buffer.from(lines[at + 2] ?? '', 'base64')
    ran.push({ index: Number(index), result: { rc: Number(rc), stdout, stderr } })
  }
  ran.sort((a, b) => a.index - b.index)
  return { status, ran: ran.map(({ result }) => result) }
}

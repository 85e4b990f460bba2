// Which commands check mode runs after all, with --run-probes: those that only look, by their
// author's word (`changed_when: false`), by the user's, or by their program. Their answer is
// believed only while this run has planned nothing that they name. Not here: how they are kept from
// writing (host/readonly.ts).
import type { ExecRequest, ExecResult, Host } from '../host/host.ts'
import { OverlayHost } from '../host/overlay.ts'
import { readOnly } from '../host/readonly.ts'
import { wordsOf } from '../host/taint.ts'
import type { Probes } from './options.ts'
import { type Task, taskTitle } from './tree.ts'

/** Answers undefined where the command may not run, or its answer would be that of before. */
export type Look = (request: ExecRequest) => Promise<ExecResult | undefined>

export function lookOf(
  task: Task,
  host: Host,
  real: () => Promise<Host>,
  probes: Probes | undefined,
): Look | undefined {
  if (probes === undefined || !(host instanceof OverlayHost)) return undefined
  // A job that is only predicted has no number to ask for.
  if (task.keywords.has('async')) return undefined
  const isSaid =
    isUnchanging(task) || probes.names.includes(taskTitle({ ...task, role: undefined }))
  return async (request) => {
    if (!isSaid && !isReader(request)) return undefined
    const text = request.script ?? request.argv?.join(' ') ?? ''
    if (host.isPlanned(wordsOf(text, request.folder))) return undefined
    const answer = await (await real()).exec(readOnly(request))
    // What fails now may succeed once the run has made what it needs.
    const isBelieved = 'rc' in answer && (answer.rc === 0 || !host.hasPlans)
    return isBelieved ? answer : undefined
  }
}

/** Programs of coreutils and libc that can write nothing, whatever their arguments are. */
const READERS = new Set(
  (
    'true false test [ echo printf cat head cut wc ls stat readlink realpath basename dirname ' +
    'id whoami groups uname arch nproc getent pwd cksum md5sum sha1sum sha224sum sha256sum ' +
    'sha384sum sha512sum'
  ).split(' '),
)

const PROGRAM_FOLDERS = /^(\/usr)?\/s?bin\//

/** A program that only reads, called without a shell, and where no variable makes it another one. */
function isReader({ argv, environment = {} }: ExecRequest): boolean {
  const [program = ''] = argv ?? []
  return READERS.has(program.replace(PROGRAM_FOLDERS, '')) && Object.keys(environment).length === 0
}

/** `changed_when: false`, written out. */
export function isUnchanging(task: Task): boolean {
  const never = task.keywords.get('changed_when')?.value
  return Array.isArray(never) && never.length === 1 && never[0] === false
}

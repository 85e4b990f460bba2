// cluster-os resume: goes on with a run that was stopped, lists such runs, or forgets one. Not
// here: how what was done is found again (playbook/taskruns.ts).
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import type { Journal } from '../journal/journal.ts'
import type { Runs } from '../journal/runs.ts'
import { escapeLine } from '../output/escape.ts'
import { enterFolder, workFolder } from '../sys/files.ts'
import { isAlive } from '../sys/process.ts'
import type { CommandContext } from './context.ts'
import { extraVarsAgain, runsOf } from './journal.ts'
import { type RunFlags, runCommand } from './run.ts'

export interface ResumeFlags {
  readonly list?: boolean
  readonly all?: boolean
  readonly forget?: string
  readonly force?: boolean
  readonly extraVars?: readonly string[]
  readonly output?: string
  readonly waitLease?: string
  readonly verbosity: number
}

/** Answers the exit code: that of the whole run, as if it had never been stopped. */
export async function resumeCommand(
  run: string | undefined,
  flags: ResumeFlags,
  context: CommandContext,
): Promise<number> {
  const runs = runsOf(context)
  if (runs === undefined) throw nothingLeft()
  if (flags.forget !== undefined) {
    runs.forget(flags.forget)
    return 0
  }
  if (flags.all === true && flags.list !== true) {
    throw new ClusterError('USAGE', '--all is told of a list', {
      hint: 'use: cluster-os resume --list --all',
    })
  }
  if (flags.list === true) {
    context.write(listing(runs, flags.all === true))
    return 0
  }
  const journal = chosen(runs, run)
  const { folder, playbooks, flags: kept } = journal.begin
  enterFolder(folder)
  const again: RunFlags = {
    ...(kept as unknown as RunFlags),
    extraVars: extraVarsAgain(journal, flags.extraVars ?? []),
    ...(flags.output === undefined ? {} : { output: flags.output }),
    ...(flags.waitLease === undefined ? {} : { waitLease: flags.waitLease }),
    ...(flags.verbosity === 0 ? {} : { verbosity: flags.verbosity }),
  }
  context.writeError(`resuming ${describe(journal)}\n`)
  return runCommand(playbooks, again, context, { journal, isForced: flags.force === true })
}

function chosen(runs: Runs, run: string | undefined): Journal {
  if (run === undefined) {
    return latest(runs)
  }
  const journal = runs.read(run)
  if (journal.stamps.some(isAlive)) {
    throw new ClusterError('JOURNAL', `the run ${run} is still going`, {
      hint: 'wait for it, or stop it first',
    })
  }
  if (journal.exitCode === undefined) return journal
  throw new ClusterError(
    'JOURNAL',
    `the run ${run} is through, with exit code ${journal.exitCode}`,
    {
      hint: 'start it again with run: what was done stays done',
    },
  )
}

/** What was begun elsewhere is not what somebody means who stands here. */
function latest(runs: Runs): Journal {
  const all = runs.unfinished()
  if (all.length === 0) throw nothingLeft()
  const here = all.filter(({ begin }) => begin.folder === workFolder())
  const found = here.findLast((journal) => runs.supersededBy(journal) === undefined)
  if (found !== undefined) return found
  if (here.length === 0) {
    throw new ClusterError('JOURNAL', 'no unfinished run was begun in this folder', {
      hint: 'see: cluster-os resume --list --all, and give the id of the run',
    })
  }
  throw new ClusterError('JOURNAL', 'later runs have done what unfinished ones had to do', {
    hint: 'there is nothing to resume; to go on all the same give an id of: cluster-os resume --list',
  })
}

function listing(runs: Runs, isOfAll: boolean): string {
  const chosen = runs.unfinished().filter(({ begin }) => isOfAll || begin.folder === workFolder())
  const lines = chosen.map((journal) => {
    const later = runs.supersededBy(journal)
    return `${describe(journal)}${later === undefined ? '' : `  (done since by ${later})`}\n`
  })
  return lines.join('')
}

function nothingLeft(): ClusterError {
  return new ClusterError('JOURNAL', 'there is no unfinished run', {
    hint: 'see: cluster-os resume --list',
  })
}

function describe(journal: Journal): string {
  const { run, begin, doneCount, openCount } = journal
  const started = new Date(begin.atMs).toISOString()
  const files = begin.playbooks.map((file) => escapeLine(resolve(begin.folder, file)))
  const playbooks = files.join(' ')
  return `${run}  ${started}  ${doneCount} done, ${openCount} under way  ${playbooks}`
}

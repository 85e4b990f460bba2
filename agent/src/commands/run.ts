// cluster-os run: playbooks over hosts, or only what would be done where (--list-*). Not here: what
// a journal holds (journal.ts) and how a run is shown (report.ts).
import { ClusterError } from '../errors.ts'
import { matchPattern } from '../inventory/inventory.ts'
import type { Journal } from '../journal/journal.ts'
import { Owed } from '../journal/owed.ts'
import { escapeLine, escapeText } from '../output/escape.ts'
import { listOf } from '../playbook/inherit.ts'
import { loadPlaybook, type Playbook } from '../playbook/load.ts'
import type { RunOptions } from '../playbook/options.ts'
import { INCLUDES } from '../playbook/playactions.ts'
import { runPlaybook } from '../playbook/run.ts'
import { startAt } from '../playbook/startat.ts'
import { chooseItems, type TagChoice, tasksIn } from '../playbook/tags.ts'
import { type Play, taskTitle } from '../playbook/tree.ts'
import { systemClock } from '../sys/clock.ts'
import { str } from '../value/python.ts'
import { Template } from '../value/value.ts'
import type { CommandContext } from './context.ts'
import { type Flags, inventoryOf, keyringOf, runOptions, sourceOptionsOf } from './flags.ts'
import { beginJournal, goOn, refuseMoved } from './journal.ts'
import { leaseOf } from './lease.ts'
import { makeProfiled, makeReport } from './report.ts'
import { keepFailed, retryLimit } from './retry.ts'

export interface RunFlags extends Flags {
  readonly listTasks?: boolean
  readonly listHosts?: boolean
  readonly listTags?: boolean
  readonly syntaxCheck?: boolean
  readonly step?: boolean
  readonly startAtTask?: string
  readonly retry?: boolean
  readonly profile?: boolean
  readonly detailedExitcode?: boolean
  /** False with --no-pending-handlers. */
  readonly pendingHandlers?: boolean
}

/** A run that was stopped and goes on. */
export interface Resumed {
  readonly journal: Journal
  /** In spite of sources that have moved. */
  readonly isForced: boolean
}

/** Of --detailed-exitcode: a prediction in which something would change. */
export const CHANGES_EXIT_CODE = 3

/** Answers the exit code. Everything that needs no host is refused before any connection. */
export async function runCommand(
  files: readonly string[],
  flags: RunFlags,
  context: CommandContext,
  resumed?: Resumed,
): Promise<number> {
  if (files.length === 0) {
    throw new ClusterError('USAGE', 'run needs a playbook', {
      hint: 'cluster-os run site.yml -i inventory.yml',
    })
  }
  if (flags.detailedExitcode === true && flags.check !== true) {
    throw new ClusterError('USAGE', '--detailed-exitcode is told of a prediction', {
      hint: 'add --check, or use: cluster-os plan --detailed-exitcode',
    })
  }
  const keyring = await keyringOf(flags, context)
  const sourceOptions = sourceOptionsOf(flags, keyring)
  const loaded = files.map((file) => loadPlaybook(file, sourceOptions))
  if (flags.syntaxCheck === true) {
    for (const { file } of loaded) context.write(`playbook: ${file}\n`)
    return 0
  }
  const inventory = await inventoryOf(flags, context, keyring)
  const limit = flags.retry === true ? retryLimit(files, flags, inventory, context) : flags.limit
  const wishes = limit === undefined ? flags : { ...flags, limit }
  const settled = await runOptions(wishes, context, inventory, keyring)
  const step = flags.step === true ? stepper(context) : undefined
  const options = step === undefined ? settled : { ...settled, step }
  const playbooks = startedAt(loaded, flags, options)
  try {
    for (const playbook of playbooks) checkPatterns(playbook, options)
  } catch (error) {
    throw flags.inventory === undefined ? withoutInventory(error) : error
  }
  if (flags.listTasks === true || flags.listHosts === true || flags.listTags === true) {
    for (const playbook of playbooks) context.write(escapeText(listing(playbook, flags, options)))
    return 0
  }
  const begun = { files, flags, playbooks, inventory }
  if (resumed?.isForced === false) refuseMoved(resumed.journal, begun)
  const journal = options.isCheck ? undefined : (resumed?.journal ?? beginJournal(begun, context))
  if (resumed !== undefined) goOn(resumed.journal, playbooks)
  const lease = options.isCheck ? undefined : leaseOf(flags, context, journal?.run)
  return runAll(playbooks, { ...options, journal, lease }, flags, context)
}

/** One playbook after the other; the journal ends with the last, not with a signal. */
async function runAll(
  playbooks: readonly Playbook[],
  options: Omit<RunOptions, 'report'>,
  flags: RunFlags,
  context: CommandContext,
): Promise<number> {
  const { journal } = options
  // What cannot be written down must not be done: the run is stopped as by a signal.
  const unwritten = new AbortController()
  const signal = AbortSignal.any([options.signal, unwritten.signal])
  let failure: ClusterError | undefined
  const stop = (error: ClusterError): void => {
    failure ??= error
    unwritten.abort(error.exitCode)
  }
  if (journal !== undefined) journal.onFailure = stop
  const make = flags.profile === true ? makeProfiled : makeReport
  const report = make(flags.output, flags.verbosity, context)
  try {
    let exitCode = 0
    let isChanging = false
    for (const [playbookIndex, playbook] of playbooks.entries()) {
      const owed = owedOf(playbook, flags, context, { journal, stop })
      const own = { ...options, signal, owed, playbookIndex, report: report.report }
      const summary = await runPlaybook(playbook, own)
      if (failure !== undefined) throw failure
      await owed?.close()
      exitCode |= summary.exitCode
      if (!options.isCheck) keepFailed(playbook.file, summary, flags, context)
      isChanging ||= [...summary.hosts.values()].some(({ changed }) => changed > 0)
      if (summary.wasAborted) {
        const words = `go on where it was stopped: cluster-os resume ${journal?.run}\n`
        if (journal !== undefined) context.writeError(words)
        return summary.exitCode
      }
    }
    await journal?.end(systemClock.wall(), exitCode)
    const isTold = flags.detailedExitcode === true && flags.check === true
    return exitCode === 0 && isTold && isChanging ? CHANGES_EXIT_CODE : exitCode
  } catch (error) {
    // A run that was refused before any task leaves nothing to go on with.
    const isRefused = error instanceof ClusterError && journal?.hasTasks === false
    if (isRefused && failure === undefined) await journal.end(systemClock.wall(), error.exitCode)
    throw error
  } finally {
    await journal?.close()
    report.stop()
  }
}

/** What stands before the task is left out; of several playbooks the first with it is meant. */
function startedAt(
  playbooks: readonly Playbook[],
  { startAtTask }: RunFlags,
  choice: TagChoice,
): readonly Playbook[] {
  if (startAtTask === undefined) return playbooks
  for (const [index, playbook] of playbooks.entries()) {
    try {
      return [startAt(playbook, startAtTask, choice), ...playbooks.slice(index + 1)]
    } catch (error) {
      if (index === playbooks.length - 1) throw error
    }
  }
  return playbooks
}

/** Asks once for each task: yes, no, or no more questions. */
function stepper({ ask, askLine }: CommandContext): RunOptions['step'] {
  if (ask === undefined && askLine === undefined) throw nobodyToAsk()
  const answers = new Map<string, Promise<boolean>>()
  let queue: Promise<unknown> = Promise.resolve()
  let isEnough = false
  let isAnswered = false
  const decide = async (title: string): Promise<boolean> => {
    if (isEnough) return true
    const question = `Run TASK: ${escapeLine(title)} (N)o/(y)es/(c)ontinue: `
    const said = ask === undefined ? await askLine?.(question) : await ask(question, false)
    if (said === undefined && !isAnswered) throw nobodyToAsk()
    isAnswered = true
    // Answers may come from a pipe: when they end nothing more is wanted.
    const word = said ?? ''
    isEnough = /^c/i.test(word.trim())
    return isEnough || /^y/i.test(word.trim())
  }
  return (id, title) => {
    const known = answers.get(id)
    if (known !== undefined) return known
    const answer = queue.then(() => decide(title))
    queue = answer.catch(() => undefined)
    answers.set(id, answer)
    return answer
  }
}

function nobodyToAsk(): ClusterError {
  return new ClusterError('USAGE', '--step needs somebody to ask', {
    hint: 'run it in a terminal, or pipe the answers in: a line each, y, n or c',
  })
}

/** Handlers that earlier runs of the playbook left; a check neither runs nor forgets them. */
function owedOf(
  playbook: Playbook,
  flags: RunFlags,
  context: CommandContext,
  { journal, stop }: Pick<RunOptions, 'journal'> & { stop: (error: ClusterError) => void },
): Owed | undefined {
  if (context.stateFolder === undefined || flags.check === true) return undefined
  const owed = new Owed(context.stateFolder, playbook.file, stop)
  // A run that goes on has forgotten them when it began.
  if (flags.pendingHandlers === false && journal?.isNew !== false) owed.forget()
  return owed
}

/** A name that is not known because nobody named an inventory. */
function withoutInventory(error: unknown): unknown {
  if (!(error instanceof ClusterError) || error.code !== 'PATTERN') return error
  const hint = 'no inventory was given: add -i inventory.yml, or -i host1,host2'
  return new ClusterError('PATTERN', error.message, { hint, where: error.where, cause: error })
}

/** Unknown names in patterns are told before the first connection. */
export function checkPatterns(playbook: Playbook, options: Omit<RunOptions, 'report'>): void {
  const { inventory, limit } = options
  if (limit !== undefined && matchPattern(inventory, limit, undefined).length === 0) {
    throw new ClusterError('PATTERN', `the limit ${limit} matches no host`, {
      hint: 'see: cluster-os inventory --graph',
    })
  }
  // Groups that tasks make are known when the play comes.
  if (playbook.sources.makesHosts || playbook.plays.some(hasIncludes)) return
  for (const play of playbook.plays) hostsOf(play, options)
}

function hasIncludes(play: Play): boolean {
  return tasksIn(play.items).some(({ action }) => INCLUDES.includes(action.value))
}

/** The pattern as it was written. */
function patternOf(play: Play): string {
  const names = listOf(play.hosts).map(({ value }) =>
    value instanceof Template ? value.source : str(value),
  )
  return names.join(',')
}

function hostsOf(play: Play, { inventory, limit }: Omit<RunOptions, 'report'>): string[] {
  const names = listOf(play.hosts).map(({ value }) => value)
  if (!names.every((name) => typeof name === 'string')) return []
  const hosts = matchPattern(inventory, names.join(','), play.hosts.at)
  if (limit === undefined) return hosts
  const chosen = new Set(matchPattern(inventory, limit, undefined))
  return hosts.filter((host) => chosen.has(host))
}

function listing(playbook: Playbook, flags: RunFlags, options: Omit<RunOptions, 'report'>): string {
  const lines = [`\nplaybook: ${playbook.file}`]
  for (const play of playbook.plays) {
    lines.push(
      `\n  play #${play.index + 1} (${patternOf(play)}): ${play.name}\tTAGS: [${play.tags.join(', ')}]`,
    )
    const tasks = tasksIn(chooseItems(play.items, options)).filter(
      ({ action }) => action.value !== 'meta' && action.value !== 'gather_facts',
    )
    if (flags.listHosts === true) {
      const hosts = hostsOf(play, options)
      lines.push(`    hosts (${hosts.length}):`, ...hosts.map((host) => `      ${host}`))
    }
    if (flags.listTasks === true) {
      lines.push('    tasks:')
      for (const task of tasks) {
        lines.push(
          `      ${taskTitle(task)}\tTAGS: [${[...new Set(task.tags)].toSorted().join(', ')}]`,
        )
      }
    }
    if (flags.listTags === true) {
      const tags = new Set(tasks.flatMap((task) => task.tags))
      lines.push(`      TASK TAGS: [${[...tags].toSorted().join(', ')}]`)
    }
  }
  return `${lines.join('\n')}\n`
}

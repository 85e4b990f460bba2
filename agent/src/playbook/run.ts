// A run: playbooks over their hosts, play by play and batch by batch, told as events. Not here:
// the order of tasks (iterate.ts), single tasks (taskrun.ts), and how events are shown (output/).
import { ClusterError } from '../errors.ts'
import { matchPattern } from '../inventory/inventory.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { str } from '../value/python.ts'
import { runBatch } from './batch.ts'
import {
  countResult,
  emptyStats,
  exitCodeOf,
  type HostStats,
  type PlayInfo,
  type RunSummary,
} from './events.ts'
import { listOf } from './inherit.ts'
import { Iteration } from './iterate.ts'
import type { Playbook } from './load.ts'
import type { RunOptions } from './options.ts'
import { INCLUDES } from './playactions.ts'
import { batchesOf, ordered, policyOf } from './policy.ts'
import type { TaskResult } from './result.ts'
import type { VariableScope } from './scope.ts'
import type { Status } from './steps.ts'
import { chooseItems, tasksIn } from './tags.ts'
import { TaskRuns } from './taskruns.ts'
import type { Play, Task } from './tree.ts'
import { World, wholePlay } from './world.ts'

/** After a signal, what runs on hosts is ended within this. */
const END_LIMIT_MS = 10_000

/** Runs all plays; the summary's exit code is that of the command. */
export async function runPlaybook(playbook: Playbook, options: RunOptions): Promise<RunSummary> {
  const folder = playbook.plays[0]?.folder ?? '.'
  const world = new World(options, playbook.sources, folder)
  const run = new PlayRuns(world)
  const ending = endOnSignal(world, options.signal)
  try {
    for (const play of playbook.plays) {
      if (options.signal.aborted || !(await run.play(play))) break
    }
  } finally {
    if (options.signal.aborted) await ending()
    world.links.close()
  }
  const summary = run.summary()
  options.report({ kind: 'run-end', summary })
  return summary
}

/** Ends remote processes as soon as the signal comes; the answer waits for that. */
function endOnSignal(world: World, signal: AbortSignal): () => Promise<void> {
  let ended: Promise<unknown> | undefined
  const end = (): void => {
    ended ??= Promise.race([world.links.endAll(), pause(systemClock, END_LIMIT_MS)])
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return async () => {
    end()
    await ended
  }
}

interface PlayStart {
  readonly batches: readonly (readonly string[])[]
  readonly owed: ReadonlyMap<string, readonly string[]>
  /** False where a run goes on that had begun the play. */
  readonly isNew: boolean
}

interface OneBatch extends Pick<PlayStart, 'owed'> {
  readonly batch: readonly string[]
  /** With hosts that were lost before. */
  readonly whole: readonly string[]
  readonly index: number
}

class PlayRuns {
  readonly #world: World
  readonly #stats = new Map<string, HostStats>()
  /** Hosts that take no further part, and why; `meta: clear_host_errors` takes them back. */
  readonly #lost = new Map<string, 'failed' | 'unreachable'>()
  readonly #pending = new Map<string, string[]>()

  constructor(world: World) {
    this.#world = world
  }

  /** Answers whether the next play may follow. */
  async play(play: Play): Promise<boolean> {
    const { options } = this.#world
    const info: PlayInfo = { id: `play-${play.index + 1}`, name: play.name, at: play.at }
    const all = this.#hostsOf(play)
    const hosts = all.filter((host) => !this.#lost.has(host))
    if (hosts.length === 0) {
      options.report({ kind: 'play-empty', play: info, atMs: systemClock.wall() })
      return true
    }
    for (const host of hosts) this.#statsOf(host)
    const { batches, owed, isNew } = await this.#begin(play, hosts, all)
    let isLast = false
    for (const [index, whole] of batches.entries()) {
      const batch = whole.filter((host) => !this.#lost.has(host))
      if (batch.length === 0) continue
      options.report({ kind: 'play-start', play: info, hosts: batch, atMs: systemClock.wall() })
      for (const host of isNew ? batch : []) {
        const handlers = owed.get(host)
        if (handlers !== undefined) options.report({ kind: 'owed', host, handlers })
      }
      const survivors = await this.#batch(play, { batch, whole, index, owed }, hosts, all)
      if (options.signal.aborted) return false
      // With a whole batch gone the run ends, whoever is left in others, as in Ansible.
      if (survivors === 'stop') return false
      if (survivors === 'end') break
      if (survivors === 'last') isLast = true
    }
    if (isLast) return false
    return this.#lost.size === 0 || hosts.some((host) => !this.#lost.has(host))
  }

  /** Batches and debts of a play as its journal tells them, or as they are now. */
  async #begin(play: Play, hosts: readonly string[], all: readonly string[]): Promise<PlayStart> {
    const { journal } = this.#world.options
    const before = journal?.play(this.#id(play))
    if (before !== undefined) {
      const owed = new Map(Object.entries(before.owed))
      return { batches: before.batches, owed, isNew: false }
    }
    // Hosts that were lost keep their places in the batches, as in Ansible.
    const batches = batchesOf(play, ordered(play, all), this.#scope(play, all))
    const owed = await this.#debts(play, hosts)
    journal?.beginPlay({ at: this.#id(play), batches, owed: Object.fromEntries(owed) })
    return { batches, owed, isNew: true }
  }

  /** What hosts owe, read once they are held: a run beside this one may be about to pay it. */
  async #debts(
    play: Play,
    hosts: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const { owed, lease } = this.#world.options
    if (owed === undefined) return new Map()
    const seen = owed.of(play.name, hosts)
    const [task] = tasksIn(play.items)
    if (lease === undefined || task === undefined || seen.size === 0) return seen
    const owing = [...seen.keys()]
    const areHeld = await Promise.all(owing.map((host) => this.#hold(host, play, task, hosts)))
    owed.readAgain()
    return owed.of(
      play.name,
      owing.filter((_, index) => areHeld[index]),
    )
  }

  async #hold(host: string, play: Play, task: Task, hosts: readonly string[]): Promise<boolean> {
    const scope = this.#world.scope(host, wholePlay(play, hosts), task, new Map(), true)
    try {
      const reach = this.#world.reach({ host, scope, task, owner: host, own: scope })
      return await this.#world.links.hold(reach)
    } catch {
      // How the host is reached cannot be told: its first task says why.
      return true
    }
  }

  #noteOwed(play: Play, batch: readonly string[], iteration: Iteration<TaskResult>): void {
    const { owed } = this.#world.options
    if (owed === undefined) return
    const pending = iteration.pendingHandlers
    for (const host of batch) {
      // What the run owes that holds the host is that run's to note.
      if (this.#world.links.isRefused(host)) continue
      owed.note(play.name, host, pending.get(host) ?? [])
    }
  }

  #id(play: Play): string {
    return `${this.#world.options.playbookIndex ?? 0}.${play.index}`
  }

  summary(): RunSummary {
    const { options } = this.#world
    const wasAborted = options.signal.aborted
    return {
      hosts: this.#statsInOrder(),
      pendingHandlers: this.#pending,
      stats: this.#world.stats,
      isCheck: options.isCheck,
      wasAborted,
      exitCode: wasAborted ? signalCode(options.signal) : exitCodeOf(this.#lost.values()),
    }
  }

  /** As the inventory has them, whatever order plays took them in; others come last. */
  #statsInOrder(): Map<string, HostStats> {
    const { inventory } = this.#world.options
    const known = [...inventory.hosts.keys()].filter((host) => this.#stats.has(host))
    const names = new Set([...known, ...this.#stats.keys()])
    return new Map([...names].map((host) => [host, this.#statsOf(host)]))
  }

  #statsOf(host: string): HostStats {
    let stats = this.#stats.get(host)
    if (stats === undefined) {
      stats = emptyStats()
      this.#stats.set(host, stats)
    }
    return stats
  }

  #hostsOf(play: Play): string[] {
    const { options } = this.#world
    const { inventory, limit } = options
    const scope = this.#world.scope('localhost', undefined, undefined, new Map(), true)
    const names = listOf(play.hosts).map(({ value }) =>
      typeof value === 'string' ? value : str(scope.render(value)),
    )
    const hosts = this.#match(names.join(','), play)
    if (limit === undefined) return hosts
    const chosen = new Set(matchPattern(inventory, limit, undefined))
    return hosts.filter((host) => chosen.has(host))
  }

  /** A group that tasks might have made, and have not, has no hosts. */
  #match(pattern: string, play: Play): string[] {
    try {
      return matchPattern(this.#world.options.inventory, pattern, play.hosts.at)
    } catch (error) {
      const isMissing = error instanceof ClusterError && error.code === 'PATTERN'
      if (isMissing && this.#world.sources.makesHosts) return []
      throw error
    }
  }

  /** What keywords of the play itself may name: its variables and those of the command line. */
  #scope(play: Play, hosts: readonly string[]): VariableScope {
    return this.#world.scope('localhost', wholePlay(play, hosts), undefined, new Map(), true)
  }

  /**
   * Answers `end` when the play ends with this batch, `stop` when the run does, and `last` when the
   * run ends after the play's other batches.
   */
  async #batch(
    play: Play,
    { batch, whole, index, owed }: OneBatch,
    hosts: readonly string[],
    all: readonly string[],
  ): Promise<'go' | 'end' | 'stop' | 'last'> {
    const { options } = this.#world
    const items = chooseItems(play.items, options)
    const runs = new TaskRuns(this.#world, play, {
      batch,
      hosts,
      all,
      id: `${this.#id(play)}.${index}`,
      survivors: () => iteration.present,
    })
    const own = policyOf(play, options, this.#scope(play, all), runs)
    const policy = { ...own, batchSize: whole.length }
    const iteration = new Iteration<TaskResult>(batch, items, play.handlers, policy, owed)
    const reason = await runBatch(
      iteration,
      {
        run: (host, task, started) => runs.run(host, task, started),
        report: (host, task, outcome, isRescued) => {
          const { result, status } = outcome
          countTask(this.#statsOf(host), task, status, result, isRescued)
          runs.report(host, task, outcome, isRescued)
          if (task.isHandler || outcome.notify.length > 0) this.#noteOwed(play, batch, iteration)
        },
        share: (from, others, task, outcome) => runs.share(from, others, task, outcome),
        throttleOf: (task, host) => runs.throttleOf(task, host),
      },
      options.forks,
      options.signal,
    )
    this.#noteOwed(play, batch, iteration)
    for (const host of batch) {
      const fate = iteration.fateOf(host)
      if (fate !== undefined) this.#lost.set(host, fate)
    }
    for (const [host, names] of iteration.pendingHandlers) {
      if (this.#lost.has(host) || !['done', 'end_play'].includes(reason)) {
        this.#pending.set(host, [...(this.#pending.get(host) ?? []), ...names])
      }
    }
    if (reason === 'fatal' || reason === 'percentage') {
      const words = {
        fatal: 'a failure was fatal for all hosts',
        percentage: 'too many hosts failed',
      }
      options.report({ kind: 'play-cut', reason: words[reason] })
      for (const host of batch) if (!this.#lost.has(host)) this.#lost.set(host, 'failed')
      return 'stop'
    }
    if (iteration.survivors.length === 0 && batch.length === whole.length) return 'stop'
    if (iteration.isBroken) return 'last'
    return reason === 'end_play' ? 'end' : 'go'
  }
}

/** The play's own actions do not count; an include of a file does for each that it brought. */
function countTask(
  stats: HostStats,
  task: Task,
  status: Status,
  result: TaskResult,
  isRescued: boolean,
): void {
  const action = task.action.value
  if (action === 'meta' && status !== 'failed') return
  if (action === 'include_role' && status === 'ok') return
  const isInclude = INCLUDES.includes(action) && result.items !== undefined
  const items = result.items ?? []
  const isSkipped = items.every((item) => item.status === 'skipped')
  const counted = items.filter((item) => item.status !== 'skipped')
  for (const one of isInclude && !isSkipped ? counted : [result]) {
    countResult(stats, isInclude && !isSkipped ? one.status : status, one, isRescued)
  }
}

/** 129, 130, 141 or 143: main.ts tells it as the reason. */
function signalCode(signal: AbortSignal): number {
  return typeof signal.reason === 'number' ? signal.reason : 130
}

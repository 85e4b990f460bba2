// The way of a task to its module: the machine that it works on, its turn there, and what it is
// told of its surroundings. Not here: how often and how long it is tried (taskrun.ts), running it
// (execute.ts).
import type { Host } from '../host/host.ts'
import type { Controller, JobReport, Module } from '../modules/module.ts'
import { pause, systemClock } from '../sys/clock.ts'
import type { Value } from '../value/value.ts'
import { isFirstName } from './added.ts'
import { type BackgroundWish, type Jobs, SILENCE } from './background.ts'
import { makeController } from './controller.ts'
import { environmentOf } from './environment.ts'
import { type Attempt, executeModule, type ModuleRun } from './execute.ts'
import { hasHostMadeArgument } from './hostmade.ts'
import { type Kept, keptOf } from './keep.ts'
import { isHidden, keywordNumber, keywordTruth } from './keyword.ts'
import { awaitedHost, type Reach } from './links.ts'
import { lookOf } from './look.ts'
import type { Patience } from './patience.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'
import { machineOf } from './turns.ts'
import type { TaskWatch } from './watch.ts'
import type { World } from './world.ts'

/** As in Ansible. */
const POLL_DEFAULT_SECONDS = 15

export interface ModuleAttempt {
  readonly world: World
  readonly task: Task
  readonly module: Module
  /** The host that the task is for. */
  readonly host: string
  /** The one that it works on in its place. */
  readonly delegated: string | undefined
  readonly reach: Reach
  readonly scope: VariableScope
  readonly special: ReadonlyMap<string, Value>
  readonly batch: readonly string[]
  readonly watch: TaskWatch | undefined
  readonly patience: Patience
  /** Waits for the hosts that are behind. */
  readonly release: () => Promise<boolean>
  /** As `release`, before something is changed. */
  readonly releaseChange: () => Promise<boolean>
  readonly keep: (kept: Kept) => boolean
}

export async function attemptModule(attempt: ModuleAttempt): Promise<Attempt> {
  const { world, task, module, host: owner, delegated, reach, scope, special, watch } = attempt
  const { options, links } = world
  const isCheck = task.keywords.has('check_mode')
    ? keywordTruth(task, 'check_mode', scope)
    : options.isCheck
  const isNoLog = isHidden(task, scope)
  const seen = (machine: Host): Host =>
    watch?.machine(machine, reach.become?.user, isNoLog) ?? machine
  const host =
    module.isHostAwaited === true
      ? awaitedHost(reach.host, isCheck)
      : await world.host(reach, isCheck, seen)
  const real = async (): Promise<Host> => seen(await links.real(reach))
  return executed(attempt, {
    module,
    task,
    scope,
    host,
    release: () => attempt.patience.rest(attempt.releaseChange),
    about: (outcome) => watch?.about(special, outcome, isNoLog),
    look: lookOf(task, host, real, options.probes),
    checkTime: () => attempt.patience.check(),
    background: isCheck ? undefined : backgroundOf(task, scope),
    jobs: world.jobs,
    keep: (outcome) => {
      const kept = keptOf({ outcome, task, scope, batch: attempt.batch, host: owner, delegated })
      for (const each of kept) attempt.keep(each)
    },
    makeContext: contextMaker(attempt, host),
  })
}

function contextMaker(
  { world, task, reach, scope }: ModuleAttempt,
  host: Host,
): ModuleRun['makeContext'] {
  const { options, links, jobs } = world
  const controller = controllerOf(world, task, scope)
  return (rawArguments) => ({
    host,
    job: (id, mode) => jobReport(jobs, host, id, mode),
    controller,
    connection: {
      isLocal: reach.connection === 'local',
      reopen: (limitMs) => links.reopen(reach, limitMs),
      pause: (delayMs) => pause(systemClock, delayMs),
      now: () => systemClock.now(),
    },
    at: task.at,
    environment: environmentOf(task, scope),
    isDiff: task.keywords.has('diff') ? keywordTruth(task, 'diff', scope) : options.isDiff,
    verbosity: options.verbosity,
    rawArguments,
  })
}

/** In its turn where it is delegated; nobody waits for other hosts while the turn is theirs. */
async function executed(attempt: ModuleAttempt, run: ModuleRun): Promise<Attempt> {
  const isEdit = run.module.effect === 'changes' && run.background === undefined
  if (attempt.delegated === undefined || !isEdit) return executeModule(run)
  const give = await attempt.patience.rest(async () => {
    await attempt.release()
    return attempt.world.turns.take(machineOf(attempt.reach))
  })
  return executeModule(run).finally(give)
}

function controllerOf(world: World, task: Task, scope: VariableScope): Controller {
  return makeController({
    task,
    scope: scope.withBelow(isFirstName),
    sources: world.sources,
    managed: world.options.managed,
    isHostMade: () => hasHostMadeArgument(task, scope),
  })
}

function backgroundOf(task: Task, scope: VariableScope): BackgroundWish | undefined {
  const limitSeconds = keywordNumber(task, 'async', scope) ?? 0
  if (limitSeconds <= 0) return undefined
  const pollSeconds = keywordNumber(task, 'poll', scope) ?? POLL_DEFAULT_SECONDS
  return { limitSeconds, pollSeconds }
}

async function jobReport(
  jobs: Jobs,
  host: Host,
  id: string,
  mode: 'status' | 'cleanup',
): Promise<JobReport> {
  if (mode === 'status') return jobs.look(host, id)
  await jobs.forget(host, id)
  const result = { ansible_job_id: id, erased: id, ...SILENCE }
  return { isFinished: true, isChanged: false, result }
}

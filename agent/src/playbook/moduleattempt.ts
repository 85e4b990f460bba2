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
import { machineOf, type Visit } from './turns.ts'
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
  /** Waits until the task may change something; answers whether what was seen may be stale. */
  readonly releaseChange: (visit: Visit | undefined) => Promise<boolean>
  readonly keep: (kept: Kept) => boolean
}

export async function attemptModule(attempt: ModuleAttempt): Promise<Attempt> {
  const { world, task, module, host: owner, delegated, reach, scope, special, watch } = attempt
  const { options, links } = world
  const isCheck = keywordTruth(task, 'check_mode', scope, options.isCheck)
  const isNoLog = isHidden(task, scope)
  const seen = (machine: Host): Host =>
    watch?.machine(machine, reach.become?.user, isNoLog) ?? machine
  const host =
    module.isHostAwaited === true
      ? awaitedHost(reach.host, isCheck)
      : await world.host(reach, isCheck, seen)
  const real = async (): Promise<Host> => seen(await links.real(reach))
  const background = isCheck ? undefined : backgroundOf(task, scope)
  // Commands and what goes on behind work side by side, as they may wait for one another.
  const isEdit = module.effect === 'changes' && background === undefined
  const visit = isEdit ? world.turns.visit(machineOf(reach)) : undefined
  return executeModule({
    module,
    task,
    scope,
    host,
    release: () => attempt.patience.rest(() => attempt.releaseChange(visit)),
    isStale: () => visit?.isStale === true,
    about: (outcome) => watch?.about(special, outcome, isNoLog),
    look: lookOf(task, host, real, options.probes),
    checkTime: () => attempt.patience.check(),
    background,
    jobs: world.jobs,
    keep: (outcome) => {
      const kept = keptOf({ outcome, task, scope, batch: attempt.batch, host: owner, delegated })
      for (const each of kept) attempt.keep(each)
    },
    makeContext: contextMaker(attempt, host),
  }).finally(() => visit?.end())
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
    isDiff: keywordTruth(task, 'diff', scope, options.isDiff),
    verbosity: options.verbosity,
    rawArguments,
  })
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

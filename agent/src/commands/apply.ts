// cluster-os apply: carries out a plan as it stands in its file, or refuses and names what moved.
// Everything is looked at again, on all hosts, before anything is changed on any. Not here: what is
// compared (plan/).
import { ClusterError } from '../errors.ts'
import { escapeLine } from '../output/escape.ts'
import { Keeper } from '../plan/keeper.ts'
import { type Moved, movedBasis, movedState } from '../plan/moved.ts'
import { secrecyOf } from '../plan/private.ts'
import { NEW_PLAN_HINT, type Plan, readPlan } from '../plan/shape.ts'
import type { RunEvent } from '../playbook/events.ts'
import { runPlaybook } from '../playbook/run.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'
import { leaseOf } from './lease.ts'
import { KEPT_FLAGS, type Planning, preparePlan } from './plan.ts'
import { makeReport } from './report.ts'

export interface ApplyFlags extends Flags {
  readonly allowUnknown?: boolean
}

const MOVED_MAX = 40

export async function applyCommand(
  file: string | undefined,
  flags: ApplyFlags,
  context: CommandContext,
): Promise<number> {
  if (file === undefined) {
    throw new ClusterError('USAGE', 'apply needs the file of a plan', {
      hint: NEW_PLAN_HINT,
    })
  }
  const plan = readPlan(file)
  refuseFailing(plan)
  if (flags.allowUnknown !== true) refuseUnknown(plan)
  const all = { ...flags, ...keptOf(plan, flags) }
  const planning = await preparePlan(plan.playbooks, all, context)
  refuseMoved(movedBasis(plan, planning.basis()))
  const now = await planning.predict()
  if (context.signal.aborted) return planning.exitCode
  refuseUnreachable(now)
  refuseMoved(movedState(plan, now))
  return carryOut(plan, planning, all, flags, context)
}

async function carryOut(
  plan: Plan,
  planning: Planning,
  all: Flags,
  flags: ApplyFlags,
  context: CommandContext,
): Promise<number> {
  const keeper = new Keeper(
    plan,
    secrecyOf((text) => context.secrets.hide(text)),
  )
  const report = makeReport(all.output, all.verbosity, context)
  const tell = (event: RunEvent): void => {
    report.report(flags.diff === true ? event : withoutDiffs(event))
  }
  try {
    let exitCode = 0
    const { playbooks, options: fresh } = await planning.fresh()
    for (const playbook of playbooks) {
      keeper.beginPlaybook()
      const lease = leaseOf(flags, context, undefined)
      const options = { ...fresh, lease, watch: keeper, report: tell }
      const summary = await runPlaybook(playbook, options)
      exitCode |= summary.exitCode
      if (summary.wasAborted) return summary.exitCode
    }
    // A refusal that was rescued or ignored by the playbook is one all the same.
    return keeper.refusals.size > 0 ? exitCode | 2 : exitCode
  } finally {
    report.stop()
    for (const { message, where } of keeper.refusals.values()) {
      const place = where !== undefined && 'host' in where ? `${where.host}: ${where.task}: ` : ''
      context.writeError(`${escapeLine(`${place}${message}`)}\n`)
    }
  }
}

/** The plan's options where none is given; those that are given are compared like all else. */
function keptOf(plan: Plan, flags: Flags): Partial<Flags> {
  const kept: Record<string, unknown> = {}
  for (const name of KEPT_FLAGS) {
    const value = flags[name] ?? plan.options[name]
    if (value !== undefined) kept[name] = value
  }
  return { ...kept, check: false, diff: true }
}

function withoutDiffs(event: RunEvent): RunEvent {
  if (event.kind !== 'result') return event
  const { result } = event
  const items = result.items?.map((item) => ({ ...item, diffs: [] }))
  const bare = { ...result, diffs: [], ...(items === undefined ? {} : { items }) }
  return { ...event, result: bare }
}

function refuseFailing(plan: Plan): void {
  if (plan.exitCode === 0) return
  const failing = Object.entries(plan.hosts).flatMap(([host, steps]) =>
    steps
      .filter((step) => ['failed', 'unreachable'].includes(step.status))
      .filter((step) => !step.isIgnored && !step.isRescued)
      .map((step) => `${host}: ${step.name}: ${step.reason ?? step.status}`),
  )
  throw new ClusterError('PLAN_REFUSED', `the plan fails:${list(failing)}`, {
    hint: 'mend that and make a new plan',
  })
}

function refuseUnknown(plan: Plan): void {
  const open = Object.entries(plan.hosts).flatMap(([host, steps]) =>
    steps
      .filter(({ status, items = [] }) =>
        [status, ...items.map((item) => item.status)].includes('unknown'),
      )
      .map((step) => `${host}: ${step.name}: ${step.reason ?? 'unknown'}`),
  )
  if (open.length === 0) return
  throw new ClusterError('PLAN_REFUSED', `the plan does not know what these do:${list(open)}`, {
    hint: 'run them as they come with --allow-unknown, or plan with --run-probes',
  })
}

function refuseUnreachable(now: Plan): void {
  const lost = Object.entries(now.hosts).flatMap(([host, steps]) =>
    steps
      .filter((step) => step.status === 'unreachable' && !step.isIgnored)
      .map((step) => `${host}: ${step.reason ?? 'unreachable'}`),
  )
  if (lost.length === 0) return
  throw new ClusterError('UNREACHABLE', `nothing was changed, for hosts are away:${list(lost)}`, {
    hint: 'apply the plan again when they are back',
  })
}

function refuseMoved(moved: readonly Moved[]): void {
  if (moved.length === 0) return
  const told = moved.map(({ where, what, task, before, now }) => {
    const whose = task === undefined || task === '' ? '' : ` (task ${task})`
    return `${where}: ${what}${whose}: was ${before}, is ${now}`
  })
  throw new ClusterError('PLAN_STALE', `nothing was changed, for this has moved:${list(told)}`, {
    hint: 'look at what moved, and make a new plan',
  })
}

function list(lines: readonly string[]): string {
  const more = lines.length - MOVED_MAX
  const shown = lines.slice(0, MOVED_MAX).map((line) => `\n  ${escapeLine(line)}`)
  return `${shown.join('')}${more > 0 ? `\n  and ${more} more` : ''}`
}

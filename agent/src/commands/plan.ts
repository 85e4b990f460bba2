// cluster-os plan: a prediction as a file that apply keeps to, and as a tree for people. Not here:
// what stands in the file (plan/).
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { extraVarsBasis, inventoryBasis, SourceNotes } from '../plan/basis.ts'
import { secrecyOf } from '../plan/private.ts'
import { PlanRecord } from '../plan/record.ts'
import { FORMAT, hiddenIn, type Plan, writePlan } from '../plan/shape.ts'
import { holds, planTree } from '../plan/tree.ts'
import { loadPlaybook, type Playbook } from '../playbook/load.ts'
import type { RunOptions } from '../playbook/options.ts'
import { runPlaybook } from '../playbook/run.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { CommandContext } from './context.ts'
import { type Flags, inventoryOf, keyringOf, runOptions, sourceOptionsOf } from './flags.ts'
import { CHANGES_EXIT_CODE, checkPatterns } from './run.ts'

export interface PlanFlags extends Flags {
  readonly out?: string
  readonly detailedExitcode?: boolean
}

/** What decides a run besides its files; kept in a plan and used again by apply. */
export const KEPT_FLAGS = [
  'become',
  'becomeMethod',
  'becomeUser',
  'connection',
  'forceHandlers',
  'gathering',
  'hostKeyChecking',
  'inventory',
  'limit',
  'managed',
  'privateKey',
  'probe',
  'rolesPath',
  'runProbes',
  'skipTags',
  'sshArgs',
  'sshCommonArgs',
  'tags',
  'user',
] as const satisfies readonly (keyof Flags)[]

export async function planCommand(
  files: readonly string[],
  flags: PlanFlags,
  context: CommandContext,
): Promise<number> {
  if (files.length === 0) {
    throw new ClusterError('USAGE', 'plan needs a playbook', {
      hint: 'cluster-os plan site.yml -i inventory.yml -o site.plan',
    })
  }
  const planning = await preparePlan(
    files.map((file) => resolve(file)),
    flags,
    context,
  )
  const plan = await planning.predict()
  if (context.signal.aborted) return planning.exitCode
  const tree = { paint: context.paint, hasDiffs: flags.diff === true, isWhole: flags.verbosity > 0 }
  context.write(planTree(plan, tree))
  if (flags.out !== undefined) {
    writePlan(resolve(flags.out), plan)
    // With unknowns apply asks for that word first.
    const more = holds(plan, 'unknown') ? ' --allow-unknown' : ''
    context.write(`written to ${flags.out}; carry it out: cluster-os apply ${flags.out}${more}\n`)
  }
  if (plan.exitCode !== 0) return plan.exitCode
  return flags.detailedExitcode === true && holds(plan, 'changed') ? CHANGES_EXIT_CODE : 0
}

export interface Planning {
  readonly exitCode: number
  /** What is known before any host is asked. */
  basis(): Omit<Plan, 'hosts' | 'machines' | 'facts'>
  predict(): Promise<Plan>
  /** All read anew: what a prediction made of hosts and groups is not the run's to begin with. */
  fresh(): Promise<{ playbooks: readonly Playbook[]; options: Omit<RunOptions, 'report'> }>
}

/** Reads everything at the controller; no host is asked yet. */
export async function preparePlan(
  files: readonly string[],
  flags: Flags,
  context: CommandContext,
): Promise<Planning> {
  const keyring = await keyringOf(flags, context)
  const notes = new SourceNotes()
  const load = (): Playbook[] => loadAll(files, flags, keyring, notes)
  const playbooks = load()
  const inventory = await inventoryOf(flags, context, keyring)
  const given = await runOptions(flags, context, inventory, keyring)
  for (const playbook of playbooks) checkPatterns(playbook, given)
  // Differences are part of a plan, and a template may ask whether they are shown.
  const options = { ...given, isDiff: true }
  const before = inventoryTold(inventory, playbooks, context)
  let exitCode = 0
  const basis = () => ({
    format: FORMAT,
    playbooks: [...files],
    options: Object.fromEntries(
      KEPT_FLAGS.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
    ),
    extraVars: extraVarsBasis(options.extraVars),
    sources: { ...notes.digests },
    inventory: before,
    pendingHandlers: {},
    exitCode: 0,
  })
  const predict = async (): Promise<Plan> => {
    const record = new PlanRecord(secrecyOf((text) => context.secrets.hide(text)))
    const watched = { ...options, isCheck: true, watch: record, report: record.report }
    for (const playbook of playbooks) {
      record.beginPlaybook()
      const summary = await runPlaybook(playbook, watched)
      exitCode |= summary.exitCode
      if (summary.wasAborted) break
    }
    const whole = { ...basis(), ...record.recorded() } as Plan
    return hiddenIn(whole, (text) => context.secrets.hide(text))
  }
  return {
    get exitCode() {
      return exitCode
    },
    basis: () => hiddenIn(basis() as unknown as Plan, (text) => context.secrets.hide(text)),
    predict,
    fresh: async () => {
      const playbooks = load()
      return { playbooks, options: { ...options, inventory: await options.reloadInventory() } }
    },
  }
}

function loadAll(
  files: readonly string[],
  flags: Flags,
  keyring: Keyring,
  notes: SourceNotes,
): Playbook[] {
  const sourceOptions = { ...sourceOptionsOf(flags, keyring), onRead: notes.onRead }
  return files.map((file) => loadPlaybook(file, sourceOptions))
}

function inventoryTold(
  inventory: Inventory,
  playbooks: readonly Playbook[],
  context: CommandContext,
): Plan['inventory'] {
  const folders = playbooks.map(({ plays }) => plays[0]?.folder ?? '.')
  return inventoryBasis(inventory, inventory.hosts.keys(), folders, (text) =>
    context.secrets.hide(text),
  )
}

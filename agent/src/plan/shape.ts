// What stands in a plan file, as types and as the schema that reads it back. Not here: how it comes
// to be (record.ts) and how it is kept to (keeper.ts).
import * as z from 'zod'
import { ClusterError } from '../errors.ts'
import { readText, writeAtomic } from '../sys/files.ts'
import { canonical } from './digest.ts'

export const FORMAT = 'cluster-os plan 1'

/** What a plan says of what is not there. */
export const NONE = 'none'

/** What is longer is told by a digest, or cut: a plan is read by people, a line for each. */
export const SHOWN_CHARS_MAX = 60

export const NEW_PLAN_HINT = 'make one: cluster-os plan PLAYBOOK -i INVENTORY -o FILE'

/** Only its owner may read it: it tells what stands on machines. */
const PLAN_MODE = 0o600

const texts = z.record(z.string(), z.string())

const effect = z.strictObject({
  kind: z.string(),
  /** What of it is known, for people; absent under no_log. */
  state: z.record(z.string(), z.unknown()).optional(),
  /** Fields that only the run will know. */
  open: z.array(z.string()),
  /** Of the known fields. */
  digest: z.string(),
})

const change = z.strictObject({
  summary: z.string(),
  effects: z.array(effect),
  /** Of the script and of what is uploaded with it. */
  digest: z.string(),
})

const intent = z.strictObject({
  /** The item of a loop, by digest; empty for a task without a loop. */
  item: z.string(),
  changes: z.array(change),
  /** A command that ran, or would have to, by digest. */
  command: z.string().optional(),
  /** Whether it counts as a change, where that is not told by the changes. */
  isChanged: z.boolean().optional(),
  /** The way it ends, when it does nothing. */
  end: z.enum(['failure', 'skipped']).optional(),
})

const step = z.strictObject({
  id: z.string(),
  name: z.string(),
  action: z.string(),
  at: z.string(),
  isHandler: z.boolean(),
  isHidden: z.boolean(),
  status: z.enum(['ok', 'changed', 'skipped', 'failed', 'unreachable', 'unknown']),
  isIgnored: z.boolean(),
  isRescued: z.boolean(),
  /** Why it is unknown, or what it fails with. */
  reason: z.string().optional(),
  /** Where the unknown began: a host or a task. */
  origin: z.string().optional(),
  items: z.array(z.strictObject({ label: z.string(), status: z.string() })).optional(),
  intents: z.array(intent),
  diffs: z.array(z.string()),
  notifies: z.array(z.string()),
  /** Of a handler: the steps of this host that notify it, by their places in the list. */
  because: z.array(z.number()).optional(),
})

const plan = z.strictObject({
  format: z.literal(FORMAT),
  playbooks: z.array(z.string()),
  options: z.record(z.string(), z.unknown()),
  /** Names of extra variables, and a stretched digest of them all. */
  extraVars: z.strictObject({ names: z.array(z.string()), digest: z.string() }),
  /** Files of authors by path, with digests. */
  sources: texts,
  inventory: z.strictObject({
    digest: z.string(),
    hosts: z.record(z.string(), z.strictObject({ groups: z.array(z.string()), variables: texts })),
  }),
  hosts: z.record(z.string(), z.array(step)),
  facts: z.record(z.string(), texts),
  /** What machines were asked, as `USER: QUESTION`, and what they answered. */
  machines: z.record(
    z.string(),
    z.record(z.string(), z.strictObject({ answer: z.string(), task: z.string() })),
  ),
  pendingHandlers: z.record(z.string(), z.array(z.string())),
  /** How the run would end. */
  exitCode: z.number(),
})

export type Plan = z.infer<typeof plan>
export type Step = z.infer<typeof step>
export type Intent = z.infer<typeof intent>
export type PlannedChange = z.infer<typeof change>
export type PlannedEffect = z.infer<typeof effect>

/** `hide` takes known secrets out of every text. */
export function hiddenIn(told: Plan, hide: (text: string) => string): Plan {
  return deep(told, hide) as Plan
}

function deep(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return hide(value)
  if (Array.isArray(value)) return value.map((item) => deep(item, hide))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([name, item]) => [hide(name), deep(item, hide)])
  return Object.fromEntries(entries)
}

export function writePlan(path: string, told: Plan): void {
  writeAtomic(path, Buffer.from(`${canonical(told, 1)}\n`), PLAN_MODE)
}

export function readPlan(path: string): Plan {
  const refused = (what: string, cause?: unknown) =>
    new ClusterError('PLAN_SHAPE', `${path} is no plan: ${what}`, {
      hint: NEW_PLAN_HINT,
      cause,
    })
  let data: unknown
  try {
    data = JSON.parse(readText(path))
  } catch (error) {
    if (error instanceof ClusterError) throw error
    throw refused('it is not JSON', error)
  }
  const parsed = plan.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has another shape'}`)
}

// What the play's own actions do that concern more than their host: hosts and groups that are
// added while a run lasts, pauses, numbers for its end. Not here: includes (include.ts).
import { ClusterError } from '../errors.ts'
import type { PlacedValue } from '../inventory/inventory.ts'
import { pause, systemClock } from '../sys/clock.ts'
import { keyText } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { isDict, isNumber, OMIT, type Value } from '../value/value.ts'
import { RUN_STATS } from './events.ts'
import type { Attempt } from './execute.ts'
import type { Kept } from './keep.ts'
import { isYes } from './keyword.ts'
import { dictOf } from './result.ts'
import type { VariableScope } from './scope.ts'
import type { Task } from './tree.ts'
import type { World } from './world.ts'

export interface OwnAction {
  readonly task: Task
  readonly host: string
  readonly scope: VariableScope
  readonly world: World
  /** Keeps what the action makes; answers whether it is new. */
  readonly keep: (kept: Kept) => boolean
}

type Arguments = ReadonlyMap<string, Value>

const ACTIONS: Readonly<
  Record<string, (action: OwnAction, args: Arguments) => Attempt | Promise<Attempt>>
> = { add_host: addHosts, group_by: groupBy, pause: takeBreak, set_stats: setStats }

/** Carries out an action of the play itself; undefined for what is none of these. */
export async function runOwnAction(action: OwnAction): Promise<Attempt | undefined> {
  const { task, scope } = action
  if (task.missing !== undefined) throw task.missing
  const name = task.action.value
  const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (act === undefined) return undefined
  const args = new Map<string, Value>()
  for (const [key, { value }] of task.args.named) {
    const rendered = scope.render(value)
    if (rendered !== OMIT) args.set(key, rendered)
  }
  return act(action, args)
}

function known(isChanged: boolean, fields: Record<string, unknown>): Attempt {
  const all = dictOf({ ...fields, changed: isChanged })
  return { kind: 'known', status: isChanged ? 'changed' : 'ok', fields: all, diffs: [] }
}

/** One text, or several by commas or as a list. */
function words(value: Value | undefined): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map((item) => str(item))
  return str(value)
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

const HOST_NAMES = ['name', 'hostname', 'host'] as const
const GROUP_NAMES = ['groups', 'group', 'groupname'] as const

function addHosts({ task, keep }: OwnAction, args: Arguments): Attempt {
  const given = HOST_NAMES.map((name) => args.get(name)).find((value) => value !== undefined)
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(str(given ?? '')) ?? []
  if (name === '') throw missing(task, 'add_host', 'name')
  const groups = GROUP_NAMES.flatMap((each) => words(args.get(each)))
  const vars = new Map<string, PlacedValue>()
  const { file, line, column } = task.at
  const origin = `add_host at ${file}:${line}:${column}`
  if (port !== undefined) vars.set('ansible_port', { value: Number(port), origin })
  for (const [key, value] of args) {
    const isName = [...HOST_NAMES, ...GROUP_NAMES].some((each) => each === key)
    if (!isName) vars.set(key, { value, origin })
  }
  const isChanged = keep({ kind: 'host', name, groups, vars, at: task.at })
  const plain = Object.fromEntries([...vars].map(([key, { value }]) => [key, value]))
  return known(isChanged, { add_host: { host_name: name, groups, host_vars: plain } })
}

function groupBy({ task, host, keep }: OwnAction, args: Arguments): Attempt {
  const key = args.get('key')
  if (key === undefined || str(key) === '') throw missing(task, 'group_by', 'key')
  const group = str(key).replaceAll(' ', '-')
  const parents = words(args.get('parents') ?? 'all').map((name) => name.replaceAll(' ', '-'))
  const isChanged = keep({ kind: 'group', host, group, parents, at: task.at })
  return known(isChanged, { add_group: group, parent_groups: parents })
}

async function takeBreak({ task, world }: OwnAction, args: Arguments): Promise<Attempt> {
  const { isCheck, ask, signal } = world.options
  const startMs = systemClock.wall()
  const seconds = secondsOf(task, args)
  const prompt = args.get('prompt')
  const isEchoed = isYes(str(args.get('echo') ?? 'yes'))
  let said = ''
  if (seconds !== undefined) {
    if (!isCheck) await Promise.race([pause(systemClock, seconds * 1000), aborted(signal)])
  } else if (ask !== undefined && !isCheck) {
    said = await ask(prompt === undefined ? 'Press Enter to continue' : str(prompt), !isEchoed)
  }
  const stopMs = systemClock.wall()
  const took = (stopMs - startMs) / 1000
  return known(false, {
    start: stamp(startMs),
    stop: stamp(stopMs),
    delta: Math.floor(took),
    rc: 0,
    stdout: `Paused for ${took.toFixed(2).replace(/0$/, '')} seconds`,
    stderr: '',
    echo: isEchoed,
    user_input: said,
  })
}

function secondsOf(task: Task, args: Arguments): number | undefined {
  for (const [name, factor] of [
    ['seconds', 1],
    ['minutes', 60],
  ] as const) {
    const value = args.get(name)
    if (value === undefined || value === null) continue
    const count = Number(isNumber(value) ? str(value) : str(value).trim())
    // Less than a second is one, as in Ansible.
    if (Number.isFinite(count)) return Math.max(1, count * factor)
    throw new ClusterError('MODULE_ARGUMENT', `${name} of pause cannot be ${str(value)}`, {
      where: task.args.named.get(name)?.at ?? task.at,
      hint: 'it takes a number',
    })
  }
  return undefined
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
}

/** Numbers for the end of the run; those of a name are added up. */
function setStats({ task, host, keep }: OwnAction, args: Arguments): Attempt {
  const data = args.get('data')
  if (data === undefined || !isDict(data)) throw missing(task, 'set_stats', 'data')
  const isPerHost = isYes(str(args.get('per_host') ?? 'no'))
  const isAdded = isYes(str(args.get('aggregate') ?? 'yes'))
  const owner = isPerHost ? host : RUN_STATS
  for (const [name, value] of data) {
    keep({ kind: 'stat', owner, name: keyText(name), value, isAdded })
  }
  const stats = { data, per_host: isPerHost, aggregate: isAdded }
  return known(false, { ansible_stats: stats })
}

function missing(task: Task, action: string, name: string): ClusterError {
  return new ClusterError('MODULE_ARGUMENT', `${action} needs the argument ${name}`, {
    where: task.action.at,
    hint: `see: cluster-os doc ${action}`,
  })
}

// cluster-os explain var: where the value of a variable comes from on a host. All layers that have
// the name are told, the one that wins first, with their places, and what the value needs in turn.
// Not here: the order of layers (playbook/variables.ts).
import { ClusterError } from '../errors.ts'
import { isFact } from '../facts/gather.ts'
import { type Inventory, LOCAL_NAMES } from '../inventory/inventory.ts'
import { escapeJson, escapeLine, escapeText } from '../output/escape.ts'
import { loadPlaybook } from '../playbook/load.ts'
import { isReachVariable } from '../playbook/reach.ts'
import { NeedsFacts, type VariableScope } from '../playbook/scope.ts'
import { Sources } from '../playbook/sources.ts'
import type { Found } from '../playbook/variables.ts'
import { World } from '../playbook/world.ts'
import { freeNames } from '../template/template.ts'
import { nearest } from '../value/nearest.ts'
import { keyText, type Plain, toPlain } from '../value/plain.ts'
import { isDict, Sealed, Template, Undefined, type Value } from '../value/value.ts'
import { isSecretName } from '../vault/names.ts'
import type { CommandContext } from './context.ts'
import { type ReachLayer, reachLayers } from './explainreach.ts'
import {
  layersOfRoles,
  type RoleLayer,
  type Seen,
  seenBy,
  seenIn,
  settingTask,
} from './explainscope.ts'
import { type Flags, inventoryOf, keyringOf, runOptions, sourceOptionsOf } from './flags.ts'

export interface ExplainFlags extends Flags {
  readonly host?: string
  readonly play?: string
  readonly task?: string
}

const HIDDEN = 'hidden'

/** Deeper needs are rare, and a circle would have no end. */
const DEPTH_MAX = 5

interface LayerView {
  readonly layer: string
  readonly origin: string
  readonly value: Plain
}

interface Explained {
  readonly name: string
  readonly host: string
  readonly value: Plain | undefined
  readonly error: string | undefined
  readonly layers: readonly LayerView[]
  /** Of roles whose tasks alone see it. */
  readonly roles: readonly (LayerView & { readonly play: string })[]
  readonly needs: readonly Need[]
  readonly warnings: readonly string[]
}

interface Need {
  readonly name: string
  readonly layer: string
  readonly origin: string
  readonly needs: readonly Need[]
}

/** Answers the exit code: 2 when there is no such variable or it cannot be rendered. */
export async function explainCommand(
  words: readonly string[],
  flags: ExplainFlags,
  context: CommandContext,
): Promise<number> {
  const [kind, name, file] = words
  if (kind !== 'var' || name === undefined || flags.host === undefined) {
    throw new ClusterError('USAGE', 'explain needs a variable and a host', {
      hint: 'cluster-os explain var NAME --host HOST -i inventory.yml [PLAYBOOK]',
    })
  }
  const asking = flags.task === undefined ? flags.play && '--play' : '--task'
  if (file === undefined && asking !== undefined) {
    throw new ClusterError('USAGE', `${asking} needs the playbook that it is in`, {
      hint: 'cluster-os explain var NAME --host HOST -i inventory.yml site.yml',
    })
  }
  const keyring = await keyringOf(flags, context)
  const inventory = await inventoryOf(flags, context, keyring)
  refuseUnknownHost(flags.host, inventory)
  // No host is spoken to.
  const silent = { ...flags, askPass: false, askBecomePass: false }
  const options = await runOptions(silent, context, inventory, keyring)
  const sourceOptions = sourceOptionsOf(flags, keyring)
  const playbook = file === undefined ? undefined : loadPlaybook(file, sourceOptions)
  const sources = playbook?.sources ?? new Sources(sourceOptions)
  const folder = playbook?.plays[0]?.folder ?? '.'
  const world = new World({ ...options, report: () => undefined }, sources, folder)
  const { host } = flags
  // A fact that nobody has gathered is told as such, and is not taken for a name that is nowhere.
  for (const each of [host, ...inventory.hosts.keys()]) {
    world.variables(each).wereFactsGathered = true
  }
  const roles = playbook === undefined ? [] : layersOfRoles(name, playbook, options)
  const chosen = seenBy(world, playbook, flags, host)
  const [role] = roles
  // Where no task is named, one that sees the variable answers for its role.
  const isOfRole = flags.task === undefined && chosen.bare.find(name) === undefined
  const seen = isOfRole && role !== undefined ? seenIn(world, role.play, role.task, host) : chosen
  const { bare, play, task } = seen
  const keywords = task?.keywords ?? play?.keywords
  const isImplicitLocal = !inventory.hosts.has(host)
  const more = reachLayers(name, { host, isImplicitLocal, scope: bare, keywords, flags }, context)
  const setter = playbook === undefined ? undefined : settingTask(name, playbook, options)
  const explained = explain(name, host, seen, { inventory, more, ofRoles: roles, setter })
  if (flags.output === 'json') {
    context.write(`${escapeJson(JSON.stringify(explained, null, 2))}\n`)
  } else if (flags.output === undefined || flags.output === 'text') {
    context.write(asText(explained, context))
  } else {
    throw new ClusterError('USAGE', `explain has no output ${flags.output}`, {
      hint: 'text or json',
    })
  }
  return explained.layers.length === 0 || explained.error !== undefined ? 2 : 0
}

function refuseUnknownHost(host: string, inventory: Inventory): void {
  if (inventory.hosts.has(host) || LOCAL_NAMES.has(host)) return
  const close = nearest(host, inventory.hosts.keys())
  throw new ClusterError('PATTERN', `there is no host ${host}`, {
    hint: close === undefined ? 'see: cluster-os inventory --graph' : `did you mean ${close}?`,
  })
}

interface Known {
  readonly inventory: Inventory
  readonly more: readonly ReachLayer[]
  readonly ofRoles: readonly RoleLayer[]
  /** What sets the variable while the playbook runs. */
  readonly setter: string | undefined
}

function explain(name: string, host: string, seen: Seen, known: Known): Explained {
  const { scope } = seen
  const { inventory, more, ofRoles } = known
  const found = distinct(seen.bare.findAll(name))
  const all = [...found, ...more]
  const layers = all.map(({ layer, origin, value }) => ({
    layer,
    origin,
    value: shown(name, value),
  }))
  const [first] = all
  const rendered = first === undefined ? undefined : renderedValue(name, first.value, seen)
  const error = first === undefined ? missing(name, host, scope, known) : rendered?.error
  return {
    name,
    host,
    value: rendered?.value,
    error,
    layers,
    roles: ofRoles
      .filter(({ origin }) => !layers.some((own) => own.origin === origin))
      .map(({ layer, origin, play, value }) => ({
        layer,
        origin,
        play: play.name,
        value: shown(name, value),
      })),
    needs: needsOf(first?.value, scope, [name]),
    warnings: ties(found, inventory),
  }
}

/** A file beside both the playbook and the inventory counts twice, and is told once. */
function distinct(found: readonly Found[]): Found[] {
  const isFirst = ({ origin, layer }: Found, index: number): boolean =>
    !/^(?:playbook|inventory) (?:group|host)_vars/.test(layer) ||
    found.findIndex((other) => other.origin === origin) === index
  return found.filter(isFirst)
}

function renderedValue(
  name: string,
  first: Value,
  { bare, scope }: Seen,
): { value?: Plain | undefined; error?: string } {
  try {
    const value = bare.find(name) === undefined ? scope.render(first) : scope.lookup(name)
    return value instanceof Undefined ? { error: value.message } : { value: plainOf(name, value) }
  } catch (error) {
    if (error instanceof NeedsFacts) return { error: `it needs ${factOf(error)}` }
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function factOf({ message, host }: NeedsFacts): string {
  const what = isFact(message) ? `the fact ${message}` : message
  return `${what}, gathered by: cluster-os facts ${host}`
}

function missing(
  name: string,
  host: string,
  scope: VariableScope,
  { ofRoles, setter }: Known,
): string {
  if (setter !== undefined) return `${name} is set while the playbook runs, by ${setter}`
  if (ofRoles.length > 0) {
    return `${name} is known to tasks of a role alone, and the named task is none of them`
  }
  if (isFact(name)) return `${name} is a fact, gathered by: cluster-os facts ${host}`
  if (isReachVariable(name)) return `nothing says ${name}`
  const close = nearest(name, scope.names())
  return `${name} is not defined${close === undefined ? '' : `; did you mean ${close}?`}`
}

/** A value as it was written; secrets are not told, nor what has the name of one. */
function shown(name: string, value: Value): Plain {
  try {
    return plainOf(name, value)
  } catch (error) {
    if (error instanceof NeedsFacts) return `needs ${factOf(error)}`
    throw error
  }
}

function plainOf(name: string, value: Value): Plain {
  if (isSecretName(name) || value instanceof Sealed) return HIDDEN
  if (value instanceof Template) return value.source
  if (Array.isArray(value)) return value.map((item) => plainOf('', item))
  if (!isDict(value)) return toPlain(value)
  const plain: Record<string, Plain> = {}
  for (const [key, item] of value) plain[keyText(key)] = plainOf(keyText(key), item)
  return plain
}

function needsOf(value: Value | undefined, scope: VariableScope, above: readonly string[]): Need[] {
  if (value === undefined || above.length > DEPTH_MAX) return []
  return [...namesIn(value)].flatMap((name): Need[] => {
    if (above.includes(name)) return []
    const found = scope.find(name)
    if (found === undefined) {
      const layer = isFact(name) ? 'a fact' : 'nowhere'
      return [{ name, layer, origin: '', needs: [] }]
    }
    const { layer, origin } = found
    return [{ name, layer, origin, needs: needsOf(found.value, scope, [...above, name]) }]
  })
}

function namesIn(value: Value): Set<string> {
  if (value instanceof Sealed) return new Set()
  if (value instanceof Template) {
    try {
      return new Set([...freeNames(value.source, 'template')].filter((name) => name !== 'lookup'))
    } catch {
      // What is wrong with it is told by its rendering.
      return new Set()
    }
  }
  const items = Array.isArray(value) ? value : isDict(value) ? [...value.values()] : []
  return new Set(items.flatMap((item) => [...namesIn(item)]))
}

/** Groups of the same depth and priority: only their names decide, which few authors mean. */
function ties(found: readonly Found[], inventory: Inventory): string[] {
  const [winner] = found
  const first = groupIn(winner, inventory)
  if (winner === undefined || first === undefined) return []
  return found.slice(1).flatMap((other) => {
    const second = groupIn(other, inventory)
    const isTie =
      second !== undefined &&
      second.name !== first.name &&
      second.depth === first.depth &&
      second.priority === first.priority &&
      kindOf(other.layer) === kindOf(winner.layer)
    if (!isTie) return []
    const why = `the groups ${first.name} and ${second.name} are equals`
    return [`${why}: ${first.name} wins by its name alone; give one an ansible_group_priority`]
  })
}

const GROUP_LAYER = /^(.*(?:group_vars\/|inventory group ))(.+)$/

function kindOf(layer: string): string | undefined {
  return GROUP_LAYER.exec(layer)?.[1]
}

function groupIn(found: Found | undefined, inventory: Inventory) {
  return inventory.groups.get(GROUP_LAYER.exec(found?.layer ?? '')?.[2] ?? '')
}

function asText(explained: Explained, { paint }: CommandContext): string {
  const { name, host, value, error, layers, roles, needs, warnings } = explained
  const lines = [`${escapeLine(name)} on ${escapeLine(host)}`]
  if (value !== undefined) lines.push(`  = ${paint('green', written(value))}`)
  if (error !== undefined) lines.push(`  ${paint('red', 'error:')} ${escapeLine(error)}`)
  for (const [index, { layer, origin, value: own }] of layers.entries()) {
    const mark = index === 0 ? paint('green', 'wins ') : paint('dim', 'loses')
    lines.push(`  ${mark} ${escapeLine(`${layer}  ${origin}`.trimEnd())}`)
    lines.push(`        ${written(own)}`)
  }
  for (const { layer, origin, play, value: own } of roles) {
    const where = `${layer}, in the play ${play}`
    lines.push(`  ${paint('dim', 'role ')} ${escapeLine(where)}  ${escapeLine(origin)}`)
    lines.push(`        ${written(own)}`)
  }
  if (needs.length > 0) lines.push('  it needs:')
  const tell = (list: readonly Need[], depth: number): void => {
    for (const { name: needed, layer, origin, needs: deeper } of list) {
      const place = origin === '' ? layer : `${layer}  ${origin}`
      lines.push(`${' '.repeat(4 + depth * 2)}${escapeLine(needed)}: ${escapeLine(place)}`)
      tell(deeper, depth + 1)
    }
  }
  tell(needs, 0)
  for (const warning of warnings)
    lines.push(`  ${paint('yellow', 'warning:')} ${escapeLine(warning)}`)
  return `${lines.join('\n')}\n`
}

function written(value: Plain): string {
  return escapeText(typeof value === 'string' ? value : JSON.stringify(value))
}

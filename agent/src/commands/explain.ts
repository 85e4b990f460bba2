// cluster-os explain var: where the value of a variable comes from on a host. All layers that have
// the name are told, the one that wins first, with their places, and what the value needs in turn.
// Not here: the order of layers (playbook/variables.ts).
import { ClusterError, formatWhere } from '../errors.ts'
import { isFact } from '../facts/gather.ts'
import { type Inventory, LOCAL_NAMES } from '../inventory/inventory.ts'
import { escapeJson, escapeLine, escapeText } from '../output/escape.ts'
import { includesIn, tasksBehind } from '../playbook/foreseen.ts'
import { loadPlaybook, type Playbook } from '../playbook/load.ts'
import { isReachVariable } from '../playbook/reach.ts'
import { NeedsFacts, type VariableScope } from '../playbook/scope.ts'
import { Sources } from '../playbook/sources.ts'
import { type TagChoice, tasksIn } from '../playbook/tags.ts'
import { type Play, type Task, taskTitle } from '../playbook/tree.ts'
import { type Found, NO_PLAY, type PlayLayers } from '../playbook/variables.ts'
import { VarsFiles } from '../playbook/varsfiles.ts'
import { type ScopePlace, World } from '../playbook/world.ts'
import { freeNames } from '../template/template.ts'
import { nearest } from '../value/nearest.ts'
import { keyText, type Plain, toPlain } from '../value/plain.ts'
import { isDict, Sealed, Template, Undefined, type Value } from '../value/value.ts'
import { isSecretName } from '../vault/names.ts'
import type { CommandContext } from './context.ts'
import { type ReachLayer, reachLayers } from './explainreach.ts'
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
  const inventory = await inventoryOf(flags, keyring)
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
  const { scope, play, task } = scopeOf(world, playbook, { ...flags, host })
  const keywords = task?.keywords ?? play?.keywords
  const isImplicitLocal = !inventory.hosts.has(host)
  const more = reachLayers(name, { host, isImplicitLocal, scope, keywords, flags }, context)
  const roles = playbook === undefined ? [] : layersOfRoles(name, playbook, options)
  const explained = explain(name, host, scope, inventory, more, roles)
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

/** The scope that a task of the playbook has, or that the inventory alone gives. */
function scopeOf(
  world: World,
  playbook: Playbook | undefined,
  flags: ExplainFlags & { readonly host: string },
): { scope: VariableScope; play?: Play; task?: Task | undefined } {
  const { host } = flags
  if (playbook === undefined) {
    return { scope: world.scope(host, undefined, undefined, new Map(), true) }
  }
  const play = playOf(playbook, flags)
  const task = flags.task === undefined ? undefined : taskOf(play, flags.task)
  const scopeWith = (files: PlayLayers['files']): VariableScope => {
    const layers = { vars: play.layers.vars, files, roles: play.roles }
    const hosts = [host]
    const place: ScopePlace = { play, layers, batch: hosts, hosts, allHosts: hosts }
    return world.scope(host, place, task, new Map(), true)
  }
  const files = new VarsFiles(play, world.sources, () => scopeWith(NO_PLAY.files))
  return { scope: scopeWith(files.layers(host)), play, task }
}

function playOf(playbook: Playbook, flags: ExplainFlags): Play {
  const number = Number(flags.play ?? '1')
  const named = playbook.plays.find(({ name }) => name === flags.play)
  const play =
    named ??
    (flags.play === undefined && flags.task !== undefined
      ? playbook.plays.find((each) => findTask(each, flags.task ?? '') !== undefined)
      : undefined) ??
    playbook.plays[number - 1]
  if (play !== undefined) return play
  throw new ClusterError('USAGE', `there is no play ${flags.play ?? '1'}`, {
    hint: `the plays are ${playbook.plays.map(({ index, name }) => `${index + 1} (${name})`).join(', ')}`,
  })
}

function findTask(play: Play, text: string): Task | undefined {
  const tasks = [...tasksIn(play.items), ...play.handlers]
  return tasks.find((task) => taskTitle(task).toLowerCase().includes(text.toLowerCase()))
}

function taskOf(play: Play, text: string): Task {
  const task = findTask(play, text)
  if (task !== undefined) return task
  const titles = tasksIn(play.items).map(taskTitle)
  const close = nearest(text, titles)
  throw new ClusterError('USAGE', `no task of the play has ${JSON.stringify(text)} in its name`, {
    hint: close === undefined ? 'see: cluster-os run --list-tasks' : `did you mean ${close}?`,
  })
}

interface RoleLayer extends ReachLayer {
  readonly play: string
  /** Brought by an include, whose tasks cannot be named. */
  readonly isIncluded: boolean
}

/** Every role of the playbook that has the variable, those of includes as far as they are known. */
function layersOfRoles(name: string, playbook: Playbook, choice: TagChoice): RoleLayer[] {
  const found = new Map<string, RoleLayer>()
  for (const { items, folder, name: play } of playbook.plays) {
    const options = { sources: playbook.sources, choice, playFolder: folder }
    const own = tasksIn(items)
    const included = includesIn(items).flatMap((task) => tasksBehind(task, options))
    for (const [index, { role }] of [...own, ...included].entries()) {
      const isIncluded = index >= own.length
      for (const { name: layer, vars } of role === undefined ? [] : [role.vars, role.defaults]) {
        const placed = vars.get(name)
        if (placed === undefined) continue
        const origin = formatWhere(placed.at)
        if (found.has(origin)) continue
        found.set(origin, { layer, origin, value: placed.value, play, isIncluded })
      }
    }
  }
  return [...found.values()]
}

function explain(
  name: string,
  host: string,
  scope: VariableScope,
  inventory: Inventory,
  more: readonly ReachLayer[],
  ofRoles: readonly RoleLayer[],
): Explained {
  const found = distinct(scope.findAll(name))
  const all = [...found, ...more]
  const layers = all.map(({ layer, origin, value }) => ({
    layer,
    origin,
    value: shown(name, value),
  }))
  const [first] = all
  const rendered = first === undefined ? undefined : renderedValue(name, first.value, scope)
  const error = first === undefined ? missing(name, host, scope, ofRoles) : rendered?.error
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
        play,
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
  scope: VariableScope,
): { value?: Plain | undefined; error?: string } {
  try {
    const value = scope.find(name) === undefined ? scope.render(first) : scope.lookup(name)
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
  ofRoles: readonly RoleLayer[],
): string {
  if (ofRoles.length > 0) {
    const how = ofRoles.some(({ isIncluded }) => !isIncluded) ? ': name one with --task' : ''
    return `${name} is known to tasks of a role alone${how}`
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

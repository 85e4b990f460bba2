// Plays made ready to run: imports and roles put in, keywords inherited, every task given its place
// in the order of the play. Reads authors' files and nothing else. Not here: what keywords mean
// while a play runs (runner.ts), and includes, which are compiled when a host comes to them.
import { dirname } from 'node:path'
import { ClusterError } from '../errors.ts'
import { findModule } from '../modules/index.ts'
import { Template } from '../value/value.ts'
import { checkMissing } from './defaults.ts'
import { AFTER_TASKS } from './handlers.ts'
import { inherit, inheritable, listOf, tagsOf, varsOf } from './inherit.ts'
import { argumentsTask, flushTask, gatherTask } from './owntasks.ts'
import { INCLUDES, ONCE_ACTIONS } from './playactions.ts'
import { expandRole, listedRoles } from './rolelist.ts'
import type { RoleParts } from './roles.ts'
import type { Sources } from './sources.ts'
import { checkTask } from './syntax.ts'
import type {
  Block,
  BlockNode,
  BroughtRole,
  Inherited,
  Item,
  ItemNode,
  Placed,
  Play,
  PlayNode,
  StaticLayer,
  Task,
  TaskNode,
} from './tree.ts'

/** Imports within imports are bounded: a file that imports itself would never end. */
const DEPTH_MAX = 40

export interface PlayContext {
  readonly sources: Sources
  readonly folder: string
  readonly index: number
  /** Of import_playbook: variables, tags and conditions for all its plays. */
  readonly imported: Pick<Inherited, 'whens' | 'tags'> & { readonly vars: readonly StaticLayer[] }
}

export function compilePlay(node: PlayNode, context: PlayContext): Play {
  const { sources, folder } = context
  const playTags = tagsOf(node.keywords)
  const brought: BroughtRole[] = []
  const base: Inherited = {
    brought,
    keywords: inheritable(new Map(), node.keywords),
    whens: context.imported.whens,
    tags: [...context.imported.tags, ...playTags],
    layers: [],
    includeLayers: [],
    role: undefined,
    searchFolders: [folder],
    folder,
  }
  const roles = listedRoles(node, base, sources, folder)
  const sections: Item[][] = [
    [gatherTask(node, base, sources.options.isGatheringImplicit !== false)],
    compileItems(node.sections.pre_tasks, base, [1], sources, 0),
    [flushTask(node.at, base, [2])],
    [
      ...roles.map((role, index) => roleBlock(role, [3, index], sources)),
      ...compileItems(node.sections.tasks, base, [4], sources, 0),
    ],
    [flushTask(node.at, base, [AFTER_TASKS])],
    compileItems(node.sections.post_tasks, base, [6], sources, 0),
    [flushTask(node.at, base, [7])],
  ]
  const name = node.keywords.get('name')?.value
  const hosts = node.keywords.get('hosts') as Placed
  return {
    at: node.at,
    index: context.index,
    name: typeof name === 'string' ? name : name instanceof Template ? name.source : textOf(hosts),
    keywords: node.keywords,
    hosts,
    items: sections.flat(),
    handlers: compileHandlers(node, base, roles, sources),
    layers: { vars: playVars(node, context), files: varsFilesOf(node, context) },
    roles: [...roles, ...brought].map(({ role }) => role.role),
    folder,
    tags: base.tags,
  }
}

/** Files whose names are written out are read now, so that what is wrong with them is told first. */
function varsFilesOf(node: PlayNode, { sources, folder }: PlayContext): readonly Placed[] {
  const files = listOf(node.keywords.get('vars_files'))
  for (const file of files) {
    const names = listOf(file).map(({ value }) => value)
    if (names.every((name) => typeof name === 'string')) {
      sources.readFirstVariables(names, folder, file.at, false)
    }
  }
  return files
}

function textOf(hosts: Placed): string {
  const names = listOf(hosts).map(({ value }) => (typeof value === 'string' ? value : ''))
  return names.join(',')
}

function playVars(node: PlayNode, context: PlayContext): StaticLayer {
  const vars = new Map<string, Placed>()
  for (const layer of context.imported.vars) {
    for (const [name, placed] of layer.vars) vars.set(name, placed)
  }
  for (const [name, placed] of varsOf(node.keywords, 'vars of the play').vars)
    vars.set(name, placed)
  return { name: 'vars of the play', vars }
}

export function roleBlock(
  { role, inherited, once }: BroughtRole,
  path: readonly number[],
  sources: Sources,
): Block {
  const check = argumentsTask(role, inherited)
  const tasks = compileItems(role.tasks, inherited, [...path, 1], sources, 0)
  return {
    kind: 'block',
    path,
    at: role.at,
    once,
    block: check === undefined ? tasks : [{ ...check, path: [...path, 0] }, ...tasks],
    rescue: [],
    always: [],
  }
}

function compileHandlers(
  node: PlayNode,
  base: Inherited,
  roles: readonly BroughtRole[],
  sources: Sources,
): Task[] {
  const own = compileItems(node.sections.handlers, base, [], sources, 0)
  // The last of a name is the one that is notified: an imported role's before the play's own.
  return [
    ...roles.flatMap((role) => handlersOf(role, sources)),
    ...own.flatMap(flatten),
    ...base.brought.flatMap((role) => handlersOf(role, sources)),
  ].map((task, index) => ({ ...task, path: [index], isHandler: true }))
}

export function handlersOf(brought: BroughtRole, sources: Sources): Task[] {
  const { role, inherited, identity } = brought
  return compileItems(role.handlers, inherited, [], sources, 0)
    .flatMap(flatten)
    .map((task, index) => ({ ...task, isHandler: true, sameAs: `${identity} ${index}` }))
}

/** Handlers run one by one; a block among them only lends its keywords. */
function flatten(item: Item): Task[] {
  return item.kind === 'task' ? [item] : item.block.flatMap(flatten)
}

/** Compiles tasks at a place of the play: `path` is the list's own, each item adds its number. */
export function compileItems(
  nodes: readonly ItemNode[],
  inherited: Inherited,
  path: readonly number[],
  sources: Sources,
  depth: number,
): Item[] {
  return nodes.map((node, index) => {
    const place = [...path, index]
    if (node.kind === 'block') return compileBlock(node, inherited, place, sources, depth)
    if (node.action.value === 'import_tasks') {
      return importTasks(node, inherited, place, sources, depth)
    }
    if (node.action.value === 'import_role') return importRole(node, inherited, place, sources)
    return compileTask(node, inherited, place)
  })
}

function compileBlock(
  node: BlockNode,
  inherited: Inherited,
  path: readonly number[],
  sources: Sources,
  depth: number,
): Block {
  const inner = inherit(inherited, node.keywords, 'vars of the block')
  const list = (items: readonly ItemNode[], section: number): Item[] =>
    compileItems(items, inner, [...path, section], sources, depth)
  return {
    kind: 'block',
    path,
    at: node.at,
    block: list(node.block, 0),
    rescue: list(node.rescue, 1),
    always: list(node.always, 2),
  }
}

function importTasks(
  node: TaskNode,
  inherited: Inherited,
  path: readonly number[],
  sources: Sources,
  depth: number,
): Block {
  const named = node.args.named.get('file') ?? node.args.free
  const file = named === undefined ? '' : sources.staticText(named, 'import_tasks')
  if (depth > DEPTH_MAX) {
    throw new ClusterError('PLAYBOOK_SHAPE', `${file} is imported within itself`, {
      where: node.at,
      hint: 'use include_tasks with a condition that ends it',
    })
  }
  refuseLoop(node)
  const at = named?.at ?? node.at
  const found = sources.findTasks(file, inherited, at)
  const inner = inherit(inherited, node.keywords, 'vars of the import')
  const within = { ...inner, folder: dirname(found) }
  const items = compileItems(
    sources.readTasks(found, false),
    within,
    [...path, 0],
    sources,
    depth + 1,
  )
  return { kind: 'block', path, at: node.at, block: items, rescue: [], always: [] }
}

function refuseLoop(node: TaskNode): void {
  const loop = node.keywords.get('loop')
  if (loop === undefined) return
  throw new ClusterError('KEYWORD_UNSUPPORTED', `${node.action.value} cannot have a loop`, {
    where: loop.at,
    hint: `use ${node.action.value.replace('import', 'include')}`,
  })
}

/** import_role: the role's tasks stand here, its handlers and variables belong to the play. */
function importRole(
  node: TaskNode,
  inherited: Inherited,
  path: readonly number[],
  sources: Sources,
): Block {
  refuseLoop(node)
  const text = (name: string): string | undefined => {
    const placed = node.args.named.get(name)
    return placed === undefined ? undefined : sources.staticText(placed, `import_role: ${name}`)
  }
  const wish = roleWish(text)
  const placed = node.args.named.get('name') ?? node.args.named.get('role')
  const role = { value: wish.name, at: placed?.at ?? node.at }
  const keywords = new Map([...node.keywords].filter(([name]) => name !== 'name'))
  const roles = expandRole({ at: node.at, role, keywords, params: new Map() }, inherited, sources, {
    folder: sources.playFolder,
    parts: wish.parts,
    isRepeatable: true,
    isIncluded: true,
    isValidated: node.args.named.get('rolespec_validate')?.value !== false,
  })
  inherited.brought.push(...roles)
  const block = roles.map((each, index) => roleBlock(each, [...path, index], sources))
  return { kind: 'block', path, at: node.at, block, rescue: [], always: [] }
}

/** What include_role and import_role name; `text` gives an argument's text. */
export function roleWish(text: (name: string) => string | undefined): {
  readonly name: string
  readonly parts: RoleParts
} {
  const parts = {
    tasks: text('tasks_from'),
    handlers: text('handlers_from'),
    vars: text('vars_from'),
    defaults: text('defaults_from'),
  }
  return { name: text('name') ?? text('role') ?? '', parts }
}

function compileTask(node: TaskNode, inherited: Inherited, path: readonly number[]): Task {
  if (node.missing !== undefined && inherited.isIncluded !== true) throw node.missing
  const own = inherit(inherited, node.keywords, 'vars of the task')
  const keywords = new Map(own.keywords)
  for (const [name, placed] of node.keywords) {
    if (!keywords.has(name)) keywords.set(name, placed)
  }
  // A template may turn out to be true.
  const isOnce = keywords.has('run_once') && keywords.get('run_once')?.value !== false
  const isShared = [...ONCE_ACTIONS, 'group_by'].includes(node.action.value)
  const isMeta = node.action.value === 'meta'
  const task: Task = {
    kind: 'task',
    path,
    at: node.at,
    action: node.action,
    spelling: node.spelling,
    module: findModule(node.action.value),
    missing: node.missing,
    args: node.args,
    keywords,
    whens: own.whens,
    tags: own.tags,
    layers: own.layers,
    includeLayers: own.includeLayers,
    role: own.role,
    isHandler: false,
    isGated: isOnce || isMeta || isShared || keywords.has('delegate_to'),
    searchFolders: [inherited.folder, ...own.searchFolders],
    around: INCLUDES.includes(node.action.value) ? inherited : undefined,
  }
  checkMissing(task)
  checkTask(task)
  return task
}

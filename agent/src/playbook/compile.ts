// Plays made ready to run: imports and roles put in, keywords inherited, every task given its place
// in the order of the play. Reads authors' files and nothing else. Not here: what keywords mean
// while a play runs (runner.ts), and includes, which are compiled when a host comes to them.
import { dirname, join } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { findModule } from '../modules/index.ts'
import { Template } from '../value/value.ts'
import { inherit, inheritable, listOf, tagsOf, varsOf } from './inherit.ts'
import { loadRole, type RoleSource } from './roles.ts'
import type { Sources } from './sources.ts'
import { checkTask } from './syntax.ts'
import type {
  Block,
  BlockNode,
  Inherited,
  Item,
  ItemNode,
  Placed,
  Play,
  PlayNode,
  RoleNode,
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
  const base: Inherited = {
    keywords: inheritable(new Map(), node.keywords),
    whens: context.imported.whens,
    tags: [...context.imported.tags, ...playTags],
    layers: [],
    includeLayers: [],
    role: undefined,
    searchFolders: [folder],
    folder,
  }
  const roles = node.roles.flatMap((role) => expandRole(role, base, sources, folder))
  const sections: Item[][] = [
    [gatherTask(node, base)],
    compileItems(node.sections.pre_tasks, base, [1], sources, 0),
    [flushTask(node.at, base, [2])],
    [
      ...roles.map(({ role, inherited }, index) => roleBlock(role, inherited, [3, index], sources)),
      ...compileItems(node.sections.tasks, base, [4], sources, 0),
    ],
    [flushTask(node.at, base, [5])],
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
    layers: { vars: playVars(node, context), files: listOf(node.keywords.get('vars_files')) },
    roles: roles.map(({ role }) => role.role),
    folder,
    tags: base.tags,
  }
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

interface ExpandedRole {
  readonly role: RoleSource
  readonly inherited: Inherited
}

/** A role and those it depends on, dependencies first; what is the same runs once. */
function expandRole(
  node: RoleNode,
  base: Inherited,
  sources: Sources,
  folder: string,
  parents: readonly string[] = [],
): ExpandedRole[] {
  if (parents.includes(node.role.value) || parents.length > DEPTH_MAX) {
    throw new ClusterError('PLAYBOOK_SHAPE', `the role ${node.role.value} depends on itself`, {
      where: node.role.at,
      hint: `it is reached by ${[...parents, node.role.value].join(' -> ')}`,
    })
  }
  const role = loadRole(node, sources, folder, parents)
  const inherited = inherit({ ...base, role: role.role }, node.keywords, 'the role')
  const own: Inherited = {
    ...inherited,
    searchFolders: [role.role.folder, ...base.searchFolders],
    folder: join(role.role.folder, 'tasks'),
  }
  const needs = role.dependencies.flatMap((dependency) =>
    expandRole(dependency, inherited, sources, folder, [...parents, node.role.value]),
  )
  const key = JSON.stringify([role.role.name, [...node.params], [...node.keywords.keys()]])
  if (!role.allowsDuplicates && sources.isSeen(key)) return needs
  return [...needs, { role, inherited: own }]
}

function roleBlock(
  role: RoleSource,
  inherited: Inherited,
  path: readonly number[],
  sources: Sources,
): Block {
  return {
    kind: 'block',
    path,
    at: role.at,
    block: compileItems(role.tasks, inherited, [...path, 0], sources, 0),
    rescue: [],
    always: [],
  }
}

function compileHandlers(
  node: PlayNode,
  base: Inherited,
  roles: readonly ExpandedRole[],
  sources: Sources,
): Task[] {
  const items = [
    ...roles.flatMap(({ role, inherited }) =>
      compileItems(role.handlers, inherited, [], sources, 0),
    ),
    ...compileItems(node.sections.handlers, base, [], sources, 0),
  ]
  return items
    .flatMap((item) => flatten(item))
    .map((task, index) => ({ ...task, path: [index], isHandler: true }))
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
  const loop = node.keywords.get('loop')
  if (loop !== undefined) {
    throw new ClusterError('KEYWORD_UNSUPPORTED', 'import_tasks cannot have a loop', {
      where: loop.at,
      hint: 'use include_tasks',
    })
  }
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

function compileTask(node: TaskNode, inherited: Inherited, path: readonly number[]): Task {
  const own = inherit(inherited, node.keywords, 'vars of the task')
  const keywords = new Map(own.keywords)
  for (const [name, placed] of node.keywords) {
    if (!keywords.has(name)) keywords.set(name, placed)
  }
  // A template may turn out to be true.
  const isOnce = keywords.has('run_once') && keywords.get('run_once')?.value !== false
  const isMeta = node.action.value === 'meta'
  const task: Task = {
    kind: 'task',
    path,
    at: node.at,
    action: node.action,
    module: findModule(node.action.value),
    args: node.args,
    keywords,
    whens: own.whens,
    tags: own.tags,
    layers: own.layers,
    includeLayers: own.includeLayers,
    role: own.role,
    isHandler: false,
    isGated: isOnce || isMeta || keywords.has('delegate_to'),
    searchFolders: [inherited.folder, ...own.searchFolders],
    around: node.action.value === 'include_tasks' ? inherited : undefined,
  }
  checkTask(task)
  return task
}

/** The implicit first task, unless the play says no. */
function gatherTask(node: PlayNode, base: Inherited): Task {
  const wish = node.keywords.get('gather_facts')?.value
  const isWanted = wish === undefined || wish === true || wish === 'yes' || wish === 'true'
  const name = isWanted ? 'gather_facts' : 'meta'
  return { ...playTask(node.at, base, [0], name, 'noop'), tags: [...base.tags, 'always'] }
}

function flushTask(at: Position, base: Inherited, path: readonly number[]): Task {
  return playTask(at, base, path, 'meta', 'flush_handlers')
}

function playTask(
  at: Position,
  base: Inherited,
  path: readonly number[],
  action: string,
  word: string,
): Task {
  return {
    kind: 'task',
    path,
    at,
    action: { value: action, at },
    module: undefined,
    args: { named: new Map(), free: { value: word, at } },
    keywords: base.keywords,
    whens: [],
    tags: base.tags,
    layers: [],
    includeLayers: [],
    role: undefined,
    isHandler: false,
    isGated: false,
    searchFolders: base.searchFolders,
    around: undefined,
  }
}

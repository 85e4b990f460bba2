// A role's folder, read: tasks, handlers, defaults, vars and what it depends on. Not here: where
// its tasks stand in a play (compile.ts).
import { basename, join, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { fileKind, listFolder } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import type { YamlNode } from '../yaml/node.ts'
import { toValue } from '../yaml/value.ts'
import { varsOf } from './inherit.ts'
import { parseRole } from './parse.ts'
import type { Sources } from './sources.ts'
import type { ArgumentSpec, ItemNode, Placed, RoleNode, RoleSource, StaticLayer } from './tree.ts'

/** Files of a role that stand in for main.yml. */
export interface RoleParts {
  readonly tasks?: string | undefined
  readonly handlers?: string | undefined
  readonly vars?: string | undefined
  readonly defaults?: string | undefined
}

const PARTS = ['tasks', 'handlers', 'defaults', 'vars', 'meta', 'templates', 'files']

interface RoleSearch {
  /** Folders of the playbook and of the role around it. */
  readonly folders: readonly string[]
  readonly parents: readonly string[]
  readonly isDependency: boolean
}

export function loadRole(
  node: RoleNode,
  sources: Sources,
  search: RoleSearch,
  parts: RoleParts = {},
): RoleSource {
  const folder = findRole(node, sources, search.folders)
  const name = basename(node.role.value)
  const { at } = node.role
  const need = (part: 'tasks' | 'handlers' | 'vars' | 'defaults'): string | undefined =>
    partFile(folder, part, parts[part], name, at)
  // As it is written: ansible-core finds no specification by the name of a file, `part.yml`.
  const entryPoint = parts.tasks ?? 'main'
  return {
    at: node.at,
    role: {
      name,
      collection: collectionOf(folder),
      folder,
      parents: search.parents,
      isDependency: search.isDependency,
      defaults: layer(sources, folder, 'defaults', need('defaults'), name),
      vars: layer(sources, folder, 'vars', need('vars'), name),
      given: varsOf(node.keywords, `vars for the role ${name}`),
      params: { name: `parameters of the role ${name}`, vars: node.params },
    },
    tasks: tasksOf(sources, need('tasks'), false),
    handlers: tasksOf(sources, need('handlers'), true),
    argumentSpec: argumentSpecOf(sources, folder, entryPoint),
    ...readMeta(sources, folder),
  }
}

function findRole(node: RoleNode, sources: Sources, around: readonly string[]): string {
  const { value: name, at } = node.role
  const [playFolder = '.', ...roleFolders] = around
  const folders = [
    join(playFolder, 'roles'),
    ...roleFolders,
    ...sources.options.rolesPath,
    playFolder,
    ...collectionFolders(name, playFolder, sources.options.rolesPath),
  ]
  const bare = isCollectionName(name) ? [name, name.split('.').at(-1) ?? name] : [name]
  const tried = folders.flatMap((folder) => bare.map((each) => resolve(folder, each)))
  const found = tried.find((path) => PARTS.some((part) => fileKind(join(path, part)) === 'folder'))
  if (found !== undefined) return found
  const close = nearest(name, folders.flatMap(listFolder))
  throw new ClusterError('PLAYBOOK_SHAPE', `there is no role ${name}`, {
    where: at,
    hint: close === undefined ? `looked for ${tried.join(', ')}` : `did you mean ${close}?`,
  })
}

function isCollectionName(name: string): boolean {
  return /^\w+\.\w+\.\w+$/.test(name)
}

function collectionOf(folder: string): string | null {
  const [, space, name] = /\/ansible_collections\/(\w+)\/(\w+)\/roles\/\w+$/.exec(folder) ?? []
  return space === undefined ? null : `${space}.${name}`
}

/** Where collections lie: beside the playbook and beside the folders of roles. */
function collectionFolders(
  name: string,
  playFolder: string,
  rolesPath: readonly string[],
): string[] {
  if (!isCollectionName(name)) return []
  const [space = '', collection = ''] = name.split('.')
  return [playFolder, ...rolesPath.map((path) => join(path, '..'))].map((folder) =>
    join(folder, 'collections/ansible_collections', space, collection, 'roles'),
  )
}

/** The file of a part: the one that is named, which must be there, or main. */
function partFile(
  folder: string,
  part: string,
  wish: string | undefined,
  role: string,
  at: Position,
): string | undefined {
  if (wish === undefined) return mainFile(folder, part)
  const tried = ['', '.yml', '.yaml', '.json'].map((end) => join(folder, part, `${wish}${end}`))
  const found = tried.find((path) => fileKind(path) === 'file')
  if (found !== undefined) return found
  throw new ClusterError('PLAYBOOK_SHAPE', `the role ${role} has no ${part}/${wish}`, {
    where: at,
    hint: `looked for ${tried.join(', ')}`,
  })
}

/** main.yml, main.yaml or main.json of a part of the role. */
function mainFile(folder: string, part: string): string | undefined {
  return ['main.yml', 'main.yaml', 'main.json', 'main']
    .map((name) => join(folder, part, name))
    .find((path) => fileKind(path) === 'file')
}

function tasksOf(sources: Sources, file: string | undefined, isHandler: boolean): ItemNode[] {
  return file === undefined ? [] : sources.readTasks(file, isHandler)
}

function layer(
  sources: Sources,
  folder: string,
  part: string,
  single: string | undefined,
  role: string,
): StaticLayer {
  const vars = new Map<string, Placed>()
  const main = join(folder, part, 'main')
  const files =
    fileKind(main) === 'folder'
      ? listFolder(main).map((file) => join(main, file))
      : single === undefined
        ? []
        : [single]
  for (const file of files) {
    for (const [key, placed] of sources.readVariables(file)) vars.set(key, placed)
  }
  return { name: `${part} of the role ${role}`, vars }
}

/** meta/argument_specs.yml, or argument_specs of meta/main.yml. */
function argumentSpecOf(
  sources: Sources,
  folder: string,
  entryPoint: string,
): ArgumentSpec | undefined {
  const own = ['argument_specs.yml', 'argument_specs.yaml']
    .map((name) => join(folder, 'meta', name))
    .find((path) => fileKind(path) === 'file')
  const file = own ?? mainFile(folder, 'meta')
  if (file === undefined) return undefined
  const entry = entryOf(entryOf(sources.readYaml(file), 'argument_specs'), entryPoint)
  if (entry === undefined) return undefined
  const options = entryOf(entry, 'options')
  const summary = entryOf(entry, 'short_description')
  return {
    at: entry.at,
    entryPoint,
    summary: summary?.kind === 'scalar' ? summary.text : undefined,
    options: options === undefined ? new Map() : toValue(options, { templates: false }),
  }
}

function entryOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  if (node?.kind !== 'mapping') return undefined
  return node.entries.find(({ key }) => key.text === name)?.value
}

function readMeta(sources: Sources, folder: string) {
  const file = mainFile(folder, 'meta')
  const root: YamlNode | undefined = file === undefined ? undefined : sources.readYaml(file)
  const dependencies = entryOf(root, 'dependencies')
  const duplicates = entryOf(root, 'allow_duplicates')
  return {
    dependencies: dependencies?.kind === 'sequence' ? dependencies.items.map(parseRole) : [],
    allowsDuplicates: duplicates?.kind === 'scalar' && duplicates.value === true,
  }
}

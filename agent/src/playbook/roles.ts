// A role's folder, read: tasks, handlers, defaults, vars and what it depends on. Not here: where
// its tasks stand in a play (compile.ts).
import { basename, join, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { fileKind, listFolder } from '../sys/files.ts'
import { nearest } from '../value/nearest.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseRole } from './parse.ts'
import type { Sources } from './sources.ts'
import type { ItemNode, Placed, Role, RoleNode, StaticLayer } from './tree.ts'

export interface RoleSource {
  readonly at: Position
  readonly role: Role
  readonly tasks: readonly ItemNode[]
  readonly handlers: readonly ItemNode[]
  readonly dependencies: readonly RoleNode[]
  readonly allowsDuplicates: boolean
}

const PARTS = ['tasks', 'handlers', 'defaults', 'vars', 'meta', 'templates', 'files']

export function loadRole(
  node: RoleNode,
  sources: Sources,
  playFolder: string,
  parents: readonly string[],
): RoleSource {
  const folder = findRole(node, sources, playFolder)
  const name = basename(node.role.value)
  const meta = readMeta(sources, folder)
  return {
    at: node.at,
    role: {
      name,
      folder,
      parents,
      defaults: layer(sources, folder, 'defaults', `defaults of the role ${name}`),
      vars: layer(sources, folder, 'vars', `vars of the role ${name}`),
      params: { name: `parameters of the role ${name}`, vars: node.params },
    },
    tasks: tasksOf(sources, folder, 'tasks'),
    handlers: tasksOf(sources, folder, 'handlers'),
    ...meta,
  }
}

function findRole(node: RoleNode, sources: Sources, playFolder: string): string {
  const { value: name, at } = node.role
  const folders = [join(playFolder, 'roles'), ...sources.options.rolesPath, playFolder]
  const tried = folders.map((folder) => resolve(folder, name))
  const found = tried.find((path) => PARTS.some((part) => fileKind(join(path, part)) === 'folder'))
  if (found !== undefined) return found
  const close = nearest(name, folders.flatMap(listFolder))
  throw new ClusterError('PLAYBOOK_SHAPE', `there is no role ${name}`, {
    where: at,
    hint: close === undefined ? `looked for ${tried.join(', ')}` : `did you mean ${close}?`,
  })
}

/** main.yml, main.yaml or main.json of a part of the role. */
function mainFile(folder: string, part: string): string | undefined {
  return ['main.yml', 'main.yaml', 'main.json', 'main']
    .map((name) => join(folder, part, name))
    .find((path) => fileKind(path) === 'file')
}

function tasksOf(sources: Sources, folder: string, part: 'tasks' | 'handlers'): ItemNode[] {
  const file = mainFile(folder, part)
  return file === undefined ? [] : sources.readTasks(file, part === 'handlers')
}

function layer(sources: Sources, folder: string, part: string, name: string): StaticLayer {
  const vars = new Map<string, Placed>()
  const main = join(folder, part, 'main')
  const single = mainFile(folder, part)
  const files =
    fileKind(main) === 'folder'
      ? listFolder(main).map((file) => join(main, file))
      : single === undefined
        ? []
        : [single]
  for (const file of files) {
    for (const [key, placed] of sources.readVariables(file)) vars.set(key, placed)
  }
  return { name, vars }
}

function readMeta(sources: Sources, folder: string) {
  const file = mainFile(folder, 'meta')
  const root: YamlNode | undefined = file === undefined ? undefined : sources.readYaml(file)
  const entry = (name: string): YamlNode | undefined =>
    root?.kind === 'mapping' ? root.entries.find(({ key }) => key.text === name)?.value : undefined
  const dependencies = entry('dependencies')
  const duplicates = entry('allow_duplicates')
  return {
    dependencies: dependencies?.kind === 'sequence' ? dependencies.items.map(parseRole) : [],
    allowsDuplicates: duplicates?.kind === 'scalar' && duplicates.value === true,
  }
}

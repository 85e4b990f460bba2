// The author's side of a task, as modules see it: files found by Ansible's search order, templates
// rendered with the host's variables, conditions judged. Not here: the host.
import { isAbsolute, join, relative, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { type Controller, type TemplateOptions, UnknownVerdict } from '../modules/module.ts'
import { fileKind, fileMode, listFolder, readFile, writeBelow } from '../sys/files.ts'
import { freeNames, render, renderFile, truth3 } from '../template/template.ts'
import { repr } from '../value/python.ts'
import { Template, Undefined, type Unknown, type Value } from '../value/value.ts'
import type { VariableScope } from './scope.ts'
import { refuseEscape, type Sources } from './sources.ts'
import { templateNames } from './templatenames.ts'
import type { Task } from './tree.ts'

export interface ControllerOptions {
  readonly task: Task
  readonly scope: VariableScope
  readonly sources: Sources
  /** What `ansible_managed` of the settings says. */
  readonly managed: string | undefined
  /** Whether a file name may hold a value that came from a host. */
  readonly isHostMade: () => boolean
}

export function makeController(options: ControllerOptions): Controller {
  const { task, scope, sources } = options
  const folders = (kind: string): string[] =>
    task.searchFolders.flatMap((folder) => [join(folder, kind), folder])
  return {
    findFile: (name, kind) => {
      const found = search(name, folders(kind), task.at, sources)
      const doubt = sources.planned?.doubt(found)
      if (doubt !== undefined) throw new UnknownVerdict(doubt)
      if (options.isHostMade()) refuseEscape(name, found, task.searchFolders, task.at)
      return found
    },
    readFile: (path, isKeptSealed) =>
      isKeptSealed === true ? sources.readSealed(path) : sources.readBytes(path),
    isFolder: (path) => fileKind(path) === 'folder',
    fileMode: (path) => fileMode(path) ?? 0o644,
    listFiles: (path) => listFiles(path, ''),
    outputPath: (folder, name) => outputPath(folder, name, options),
    readIfThere: (path) =>
      sources.planned?.content(path) ?? (fileKind(path) === 'file' ? readFile(path) : undefined),
    planFile: (path, content) => sources.planned?.plan(path, content),
    writeFile: (folder, name, content) => {
      const path = outputPath(folder, name, options)
      const root = resolve(playFolder(task), folder)
      writeBelow(root, relative(root, path), content)
    },
    renderFile: (path, wishes) => renderTemplateFile(path, wishes, options),
    truth: (condition) => truth(condition, scope),
    render: (value) => render(value, scope.context),
    variable: (name) => scope.lookup(name),
    readVariables: (path) => {
      const vars = new Map<string, Value>()
      for (const [name, { value }] of sources.readVariables(path)) vars.set(name, value)
      return vars
    },
    explain: (condition) => explain(condition, scope),
  }
}

function playFolder({ searchFolders }: Task): string {
  return searchFolders.at(-1) ?? '.'
}

function isOutside(way: string): boolean {
  return way === '' || way.startsWith('..') || isAbsolute(way)
}

/** A path below a folder that is relative to the playbook's. */
function outputPath(folder: string, name: string, options: ControllerOptions): string {
  const { task } = options
  const play = playFolder(task)
  const root = resolve(play, folder)
  const path = resolve(root, name.replace(/^\/+/, ''))
  const way = relative(root, path)
  // A folder named by a host is kept below the playbook as well.
  const isStray =
    options.isHostMade() && (isAbsolute(folder) || relative(play, root).startsWith('..'))
  if (!isOutside(way) && !isStray && !path.includes('\0')) return path
  throw new ClusterError('TEMPLATE_REFUSED', `${JSON.stringify(name)} leads out of ${folder}`, {
    where: task.at,
    hint: 'what a host names stays below the folder that the playbook names',
  })
}

/** The first folder that has the file, or the path itself. */
function search(
  name: string,
  folders: readonly string[],
  at: Position,
  { planned }: Sources,
): string {
  if (name.includes('\0')) {
    throw new ClusterError('TEMPLATE_REFUSED', 'a file name holds a NUL', {
      where: at,
      hint: 'check where the name comes from',
    })
  }
  const bare = name.replace(/\/+$/, '')
  const tried = isAbsolute(bare) ? [bare] : folders.map((folder) => resolve(folder, bare))
  const found = tried.find((path) => fileKind(path) !== undefined)
  if (found !== undefined) return found
  const hope = planned?.hope(tried)
  if (hope !== undefined) throw new UnknownVerdict(hope)
  throw new ClusterError('FILE_UNREADABLE', `could not find ${name} on the controller`, {
    where: at,
    hint: `looked for ${tried.join(', ')}`,
  })
}

function listFiles(root: string, below: string): string[] {
  return listFolder(join(root, below)).flatMap((name) => {
    const path = join(below, name)
    return fileKind(join(root, path)) === 'folder' ? listFiles(root, path) : [path]
  })
}

function renderTemplateFile(
  path: string,
  wishes: TemplateOptions,
  { scope, sources, managed }: ControllerOptions,
): string | Unknown {
  const names = templateNames({ name: wishes.name, path, dest: wishes.dest }, managed, scope)
  const rendered = renderFile(sources.readText(path), path, scope.with(names).context, {
    ...(wishes.trimBlocks === undefined ? {} : { trimBlocks: wishes.trimBlocks }),
    ...(wishes.lstripBlocks === undefined ? {} : { lstripBlocks: wishes.lstripBlocks }),
    ...wishes.marks,
  })
  if (typeof rendered !== 'string') return rendered
  const { newline = '\n' } = wishes
  return newline === '\n' ? rendered : rendered.replaceAll('\n', newline)
}

/** A condition's truth; a list is true when all its members are. */
export function truth(condition: Value, scope: VariableScope): boolean | Unknown {
  if (Array.isArray(condition)) return allTrue(condition, scope)
  if (typeof condition === 'boolean') return condition
  if (condition instanceof Template) {
    return truth3(condition.source, condition.origin, scope.context)
  }
  const at = { file: 'condition', line: 1, column: 1 }
  return truth3(typeof condition === 'string' ? condition : repr(condition), at, scope.context)
}

function allTrue(conditions: readonly Value[], scope: VariableScope): boolean | Unknown {
  let unknown: Unknown | undefined
  for (const condition of conditions) {
    const value = truth(condition, scope)
    if (value === false) return false
    if (value !== true) unknown ??= value
  }
  return unknown ?? true
}

/** `port = 70000 (inventory/lab.yml:3:9)` for each variable that a condition names. */
function explain(condition: Value, scope: VariableScope): string[] {
  if (!(condition instanceof Template)) return []
  return [...freeNames(condition.source, 'expression')].flatMap((name) => {
    const found = scope.find(name)
    if (found === undefined || typeof found.value === 'function') return []
    const value = scope.lookup(name)
    const shown = value instanceof Undefined ? value.message : repr(value)
    const short = shown.length > 200 ? `${shown.slice(0, 200)}...` : shown
    return [`${name} = ${short} (${found.layer}, ${found.origin})`]
  })
}

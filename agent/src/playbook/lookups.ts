// Lookups that reach outside the templates: files and the environment of the controller. Pure ones
// are the template engine's own. Not here: lookups that start programs, which are refused.
import { join, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { environment } from '../sys/env.ts'
import { fileKind, listFolder } from '../sys/files.ts'
import type { TemplateContext } from '../template/context.ts'
import { renderFile } from '../template/template.ts'
import { globPattern } from '../value/glob.ts'
import { str } from '../value/python.ts'
import { isDict, Template, type Value } from '../value/value.ts'
import { isMadeByHost } from './hostmade.ts'
import type { VariableScope } from './scope.ts'
import { refuseEscape, type Sources } from './sources.ts'
import type { Task } from './tree.ts'

type Lookup = NonNullable<TemplateContext['lookup']>

export function makeLookup(
  task: Task | undefined,
  sources: Sources,
  scope: () => VariableScope,
): Lookup {
  const folders = (kind: string): string[] =>
    (task?.searchFolders ?? []).flatMap((folder) => [join(folder, kind), folder])
  const find = (name: string, kind: string): string | undefined =>
    folders(kind)
      .map((folder) => resolve(folder, name))
      .find((path) => fileKind(path) === 'file')
  const need = (name: string, kind: string, at: Position): string => {
    const found = find(name, kind)
    if (found !== undefined) return found
    throw new ClusterError('FILE_UNREADABLE', `could not find ${name} on the controller`, {
      where: at,
      hint: `looked in ${folders(kind).join(', ')}`,
    })
  }
  const guarded = makeGuard(task, scope)
  return (name, args, kwargs, at, names = []) => {
    const texts = args.map((arg) => str(arg))
    switch (name) {
      case 'env':
        return texts.map((text) => environment(text) ?? kwargs.get('default') ?? '')
      case 'file':
        return texts.map((text) =>
          sources.readText(guarded(text, need(text, 'files', at), at, names)).replace(/\s+$/, ''),
        )
      case 'template':
        return texts.map((text) => {
          const path = guarded(text, need(text, 'templates', at), at, names)
          const source = sources.readText(path)
          sources.noteText(source)
          return renderFile(source, path, scope().context)
        })
      case 'fileglob':
        return texts.flatMap((text) => {
          const found = globFiles(text, folders('files'))
          for (const path of found) guarded(text, str(path), at, names)
          return found
        })
      case 'first_found':
        return firstFound(
          args,
          kwargs,
          (text) => {
            const found = find(text, 'files') ?? find(text, 'templates')
            return found === undefined ? undefined : guarded(text, found, at, names)
          },
          at,
        )
      default:
    }
    throw new ClusterError('TEMPLATE_REFUSED', `the lookup ${name} is not supported`, {
      where: at,
      hint: 'use env, file, template, fileglob, first_found, vars, dict or items',
    })
  }
}

/** Passes a file on, unless words of a host name one that lies outside the author's folders. */
function makeGuard(task: Task | undefined, scope: () => VariableScope) {
  // What only the template's own statements know may be anything.
  const isHostMade = (name: string, at: Position): boolean =>
    scope().find(name) === undefined ||
    isMadeByHost(new Template(`{{ ${name} }}`, at), scope(), task)
  return (name: string, found: string, at: Position, names: readonly string[]): string => {
    if (names.some((used) => isHostMade(used, at))) {
      refuseEscape(name, found, task?.searchFolders ?? [], at)
    }
    return found
  }
}

function globFiles(pattern: string, folders: readonly string[]): Value[] {
  const cut = pattern.lastIndexOf('/')
  const [below, names] = [pattern.slice(0, Math.max(cut, 0)), pattern.slice(cut + 1)]
  const test = globPattern(names)
  for (const folder of folders) {
    const path = pattern.startsWith('/') ? below || '/' : join(folder, below)
    const found = listFolder(path)
      .filter((name) => test.test(name))
      .map((name) => join(path, name))
      .filter((file) => fileKind(file) === 'file')
    if (found.length > 0) return found
  }
  return []
}

function firstFound(
  args: readonly Value[],
  kwargs: ReadonlyMap<string, Value>,
  find: (name: string) => string | undefined,
  at: Position,
): Value {
  const candidates: string[] = []
  let isSkipped = kwargs.get('skip') === true || kwargs.get('errors') === 'ignore'
  const take = (value: Value): void => {
    if (Array.isArray(value)) for (const item of value) take(item)
    else if (isDict(value)) {
      isSkipped ||= value.get('skip') === true
      const paths = value.get('paths')
      const folders = Array.isArray(paths) ? paths.map((path) => str(path)) : []
      const files = value.get('files') ?? []
      for (const file of Array.isArray(files) ? files : [files]) {
        if (folders.length === 0) candidates.push(str(file))
        for (const folder of folders) candidates.push(join(folder, str(file)))
      }
    } else candidates.push(str(value))
  }
  for (const arg of args) take(arg)
  if (kwargs.has('files')) take(new Map<Value, Value>(kwargs))
  for (const candidate of candidates) {
    const found = find(candidate)
    if (found !== undefined) return [found]
  }
  if (isSkipped) return []
  throw new ClusterError('FILE_UNREADABLE', 'first_found found none of its files', {
    where: at,
    hint: `looked for ${candidates.join(', ')}; add skip=true where none is fine`,
  })
}

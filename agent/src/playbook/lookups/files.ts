// Lookups of files and of the environment of the controller.
import { join } from 'node:path'
import { ClusterError } from '../../errors.ts'
import { environment } from '../../sys/env.ts'
import { fileKind, listFolder } from '../../sys/files.ts'
import { readLiteral } from '../../template/literal.ts'
import { renderFile } from '../../template/template.ts'
import { globPattern } from '../../value/glob.ts'
import { asDict, str, truth } from '../../value/python.ts'
import { isDict, type Value } from '../../value/value.ts'
import { templateNames } from '../templatenames.ts'
import type { Lookup, LookupCall } from './lookup.ts'

function isOn(call: LookupCall, name: string, otherwise: boolean): boolean {
  const value = call.options.get(name)
  return value === undefined ? otherwise : truth(value)
}

function file(call: LookupCall): Value {
  return call.terms.map((term) => {
    const name = str(term)
    let text = call.sources.readText(call.guarded(name, call.need(name, 'files')))
    if (isOn(call, 'lstrip', false)) text = text.trimStart()
    return isOn(call, 'rstrip', true) ? text.trimEnd() : text
  })
}

/** Options of the lookup that are marks of the template. */
const MARKS = {
  variable_start_string: 'variableStart',
  variable_end_string: 'variableEnd',
  comment_start_string: 'commentStart',
  comment_end_string: 'commentEnd',
} as const

function template(call: LookupCall): Value {
  const marks = Object.entries(MARKS).flatMap(([option, mark]) => {
    const given = call.options.get(option)
    return given === undefined || given === null ? [] : [[mark, str(given)] as const]
  })
  const scope = call.scope()
  const given = asDict(call.options.get('template_vars') ?? null) ?? new Map<Value, Value>()
  const own = [...given].map(([name, value]) => [str(name), value] as const)
  return call.terms.map((term) => {
    const name = str(term)
    const path = call.guarded(name, call.need(name, 'templates'))
    const source = call.sources.readText(path)
    call.sources.noteText(source)
    const names = new Map([...templateNames({ name, path, dest: '' }, call.managed, scope), ...own])
    const text = renderFile(source, path, scope.with(names).context, Object.fromEntries(marks))
    const isRead = typeof text === 'string' && isOn(call, 'convert_data', true)
    return isRead ? readLiteral(text) : text
  })
}

function globFiles(pattern: string, folders: readonly string[]): string[] {
  const cut = pattern.lastIndexOf('/')
  const [below, names] = [pattern.slice(0, Math.max(cut, 0)), pattern.slice(cut + 1)]
  const test = globPattern(names)
  for (const folder of folders) {
    const path = pattern.startsWith('/') ? below || '/' : join(folder, below)
    const found = listFolder(path)
      .filter((name) => test.test(name))
      .map((name) => join(path, name))
      .filter((place) => fileKind(place) === 'file')
    if (found.length > 0) return found
  }
  return []
}

function fileglob(call: LookupCall): Value {
  return call.terms.flatMap((term) => {
    const found = globFiles(str(term), call.folders('files'))
    for (const path of found) call.guarded(str(term), path)
    return found
  })
}

/** Names in one text may be parted by commas, semicolons and, for folders, colons. */
function namesIn(value: Value | undefined, marks: RegExp): string[] {
  if (value === undefined || value === null) return []
  const all = Array.isArray(value) ? value : [value]
  return all.flatMap((name) => str(name).split(marks)).filter((name) => name !== '')
}

function firstFound(call: LookupCall): Value {
  const candidates: string[] = []
  let isSkipped = isOn(call, 'skip', false)
  const take = (value: Value): void => {
    if (Array.isArray(value)) for (const item of value) take(item)
    else if (isDict(value)) {
      isSkipped ||= truth(value.get('skip') ?? false)
      const folders = namesIn(value.get('paths'), /[,;:]/)
      for (const name of namesIn(value.get('files'), /[,;]/)) {
        if (folders.length === 0) candidates.push(name)
        for (const folder of folders) candidates.push(join(folder, name))
      }
    } else candidates.push(...namesIn(value, /[,;]/))
  }
  for (const term of call.terms) take(term)
  if (call.options.has('files')) take(new Map<Value, Value>(call.options))
  for (const name of candidates) {
    const found =
      call.find(name, 'files') ?? call.find(name, 'templates') ?? call.find(name, 'vars')
    if (found !== undefined) return [call.guarded(name, found)]
  }
  if (isSkipped) return []
  throw new ClusterError('FILE_UNREADABLE', 'first_found found none of its files', {
    where: call.at,
    hint: `looked for ${candidates.join(', ')}; add skip=true where none is fine`,
  })
}

export const FILE_LOOKUPS: Readonly<Record<string, Lookup>> = {
  env: ({ terms, options }) =>
    terms.map((term) => environment(str(term)) ?? options.get('default') ?? ''),
  file,
  template,
  fileglob,
  first_found: firstFound,
  unvault: (call) =>
    call.terms.map((term) =>
      call.sources.readText(call.guarded(str(term), call.need(str(term), 'files'))),
    ),
}

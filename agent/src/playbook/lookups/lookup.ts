// Lookups that reach outside the templates: a table of names, and what each may use. Pure ones are
// the template engine's own (template/lookups). Not here: the lookups themselves.
import { join, resolve } from 'node:path'
import { ClusterError, type Position } from '../../errors.ts'
import { fileKind } from '../../sys/files.ts'
import type { TemplateContext } from '../../template/context.ts'
import { LOOKUP_PLUGINS } from '../../template/lookups/lookup.ts'
import { nearest } from '../../value/nearest.ts'
import { str, UnknownUsed } from '../../value/python.ts'
import { Template, type Value } from '../../value/value.ts'
import { isMadeByHost } from '../hostmade.ts'
import type { VariableScope } from '../scope.ts'
import { refuseEscape, type Sources } from '../sources.ts'
import type { Task } from '../tree.ts'
import { FILE_LOOKUPS } from './files.ts'
import { password } from './password.ts'
import { PROGRAM_LOOKUPS } from './programs.ts'
import { TABLE_LOOKUPS } from './tables.ts'

/** What of the run a lookup may use. */
export interface LookupRun {
  readonly sources: Sources
  readonly isCheck: boolean
  readonly managed: string | undefined
  /** The folder of the playbook, where programs start and passwords are kept. */
  readonly folder: string
  readonly random: () => number
  readonly hostsOf: (patterns: readonly string[], at: Position) => readonly string[]
}

/** One call of a lookup. */
export interface LookupCall extends LookupRun {
  readonly terms: readonly Value[]
  readonly options: ReadonlyMap<string, Value>
  readonly at: Position
  readonly scope: () => VariableScope
  /** The folders in which files of a kind are looked for. */
  readonly folders: (kind: string) => readonly string[]
  readonly find: (name: string, kind: string) => string | undefined
  /** As `find`; FILE_UNREADABLE where nothing is there. */
  readonly need: (name: string, kind: string) => string
  /** Passes a file on, unless words of a host name one outside the author's folders. */
  readonly guarded: (name: string, found: string) => string
}

export type Lookup = (call: LookupCall) => Value

const LOOKUPS: Readonly<Record<string, Lookup>> = {
  ...FILE_LOOKUPS,
  ...TABLE_LOOKUPS,
  ...PROGRAM_LOOKUPS,
  password,
  // The terms are one pattern: what one of them excludes is not in the others either.
  inventory_hostnames: ({ terms, hostsOf, at }) => [
    ...hostsOf(
      terms.map((term) => str(term)),
      at,
    ),
  ],
}

/** Why a lookup that Ansible has is not here. */
const REFUSED: Readonly<Record<string, string>> = {
  config: 'settings of ansible are not those of cluster-os: write the value as a variable',
}

export function isKnownLookup(name: string): boolean {
  return Object.hasOwn(LOOKUPS, name) || LOOKUP_PLUGINS.has(name)
}

export function unknownLookup(name: string, where: Position): ClusterError {
  const known = [...Object.keys(LOOKUPS), ...LOOKUP_PLUGINS]
  const close = nearest(name, known)
  const hint = close === undefined ? `there are ${known.join(', ')}` : `did you mean ${close}?`
  return new ClusterError('KEYWORD_UNSUPPORTED', `the lookup ${name} is not supported`, {
    where,
    hint: REFUSED[name] ?? hint,
  })
}

export function makeLookup(
  task: Task | undefined,
  run: LookupRun,
  scope: () => VariableScope,
): NonNullable<TemplateContext['lookup']> {
  const searched = task?.searchFolders ?? [run.folder]
  const folders = (kind: string): string[] =>
    searched.flatMap((folder) => [join(folder, kind), folder])
  const find = (name: string, kind: string): string | undefined =>
    folders(kind)
      .map((folder) => resolve(folder, name))
      .find((path) => fileKind(path) === 'file')
  const isHostMade = makeGuard(task, scope)
  return (name, terms, options, at, names = []) => {
    const lookup = Object.hasOwn(LOOKUPS, name) ? LOOKUPS[name] : undefined
    if (lookup === undefined) throw unknownLookup(name, at)
    const need = (file: string, kind: string): string => {
      const found = find(file, kind)
      const { planned } = run.sources
      const tried = folders(kind).map((folder) => resolve(folder, file))
      const doubt = found === undefined ? planned?.hope(tried) : planned?.doubt(found)
      if (doubt !== undefined) throw new UnknownUsed(doubt)
      if (found !== undefined) return found
      throw new ClusterError('FILE_UNREADABLE', `could not find ${file} on the controller`, {
        where: at,
        hint: `looked in ${folders(kind).join(', ')}`,
      })
    }
    const guarded = (file: string, found: string): string => {
      if (names.some((used) => isHostMade(used, at))) refuseEscape(file, found, searched, at)
      return found
    }
    return lookup({ ...run, terms, options, at, scope, folders, find, need, guarded })
  }
}

/** Whether a name that a call uses may hold a host's words. */
function makeGuard(task: Task | undefined, scope: () => VariableScope) {
  // What only the template's own statements know may be anything.
  return (name: string, at: Position): boolean =>
    scope().find(name) === undefined ||
    isMadeByHost(new Template(`{{ ${name} }}`, at), scope(), task)
}

// The journal of a run from the command line: what it needs to be repeated, and what must not have
// moved before it goes on. Not here: what is written while it goes (playbook/taskruns.ts).
import { join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { groupsOf, hostLayers, type Inventory, type VarLayer } from '../inventory/inventory.ts'
import type { ExtraVar } from '../journal/entry.ts'
import { digestOf, type Journal } from '../journal/journal.ts'
import { Runs } from '../journal/runs.ts'
import type { Playbook } from '../playbook/load.ts'
import { systemClock } from '../sys/clock.ts'
import { fileKind, fileMark, listFolder, readFile, workFolder } from '../sys/files.ts'
import { processStamp } from '../sys/process.ts'
import { toExact } from '../value/exact.ts'
import type { Plain } from '../value/plain.ts'
import type { Value } from '../value/value.ts'
import { Keyring } from '../vault/keyring.ts'
import { nameSecrecy } from '../vault/names.ts'
import type { CommandContext } from './context.ts'
import { extraVarsOf, type Flags } from './flags.ts'

/** So many names are told, no more. */
const SHOWN_MAX = 5

/** More files than this beside a playbook are not its own. */
const FILES_MAX = 5000

export function runsOf(context: CommandContext): Runs | undefined {
  return context.stateFolder === undefined ? undefined : new Runs(context.stateFolder)
}

export interface Begun {
  readonly files: readonly string[]
  readonly flags: Flags
  readonly playbooks: readonly Playbook[]
  readonly inventory: Inventory
}

/** A new journal; undefined, and said so, where none can be written. */
export function beginJournal(begun: Begun, context: CommandContext): Journal | undefined {
  const runs = runsOf(context)
  if (runs === undefined) return undefined
  const { extraVars, ...flags } = begun.flags
  try {
    const journal = runs.create({
      atMs: systemClock.wall(),
      stamp: processStamp() ?? '',
      folder: workFolder(),
      playbooks: begun.files,
      flags: JSON.parse(JSON.stringify(flags)) as Record<string, Plain>,
      extraVars: (extraVars ?? []).map(asExtraVar),
      inventory: inventoryMarks(begun.inventory, begun.playbooks),
      files: fileMarks(begun.playbooks),
    })
    for (const playbook of begun.playbooks) watchSources(journal, playbook)
    return journal
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.writeError(`warning: this run cannot be resumed, no journal is kept: ${reason}\n`)
    return undefined
  }
}

/** Files that are read from now on are noted as well. */
function watchSources(journal: Journal, { sources }: Playbook): void {
  for (const [path, digest] of sources.digests) journal.source(path, digest)
  sources.onRead = (path, digest) => journal.source(path, digest)
}

/** Words of -e; what looks secret, or names a file, is known by its digest alone. */
function asExtraVar(word: string): ExtraVar {
  if (word.startsWith('@')) {
    const file = resolve(word.slice(1))
    return { word: `@${file}`, digest: digestOf(readFile(file)) }
  }
  const digest = digestOf(word)
  const names = [...extraVarsOf([word], new Keyring()).keys()]
  return names.some((name) => nameSecrecy(name) !== 'no') ? { digest, names } : { digest, word }
}

/** The words of -e that the run had; those that are not kept are among the given ones. */
export function extraVarsAgain(journal: Journal, given: readonly string[]): string[] {
  return journal.begin.extraVars.map(({ word, digest, names }) => {
    const found = word ?? given.find((each) => digestOf(each) === digest)
    if (found !== undefined) return found
    const shown = (names ?? []).join(', ')
    throw new ClusterError('MOVED', `the value of ${shown} is not in the journal`, {
      hint: 'give resume the same -e words that the run had',
    })
  })
}

/** The next lines of a journal are this process's. */
export function goOn(journal: Journal, playbooks: readonly Playbook[]): void {
  journal.resume(systemClock.wall(), processStamp() ?? '')
  for (const playbook of playbooks) watchSources(journal, playbook)
}

type Now = Pick<Begun, 'inventory' | 'playbooks'>

/** MOVED when the files or the inventory of a run are not as they were. */
export function refuseMoved(journal: Journal, now: Now): void {
  const moved = movedSince(journal, now)
  if (moved.length === 0) return
  const shown = moved.slice(0, SHOWN_MAX).join(', ')
  const more = moved.length > SHOWN_MAX ? ` and ${moved.length - SHOWN_MAX} more` : ''
  throw new ClusterError('MOVED', `changed since the run began: ${shown}${more}`, {
    hint: 'start a new run, or go on all the same with --force',
  })
}

/** What is not as it was when the run began, by name. */
function movedSince(journal: Journal, { inventory, playbooks }: Now): string[] {
  const { begin, sources } = journal
  const moved: string[] = []
  const wasRead = (path: string): boolean => sources.has(path)
  for (const { word, digest } of begin.extraVars) {
    if (word?.startsWith('@') === true && contentDigest(word.slice(1)) !== digest) {
      moved.push(word.slice(1))
    }
  }
  for (const [path, digest] of sources) if (contentDigest(path) !== digest) moved.push(path)
  for (const [path, mark] of Object.entries(begin.files)) {
    if (!wasRead(path) && fileMark(path) !== mark) moved.push(path)
  }
  const marks = inventoryMarks(inventory, playbooks)
  for (const name of new Set([...Object.keys(begin.inventory), ...Object.keys(marks)])) {
    if (begin.inventory[name] !== marks[name]) moved.push(`${name} of the inventory`)
  }
  return moved
}

function contentDigest(path: string): string | undefined {
  return fileKind(path) === 'file' ? digestOf(readFile(path)) : undefined
}

/** Files that tasks may come to: read or not, by their sizes and times. */
function fileMarks(playbooks: readonly Playbook[]): Record<string, string> {
  const folders = new Set<string>()
  for (const play of playbooks.flatMap(({ plays }) => plays)) {
    for (const { folder } of play.roles) folders.add(folder)
    for (const kind of ['templates', 'files', 'tasks', 'vars']) folders.add(join(play.folder, kind))
  }
  const marks: Record<string, string> = {}
  for (const path of [...folders].flatMap(filesIn).slice(0, FILES_MAX)) {
    const mark = fileMark(path)
    if (mark !== undefined) marks[path] = mark
  }
  return marks
}

function filesIn(folder: string): string[] {
  return listFolder(folder).flatMap((name) => {
    const path = join(folder, name)
    if (name.startsWith('.git')) return []
    return fileKind(path) === 'folder' ? filesIn(path) : [path]
  })
}

/** A digest for every host, with all that is said of it and its groups. */
function inventoryMarks(
  inventory: Inventory,
  playbooks: readonly Playbook[],
): Record<string, string> {
  const known = new WeakMap<VarLayer['vars'], string>()
  const markOf = ({ name, vars }: VarLayer): string => {
    const mark = known.get(vars) ?? digestOf(JSON.stringify(plainVars(vars)))
    known.set(vars, mark)
    return `${name} ${mark}`
  }
  const folder = playbooks[0]?.plays[0]?.folder ?? '.'
  const marks: Record<string, string> = {}
  for (const host of inventory.hosts.keys()) {
    const told = [
      groupsOf(inventory, host).join(' '),
      ...layersOf(inventory, host, folder).map(markOf),
    ]
    marks[`host ${host}`] = digestOf(told.join('\n')).slice(0, 32)
  }
  return marks
}

/** A vault that this run need not open is no reason to stop it. */
function layersOf(inventory: Inventory, host: string, folder: string): readonly VarLayer[] {
  try {
    return hostLayers(inventory, host, folder)
  } catch {
    return []
  }
}

function plainVars(vars: VarLayer['vars']): Plain {
  return toExact(new Map<Value, Value>([...vars].map(([name, { value }]) => [name, value])))
}

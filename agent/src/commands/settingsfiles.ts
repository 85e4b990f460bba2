// The files of settings: which of them counts, and their names and values with places. Not here:
// what a setting means (settings.ts).
import { join, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { fileKind, fileMode, readText } from '../sys/files.ts'
import { parseYaml } from '../yaml/parse.ts'
import type { CommandContext } from './context.ts'

export interface Setting {
  readonly text: string
  readonly at: Position
  /** What `~` stands for. */
  readonly home?: string | undefined
}

export interface SettingsFile {
  readonly path: string
  /** By name in cluster-os.yml, by `section.name` in ansible.cfg. */
  readonly settings: ReadonlyMap<string, Setting>
}

const OURS = 'cluster-os.yml'
const ANSIBLE = 'ansible.cfg'
const WRITABLE_BY_ALL = 0o002

/** At most one file of each kind counts. */
export function findSettings(context: CommandContext): {
  ours: SettingsFile | undefined
  ansible: SettingsFile | undefined
} {
  const home = context.environment('HOME')
  const named = context.environment('CLUSTER_OS_CONFIG')
  if (named !== undefined && fileKind(named) !== 'file') {
    throw new ClusterError('FILE_UNREADABLE', `CLUSTER_OS_CONFIG names no file: ${named}`, {
      hint: 'correct the variable or unset it',
    })
  }
  const own = named ?? (fileKind(OURS) === 'file' ? OURS : undefined)
  const theirs = ansiblePath(context, home)
  return {
    ours: own === undefined ? undefined : readOurs(resolve(own), home),
    ansible: theirs === undefined ? undefined : readAnsible(resolve(theirs), home),
  }
}

/** The first that is there: Ansible reads one file only. */
function ansiblePath(context: CommandContext, home: string | undefined): string | undefined {
  const named = context.environment('ANSIBLE_CONFIG')
  const inNamed = named === undefined || fileKind(named) !== 'folder' ? named : join(named, ANSIBLE)
  if (inNamed !== undefined && fileKind(inNamed) === 'file') return inNamed
  if (fileKind(ANSIBLE) === 'file') {
    // Anybody could have put it there, with programs to start in it.
    if (((fileMode('.') ?? 0) & WRITABLE_BY_ALL) === 0) return ANSIBLE
    const why = 'all may write in this folder'
    context.writeError(`warning: ${resolve(ANSIBLE)} is not read: ${why}\n`)
  }
  const places = [
    ...(home === undefined ? [] : [join(home, '.ansible.cfg')]),
    '/etc/ansible/ansible.cfg',
  ]
  return places.find((path) => fileKind(path) === 'file')
}

function readOurs(path: string, home: string | undefined): SettingsFile {
  const settings = new Map<string, Setting>()
  const [root] = parseYaml(readText(path), path)
  if (root === undefined || (root.kind === 'scalar' && root.value === null))
    return { path, settings }
  if (root.kind !== 'mapping') throw badShape(root.at)
  for (const { key, value } of root.entries) {
    const items = value.kind === 'sequence' ? value.items : [value]
    const texts = items.map((item) => {
      if (item.kind === 'scalar') return item.text
      throw badShape(item.at)
    })
    // Several places of roles have a colon between, several of anything else a comma.
    const text = texts.join(key.text === 'roles_path' ? ':' : ',')
    settings.set(key.text, { text, at: key.at, home })
  }
  return { path, settings }
}

function badShape(where: Position): ClusterError {
  return new ClusterError('SETTINGS', 'settings are names with a value or a list of values', {
    where,
    hint: 'write for instance "forks: 10"',
  })
}

function readAnsible(path: string, home: string | undefined): SettingsFile {
  const settings = new Map<string, Setting>()
  let section = 'defaults'
  for (const [index, line] of readText(path).split(/\r?\n/).entries()) {
    const [, header] = /^\s*\[([^\]]+)\]/.exec(line) ?? []
    const [, name, value = ''] = /^([\w.]+)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (header !== undefined) section = header.trim()
    else if (name !== undefined) {
      const text = value.replace(/\s+;.*$/, '').trim()
      const at = { file: path, line: index + 1, column: 1 }
      if (text !== '') settings.set(`${section}.${name}`, { text, at, home })
    }
  }
  return { path, settings }
}

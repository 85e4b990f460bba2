// The author's files behind a run: read once, found by Ansible's search order, and looked through
// for the facts they use. Not here: what stands in them (parse.ts).
import { isAbsolute, join, relative, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { digestOf } from '../journal/journal.ts'
import { fileKind, readFile, readText, realPath } from '../sys/files.ts'
import { render, type TemplateContext } from '../template/template.ts'
import { Template, Undefined, type Value } from '../value/value.ts'
import { Keyring } from '../vault/keyring.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import { toValue } from '../yaml/value.ts'
import { parseTasks } from './parse.ts'
import type { PlannedFiles } from './planned.ts'
import type { Inherited, ItemNode, Placed } from './tree.ts'

export interface SourceOptions {
  readonly extraVars: ReadonlyMap<string, Placed>
  /** Folders that roles are looked for in, after those beside the playbook. */
  readonly rolesPath: readonly string[]
  /** Whether plays gather facts that do not say so; true unless given. */
  readonly isGatheringImplicit?: boolean
  /** Opens vaults; without it they are refused. */
  readonly keyring?: Keyring
  /** Reads a file's documents in place of `read`, or changes them. */
  readonly readTree?: (path: string, read: () => YamlNode[]) => YamlNode[]
  /** Told of each file that is read, as it lies there. */
  readonly onRead?: (path: string, bytes: Buffer) => void
}

export class Sources {
  readonly options: SourceOptions
  /** Of the playbook that is being read, where its roles lie. */
  playFolder = '.'
  readonly keyring: Keyring
  /** SHA-256 of every file that was read, when it was first read. */
  readonly digests = new Map<string, string>()
  onRead: ((path: string, digest: string) => void) | undefined
  /** Set in check mode. */
  planned: PlannedFiles | undefined
  readonly #trees = new Map<string, YamlNode[]>()
  readonly #names = new Set<string>()

  constructor(options: SourceOptions) {
    this.options = options
    this.keyring = options.keyring ?? new Keyring()
  }

  /** The content of an author's file, out of its vault when it is in one. */
  readBytes(path: string): Buffer {
    return this.keyring.openBytes(this.readSealed(path), { file: path, line: 1, column: 1 })
  }

  /** The content as it lies there, in its vault when it is in one. */
  readSealed(path: string): Buffer {
    const content = readFile(path)
    this.options.onRead?.(path, content)
    if (!this.digests.has(path)) {
      const digest = digestOf(content)
      this.digests.set(path, digest)
      this.onRead?.(path, digest)
    }
    return content
  }

  readText(path: string): string {
    return this.readBytes(path).toString('utf8')
  }

  /** The documents of a YAML file; an empty file is a null scalar. */
  readYaml(path: string): YamlNode {
    let trees = this.#trees.get(path)
    if (trees === undefined) {
      this.noteText(this.readText(path))
      // The parser opens a vault itself, to know that all that is in it is secret.
      const read = (): YamlNode[] => parseYaml(readText(path), path, this.keyring)
      trees = this.options.readTree?.(path, read) ?? read()
      this.#trees.set(path, trees)
    }
    const [first, second] = trees
    if (first === undefined) throw new Error('parseYaml gives a document for any text')
    if (second === undefined) return first
    throw new ClusterError('YAML_SYNTAX', 'a second document begins here', {
      where: second.at,
      hint: 'a playbook file holds one document: remove the "---"',
    })
  }

  /** A file of variables: a mapping, or empty. Templates in it stay templates. */
  readVariables(path: string): Map<string, Placed> {
    return variablesOf(this.readYaml(path))
  }

  /** The first of several files of variables that is there; a host's words stay within. */
  readFirstVariables(
    names: readonly string[],
    folder: string,
    at: Position,
    isHostMade: boolean,
  ): { path: string; vars: Map<string, Placed> } {
    const candidates = names.flatMap((name) =>
      [resolve(folder, 'vars', name), resolve(folder, name)].map((path) => ({ name, path })),
    )
    const found = candidates.find(({ path }) => fileKind(path) === 'file')
    if (found !== undefined) {
      const { name, path } = found
      if (isHostMade) refuseEscape(name, path, [folder], at)
      return { path, vars: this.readVariables(path) }
    }
    const tried = candidates.map(({ path }) => path)
    throw new ClusterError(
      'FILE_UNREADABLE',
      `there is no file of variables ${names.join(' or ')}`,
      {
        where: at,
        hint: `looked for ${tried.join(', ')}`,
      },
    )
  }

  readTasks(path: string, isHandler: boolean): ItemNode[] {
    return parseTasks(this.readYaml(path), isHandler)
  }

  /** A template that another one includes, below the author's folders: Jinja looks nowhere else. */
  readTemplate(
    name: string,
    folders: readonly string[],
    at: Position,
  ): { text: string; file: string } {
    const file = findFirst(
      name,
      folders.flatMap((folder) => [join(folder, 'templates'), folder]),
      at,
    )
    refuseEscape(name, file, folders, at)
    return { text: this.readText(file), file }
  }

  /** Whether some task that has been read makes hosts or groups. */
  makesHosts = false

  /** Remembers which facts an author's text names, so that only those are gathered. */
  noteText(text: string): void {
    if (/\b(add_host|group_by|refresh_inventory)\b/.test(text)) this.makesHosts = true
    for (const [name] of text.matchAll(/\bansible_\w+/g)) this.#names.add(name)
    for (const [, name] of text.matchAll(/\bansible_facts(?:\.|\[\s*["'])(\w+)/g)) {
      this.#names.add(`ansible_${name}`)
    }
  }

  factNames(): ReadonlySet<string> {
    return this.#names
  }

  beginPlay(folder: string): void {
    this.playFolder = folder
  }

  /** The text of a value that must be known before the run; only -e may be in its template. */
  staticText(placed: Placed, what: string): string {
    const { value } = placed
    if (typeof value === 'string') return value
    if (value instanceof Template) {
      const { extraVars } = this.options
      const lookup = (name: string): Value =>
        extraVars.get(name)?.value ?? new Undefined(`'${name}' is undefined`)
      const text = staticRender(value, { scope: { lookup } }, what)
      if (typeof text === 'string') return text
    }
    throw new ClusterError('PLAYBOOK_SHAPE', `${what} needs the name of a file`, {
      where: placed.at,
      hint: 'write it out, or use include_tasks, which is read when a host comes to it',
    })
  }

  /** The file of tasks that a name means, seen from where it is written. */
  findTasks(
    name: string,
    from: Pick<Inherited, 'folder' | 'role' | 'searchFolders'>,
    at: Position,
  ): string {
    const role = from.role === undefined ? [] : [join(from.role.folder, 'tasks'), from.role.folder]
    const folders = [
      from.folder,
      ...role,
      ...from.searchFolders.flatMap((f) => [f, join(f, 'tasks')]),
    ]
    return findFirst(name, folders, at)
  }
}

/** What a name needs that is known before the run comes from -e alone. */
function staticRender(value: Template, context: TemplateContext, what: string): Value {
  try {
    return render(value, context)
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'TEMPLATE_UNDEFINED') throw error
    throw new ClusterError('PLAYBOOK_SHAPE', `${error.message} where ${what} is read`, {
      where: error.where,
      hint: 'give it with -e, or use include_tasks, which is read when a host comes to it',
      cause: error,
    })
  }
}

/** The first of the folders that has the file; PLAYBOOK_SHAPE names all that were tried. */
export function findFirst(name: string, folders: readonly string[], at: Position): string {
  const tried = isAbsolute(name)
    ? [name]
    : [...new Set(folders)].map((folder) => resolve(folder, name))
  const found = tried.find((path) => fileKind(path) === 'file')
  if (found !== undefined) return found
  throw new ClusterError('PLAYBOOK_SHAPE', `there is no file ${name}`, {
    where: at,
    hint: `looked for ${tried.join(', ')}`,
  })
}

export function variablesOf(root: YamlNode): Map<string, Placed> {
  const vars = new Map<string, Placed>()
  if (root.kind === 'scalar' && root.value === null) return vars
  if (root.kind !== 'mapping') {
    throw new ClusterError('PLAYBOOK_SHAPE', 'a file of variables is a mapping of names', {
      where: root.at,
      hint: 'write "name: value" lines',
    })
  }
  for (const { key, value } of root.entries) {
    vars.set(key.text, { value: toValue(value, { templates: true }), at: value.at })
  }
  return vars
}

/** TEMPLATE_REFUSED when a file named with a host's value lies outside the author's folders. */
export function refuseEscape(
  name: string,
  found: string,
  folders: readonly string[],
  at: Position,
): void {
  const real = realPath(found)
  const isInside = folders.some((folder) => {
    if (fileKind(folder) !== 'folder') return false
    const way = relative(realPath(folder), real)
    return !way.startsWith('..') && !isAbsolute(way)
  })
  // first_found answers with whole paths, which may well lie below.
  if (isInside && !name.split('/').includes('..')) return
  throw new ClusterError('TEMPLATE_REFUSED', `${JSON.stringify(name)} leads out of the playbook`, {
    where: at,
    hint: 'a file name that holds a value of a host stays below the playbook or role',
  })
}

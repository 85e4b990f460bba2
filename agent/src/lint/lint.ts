// Files and folders looked over: every mistake that a run would refuse, then the rules. What a
// comment "# noqa RULE" or the settings pass over is left out. Not here: rules (*rules.ts), showing.
import { basename, dirname, join, resolve } from 'node:path'
import { ClusterError, isPosition } from '../errors.ts'
import { INCLUDES } from '../playbook/playactions.ts'
import type { SourceOptions } from '../playbook/sources.ts'
import { tasksIn } from '../playbook/tags.ts'
import { fileKind, listFolder, readText } from '../sys/files.ts'
import { isVault } from '../vault/envelope.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import { ACTION_RULES } from './commandrules.ts'
import { compareFindings, type Draft, type Finding } from './finding.ts'
import { type Reading, type Role, readAll } from './mistakes.ts'
import {
  handlerDrafts,
  playDrafts,
  roleFolderDrafts,
  taskVariableDrafts,
  unusedRegisters,
  variableDrafts,
} from './namerules.ts'
import { isMeant, MISTAKE, RULES } from './rules.ts'
import { TASK_RULES } from './taskrules.ts'
import { templateMistakes } from './templates.ts'
import { lineDrafts, scalarDrafts } from './textrules.ts'
import { isPlaybook, type TaskView, tasksOf, tasksOfPlays } from './view.ts'

export interface LintOptions {
  readonly sources: SourceOptions
  readonly skip: readonly string[]
  readonly enable: readonly string[]
}

type Kind = Role | 'variables' | 'other'

interface Document {
  readonly file: string
  readonly kind: Kind
  readonly text: string
  readonly root: YamlNode
}

export interface Linted {
  readonly findings: readonly Finding[]
  /** Files that were read, in the order in which they were found. */
  readonly files: readonly string[]
}

const PASSED_OVER = new Set(['node_modules', '.git', '.cache', '.venv', 'dist'])

/** Files below a folder that hold YAML, sorted; a file is itself. */
function filesOf(path: string): string[] {
  const kind = fileKind(path)
  if (kind === undefined) {
    throw new ClusterError('FILE_UNREADABLE', `cannot read ${path}: no such file`, {
      hint: 'check the path',
    })
  }
  if (kind !== 'folder') return [resolve(path)]
  return listFolder(path).flatMap((name) => {
    const inner = join(path, name)
    if (PASSED_OVER.has(name)) return []
    if (fileKind(inner) === 'folder') return filesOf(inner)
    return /\.ya?ml$/.test(name) ? [resolve(inner)] : []
  })
}

export function lint(paths: readonly string[], options: LintOptions): Linted {
  const work = new Work(options)
  const files = [...new Set(paths.flatMap(filesOf))]
  const roots = files.map((file) => ({ file, root: work.parse(file) }))
  for (const { file, root } of roots) if (isPlaybook(root)) work.read(file, 'playbook')
  for (const { file, root } of roots) work.readRest(file, root)
  return work.result()
}

class Work {
  readonly #options: LintOptions
  readonly #documents = new Map<string, Document>()
  readonly #mistakes = new Map<string, Finding>()
  #isOpen = false

  constructor(options: LintOptions) {
    this.#options = options
  }

  parse(file: string): YamlNode | undefined {
    const { keyring } = this.#options.sources
    const text = readText(file)
    if (isVault(Buffer.from(text)) && (keyring?.passwords.length ?? 0) === 0) return undefined
    try {
      return parseYaml(text, file, keyring)[0]
    } catch (error) {
      this.#mistake(error)
      return undefined
    }
  }

  /** A playbook or a file of tasks, and all that it brings in. */
  read(file: string, role: Role): void {
    const { sources } = this.#options
    const around = /^(.*\/roles)\//.exec(file)?.[1]
    const rolesPath = around === undefined ? sources.rolesPath : [...sources.rolesPath, around]
    const reading = readAll(file, role, { ...sources, rolesPath })
    for (const mistake of reading.mistakes) this.#mistake(mistake)
    for (const [path, root] of reading.trees)
      this.#add(path, root, path === file ? role : undefined)
    if (reading.playbook !== undefined) this.#lookInto(reading)
  }

  readRest(file: string, root: YamlNode | undefined): void {
    if (root === undefined || this.#documents.has(file)) return
    const kind = kindOf(file, root)
    if (kind === 'tasks' || kind === 'handlers') this.read(file, kind)
    else this.#add(file, root, kind)
  }

  result(): Linted {
    const documents = [...this.#documents.values()]
    const tasks = documents.flatMap(viewsOf)
    const drafts = [
      ...documents.flatMap(draftsOf),
      ...handlerDrafts({ tasks, isOpen: this.#isOpen }),
      ...unusedRegisters(
        tasks,
        documents.map(({ text }) => text),
      ),
    ]
    const findings = drafts.flatMap((draft) => this.#finding(draft))
    const all = [...this.#mistakes.values(), ...findings]
    return { findings: all.toSorted(compareFindings), files: [...this.#documents.keys()] }
  }

  #add(file: string, root: YamlNode, kind: Kind | undefined): void {
    if (this.#documents.has(file)) return
    const text = readText(file)
    // What lies in a vault is not for the rules: they would print it.
    if (isVault(Buffer.from(text))) return
    this.#documents.set(file, { file, kind: kind ?? kindOf(file, root), text, root })
  }

  #lookInto({ playbook }: Reading): void {
    for (const play of playbook?.plays ?? []) {
      const tasks = [...tasksIn(play.items), ...play.handlers]
      if (tasks.some(({ action }) => INCLUDES.includes(action.value))) this.#isOpen = true
      for (const mistake of templateMistakes(tasks)) this.#mistake(mistake)
    }
  }

  #mistake(error: unknown): void {
    if (!(error instanceof ClusterError)) throw error
    const { message, hint, code, where } = error
    const at = where !== undefined && isPosition(where) ? where : undefined
    const key = `${at?.file}:${at?.line}:${at?.column} ${message}`
    this.#mistakes.set(key, { rule: MISTAKE, severity: 'error', message, hint, code, at })
  }

  #finding(draft: Draft): Finding[] {
    const rule = RULES.get(draft.rule)
    if (rule === undefined) throw new Error(`no rule ${draft.rule}`)
    const { skip, enable } = this.#options
    const isOff = rule.isOptional === true && !enable.some((word) => isMeant(word, rule.id))
    if (isOff || skip.some((word) => isMeant(word, rule.id))) return []
    const document = this.#documents.get(draft.at.file)
    const line = document?.text.split('\n')[draft.at.line - 1] ?? ''
    if (isExcused(line, rule.id)) return []
    const { severity, summary, hint } = rule
    const { at, message = summary, edit, also = [] } = draft
    const told = { rule: rule.id, severity, message, hint: draft.hint ?? hint, at }
    return [edit === undefined ? told : { ...told, edit, also }]
  }
}

/** `# noqa` alone excuses all of its line, `# noqa RULE RULE` those. */
function isExcused(line: string, id: string): boolean {
  const comment = /#\s*noqa\b:?\s*(.*)$/i.exec(line)
  if (comment === null) return false
  const words = (comment[1] ?? '').split(/[\s,]+/).filter((word) => word !== '')
  return words.length === 0 || words.some((word) => isMeant(word, id))
}

function kindOf(file: string, root: YamlNode): Kind {
  if (isPlaybook(root)) return 'playbook'
  const folder = basename(dirname(file))
  const isList = root.kind === 'sequence' && root.items.length > 0
  const hasActions = isList && tasksOf(root, false).some(({ action, isBlock }) => action || isBlock)
  if (folder === 'handlers' && isList) return 'handlers'
  if (hasActions || (folder === 'tasks' && isList)) {
    return /handlers?\.ya?ml$/.test(file) ? 'handlers' : 'tasks'
  }
  const isVariables = /\/(?:vars|defaults|group_vars|host_vars)\//.test(file)
  return isVariables ? 'variables' : 'other'
}

function viewsOf({ kind, root }: Document): TaskView[] {
  if (kind === 'playbook') return tasksOfPlays(root)
  if (kind === 'tasks' || kind === 'handlers') return tasksOf(root, kind === 'handlers')
  return []
}

function draftsOf(document: Document): Draft[] {
  const { file, kind, text, root } = document
  const found = [...lineDrafts(file, text, root), ...roleFolderDrafts(file)]
  if (kind === 'other') return found
  found.push(...scalarDrafts(root, text.split('\n')))
  if (kind === 'variables') found.push(...variableDrafts(root))
  if (kind === 'playbook') found.push(...playDrafts(root))
  for (const task of viewsOf(document)) {
    for (const rule of TASK_RULES) found.push(...rule(task))
    found.push(...taskVariableDrafts(task))
    for (const rule of ACTION_RULES) {
      if (task.action !== undefined) found.push(...rule(task.action, task))
    }
  }
  return found
}

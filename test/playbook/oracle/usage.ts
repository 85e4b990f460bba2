// What the playbooks of books/ use of the language, read from their text: each keyword with its
// place, each action, and the words that some of these take. Not here: what must be used
// (usage.test.ts), and what the playbooks mean.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { findModule } from '../../../agent/src/modules/index.ts'
import { actionName } from '../../../agent/src/playbook/action.ts'
import { findKeyword, type Level } from '../../../agent/src/playbook/keywords.ts'
import { BRINGING, PLAY_ACTIONS } from '../../../agent/src/playbook/playactions.ts'
import type { MappingNode, YamlNode } from '../../../agent/src/yaml/node.ts'
import { parseYaml } from '../../../agent/src/yaml/parse.ts'

const BOOKS = join(import.meta.dirname, 'books')
const MODULE_BOOKS = join(import.meta.dirname, '../../modules/oracle')
const SECTIONS = ['pre_tasks', 'tasks', 'post_tasks', 'handlers']
const INNER = ['block', 'rescue', 'always']
/** Keywords whose value is one of a few words. */
const WORDED = ['strategy', 'order']

/** Names such as `play: serial`, `module: copy`, `meta: noop`, `include_role: apply`. */
export type Usage = ReadonlySet<string>

export function playbookFiles(): string[] {
  return readdirSync(BOOKS).filter((name) => name.endsWith('.yml') && name !== 'inventory.yml')
}

/** What is used by all that ansible-core has been asked about. */
export function usage(): Usage {
  const found = new Set<string>()
  for (const name of readdirSync(BOOKS, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.yml')) readFile(join(BOOKS, name), found)
  }
  // Modules that need a node of their own are asked about there.
  for (const name of readdirSync(MODULE_BOOKS)) {
    if (!name.endsWith('.yml')) continue
    const used = new Set<string>()
    readFile(join(MODULE_BOOKS, name), used)
    for (const each of used) if (each.startsWith('module: ')) found.add(each)
  }
  return found
}

function readFile(file: string, found: Set<string>): void {
  const kind = basename(join(file, '..'))
  // A vault, whose words nobody can read here, holds variables only.
  const text = readFileSync(file, 'utf8')
  if (text.startsWith('$ANSIBLE_VAULT')) return
  for (const root of parseYaml(text, file)) {
    if (kind === 'meta') readRoles(entry(root, 'dependencies'), found)
    if (root.kind !== 'sequence' || file.includes(`${sep}vars${sep}`)) continue
    for (const item of root.items) readTop(item, kind === 'handlers' ? 'handler' : 'task', found)
  }
}

function entry(node: YamlNode | undefined, name: string): YamlNode | undefined {
  if (node?.kind !== 'mapping') return undefined
  return node.entries.find(({ key }) => key.text === name)?.value
}

/** A play, an import of plays, or a task of a file of tasks. */
function readTop(node: YamlNode, level: Level, found: Set<string>): void {
  if (node.kind !== 'mapping') return
  if (entry(node, 'hosts') !== undefined) readPlay(node, found)
  else if (node.entries.some(({ key }) => actionName(key.text) === 'import_playbook')) {
    for (const { key } of node.entries) found.add(`import_playbook: ${actionName(key.text)}`)
  } else readItem(node, level, found)
}

function readPlay(node: MappingNode, found: Set<string>): void {
  readKeywords(node, 'play', found)
  readRoles(entry(node, 'roles'), found)
  for (const section of SECTIONS) {
    const level = section === 'handlers' ? 'handler' : 'task'
    readItems(entry(node, section), level, found)
  }
}

function readRoles(node: YamlNode | undefined, found: Set<string>): void {
  if (node?.kind !== 'sequence') return
  for (const item of node.items) if (item.kind === 'mapping') readKeywords(item, 'role', found)
}

function readItems(node: YamlNode | undefined, level: Level, found: Set<string>): void {
  if (node?.kind !== 'sequence') return
  for (const item of node.items) if (item.kind === 'mapping') readItem(item, level, found)
}

function readItem(node: MappingNode, level: Level, found: Set<string>): void {
  if (entry(node, 'block') !== undefined) {
    readKeywords(node, 'block', found)
    for (const part of INNER) readItems(entry(node, part), level, found)
    return
  }
  readKeywords(node, level, found)
  for (const { key, value } of node.entries) {
    if (key.text.startsWith('with_')) found.add(key.text.replace(/^with_.*\./, 'with_'))
    readAction(actionName(key.text), value, found)
  }
  for (const old of ['action', 'local_action']) {
    const written = entry(node, old)
    const named = entry(written, 'module') ?? written
    if (named?.kind === 'scalar') readAction(named.text.split(' ')[0] ?? '', named, found)
  }
  for (const { key } of entriesOf(entry(node, 'loop_control'))) {
    found.add(`loop_control: ${key.text}`)
  }
}

function entriesOf(node: YamlNode | undefined): MappingNode['entries'] {
  return node?.kind === 'mapping' ? node.entries : []
}

function readKeywords(node: MappingNode, level: Level, found: Set<string>): void {
  for (const { key, value } of node.entries) {
    if (findKeyword(key.text, level) === undefined) continue
    found.add(`${level}: ${key.text}`)
    if (WORDED.includes(key.text))
      found.add(`${key.text}: ${value.kind === 'scalar' && value.text}`)
  }
}

function readAction(name: string, value: YamlNode, found: Set<string>): void {
  const module = findModule(name)
  if (module !== undefined) found.add(`module: ${module.name}`)
  if (!PLAY_ACTIONS.has(name)) return
  found.add(`action: ${name}`)
  if (name === 'meta' && value.kind === 'scalar') found.add(`meta: ${value.text}`)
  if (!BRINGING.includes(name)) return
  for (const { key } of entriesOf(value)) found.add(`${name}: ${key.text}`)
}

// Plays, blocks and tasks out of YAML. Every name is looked up in the keyword table or the list of
// modules; what is not known or not supported is refused at its place. Not here: files that
// imports and roles name (compile.ts).
import { ClusterError, type Position } from '../errors.ts'
import { nearest } from '../value/nearest.ts'
import { Template, type Value } from '../value/value.ts'
import type { MappingNode, ScalarNode, YamlNode } from '../yaml/node.ts'
import { toValue } from '../yaml/value.ts'
import { parseAction } from './action.ts'
import { checkDefaults } from './defaults.ts'
import {
  findKeyword,
  type Keyword,
  type Level,
  levelsOf,
  namesAt,
  UNSUPPORTED,
} from './keywords.ts'
import type {
  BlockNode,
  ImportNode,
  ItemNode,
  Placed,
  PlayNode,
  RoleNode,
  TaskNode,
} from './tree.ts'
import { checkLoopControl, lookupOf } from './withloop.ts'

/** lint puts something in where these are missing, and reads on. */
export const NO_HOSTS = 'this play does not say which hosts it is for'

const TASK_LISTS = ['pre_tasks', 'tasks', 'post_tasks', 'handlers'] as const
const BLOCK_LISTS = ['block', 'rescue', 'always'] as const

export function parsePlaybook(root: YamlNode): (PlayNode | ImportNode)[] {
  if (root.kind !== 'sequence') {
    throw shape(root.at, 'a playbook is a list of plays', 'begin each play with "- hosts:"')
  }
  return root.items.map((item) => {
    const play = mapping(item, 'a play')
    const importKey = play.entries.find(({ key }) => /(^|\.)import_playbook$/.test(key.text))
    return importKey === undefined ? parsePlay(play) : parseImport(play, importKey.key)
  })
}

export function parseTasks(root: YamlNode, isHandler: boolean): ItemNode[] {
  if (root.kind === 'scalar' && root.value === null) return []
  if (root.kind !== 'sequence') {
    throw shape(root.at, 'this is not a list of tasks', 'begin each task with "- name:"')
  }
  return root.items.map((item) => parseItem(mapping(item, 'a task'), isHandler))
}

function parsePlay(play: MappingNode): PlayNode {
  const keywords = new Map<string, Placed>()
  const sections = { pre_tasks: [], tasks: [], post_tasks: [], handlers: [] } as Record<
    (typeof TASK_LISTS)[number],
    ItemNode[]
  >
  let roles: RoleNode[] = []
  for (const { key, value } of play.entries) {
    const keyword = keywordOf(key, 'play')
    if (TASK_LISTS.includes(key.text as 'tasks')) {
      sections[key.text as 'tasks'] = parseTasks(value, key.text === 'handlers')
    } else if (key.text === 'roles') {
      roles = parseRoles(value)
    } else {
      keywords.set(key.text, keywordValue(keyword, value))
    }
  }
  if (!keywords.has('hosts')) {
    throw shape(play.at, NO_HOSTS, 'add "hosts: all"')
  }
  return { kind: 'play', at: play.at, keywords, roles, sections }
}

function parseImport(play: MappingNode, importKey: ScalarNode): ImportNode {
  const keywords = new Map<string, Placed>()
  let file: Placed | undefined
  for (const { key, value } of play.entries) {
    if (key === importKey) file = { value: toValue(value, { templates: true }), at: value.at }
    else if (['name', 'vars', 'tags', 'when'].includes(key.text)) {
      const level = key.text === 'when' ? 'block' : 'play'
      keywords.set(key.text, keywordValue(keywordOf(key, level), value))
    } else {
      throw new ClusterError('KEYWORD_UNKNOWN', `import_playbook does not take ${key.text}`, {
        where: key.at,
        hint: 'it takes name, vars, tags and when',
      })
    }
  }
  return { kind: 'import', at: play.at, file: file as Placed, keywords }
}

function parseRoles(node: YamlNode): RoleNode[] {
  if (node.kind !== 'sequence') {
    throw shape(node.at, 'roles is a list', 'write "- name-of-role" below it')
  }
  return node.items.map(parseRole)
}

export function parseRole(node: YamlNode): RoleNode {
  if (node.kind === 'scalar') {
    return {
      at: node.at,
      role: { value: node.text, at: node.at },
      keywords: new Map(),
      params: new Map(),
    }
  }
  const entry = mapping(node, 'a role')
  const keywords = new Map<string, Placed>()
  const params = new Map<string, Placed>()
  let role: Placed<string> | undefined
  for (const { key, value } of entry.entries) {
    if (key.text === 'role' || (key.text === 'name' && role === undefined)) {
      role = { value: value.kind === 'scalar' ? value.text : '', at: value.at }
    } else if (findKeyword(key.text, 'role') === undefined) {
      if (UNSUPPORTED.has(key.text)) throw unsupported(key)
      params.set(key.text, { value: toValue(value, { templates: true }), at: value.at })
    } else {
      keywords.set(key.text, keywordValue(keywordOf(key, 'role'), value))
    }
  }
  if (role === undefined || role.value === '') {
    throw shape(node.at, 'this entry names no role', 'add "role: name-of-role"')
  }
  return { at: node.at, role, keywords, params }
}

function parseItem(item: MappingNode, isHandler: boolean): ItemNode {
  const isBlock = item.entries.some(({ key }) => key.text === 'block')
  return isBlock ? parseBlock(item, isHandler) : parseTask(item, isHandler)
}

function parseBlock(item: MappingNode, isHandler: boolean): BlockNode {
  const keywords = new Map<string, Placed>()
  const lists: Record<(typeof BLOCK_LISTS)[number], ItemNode[]> = {
    block: [],
    rescue: [],
    always: [],
  }
  for (const { key, value } of item.entries) {
    const keyword = keywordOf(key, 'block')
    if (BLOCK_LISTS.includes(key.text as 'block')) {
      lists[key.text as 'block'] = parseTasks(value, isHandler)
    } else {
      keywords.set(key.text, keywordValue(keyword, value))
    }
  }
  return { kind: 'block', at: item.at, keywords, ...lists }
}

function parseTask(item: MappingNode, isHandler: boolean): TaskNode {
  const level: Level = isHandler ? 'handler' : 'task'
  const keywords = new Map<string, Placed>()
  const actions: { key: ScalarNode; value: YamlNode }[] = []
  for (const entry of item.entries) {
    const keyword = findKeyword(entry.key.text, level)
    if (entry.key.text === 'action') actions.push(entry)
    else if (entry.key.text === 'local_action') {
      actions.push(entry)
      keywords.set('delegate_to', { value: 'localhost', at: entry.key.at })
    } else if (keyword !== undefined) {
      keywords.set(entry.key.text, keywordValue(keyword, entry.value))
    } else if (entry.key.text.startsWith('with_')) {
      keywords.set('with', lookupOf(entry.key))
      keywords.set('loop', { value: toValue(entry.value, { templates: true }), at: entry.value.at })
    } else if (UNSUPPORTED.has(entry.key.text)) {
      throw unsupported(entry.key)
    } else if (levelsOf(entry.key.text).length > 0) {
      throw misplaced(entry.key, level)
    } else {
      actions.push(entry)
    }
  }
  return {
    kind: 'task',
    at: item.at,
    keywords,
    ...parseAction({ at: item.at, actions, args: keywords.get('args'), level }),
  }
}

function keywordOf(key: ScalarNode, level: Level): Keyword {
  const keyword = findKeyword(key.text, level)
  if (keyword !== undefined) return keyword
  if (UNSUPPORTED.has(key.text)) throw unsupported(key)
  if (levelsOf(key.text).length > 0) throw misplaced(key, level)
  const close = nearest(key.text, namesAt(level))
  throw new ClusterError('KEYWORD_UNKNOWN', `a ${level} has no keyword ${key.text}`, {
    where: key.at,
    hint: close === undefined ? `it has ${namesAt(level).join(', ')}` : `did you mean ${close}?`,
  })
}

function unsupported(key: ScalarNode): ClusterError {
  return new ClusterError('KEYWORD_UNSUPPORTED', `${key.text} is not supported`, {
    where: key.at,
    hint: UNSUPPORTED.get(key.text) ?? 'leave it out',
  })
}

function misplaced(key: ScalarNode, level: Level): ClusterError {
  return new ClusterError('KEYWORD_UNKNOWN', `${key.text} cannot stand on a ${level}`, {
    where: key.at,
    hint: `it stands on: ${levelsOf(key.text).join(', ')}`,
  })
}

/** A keyword's value, its type checked as far as it is written out. */
function keywordValue(keyword: Keyword, node: YamlNode): Placed {
  if (keyword.type === 'conditions') return { value: conditions(node), at: node.at }
  if (keyword.name === 'module_defaults') checkDefaults(node)
  if (keyword.name === 'loop_control') checkLoopControl(node)
  const value = toValue(node, { templates: true })
  const isLater = value instanceof Template
  const wrong = isLater ? undefined : typeMistake(keyword, value, node)
  if (wrong !== undefined) {
    const choices = keyword.choices === undefined ? '' : `: ${keyword.choices.join(', ')}`
    const hint = `${keyword.name}: ${keyword.summary}${choices}`
    throw shape(node.at, `${keyword.name} ${wrong}`, hint)
  }
  const at = node.kind === 'scalar' ? (node.textAt ?? node.at) : node.at
  const itemsAt = node.kind === 'sequence' ? node.items.map((item) => item.at) : undefined
  return itemsAt === undefined ? { value, at } : { value, at, itemsAt }
}

function typeMistake(keyword: Keyword, value: Value, node: YamlNode): string | undefined {
  const isText = node.kind === 'scalar'
  switch (keyword.type) {
    case 'bool':
      return typeof value === 'boolean' || isBoolWord(value) ? undefined : 'is true or false'
    case 'int':
      return isText && /^\s*-?\d+\s*$/.test(node.text) ? undefined : 'is a whole number'
    case 'number':
      return isText && /^\s*-?\d+(\.\d+)?%?\s*$/.test(node.text) ? undefined : 'is a number'
    case 'text':
      if (!isText) return value === null ? undefined : 'is a text'
      return isChoice(keyword, node.text) ? undefined : `cannot be ${node.text}`
    case 'list':
      return node.kind === 'mapping' ? 'is a list or a text' : undefined
    case 'dict':
      return node.kind === 'mapping' || value === null ? undefined : 'is a mapping of names'
    case 'any':
    case 'conditions':
    case 'tasks':
    case 'roles':
      return undefined
  }
}

function isChoice({ choices }: Keyword, word: string): boolean {
  const name = word.replace(/^ansible\.(builtin|legacy)\./, '')
  return choices === undefined || choices.includes(name)
}

function isBoolWord(value: Value): boolean {
  return typeof value === 'string' && /^(yes|no|true|false|on|off|0|1)$/i.test(value)
}

/** Conditions are expressions: each a Template with its place, even without braces. */
function conditions(node: YamlNode): Value {
  if (node.kind === 'sequence') return node.items.flatMap((item) => conditions(item))
  if (node.kind === 'mapping') {
    throw shape(node.at, 'a condition is an expression, not a mapping', 'quote it if it holds ": "')
  }
  if (typeof node.value === 'boolean') return [node.value]
  if (node.value === null) return []
  return [new Template(node.text, node.textAt ?? node.at)]
}

function mapping(node: YamlNode, what: string): MappingNode {
  if (node.kind === 'mapping') return node
  throw shape(node.at, `${what} is a mapping of keywords`, 'check the indentation and the dash')
}

function shape(at: Position, message: string, hint: string): ClusterError {
  return new ClusterError('PLAYBOOK_SHAPE', message, { where: at, hint })
}

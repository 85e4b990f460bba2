// Rules about plays, names of variables and roles, and what notifies whom across files. Not here:
// single tasks (taskrules.ts).
import { basename, dirname } from 'node:path'
import type { Position } from '../errors.ts'
import { BRINGING } from '../playbook/playactions.ts'
import type { MappingNode, ScalarNode, YamlNode } from '../yaml/node.ts'
import type { Draft } from './finding.ts'
import { nameStyle } from './taskrules.ts'
import { entryOf, itemsOf, playsOf, scalarOf, type TaskView } from './view.ts'

export function playDrafts(root: YamlNode): Draft[] {
  return playsOf(root).flatMap((play): Draft[] => {
    const isImport = play.entries.some(({ key }) => key.text.endsWith('import_playbook'))
    const name = entryOf(play, 'name')
    const missing = name === undefined && !isImport
    const own: Draft[] = missing ? [{ rule: 'name[play]', at: play.at }] : nameStyle(name, true)
    const user = entryOf(play, 'become_user')
    if (user !== undefined && entryOf(play, 'become') === undefined) {
      own.push({ rule: 'partial-become', at: user.key.at })
    }
    const roles = itemsOf(entryOf(play, 'roles')?.value).flatMap(roleName)
    return [...own, ...roles, ...variableDrafts(entryOf(play, 'vars')?.value)]
  })
}

/** What a role may be called, as ansible-galaxy and ansible-lint have it. */
const ROLE_NAME = /^[a-z][a-z0-9_]*$/

function badRoleName(name: string, at: Position): Draft {
  return { rule: 'role-name', at, message: `${name} is a name other tools refuse` }
}

function roleName(node: YamlNode): Draft[] {
  const named =
    node.kind === 'mapping' ? (entryOf(node, 'role') ?? entryOf(node, 'name'))?.value : node
  const name = scalarOf(named)
  if (name === undefined || name.text.includes('{{')) return []
  const isGood = ROLE_NAME.test(name.text.split(/[./]/).at(-1) ?? '')
  return isGood ? [] : [badRoleName(name.text, name.at)]
}

/** Python's own words and names that Ansible gives values to. */
const RESERVED = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except ' +
    'finally for from global if import in is lambda nonlocal not or pass raise return try while ' +
    'with yield environment groups group_names hostvars inventory_hostname omit play_hosts ' +
    'playbook_dir role_name role_path tags vars'
  ).split(' '),
)

function badName(key: ScalarNode): Draft[] {
  const name = key.text
  if (name.includes('{{')) return []
  const isGood = /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name)
  return isGood ? [] : [{ rule: 'var-naming', at: key.at, message: `${name} is no good name` }]
}

/** Names in a mapping of variables. */
export function variableDrafts(node: YamlNode | undefined): Draft[] {
  return node?.kind === 'mapping' ? node.entries.flatMap(({ key }) => badName(key)) : []
}

/** Names that a task gives. */
export function taskVariableDrafts({ node, action }: TaskView): Draft[] {
  const register = scalarOf(entryOf(node, 'register')?.value)
  const facts: readonly { key: ScalarNode }[] =
    action?.name === 'set_fact' && action.value.kind === 'mapping'
      ? action.value.entries.filter(({ key }) => key.text !== 'cacheable')
      : []
  return [
    ...(register === undefined ? [] : badName(register)),
    ...facts.flatMap(({ key }) => badName(key)),
    ...variableDrafts(entryOf(node, 'vars')?.value),
  ]
}

/** The folder of a role, by the place of one of its files. */
export function roleFolderDrafts(file: string): Draft[] {
  const role = dirname(dirname(file))
  const isMain = /\/roles\/[^/]+\/tasks\/main\.ya?ml$/.test(file)
  if (!isMain || ROLE_NAME.test(basename(role))) return []
  return [badRoleName(basename(role), { file, line: 1, column: 1 })]
}

/** What every file together says about handlers. */
export interface Handlers {
  readonly tasks: readonly TaskView[]
  /** Handlers may come from roles that are found when a host comes to them. */
  readonly isOpen: boolean
}

export function handlerDrafts({ tasks, isOpen }: Handlers): Draft[] {
  const handlers = tasks.filter(({ isHandler, isBlock }) => isHandler && !isBlock)
  const known = new Set(handlers.flatMap(({ node }) => namesOf(node)).map(({ text }) => text))
  const notified = tasks.flatMap(({ node }) => words(node, 'notify'))
  const isKnown = (name: string): boolean =>
    known.has(name) || known.has(name.split(' : ').at(-1) ?? name)
  const isUncertain = isOpen || [...known].some((name) => name.includes('{{'))
  const unknown = notified
    .filter(({ text }) => !isUncertain && !text.includes('{{') && !isKnown(text))
    .map(({ text, at }) => ({
      rule: 'notify-unknown',
      at,
      message: `no handler is called ${text}`,
    }))
  const said = new Set(notified.map(({ text }) => text.split(' : ').at(-1) ?? text))
  const mayNotifyAny = notified.some(({ text }) => text.includes('{{')) || tasks.some(isAnyFile)
  const unused = handlers
    .filter(({ node }) => namesOf(node).length > 0)
    .filter(({ node }) => !mayNotifyAny && !namesOf(node).some(({ text }) => said.has(text)))
    .map(({ node }) => ({ rule: 'handler-unused', at: node.at }))
  return [...unknown, ...unused]
}

/** Whether a host decides which file or role comes there: what notifies in it is not known. */
function isAnyFile({ action }: TaskView): boolean {
  if (action === undefined || !BRINGING.includes(action.name)) return false
  const values = [action.value, ...action.args.values()].flatMap((node) => scalarOf(node) ?? [])
  return values.some(({ text }) => text.includes('{{'))
}

function namesOf(handler: MappingNode): ScalarNode[] {
  const name = scalarOf(entryOf(handler, 'name')?.value)
  return [...(name === undefined ? [] : [name]), ...words(handler, 'listen')]
}

function words(node: MappingNode, name: string): ScalarNode[] {
  return itemsOf(entryOf(node, name)?.value).flatMap((item) => scalarOf(item) ?? [])
}

/** Results that no text of any file names. */
export function unusedRegisters(tasks: readonly TaskView[], texts: readonly string[]): Draft[] {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return tasks.flatMap(({ node }): Draft[] => {
    const name = scalarOf(entryOf(node, 'register')?.value)
    if (name === undefined || (counts.get(name.text) ?? 0) > 1) return []
    const message = `${name.text} is registered and never used`
    return [{ rule: 'register-unused', at: name.at, message }]
  })
}

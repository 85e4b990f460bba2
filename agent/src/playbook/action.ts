// A task's action: which module, and its arguments as they were written. Names and values that
// need no host are checked here. Not here: keywords (parse.ts).
import { ClusterError, type Position } from '../errors.ts'
import { checkNames, checkValue, isRawArgument } from '../modules/arguments.ts'
import { findModule, MODULES } from '../modules/index.ts'
import type { Module } from '../modules/module.ts'
import { nearest } from '../value/nearest.ts'
import { keyText } from '../value/plain.ts'
import { authored, isDict, Template, type Value } from '../value/value.ts'
import type { ScalarNode, YamlNode } from '../yaml/node.ts'
import { toValue } from '../yaml/value.ts'
import { parseKeyValues } from './keyvalues.ts'
import { type Level, namesAt } from './keywords.ts'
import { META_WORDS, PLAY_ACTIONS } from './playactions.ts'
import type { Arguments, Placed, TaskNode } from './tree.ts'

/** Actions that Ansible has and that are refused by name. */
const UNSUPPORTED_ACTIONS: ReadonlyMap<string, string> = new Map([
  ['include', 'use include_tasks or import_tasks'],
])

/** Actions of the play itself that take a text without a name. */
const FREE_ACTIONS = ['meta', 'include_tasks', 'import_tasks']

interface ActionSource {
  readonly at: Position
  readonly actions: readonly { key: ScalarNode; value: YamlNode }[]
  readonly args: Placed | undefined
  readonly level: Level
}

/** Modules of Ansible's own collection that are not here yet: told apart from a slip. */
const MISSING_MODULES = new Set(
  (
    'debconf dpkg_selections expect gather_facts rpm_key subversion synchronize ' +
    'sysvinit yum_repository'
  ).split(' '),
)

/** The short name of an action: fully qualified names of Ansible's own collection are cut. */
export function actionName(name: string): string {
  return name.replace(/^ansible\.(builtin|legacy)\./, '')
}

/** A name of a collection that is not Ansible's own: no slip, but perhaps nothing that is here. */
function isOfCollection(name: string): boolean {
  return /^[a-z_]\w*(\.[a-z_]\w*){2,}$/.test(name) && name === actionName(name)
}

/** lint puts something in where this is missing, and reads on. */
export const NO_ACTION = 'this task has no action'

export function parseAction(
  source: ActionSource,
): Pick<TaskNode, 'action' | 'spelling' | 'args' | 'missing'> {
  const [first, second] = source.actions
  if (first === undefined) {
    throw new ClusterError('PLAYBOOK_SHAPE', NO_ACTION, {
      where: source.at,
      hint: 'add a module, for instance "ping:"',
    })
  }
  if (second !== undefined) throw twoActions(source, first.key, second.key)
  const { key, value, name } =
    first.key.text === 'action' || first.key.text === 'local_action'
      ? oldSpelling(first)
      : { ...first, name: first.key.text }
  const action = { value: actionName(name), at: key.at }
  const module = findModule(name)
  const isMissing = module === undefined && !PLAY_ACTIONS.has(action.value)
  const missing = isMissing ? unknownAction(key, name, source.level) : undefined
  if (missing !== undefined && !isOfCollection(name)) throw missing
  const args = readArguments(module, action, value)
  const whole = { ...args, named: withArgs(args.named, source.args) }
  if (missing !== undefined) return { action, spelling: name, args: whole, missing }
  if (module !== undefined) checkArguments(module, action, whole)
  else checkPlayAction(action, whole)
  const canonical = module === undefined ? action : { ...action, value: module.name }
  return { action: canonical, spelling: name, args: whole }
}

/** `action: copy src=a dest=b`, or a mapping with the module among its arguments. */
function oldSpelling(entry: { key: ScalarNode; value: YamlNode }) {
  const { key, value } = entry
  if (value.kind === 'mapping') {
    const named = value.entries.find((argument) => argument.key.text === 'module')
    const entries = value.entries.filter((argument) => argument !== named)
    const name = named?.value.kind === 'scalar' ? named.value.text : ''
    return { key: { ...key, at: named?.value.at ?? key.at }, name, value: { ...value, entries } }
  }
  const text = value.kind === 'scalar' ? value.text : ''
  const [, name = '', space = '', rest = ''] = /^(\S+)(\s*)([\s\S]*)$/.exec(text) ?? []
  if (value.kind !== 'scalar' || name === '') {
    throw new ClusterError('PLAYBOOK_SHAPE', `${key.text} names no module`, {
      where: value.at,
      hint: `write the module first: "${key.text}: command ls"`,
    })
  }
  const at = { ...value.at, column: value.at.column + name.length + space.length }
  return { key: { ...key, at: value.at }, name, value: { ...value, text: rest, value: rest, at } }
}

function twoActions(source: ActionSource, first: ScalarNode, second: ScalarNode): ClusterError {
  // One of the two may be a mistyped keyword or module, a short name rather than a full one.
  const unknown = [first, second].filter(
    (key) => findModule(key.text) === undefined && !PLAY_ACTIONS.has(actionName(key.text)),
  )
  const odd = unknown.find((key) => !isOfCollection(key.text)) ?? unknown[0]
  if (odd !== undefined) return unknownAction(odd, odd.text, source.level)
  return new ClusterError(
    'PLAYBOOK_SHAPE',
    `a task does one thing: ${first.text} or ${second.text}`,
    {
      where: second.at,
      hint: 'make two tasks of it',
    },
  )
}

function unknownAction(key: ScalarNode, name: string, level: Level): ClusterError {
  const refused = UNSUPPORTED_ACTIONS.get(actionName(name))
  if (refused !== undefined) {
    return new ClusterError('KEYWORD_UNSUPPORTED', `${name} is not supported`, {
      where: key.at,
      hint: refused,
    })
  }
  if (MISSING_MODULES.has(name.split('.').at(-1) ?? name)) {
    return new ClusterError('KEYWORD_UNSUPPORTED', `the module ${name} is not supported yet`, {
      where: key.at,
      hint: 'see: cluster-os doc; command and shell may do meanwhile',
    })
  }
  const close = nearest(name, [...namesAt(level), ...MODULES.keys(), ...PLAY_ACTIONS.keys()])
  return new ClusterError('MODULE_UNKNOWN', `there is no module or keyword ${name}`, {
    where: key.at,
    hint: close === undefined ? 'see: cluster-os doc' : `did you mean ${close}?`,
  })
}

function readArguments(
  module: Module | undefined,
  action: Placed<string>,
  node: YamlNode,
): Arguments {
  if (node.kind === 'mapping') {
    const named = new Map<string, Placed>()
    for (const { key, value } of node.entries) {
      if (key.text === 'mode') refuseDecimalMode(value)
      const isRaw = module !== undefined && isRawArgument(module, key.text)
      named.set(key.text, {
        value: isRaw ? rawValue(value) : toValue(value, { templates: true }),
        at: placeOf(value, key),
        nameAt: key.at,
      })
    }
    return { named, free: undefined }
  }
  if (node.kind === 'sequence') {
    throw new ClusterError('MODULE_ARGUMENT', `${action.value} takes a mapping of arguments`, {
      where: node.at,
      hint: `see: cluster-os doc ${action.value}`,
    })
  }
  if (node.value === null || node.text === '') return { named: new Map(), free: undefined }
  const at = node.textAt ?? node.at
  const isFree =
    module === undefined ? FREE_ACTIONS.includes(action.value) : module.freeForm !== undefined
  if (!isFree) return { named: parseKeyValues(node.text, at).named, free: undefined }
  const names = module === undefined ? [] : Object.keys(module.params.shape)
  const { named, free } = parseKeyValues(node.text, at, names)
  const value = authored(module === undefined ? free.trim() : free, at)
  return { named, free: free === '' ? undefined : { value, at } }
}

function placeOf(node: YamlNode, key: ScalarNode): Position {
  return node.kind === 'scalar' && node.text !== '' ? node.at : key.at
}

/** Texts that the module reads as expressions keep their places. */
function rawValue(node: YamlNode): Value {
  if (node.kind === 'sequence') return node.items.map(rawValue)
  if (node.kind === 'mapping' || typeof node.value !== 'string') {
    return toValue(node, { templates: true })
  }
  return new Template(node.text, node.textAt ?? node.at)
}

/** `mode: 755` is the decimal number 755, which is 01363: refused where it is written. */
function refuseDecimalMode(node: YamlNode): void {
  if (node.kind !== 'scalar' || node.style !== 'plain' || typeof node.value !== 'number') return
  if (node.text.startsWith('0')) return
  throw new ClusterError('MODULE_ARGUMENT', `mode ${node.text} is a decimal number`, {
    where: node.at,
    hint: `quote it and lead with a zero: "0${node.text}"`,
  })
}

function withArgs(named: ReadonlyMap<string, Placed>, args: Placed | undefined) {
  if (args === undefined) return named
  if (!isDict(args.value)) {
    throw new ClusterError('PLAYBOOK_SHAPE', 'args is a mapping of arguments', {
      where: args.at,
      hint: 'write them below args, one a line',
    })
  }
  const all = new Map(named)
  for (const [name, value] of args.value) {
    if (!all.has(keyText(name))) all.set(keyText(name), { value, at: args.at })
  }
  return all
}

function checkArguments(module: Module, action: Placed<string>, args: Arguments): void {
  const names = [...args.named.keys()]
  if (args.free !== undefined && module.freeForm !== undefined) names.push(module.freeForm)
  // What is missing may be given by module_defaults (defaults.ts).
  const mistake = checkNames(module, names).find(({ name }) => name !== undefined)
  if (mistake !== undefined) {
    const { nameAt, at } = args.named.get(mistake.name ?? '') ?? action
    throw new ClusterError('MODULE_ARGUMENT', mistake.message, {
      where: nameAt ?? at,
      hint: mistake.hint,
    })
  }
  for (const [name, { value, at }] of args.named) {
    if (hasTemplate(value)) continue
    const wrong = checkValue(module, name, value)
    if (wrong === undefined) continue
    throw new ClusterError('MODULE_ARGUMENT', wrong.message, { where: at, hint: wrong.hint })
  }
}

/** Whether something in the value is still to be rendered. */
function hasTemplate(value: Value): boolean {
  if (value instanceof Template) return true
  if (Array.isArray(value)) return value.some(hasTemplate)
  return isDict(value) && [...value.values()].some(hasTemplate)
}

function hintOf(name: string, params: readonly string[]): string {
  const close = nearest(name, params)
  return close === undefined ? `it takes ${params.join(', ')}` : `did you mean ${close}?`
}

function checkPlayAction(action: Placed<string>, args: Arguments): void {
  if (action.value === 'meta') {
    const word = args.free?.value
    const known = Object.keys(META_WORDS)
    if (typeof word === 'string' && known.includes(word)) return
    const close = typeof word === 'string' ? nearest(word, known) : undefined
    throw new ClusterError('MODULE_ARGUMENT', `meta does not know ${JSON.stringify(word ?? '')}`, {
      where: args.free?.at ?? action.at,
      hint: close === undefined ? `one of ${known.join(', ')}` : `did you mean ${close}?`,
    })
  }
  const known = PLAY_ACTIONS.get(action.value)
  for (const [name, { at, nameAt }] of args.named) {
    const params = Object.keys(known?.params ?? {})
    if (params.includes(name) || known?.isOpen === true) continue
    throw new ClusterError('MODULE_ARGUMENT', `${action.value} has no argument ${name}`, {
      where: nameAt ?? at,
      hint: hintOf(name, params),
    })
  }
  for (const names of known?.required ?? []) {
    if (names.some((name) => args.named.has(name))) continue
    throw new ClusterError('MODULE_ARGUMENT', `${action.value} needs the argument ${names[0]}`, {
      where: action.at,
      hint: `see: cluster-os doc ${action.value}`,
    })
  }
  if (!action.value.endsWith('_tasks')) return
  if (args.free === undefined && !args.named.has('file')) {
    throw new ClusterError('MODULE_ARGUMENT', `${action.value} names no file`, {
      where: action.at,
      hint: `write "${action.value}: name.yml"`,
    })
  }
}

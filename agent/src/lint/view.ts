// Plays and tasks as lint sees them: out of the nodes of YAML, whatever else may be wrong with
// them, with the places of keys. Not here: plays that can be run (playbook/parse.ts).
import { findModule } from '../modules/index.ts'
import type { Module } from '../modules/module.ts'
import { actionName } from '../playbook/action.ts'
import { levelsOf } from '../playbook/keywords.ts'
import { PLAY_ACTIONS } from '../playbook/playactions.ts'
import type { MappingEntry, MappingNode, ScalarNode, YamlNode } from '../yaml/node.ts'

export interface ActionView {
  readonly key: ScalarNode
  readonly name: string
  readonly module: Module | undefined
  readonly value: YamlNode
  /** Those of a mapping and of `args:`. */
  readonly args: ReadonlyMap<string, YamlNode>
  /** The text beside the module. */
  readonly free: string | undefined
}

export interface TaskView {
  readonly node: MappingNode
  readonly isHandler: boolean
  readonly isBlock: boolean
  readonly action: ActionView | undefined
  readonly play: MappingNode | undefined
}

const LISTS = ['pre_tasks', 'tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always']

export function entryOf(node: MappingNode, name: string): MappingEntry | undefined {
  return node.entries.find(({ key }) => key.text === name)
}

export function scalarOf(node: YamlNode | undefined): ScalarNode | undefined {
  return node?.kind === 'scalar' ? node : undefined
}

/** A list's items, or the single one. */
export function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  if (node === undefined) return []
  return node.kind === 'sequence' ? node.items : [node]
}

export function isPlaybook(root: YamlNode | undefined): boolean {
  if (root?.kind !== 'sequence') return false
  return root.items.some(
    (item) =>
      item.kind === 'mapping' &&
      item.entries.some(({ key }) => key.text === 'hosts' || key.text.endsWith('import_playbook')),
  )
}

export function playsOf(root: YamlNode): MappingNode[] {
  return itemsOf(root).filter((item) => item.kind === 'mapping')
}

/** Every task and block of a playbook. */
export function tasksOfPlays(root: YamlNode): TaskView[] {
  return playsOf(root).flatMap((play) =>
    play.entries.flatMap(({ key, value }) =>
      LISTS.includes(key.text) ? tasksOf(value, key.text === 'handlers', play) : [],
    ),
  )
}

/** Every task and block of a list of tasks, outer ones first. */
export function tasksOf(list: YamlNode, isHandler: boolean, play?: MappingNode): TaskView[] {
  return itemsOf(list).flatMap((node): TaskView[] => {
    if (node.kind !== 'mapping') return []
    const isBlock = entryOf(node, 'block') !== undefined
    const action = isBlock ? undefined : actionOf(node)
    const own = { node, isHandler, isBlock, action, play }
    if (!isBlock) return [own]
    const inner = node.entries.filter(({ key }) => LISTS.includes(key.text))
    return [own, ...inner.flatMap(({ value }) => tasksOf(value, isHandler, play))]
  })
}

function actionOf(task: MappingNode): ActionView | undefined {
  const entry = task.entries.find(({ key }) => {
    if (levelsOf(key.text).length > 0 || key.text.startsWith('with_')) return false
    return findModule(key.text) !== undefined || PLAY_ACTIONS.has(actionName(key.text))
  })
  if (entry === undefined) return undefined
  const { key, value } = entry
  const module = findModule(key.text)
  const beside = entryOf(task, 'args')?.value
  const maps = [beside, value].filter((node) => node?.kind === 'mapping')
  const args = new Map(
    maps.flatMap(({ entries }) => entries).map((arg) => [arg.key.text, arg.value]),
  )
  const free = value.kind === 'scalar' && value.text !== '' ? value.text : undefined
  return { key, name: module?.name ?? actionName(key.text), module, value, args, free }
}

/** The words of a command, wherever they are written. */
export function commandText({ free, args }: ActionView): string | undefined {
  const given = args.get('cmd') ?? args.get('argv') ?? args.get('_raw_params')
  if (given?.kind === 'sequence') {
    return given.items.map((item) => scalarOf(item)?.text ?? '').join(' ')
  }
  return scalarOf(given)?.text ?? free
}

/** The names of arguments, those of the old spelling too. */
export function argumentNames({ args, free }: ActionView): Set<string> {
  const words = [...(free ?? '').matchAll(/(?:^|\s)([A-Za-z_]\w*)=/g)].map(
    (match) => match[1] ?? '',
  )
  return new Set([...args.keys(), ...words])
}

/** The text of an argument, when it is written out. */
export function argumentText(action: ActionView, name: string): string | undefined {
  const node = scalarOf(action.args.get(name))
  if (node !== undefined) return node.text
  const found = new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(action.free ?? '')
  return found?.[1]
}

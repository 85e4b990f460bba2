// Reads an inventory in Ansible's YAML form: groups with `hosts`, `vars` and `children`. Every
// other key is refused at its place. Not here: YAML itself, and files of variables.
import { ClusterError, type Position } from '../errors.ts'
import { nearest } from '../value/nearest.ts'
import type { MappingEntry, ScalarNode, YamlNode } from '../yaml/node.ts'
import { parseYaml, type VaultReader } from '../yaml/parse.ts'
import { toValue } from '../yaml/value.ts'
import type { Draft } from './draft.ts'
import { hostNames } from './names.ts'

const SECTIONS = ['hosts', 'vars', 'children'] as const

type Section = (typeof SECTIONS)[number]

export function readYamlInventory(
  draft: Draft,
  text: string,
  file: string,
  vault?: VaultReader,
): void {
  const [root, second] = parseYaml(text, file, vault)
  if (root === undefined || isNull(root)) return
  if (second !== undefined) {
    throw refuse('an inventory is one document', second.at, 'split the file in two')
  }
  const groups = entriesOf(root, 'an inventory', 'groups, such as "all:"')
  const plugin = groups.find(({ key }) => key.text === 'plugin')
  if (plugin !== undefined) {
    const hint = 'print the inventory with ansible-inventory --list and give that'
    throw refuse('inventory plugins are not supported', plugin.key.at, hint)
  }
  for (const { key, value } of groups) readGroup(draft, key.text, value)
}

function readGroup(draft: Draft, name: string, node: YamlNode): void {
  draft.addGroup(name)
  if (isNull(node)) return
  const sections = entriesOf(node, `the group ${name}`, 'hosts, vars and children')
  for (const { key, value } of sections) {
    const section = SECTIONS.find((known) => known === key.text)
    if (section === undefined) {
      const near = nearest(key.text, SECTIONS)
      const suggestion = near === undefined ? '' : `did you mean "${near}"? `
      const hint = `${suggestion}a group has hosts, vars and children; variables go under vars`
      throw refuse(`the group ${name} cannot have "${key.text}"`, key.at, hint)
    }
    if (!isNull(value)) readSection(draft, name, section, value)
  }
}

function readSection(draft: Draft, group: string, section: Section, node: YamlNode): void {
  const shape = section === 'vars' ? '"name: value"' : '"name:", one a line, with a colon'
  for (const { key, value } of entriesOf(node, `${section} of the group ${group}`, shape)) {
    if (section === 'vars') {
      refuseOddName(key)
      draft.setGroupVar(group, key.text, toValue(value, { templates: true }), value.at)
    } else if (section === 'children') {
      draft.addChild(group, key.text, key.at)
      readGroup(draft, key.text, value)
    } else readHost(draft, group, key.text, value, key.at)
  }
}

function readHost(
  draft: Draft,
  group: string,
  pattern: string,
  node: YamlNode,
  at: Position,
): void {
  const { names, port } = hostNames(pattern, at)
  for (const name of names) draft.addHost(name, group, port, at)
  if (isNull(node)) return
  for (const { key, value } of entriesOf(node, `the host ${pattern}`, 'variables')) {
    refuseOddName(key)
    const own = toValue(value, { templates: true })
    for (const name of names) draft.setHostVar(name, key.text, own, value.at)
  }
}

function entriesOf(node: YamlNode, what: string, shape: string): readonly MappingEntry[] {
  if (node.kind === 'mapping') return node.entries
  const found = node.kind === 'sequence' ? 'a list' : 'a plain value'
  throw refuse(`${what} is ${found}, not a mapping`, node.at, `write ${shape}`)
}

/** `on: 1` would make a variable whose name is true, which nobody can use. */
export function refuseOddName(key: ScalarNode): void {
  if (typeof key.value === 'string') return
  throw refuse(`the variable name "${key.text}" is not read as a text`, key.at, 'quote it')
}

function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null
}

function refuse(message: string, where: Position, hint: string): ClusterError {
  return new ClusterError('INVENTORY', message, { where, hint })
}

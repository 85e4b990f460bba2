// Makes plain values of a YAML tree. Here an author's text becomes a Template, and only here and
// in the inventory's INI reader; a text without template marks is data for ever. Not here: places
// of values, which the tree keeps.
import { authored, type Dict, type Value } from '../value/value.ts'
import type { ScalarNode, YamlNode } from './node.ts'
import { yamlError } from './source.ts'

/**
 * The value of a tree. With `templates`, a string that holds `{{`, `{%` or `{#` and is not tagged
 * `!unsafe` becomes a Template whose origin is the place of its first character. Throws
 * YAML_SYNTAX at a `!vault` value.
 */
export function toValue(node: YamlNode, options: { templates: boolean }): Value {
  if (node.kind === 'sequence') return node.items.map((item) => toValue(item, options))
  if (node.kind === 'scalar') return scalarToValue(node, options)
  const dict: Dict = new Map()
  for (const { key, value } of node.entries) {
    dict.set(refuseVault(key).value, toValue(value, options))
  }
  return dict
}

function scalarToValue(node: ScalarNode, options: { templates: boolean }): Value {
  const { value } = refuseVault(node)
  if (typeof value !== 'string' || !options.templates || node.tag === '!unsafe') return value
  return authored(value, node.textAt ?? node.at)
}

function refuseVault(node: ScalarNode): ScalarNode {
  if (node.tag !== '!vault') return node
  const hint = 'decrypt it with ansible-vault and keep the file out of version control'
  throw yamlError(node.at, 'values encrypted with vault are not supported yet', hint)
}

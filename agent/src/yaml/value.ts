// Makes plain values of a YAML tree. Here an author's text becomes a Template, and only here and
// in the inventory's INI reader; a text without template marks is data for ever. Not here: places
// of values, which the tree keeps.
import { authored, type Dict, Sealed, type Value } from '../value/value.ts'
import type { ScalarNode, YamlNode } from './node.ts'
import { yamlError } from './source.ts'

/**
 * The value of a tree. With `templates`, a string that holds `{{`, `{%` or `{#` and is not tagged
 * `!unsafe` becomes a Template whose origin is the place of its first character. Throws
 * YAML_SYNTAX at a `!vault` value that was read without passwords, or is a key.
 */
export function toValue(node: YamlNode, options: { templates: boolean }): Value {
  if (node.kind === 'sequence') return node.items.map((item) => toValue(item, options))
  if (node.kind === 'scalar') return scalarToValue(node, options)
  const dict: Dict = new Map()
  for (const { key, value } of node.entries) {
    dict.set(plainKey(key).value, toValue(value, options))
  }
  return dict
}

function scalarToValue(node: ScalarNode, options: { templates: boolean }): Value {
  const { value } = node
  if (node.tag === '!vault' && !(value instanceof Sealed)) {
    throw yamlError(node.at, 'a vault cannot be opened here', 'keep it in a file of variables')
  }
  if (typeof value !== 'string' || !options.templates || node.tag === '!unsafe') return value
  return authored(value, node.textAt ?? node.at)
}

function plainKey(node: ScalarNode): ScalarNode {
  if (node.tag !== '!vault') return node
  throw yamlError(node.at, 'a key cannot be a vault', 'encrypt the value only')
}

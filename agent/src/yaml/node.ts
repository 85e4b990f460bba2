// The tree that YAML is read into: scalars already read as PyYAML 1.1 reads them, every node with
// its position. Parsers of plays and inventories walk it; `toValue` makes it plain values.
import type { Position } from '../errors.ts'
import type { Value } from '../value/value.ts'

export interface ScalarNode {
  readonly kind: 'scalar'
  /** Null, boolean, number, bigint, Float, Timestamp or string. */
  readonly value: Value
  /** The scalar's text as YAML folds it, before it was read as a type. */
  readonly text: string
  /** How it was written; only `plain` scalars are read as anything but strings. */
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded'
  /** A tag the author gave: `!unsafe`, `!vault`. */
  readonly tag: string | undefined
  /** Where the node starts: its opening quote, or the `|` of a block scalar. */
  readonly at: Position
  /** Where its text starts, when that is not `at`: behind the quote, in the line below the `|`. */
  readonly textAt?: Position
}

export interface SequenceNode {
  readonly kind: 'sequence'
  readonly items: readonly YamlNode[]
  readonly at: Position
}

export interface MappingEntry {
  readonly key: ScalarNode
  readonly value: YamlNode
}

export interface MappingNode {
  readonly kind: 'mapping'
  readonly entries: readonly MappingEntry[]
  readonly at: Position
}

export type YamlNode = ScalarNode | SequenceNode | MappingNode

// Writes values as YAML the way PyYAML's safe dump does, which is what the filters to_yaml and
// to_nice_yaml print. Not here: the layout of text (emit.ts) and reading (parse.ts).
import { ClusterError } from '../errors.ts'
import { isFloat, numberText, toNumber } from '../value/number.ts'
import { compare, typeName } from '../value/python.ts'
import {
  type Dict,
  isDict,
  isNumber,
  LazyDict,
  Template,
  Timestamp,
  type Value,
} from '../value/value.ts'
import { type EmitNode, emit } from './emit.ts'
import { type ScalarType, scalarType } from './scalar.ts'

export interface DumpOptions {
  /** Spaces per level, 2 to 9; anything else means 2. */
  indent?: number
  /** Columns after which a line is broken at the next space; 80 unless told. */
  width?: number
  /** True unless told. Keys that do not compare with each other keep their order. */
  sortKeys?: boolean
  /** True: all in brackets; false: none; null: collections of plain scalars only. */
  flowStyle?: boolean | null
  explicitStart?: boolean
  explicitEnd?: boolean
}

/**
 * The value as one YAML document. Options are those of PyYAML; to_yaml uses flowStyle null,
 * to_nice_yaml indent 4 and flowStyle false. A list or dict that occurs twice gets an anchor.
 * Throws TEMPLATE_TYPE for what YAML cannot say.
 */
export function dumpYaml(value: Value, options: DumpOptions = {}): string {
  const { sortKeys = true, flowStyle = false } = options
  const dumper = new Dumper(sortKeys, flowStyle)
  const indent = options.indent ?? 2
  const bestIndent = indent > 1 && indent < 10 ? indent : 2
  const width = options.width ?? 80
  return emit(dumper.document(value), {
    indent: bestIndent,
    width: width > bestIndent * 2 ? width : 80,
    explicitStart: options.explicitStart ?? false,
    explicitEnd: options.explicitEnd ?? false,
  })
}

interface Counted {
  count: number
  anchor: string | undefined
}

class Dumper {
  readonly #sortKeys: boolean
  readonly #flowStyle: boolean | null
  readonly #seen = new Map<object, Counted>()
  #anchors = 0

  constructor(sortKeys: boolean, flowStyle: boolean | null) {
    this.#sortKeys = sortKeys
    this.#flowStyle = flowStyle
  }

  document(value: Value): EmitNode {
    const root = value instanceof LazyDict ? value.toDict() : value
    this.#count(root)
    return this.#node(root)
  }

  /** Anchors are numbered in the order in which a second occurrence is met. */
  #count(value: Value): void {
    const own = children(value)
    if (own === undefined) return
    const seen = this.#seen.get(value as object)
    if (seen === undefined) {
      this.#seen.set(value as object, { count: 1, anchor: undefined })
      for (const item of this.#ordered(value, own)) this.#count(item)
    } else if (seen.count++ === 1) {
      this.#anchors++
      seen.anchor = `id${String(this.#anchors).padStart(3, '0')}`
    }
  }

  #ordered(value: Value, own: Value[]): Value[] {
    return isDict(value) ? this.#entries(value).flat() : own
  }

  #node(value: Value): EmitNode {
    const seen = typeof value === 'object' && value !== null ? this.#seen.get(value) : undefined
    const anchor = seen?.anchor
    if (anchor !== undefined && seen !== undefined) {
      if (seen.count === 0) return { kind: 'alias', anchor }
      seen.count = 0
    }
    const mark = anchor === undefined ? {} : { anchor }
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#node(item))
      return { kind: 'sequence', items, flow: this.#inFlow(items), ...mark }
    }
    if (isDict(value)) {
      const entries = this.#entries(value).map(([key, item]): [EmitNode, EmitNode] => [
        this.#node(key),
        this.#node(item),
      ])
      return { kind: 'mapping', entries, flow: this.#inFlow(entries.flat()), ...mark }
    }
    if (value instanceof LazyDict) return this.#node(value.toDict())
    return scalarNode(value)
  }

  #inFlow(nodes: readonly EmitNode[]): boolean {
    return this.#flowStyle ?? nodes.every((node) => node.kind === 'scalar')
  }

  #entries(dict: Dict): [Value, Value][] {
    const entries = [...dict]
    if (!this.#sortKeys) return entries
    try {
      return entries.toSorted(([a], [b]) => {
        if (a === null || b === null) throw new TypeError('None does not compare')
        return compare(a, b) ?? 0
      })
    } catch {
      return entries
    }
  }
}

function children(value: Value): Value[] | undefined {
  if (Array.isArray(value)) return value
  return isDict(value) ? [...value].flat() : undefined
}

function scalarNode(value: Value): EmitNode {
  const [text, type] = scalarText(value)
  // A text that would be read as another type has to be quoted.
  const implicit = scalarType(text) === type
  return { kind: 'scalar', text, implicit, tag: `!!${type}` }
}

function scalarText(value: Value): [text: string, type: ScalarType] {
  if (value === null) return ['null', 'null']
  if (typeof value === 'boolean') return [String(value), 'bool']
  if (typeof value === 'string') return [value, 'str']
  if (value instanceof Template) return [value.source, 'str']
  if (value instanceof Timestamp) return [value.text, 'timestamp']
  if (isNumber(value)) {
    if (!isFloat(value)) return [numberText(value), 'int']
    return [floatYaml(toNumber(value), numberText(value)), 'float']
  }
  throw new ClusterError('TEMPLATE_TYPE', `yaml cannot say a value of type ${typeName(value)}`)
}

/** YAML 1.1 wants a point before an exponent: `1e+17` is written `1.0e+17`. */
function floatYaml(value: number, text: string): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  return text.includes('.') ? text : text.replace('e', '.0e')
}

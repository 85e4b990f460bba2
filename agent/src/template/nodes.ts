// The node tree: nunjucks' nodes by their names, and those that Jinja has and nunjucks lacks. The
// shapes below say what the compiler may read from each.
import nunjucksNodes, { Node } from 'nunjucks/src/nodes.js'
import type { Value } from '../value/value.ts'

export type { Node } from 'nunjucks/src/nodes.js'

export interface Parent extends Node {
  children: Node[]
}
export interface LiteralNode extends Node {
  value: Value
}
export interface SymbolNode extends Node {
  value: string
}
export interface PairNode extends Node {
  key: Node
  value: Node
}
export interface LookupNode extends Node {
  target: Node
  val: Node
  /** Whether it was written `a.b`, where methods come before keys. */
  dotted: boolean
}
export interface SliceNode extends Node {
  start: Node | null
  stop: Node | null
  step: Node | null
}
export interface BinaryNode extends Node {
  left: Node
  right: Node
}
export interface UnaryNode extends Node {
  target: Node
}
export interface CompareNode extends Node {
  expr: Node
  ops: (Node & { expr: Node; type: string })[]
}
export interface InlineIfNode extends Node {
  cond: Node
  body: Node
  else_: Node | null
}
export interface CallNode extends Node {
  /** The callee; of a filter, the Symbol that names it. */
  name: Node
  /** Arguments; a filter's input comes first. Keywords, `*` and `**` are nodes of their own. */
  args: Parent
}
export interface TestNode extends Node {
  subject: Node
  name: string
  args: Parent
}
export interface IfNode extends Node {
  cond: Node
  body: Node
  else_: Node | null
}
export interface ForNode extends Node {
  arr: Node
  name: Node
  body: Node
  else_: Node | null
  filter: Node | null
  recursive: boolean
}
export interface MacroNode extends Node {
  name: SymbolNode
  args: Parent
  body: Node
}
export interface WithNode extends Node {
  targets: Node[]
  values: Node[]
  body: Node
}
export interface BlockNode extends Node {
  name: SymbolNode
  body: Node
}
export interface IncludeNode extends Node {
  template: Node
  ignoreMissing: boolean | null
  withContext: boolean | null
}
export interface ImportNode extends Node {
  template: Node
  target: SymbolNode
  withContext: boolean | null
}
export interface FromImportNode extends Node {
  template: Node
  names: Parent
  withContext: boolean | null
}

const OWN: Readonly<Record<string, string[]>> = {
  Tuple: ['children'],
  Slice: ['start', 'stop', 'step'],
  Lookup: ['target', 'val', 'dotted'],
  Test: ['subject', 'name', 'args'],
  Star: ['target'],
  DoubleStar: ['target'],
  ForIn: ['arr', 'name', 'body', 'else_', 'filter', 'recursive'],
  Assign: ['targets', 'value', 'body', 'filter'],
  FilterBlock: ['body', 'filter'],
  Captured: ['body'],
  Do: ['target'],
  Break: [],
  Continue: [],
  With: ['targets', 'values', 'body'],
  IncludeMany: ['template', 'ignoreMissing', 'withContext'],
}

const made = new Map<string, typeof Node>(
  Object.entries(OWN).map(([name, fields]) => [name, nunjucksNodes.Node.extend(name, { fields })]),
)

/** Makes a node of nunjucks' or of our own kind at the place of another node or token. */
export function make(
  kind: string,
  at: { lineno: number; colno: number },
  ...fields: unknown[]
): Node {
  const NodeClass = made.get(kind) ?? nunjucksNodes[kind]
  if (NodeClass === undefined) throw new Error(`no node is called ${kind}`)
  return new NodeClass(at.lineno, at.colno, ...fields)
}

/** Every node below one, itself included, in the order of the source. */
export function* walk(node: Node): Generator<Node> {
  yield node
  for (const field of Object.values(node) as unknown[]) {
    if (field instanceof Node) yield* walk(field)
    else if (Array.isArray(field)) {
      for (const item of field as unknown[]) if (item instanceof Node) yield* walk(item)
    }
  }
}

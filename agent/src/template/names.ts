// Which names a template takes from its scope, as opposed to those it makes itself.
import type * as Nodes from './nodes.ts'
import { type Node, walk } from './nodes.ts'

/** Names that statements bring into being inside their bodies. */
const LOCAL = new Set(['loop', 'caller', 'varargs', 'kwargs', 'super', 'self'])

/**
 * The names looked up in the scope. A name that the template both makes and takes counts as taken
 * only where it is read outside of what makes it; when in doubt it is in.
 */
export function freeNamesOf(root: Node): ReadonlySet<string> {
  const free = new Set<string>()
  visit(root, new Set(LOCAL), free)
  return free
}

function visit(node: Node, bound: Set<string>, free: Set<string>): void {
  switch (node.typename) {
    case 'Symbol': {
      const { value } = node as Nodes.SymbolNode
      if (!bound.has(value)) free.add(value)
      return
    }
    case 'Filter':
      for (const arg of (node as Nodes.CallNode).args.children) visit(arg, bound, free)
      return
    case 'Pair':
      return visitPair(node as Nodes.PairNode, bound, free)
    case 'ForIn':
      return visitFor(node as Nodes.ForNode, bound, free)
    case 'Assign':
      return visitAssign(node as Nodes.Node & { targets: Node }, bound, free)
    case 'Macro':
    case 'Caller':
      return visitMacro(node as Nodes.MacroNode, bound, free)
    case 'With': {
      const { targets, values, body } = node as Nodes.WithNode
      for (const value of values) visit(value, bound, free)
      visit(body, new Set([...bound, ...targets.flatMap(targetNames)]), free)
      return
    }
    case 'Import':
      visit((node as Nodes.ImportNode).template, bound, free)
      bound.add((node as Nodes.ImportNode).target.value)
      return
    case 'FromImport':
      return visitFrom(node as Nodes.FromImportNode, bound, free)
    default:
      visitChildren(node, bound, free)
  }
}

function visitChildren(node: Node, bound: Set<string>, free: Set<string>): void {
  for (const field of Object.values(node) as unknown[]) {
    const items: unknown[] = Array.isArray(field) ? field : [field]
    for (const item of items) if (isNode(item)) visit(item, bound, free)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'typename' in value
}

// A keyword's name is no name of the scope; a dict literal's key may be.
function visitPair(node: Nodes.PairNode, bound: Set<string>, free: Set<string>): void {
  if (node.key.typename !== 'Symbol') visit(node.key, bound, free)
  visit(node.value, bound, free)
}

function visitFor(node: Nodes.ForNode, bound: Set<string>, free: Set<string>): void {
  visit(node.arr, bound, free)
  const inner = new Set([...bound, ...targetNames(node.name)])
  if (node.filter !== null) visit(node.filter, inner, free)
  visit(node.body, inner, free)
  const { else_: last } = node
  if (last !== null) visit(last, new Set(bound), free)
}

function visitAssign(
  node: Node & { targets: Node; value?: Node; body?: Node },
  bound: Set<string>,
  free: Set<string>,
): void {
  if (node.value) visit(node.value, bound, free)
  if (node.body) visit(node.body, new Set(bound), free)
  for (const name of targetNames(node.targets)) bound.add(name)
}

function visitMacro(node: Nodes.MacroNode, bound: Set<string>, free: Set<string>): void {
  bound.add(node.name.value)
  const inner = new Set(bound)
  for (const param of walk(node.args)) {
    if (param.typename === 'Symbol') inner.add((param as Nodes.SymbolNode).value)
    if (param.typename === 'Pair') {
      inner.add(((param as Nodes.PairNode).key as Nodes.SymbolNode).value)
      visit((param as Nodes.PairNode).value, bound, free)
    }
  }
  visit(node.body, inner, free)
}

function visitFrom(node: Nodes.FromImportNode, bound: Set<string>, free: Set<string>): void {
  visit(node.template, bound, free)
  for (const name of node.names.children) {
    const target = name.typename === 'Pair' ? (name as Nodes.PairNode).value : name
    bound.add((target as Nodes.SymbolNode).value)
  }
}

function targetNames(target: Node): string[] {
  if (target.typename === 'Symbol') return [(target as Nodes.SymbolNode).value]
  if (target.typename === 'Lookup') return []
  return (target as Nodes.Parent).children.flatMap(targetNames)
}

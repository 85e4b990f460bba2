// Truth of expressions, three-valued: what check mode cannot know is neither true nor false, but
// `unknown and false` is false all the same (Kleene's logic).
import { ClusterError } from '../../errors.ts'
import { spend } from '../../value/budget.ts'
import {
  compare,
  dictGet,
  equals,
  truth,
  typeError,
  typeName,
  undefinedError,
} from '../../value/python.ts'
import { isDict, LazyDict, Undefined, Unknown, type Value } from '../../value/value.ts'
import type * as Nodes from '../nodes.ts'
import { tryListOf } from '../sequence.ts'
import { deepUnknown } from '../unknown.ts'
import { compileTest } from './calls.ts'
import type { Compiler, Run } from './expressions.ts'
import type { Frame } from './runtime.ts'

export type Condition = (frame: Frame) => boolean | Unknown

export function asTruth(value: Value): boolean | Unknown {
  return value instanceof Unknown ? value : truth(value)
}

export function compileCondition(node: Nodes.Node, compiler: Compiler): Condition {
  switch (node.typename) {
    case 'And':
    case 'Or':
      return logic(node as Nodes.BinaryNode, compiler)
    case 'Not':
      return not(node as Nodes.UnaryNode, compiler)
    case 'Compare':
      return comparison(node as Nodes.CompareNode, compiler)
    case 'Test':
      return compileTest(node as Nodes.TestNode, compiler)
    default:
      return fromValue(compiler.value(node), node)
  }
}

function fromValue(run: Run, node: Nodes.Node): Condition {
  return (frame) => {
    const value = run(frame)
    frame.runtime.spot = node
    return asTruth(value)
  }
}

function logic(node: Nodes.BinaryNode, { condition }: Compiler): Condition {
  const [left, right] = [condition(node.left), condition(node.right)]
  const decides = node.typename === 'Or'
  return (frame) => {
    const a = left(frame)
    if (a === decides) return a
    if (!(a instanceof Unknown)) return right(frame)
    return unlessFailing(() => right(frame)) === decides ? decides : a
  }
}

// Behind an unknown condition an error may never come to pass, so it decides nothing.
function unlessFailing(run: () => boolean | Unknown): boolean | Unknown | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof ClusterError && error.code !== 'TEMPLATE_REFUSED') return undefined
    throw error
  }
}

function not(node: Nodes.UnaryNode, { condition }: Compiler): Condition {
  const inner = condition(node.target)
  return (frame) => {
    const value = inner(frame)
    return value instanceof Unknown ? value : !value
  }
}

type Comparison = (a: Value, b: Value) => boolean

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': (a, b) => equals(a, b),
  '!=': (a, b) => !equals(a, b),
  '<': (a, b) => compare(a, b, '<') === -1,
  '>': (a, b) => compare(a, b, '>') === 1,
  '<=': (a, b) => (compare(a, b, '<=') ?? 2) <= 0,
  '>=': (a, b) => (compare(a, b, '>=') ?? -2) >= 0,
  in: (a, b) => contains(b, a),
  'not in': (a, b) => !contains(b, a),
}

function comparison(node: Nodes.CompareNode, { value }: Compiler): Condition {
  const first = value(node.expr)
  const steps = node.ops.map((op) => {
    return { compare: COMPARISONS[op.type] as Comparison, run: value(op.expr), node: op }
  })
  return (frame) => {
    let left = first(frame)
    for (const step of steps) {
      const right = step.run(frame)
      frame.runtime.spot = step.node
      const unknown = deepUnknown(left) ?? deepUnknown(right)
      if (unknown !== undefined) return unknown
      if (!step.compare(left, right)) return false
      left = right
    }
    return true
  }
}

/** `item in container`, for every container that templates have. */
export function contains(container: Value, item: Value): boolean {
  if (container instanceof Undefined) throw undefinedError(container)
  if (typeof container === 'string') {
    if (item instanceof Undefined) throw undefinedError(item)
    if (typeof item === 'string') return container.includes(item)
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
  }
  if (isDict(container) || container instanceof LazyDict) {
    return dictGet(container, item) !== undefined
  }
  const list = tryListOf(container)
  if (list === undefined)
    throw typeError(`argument of type '${typeName(container)}' is not iterable`)
  spend(list.length)
  return list.some((other) => equals(other, item))
}

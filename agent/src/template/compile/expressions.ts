// The compiler: node trees become closures, so that what runs often is parsed once. This file has
// expressions; conditions.ts has truth, calls.ts filters, tests and calls, statements.ts the rest.
// Not here: what an operation means (operators.ts, access.ts) and who runs a program (template.ts).
import { ClusterError } from '../../errors.ts'
import { checkListLength } from '../../value/budget.ts'
import { dictSet, str } from '../../value/python.ts'
import { type Dict, Undefined, Unknown, type Value } from '../../value/value.ts'
import { attribute, subscript } from '../access.ts'
import type * as Nodes from '../nodes.ts'
import * as operators from '../operators.ts'
import { slice } from '../slice.ts'
import { deepUnknown } from '../unknown.ts'
import { compileCall, compileFilter } from './calls.ts'
import { asTruth, compileCondition } from './conditions.ts'
import type { Frame } from './runtime.ts'

export type Run = (frame: Frame) => Value
type Compile = (node: never, compile: Compiler) => Run

/** How a compiler of one node makes the functions of the nodes below it. */
export interface Compiler {
  readonly value: (node: Nodes.Node) => Run
  readonly condition: (node: Nodes.Node) => (frame: Frame) => boolean | Unknown
  /** The body of a block-set or filter block, as a text. */
  readonly body: (node: Nodes.Node) => Run
}

const BINARY: Readonly<Record<string, (a: Value, b: Value) => Value>> = {
  Add: operators.add,
  Sub: operators.subtract,
  Mul: operators.multiply,
  Div: operators.divide,
  FloorDiv: operators.floorDivide,
  Mod: operators.modulo,
  Pow: operators.power,
  Concat: operators.concat,
}

function binary(node: Nodes.BinaryNode, { value }: Compiler): Run {
  const operate = BINARY[node.typename] as (a: Value, b: Value) => Value
  const [left, right] = [value(node.left), value(node.right)]
  return (frame) => {
    const a = left(frame)
    const b = right(frame)
    if (a instanceof Unknown) return a
    if (b instanceof Unknown) return b
    frame.runtime.spot = node
    if (operate !== operators.concat && operate !== operators.modulo) return operate(a, b)
    // These two print what they are given, so an Unknown inside matters.
    return deepUnknown(a) ?? deepUnknown(b) ?? operate(a, b)
  }
}

function unary(operate: (a: Value) => Value): Compile {
  return (node: Nodes.UnaryNode, { value }: Compiler) => {
    const target = value(node.target)
    return (frame) => {
      const a = target(frame)
      frame.runtime.spot = node
      return a instanceof Unknown ? a : operate(a)
    }
  }
}

function truthValue(node: Nodes.Node, { condition }: Compiler): Run {
  return condition(node)
}

// `a and b` gives one of the two values; an Unknown on the left leaves open which.
function logic(node: Nodes.BinaryNode, { value, condition }: Compiler): Run {
  const [left, right] = [value(node.left), value(node.right)]
  const whole = condition(node)
  const stopsAt = node.typename === 'Or'
  return (frame) => {
    const a = left(frame)
    frame.runtime.spot = node
    const known = asTruth(a)
    if (known instanceof Unknown) {
      const decided = whole(frame)
      return decided instanceof Unknown ? known : decided
    }
    return known === stopsAt ? a : right(frame)
  }
}

function inlineIf(node: Nodes.InlineIfNode, { value, condition }: Compiler): Run {
  const [test, then] = [condition(node.cond), value(node.body)]
  const { else_: last } = node
  const otherwise = last === null ? undefined : value(last)
  return (frame) => {
    const chosen = test(frame)
    if (chosen instanceof Unknown) return chosen
    if (chosen) return then(frame)
    if (otherwise !== undefined) return otherwise(frame)
    const message = 'the inline if expression was false and has no else'
    return new Undefined(message, frame.runtime.position(node), true)
  }
}

function lookup(node: Nodes.LookupNode, { value }: Compiler): Run {
  const target = value(node.target)
  const literal =
    node.val.typename === 'Literal' ? (node.val as Nodes.LiteralNode).value : undefined
  if (node.dotted && typeof literal === 'string') {
    return (frame) => attribute(target(frame), literal, () => frame.runtime.position(node))
  }
  if (node.val.typename === 'Slice') return sliced(target, node.val as Nodes.SliceNode, value)
  const key = value(node.val)
  return (frame) => {
    const from = target(frame)
    const at = key(frame)
    frame.runtime.spot = node
    return subscript(from, at, () => frame.runtime.position(node))
  }
}

function sliced(target: Run, node: Nodes.SliceNode, value: Compiler['value']): Run {
  const part = (bound: Nodes.Node | null): Run => (bound === null ? () => null : value(bound))
  const [start, stop, step] = [
    part(node.start ?? null),
    part(node.stop ?? null),
    part(node.step ?? null),
  ]
  return (frame) => {
    const parts = [target(frame), start(frame), stop(frame), step(frame)] as const
    const unknown = parts.find((item) => item instanceof Unknown)
    frame.runtime.spot = node
    return unknown ?? slice(...parts)
  }
}

function list(node: Nodes.Parent, { value }: Compiler): Run {
  const items = node.children.map(value)
  checkListLength(items.length)
  const isTuple = node.typename === 'Tuple'
  return (frame) => {
    const made = items.map((item) => item(frame))
    return isTuple ? operators.tuple(made) : made
  }
}

function dict(node: Nodes.Parent, { value }: Compiler): Run {
  const pairs = (node.children as Nodes.PairNode[]).map(
    (pair) => [value(pair.key), value(pair.value), pair] as const,
  )
  return (frame) => {
    const made: Dict = new Map()
    for (const [key, item, pair] of pairs) {
      const name = key(frame)
      if (name instanceof Unknown) return name
      frame.runtime.spot = pair
      dictSet(made, name, item(frame))
    }
    return made
  }
}

const COMPILERS: Readonly<Record<string, Compile>> = {
  Literal:
    ({ value }: Nodes.LiteralNode) =>
    () =>
      value,
  Symbol: (node: Nodes.SymbolNode) => (frame) => frame.lookup(node.value, node),
  Array: list,
  Tuple: list,
  Dict: dict,
  Lookup: lookup,
  InlineIf: inlineIf,
  And: logic,
  Or: logic,
  Not: truthValue,
  Compare: truthValue,
  Test: truthValue,
  Filter: compileFilter,
  FunCall: compileCall,
  Neg: unary(operators.negate),
  Pos: unary(operators.positive),
  Captured: (node: Nodes.Node & { body: Nodes.Node }, compile: Compiler) => compile.body(node.body),
}

/** Makes compilers of expressions; `body` and `caller` compile the blocks that hold text. */
export function expressionCompiler(
  body: Compiler['body'],
  caller: (node: Nodes.MacroNode) => Run,
): Compiler {
  const compiler: Compiler = {
    value: (node) => {
      const compile = BINARY[node.typename] === undefined ? COMPILERS[node.typename] : binary
      if (node.typename === 'Caller') return caller(node as Nodes.MacroNode)
      if (compile === undefined) throw impossible(node)
      return compile(node as never, compiler)
    },
    condition: (node) => compileCondition(node, compiler),
    body,
  }
  return compiler
}

function impossible(node: Nodes.Node): Error {
  return new ClusterError('TEMPLATE_SYNTAX', `a ${node.typename.toLowerCase()} cannot stand here`)
}

/** Text for output: None prints as nothing there, as Ansible has it. */
export function outputText(value: Value): string | Unknown {
  if (typeof value === 'string') return value
  return value === null ? '' : (deepUnknown(value) ?? str(value))
}

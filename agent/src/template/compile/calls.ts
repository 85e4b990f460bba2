// Calls, filters and tests compiled to closures: arguments are evaluated, Unknowns kept away from
// code that would look at them, and errors get the place of the call.
import { spend } from '../../value/budget.ts'
import { asDict, str, typeError, typeName, undefinedError } from '../../value/python.ts'
import { Callable, Undefined, Unknown, type Value } from '../../value/value.ts'
import { attribute, methodOf } from '../access.ts'
import type * as Nodes from '../nodes.ts'
import { listOf } from '../sequence.ts'
import { deepUnknown } from '../unknown.ts'
import type { Condition } from './conditions.ts'
import type { Compiler, Run } from './expressions.ts'
import type { Frame } from './runtime.ts'

export interface Arguments {
  readonly args: Value[]
  readonly kwargs: Map<string, Value>
}

/** Evaluates arguments in their order; `*list` and `**dict` are spread. */
function compileArguments(nodes: Nodes.Node[], { value }: Compiler): (frame: Frame) => Arguments {
  const steps = nodes.flatMap((node) => argumentSteps(node, value))
  return (frame) => {
    const given: Arguments = { args: [], kwargs: new Map() }
    for (const step of steps) step(frame, given)
    return given
  }
}

type Step = (frame: Frame, given: Arguments) => void

function argumentSteps(node: Nodes.Node, value: Compiler['value']): Step[] {
  if (node.typename === 'KeywordArgs') {
    return (node as Nodes.Parent).children.flatMap((pair) => argumentSteps(pair, value))
  }
  const target = value(
    node.typename === 'Pair'
      ? (node as Nodes.PairNode).value
      : node.typename === 'Star' || node.typename === 'DoubleStar'
        ? (node as Nodes.UnaryNode).target
        : node,
  )
  if (node.typename === 'Pair') {
    const name = ((node as Nodes.PairNode).key as Nodes.SymbolNode).value
    return [(frame, given) => void given.kwargs.set(name, target(frame))]
  }
  if (node.typename === 'Star') {
    return [(frame, given) => void given.args.push(...listOf(target(frame)))]
  }
  if (node.typename !== 'DoubleStar') return [(frame, given) => void given.args.push(target(frame))]
  const spread: Step = (frame, given) => {
    for (const [key, item] of asDict(target(frame)) ?? []) given.kwargs.set(str(key), item)
  }
  return [spread]
}

export function compileFilter(node: Nodes.CallNode, compiler: Compiler): Run {
  const [input, ...rest] = node.args.children
  const inputRun = compiler.value(input as Nodes.Node)
  const evaluate = compileArguments(rest, compiler)
  const name = (node.name as Nodes.SymbolNode).value
  return (frame) => {
    const value = inputRun(frame)
    const { args, kwargs } = evaluate(frame)
    frame.runtime.spot = node
    return frame.runtime.engine.filter(name, value, args, kwargs)
  }
}

export function compileTest(node: Nodes.TestNode, compiler: Compiler): Condition {
  const subject = compiler.value(node.subject)
  const evaluate = compileArguments(node.args.children, compiler)
  return (frame) => {
    const value = subject(frame)
    const { args, kwargs } = evaluate(frame)
    frame.runtime.spot = node
    return frame.runtime.engine.test(node.name, value, args, kwargs)
  }
}

export function compileCall(node: Nodes.CallNode, compiler: Compiler): Run {
  const evaluate = compileArguments(node.args.children, compiler)
  const callee = node.name as Nodes.LookupNode
  if (callee.typename === 'Lookup' && callee.dotted) {
    return methodCall(callee, compiler.value(callee.target), evaluate)
  }
  const target = compiler.value(node.name)
  return (frame) => {
    const called = target(frame)
    const given = evaluate(frame)
    frame.runtime.spot = node
    return call(called, given)
  }
}

function methodCall(
  callee: Nodes.LookupNode,
  target: Run,
  evaluate: (frame: Frame) => Arguments,
): Run {
  const name = (callee.val as Nodes.LiteralNode).value as string
  return (frame) => {
    const self = target(frame)
    const given = evaluate(frame)
    frame.runtime.spot = callee
    const method = methodOf(self, name)
    if (method === undefined)
      return call(
        attribute(self, name, () => frame.runtime.position(callee)),
        given,
      )
    spend()
    const unknown = typeof self === 'string' ? anyUnknown(given) : firstUnknown(given)
    return unknown ?? method(self as never, given.args, given.kwargs)
  }
}

// Lists and dicts that hold Unknowns may be stored, so only arguments that are Unknown stop a call.
function firstUnknown({ args, kwargs }: Arguments): Unknown | undefined {
  for (const value of args) if (value instanceof Unknown) return value
  for (const value of kwargs.values()) if (value instanceof Unknown) return value
  return undefined
}

function call(called: Value, { args, kwargs }: Arguments): Value {
  if (called instanceof Unknown) return called
  spend()
  if (called instanceof Callable) return called.call(args, kwargs)
  if (called instanceof Undefined) throw undefinedError(called)
  throw typeError(`'${typeName(called)}' object is not callable`)
}

// Methods of texts print their arguments, so there an Unknown inside a list matters too.
function anyUnknown({ args, kwargs }: Arguments): Unknown | undefined {
  return deepUnknown(args) ?? deepUnknown([...kwargs.values()])
}

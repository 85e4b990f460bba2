// Statements compiled to closures: each prints into a sink and may end the loop around it.
import { ClusterError } from '../../errors.ts'
import { Unknown, type Value } from '../../value/value.ts'
import type * as Nodes from '../nodes.ts'
import { UnknownReached } from '../unknown.ts'
import { assignTo } from './assign.ts'
import { type Compiler, expressionCompiler, outputText } from './expressions.ts'
import { compileFor } from './loop.ts'
import { compileMacro } from './macro.ts'
import { compileReuse } from './reuse.ts'
import { Frame, Sink } from './runtime.ts'

/** How a statement ended: `undefined` when the next one follows. */
export type Ending = 'break' | 'continue' | undefined
export type Exec = (frame: Frame, out: Sink) => Ending
export type CompileBody = (node: Nodes.Node) => Exec

/** The compiler of expressions, which knows how to capture a block's text. */
export const expressions: Compiler = expressionCompiler(
  (body) => {
    const run = compileBody(body)
    return (frame) => {
      const out = new Sink()
      run(new Frame(frame.runtime, frame), out)
      return out.text
    }
  },
  (caller) => compileMacro(caller, expressions, compileBody),
)

/** Compiles a list of statements. */
export function compileBody(node: Nodes.Node): Exec {
  const steps = (node as Nodes.Parent).children.map(compileStatement)
  return (frame, out) => {
    for (const step of steps) {
      const ending = step(frame, out)
      if (ending !== undefined) return ending
    }
    return undefined
  }
}

function output(node: Nodes.Parent): Exec {
  const parts = node.children.map(outputPart)
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  return (frame, out) => {
    for (const part of parts) part(frame, out)
    return undefined
  }
}

function outputPart(node: Nodes.Node): Exec {
  if (node.typename === 'TemplateData') {
    const text = (node as Nodes.LiteralNode).value as string
    return (_frame, out) => {
      out.add(text)
      return undefined
    }
  }
  const run = expressions.value(node)
  return (frame, out) => {
    const value = run(frame)
    frame.runtime.spot = node
    const text = outputText(value)
    if (text instanceof Unknown) throw new UnknownReached(text)
    out.add(text)
    return undefined
  }
}

function ifStatement(node: Nodes.IfNode): Exec {
  const test = expressions.condition(node.cond)
  const then = compileBody(node.body)
  const { else_: last } = node
  const isElif = last?.typename === 'If'
  const elif = isElif ? ifStatement(last as Nodes.IfNode) : undefined
  const otherwise = elif ?? (last === null ? undefined : compileBody(last))
  return (frame, out) => {
    const chosen = test(frame)
    if (chosen instanceof Unknown) throw new UnknownReached(chosen)
    return chosen ? then(frame, out) : otherwise?.(frame, out)
  }
}

function assignment(
  node: Nodes.Node & { targets: Nodes.Node; value: Nodes.Node | null; body: Nodes.Node | null },
): Exec {
  const assign = assignTo(node.targets, expressions)
  const value = expressions.value((node.value ?? node.body) as Nodes.Node)
  return (frame) => {
    const made = value(frame)
    frame.runtime.spot = node
    assign(frame, made)
    return undefined
  }
}

function withStatement(node: Nodes.WithNode): Exec {
  const targets = node.targets.map((target) => assignTo(target, expressions))
  const values = node.values.map((value) => expressions.value(value))
  const body = compileBody(node.body)
  return (frame, out) => {
    const inner = new Frame(frame.runtime, frame)
    const made: Value[] = values.map((value) => value(frame))
    for (const [index, assign] of targets.entries()) assign(inner, made[index] as Value)
    return body(inner, out)
  }
}

function macroStatement(node: Nodes.MacroNode): Exec {
  const make = compileMacro(node, expressions, compileBody)
  return (frame) => {
    frame.names.set(node.name.value, make(frame))
    return undefined
  }
}

function doStatement(node: Nodes.UnaryNode): Exec {
  const run = expressions.value(node.target)
  return (frame) => void run(frame)
}

const STATEMENTS: Readonly<Record<string, (node: never) => Exec>> = {
  Output: output,
  If: ifStatement,
  ForIn: (node: Nodes.ForNode) => compileFor(node, expressions, compileBody),
  Assign: assignment,
  With: withStatement,
  Macro: macroStatement,
  Do: doStatement,
  Break: () => () => 'break',
  Continue: () => () => 'continue',
}

function compileStatement(node: Nodes.Node): Exec {
  const compile = STATEMENTS[node.typename]
  if (compile !== undefined) return compile(node as never)
  const reuse = compileReuse(node, expressions, compileBody)
  if (reuse !== undefined) return reuse
  throw new ClusterError('TEMPLATE_SYNTAX', `the tag '${node.typename}' is not supported`)
}

// Macros and call blocks: functions whose bodies are template text.
import { ClusterError } from '../../errors.ts'
import { spend } from '../../value/budget.ts'
import { orElse, typeError } from '../../value/python.ts'
import { Callable, Undefined, type Value } from '../../value/value.ts'
import type * as Nodes from '../nodes.ts'
import { walk } from '../nodes.ts'
import { tuple } from '../operators.ts'
import type { Compiler, Run } from './expressions.ts'
import { Frame, Sink } from './runtime.ts'
import type { CompileBody } from './statements.ts'

/** Calls that may stand inside each other; the stack of the engine itself would hold some more. */
const DEPTH_LIMIT = 200

let depth = 0

/** Makes the function that a macro or a caller is, in the frame where it is defined. */
export function compileMacro(
  node: Nodes.MacroNode,
  compiler: Compiler,
  compileBody: CompileBody,
): (frame: Frame) => Callable {
  const name = node.name.value
  const params = node.args.children.flatMap((arg) =>
    arg.typename === 'KeywordArgs' ? (arg as Nodes.Parent).children : [arg],
  )
  const readers = params.map((param) => readParam(param, compiler))
  const body = compileBody(node.body)
  const uses = new Set(
    [...walk(node.body)].map((inner) =>
      inner.typename === 'Symbol' ? (inner as Nodes.SymbolNode).value : '',
    ),
  )
  return (defining) =>
    new Callable(name, (args, kwargs) => {
      const frame = new Frame(defining.runtime, defining)
      bindParams(name, readers, frame, args, new Map(kwargs), uses)
      const out = new Sink()
      defining.runtime.within(() => nested(() => body(frame, out)))
      return out.text
    })
}

interface Param {
  readonly name: string
  readonly otherwise: Run | undefined
}

function readParam(param: Nodes.Node, compiler: Compiler): Param {
  if (param.typename === 'Symbol') {
    return { name: (param as Nodes.SymbolNode).value, otherwise: undefined }
  }
  const { key, value } = param as Nodes.PairNode
  return { name: (key as Nodes.SymbolNode).value, otherwise: compiler.value(value) }
}

function bindParams(
  macro: string,
  params: Param[],
  frame: Frame,
  args: Value[],
  kwargs: Map<string, Value>,
  uses: ReadonlySet<string>,
): void {
  for (const [index, { name, otherwise }] of params.entries()) {
    const given = orElse(args[index], kwargs.get(name))
    kwargs.delete(name)
    const message = `parameter '${name}' of macro '${macro}' was not provided`
    frame.names.set(name, orElse(orElse(given, otherwise?.(frame)), new Undefined(message)))
  }
  frame.names.set('caller', kwargs.get('caller') ?? new Undefined(`no caller in '${macro}'`))
  kwargs.delete('caller')
  const rest = args.slice(params.length)
  if (uses.has('varargs')) frame.names.set('varargs', tuple(rest))
  else if (rest.length > 0) {
    throw typeError(`macro '${macro}' takes not more than ${params.length} argument(s)`)
  }
  if (uses.has('kwargs')) frame.names.set('kwargs', new Map(kwargs))
  else if (kwargs.size > 0) {
    throw typeError(`macro '${macro}' takes no keyword argument '${[...kwargs.keys()][0]}'`)
  }
}

/** Runs a body inside another; refuses to go too deep. */
export function nested(run: () => void): void {
  if (depth >= DEPTH_LIMIT) {
    throw new ClusterError(
      'TEMPLATE_REFUSED',
      `macros call each other more than ${DEPTH_LIMIT} deep`,
    )
  }
  depth += 1
  spend()
  try {
    run()
  } finally {
    depth -= 1
  }
}

// Templates that use other templates: blocks and extends, include, import. Names and texts of
// other templates come from the caller; the door is `Reuse`, which source.ts fills.
import { ClusterError, type Position } from '../../errors.ts'
import { str } from '../../value/python.ts'
import { Callable, type Value } from '../../value/value.ts'
import type * as Nodes from '../nodes.ts'
import { TemplateObject } from '../objects.ts'
import type { Compiler } from './expressions.ts'
import { nested } from './macro.ts'
import { Frame, Runtime, Sink } from './runtime.ts'
import type { CompileBody, Exec } from './statements.ts'

/** Another template, ready to run. */
export interface Loaded {
  readonly body: Exec
  readonly origin: Position
}

export interface Reuse {
  load(name: string, frame: Frame): Loaded
  runtime(loaded: Loaded, from: Runtime): Runtime
}

let reuse: Reuse | undefined

/** Told once by source.ts, which stands above the compiler. */
export function setReuse(door: Reuse): void {
  reuse = door
}

function door(): Reuse {
  if (reuse === undefined) throw new Error('no one told the compiler how to load templates')
  return reuse
}

export function compileReuse(
  node: Nodes.Node,
  compiler: Compiler,
  compileBody: CompileBody,
): Exec | undefined {
  switch (node.typename) {
    case 'Block':
      return block(node as Nodes.BlockNode, compileBody)
    case 'Extends':
      return extend(node as Nodes.IncludeNode, compiler)
    case 'IncludeMany':
      return include(node as Nodes.IncludeNode, compiler)
    case 'Import':
      return importAll(node as Nodes.ImportNode, compiler)
    case 'FromImport':
      return importSome(node as Nodes.FromImportNode, compiler)
    default:
      return undefined
  }
}

// A block is printed where the outermost parent has it, with the innermost child's body.
function block(node: Nodes.BlockNode, compileBody: CompileBody): Exec {
  const name = node.name.value
  const body = compileBody(node.body)
  return (frame, out) => {
    const { blocks } = frame.runtime
    const chain = blocks.get(name) ?? []
    blocks.set(name, [...chain, { body, runtime: frame.runtime }])
    if (frame.names.get(EXTENDING) === true) return undefined
    printBlock(frame, name, 0, out)
    return undefined
  }
}

/** Set while a child template runs: its blocks are collected, its own text is not printed. */
const EXTENDING = ' extending'

function printBlock(frame: Frame, name: string, level: number, out: Sink): void {
  const chain = frame.runtime.blocks.get(name) ?? []
  const found = chain[level]
  if (found === undefined) return
  // A mistake in the body is in the template that wrote it, whoever prints it.
  const inner = new Frame(found.runtime, frame)
  inner.names.set(
    'super',
    new Callable('super', () => {
      const parent = new Sink()
      printBlock(frame, name, level + 1, parent)
      return parent.text
    }),
  )
  found.runtime.within(() => nested(() => found.body(inner, out)))
}

function extend(node: Nodes.IncludeNode, compiler: Compiler): Exec {
  const template = compiler.value(node.template)
  return (frame) => {
    frame.runtime.spot = node
    frame.names.set(' parent', str(template(frame)))
    frame.names.set(EXTENDING, true)
    return undefined
  }
}

/** Runs a whole template: when it extends another, its blocks are printed by that one. */
export function runWhole(body: Exec, frame: Frame, out: Sink): void {
  const own = new Sink()
  body(frame, own)
  const parent = frame.names.get(' parent')
  if (typeof parent !== 'string') {
    out.add(own.text)
    return
  }
  const loaded = door().load(parent, frame)
  const runtime = door().runtime(loaded, frame.runtime)
  runtime.blocks = frame.runtime.blocks
  const names = new Frame(runtime)
  for (const [name, value] of frame.names) if (!name.startsWith(' ')) names.names.set(name, value)
  runtime.within(() => nested(() => runWhole(loaded.body, names, out)))
}

function include(node: Nodes.IncludeNode, compiler: Compiler): Exec {
  const template = compiler.value(node.template)
  return (frame, out) => {
    const named = template(frame)
    frame.runtime.spot = node
    const loaded = firstLoaded(Array.isArray(named) ? named : [named], node, frame)
    if (loaded === undefined) return undefined
    const inner = new Frame(
      door().runtime(loaded, frame.runtime),
      node.withContext === false ? undefined : frame,
    )
    inner.runtime.within(() => nested(() => runWhole(loaded.body, inner, out)))
    return undefined
  }
}

function firstLoaded(names: Value[], node: Nodes.IncludeNode, frame: Frame): Loaded | undefined {
  let failure: unknown
  for (const name of names) {
    try {
      return door().load(str(name), frame)
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'FILE_UNREADABLE') throw error
      failure ??= error
    }
  }
  if (node.ignoreMissing === true) return undefined
  throw failure
}

function loadModule(name: Value, node: Nodes.Node & { withContext: boolean | null }, frame: Frame) {
  const loaded = door().load(str(name), frame)
  const runtime = door().runtime(loaded, frame.runtime)
  const inner = new Frame(runtime, node.withContext === true ? frame : undefined)
  runtime.within(() => nested(() => loaded.body(inner, new Sink())))
  return inner.names
}

function importAll(node: Nodes.ImportNode, compiler: Compiler): Exec {
  const template = compiler.value(node.template)
  return (frame) => {
    const name = template(frame)
    frame.runtime.spot = node
    frame.names.set(node.target.value, new TemplateObject(loadModule(name, node, frame)))
    return undefined
  }
}

function importSome(node: Nodes.FromImportNode, compiler: Compiler): Exec {
  const template = compiler.value(node.template)
  return (frame) => {
    const file = template(frame)
    frame.runtime.spot = node
    const found = loadModule(file, node, frame)
    for (const item of node.names.children) {
      const pair = item.typename === 'Pair' ? (item as Nodes.PairNode) : { key: item, value: item }
      const name = (pair.key as Nodes.SymbolNode).value
      const value = found.get(name)
      if (value === undefined) {
        throw new ClusterError('TEMPLATE_UNDEFINED', `the template '${str(file)}' has no '${name}'`)
      }
      frame.names.set((pair.value as Nodes.SymbolNode).value, value)
    }
    return undefined
  }
}

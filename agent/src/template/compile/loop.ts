// `for` loops: filtered, recursive and with else; and the `loop` object that their bodies see.
import { spend } from '../../value/budget.ts'
import { equals, orElse, typeError } from '../../value/python.ts'
import { Callable, Undefined, Unknown, type Value } from '../../value/value.ts'
import type * as Nodes from '../nodes.ts'
import { CallableObject, TemplateObject } from '../objects.ts'
import { listOf } from '../sequence.ts'
import { UnknownReached } from '../unknown.ts'
import { assignTo } from './assign.ts'
import type { Compiler } from './expressions.ts'
import { Frame, Sink } from './runtime.ts'
import type { CompileBody, Exec } from './statements.ts'

type Recurse = (items: Value, depth: number, out: Sink) => void

/** What a loop's body sees: where it is and what comes next. */
class Loop extends TemplateObject {
  index0 = -1
  readonly items: Value[]
  private readonly depth: number
  private last: Value[] | undefined

  constructor(items: Value[], depth: number) {
    super()
    this.items = items
    this.depth = depth
  }

  override keys(): Value[] {
    return [
      'index',
      'index0',
      'revindex',
      'revindex0',
      'first',
      'last',
      'length',
      'depth',
      'depth0',
    ]
  }

  override get(key: Value): Value | undefined {
    const { index0, items, depth } = this
    switch (typeof key === 'string' ? key : '') {
      case 'index':
        return index0 + 1
      case 'index0':
        return index0
      case 'revindex':
        return items.length - index0
      case 'revindex0':
        return items.length - index0 - 1
      case 'first':
        return index0 === 0
      case 'last':
        return index0 === items.length - 1
      case 'length':
        return items.length
      case 'depth':
        return depth
      case 'depth0':
        return depth - 1
      case 'previtem':
        return orElse(items[index0 - 1], new Undefined('there is no previous item'))
      case 'nextitem':
        return orElse(items[index0 + 1], new Undefined('there is no next item'))
      case 'cycle':
        return new Callable('cycle', (args) => this.cycle(args))
      case 'changed':
        return new Callable('changed', (args) => this.changed(args))
      default:
        return undefined
    }
  }

  private cycle(args: Value[]): Value {
    if (args.length === 0) throw typeError('no items for cycling given')
    return args[this.index0 % args.length] as Value
  }

  private changed(args: Value[]): boolean {
    const same = this.last !== undefined && equals(this.last, args)
    this.last = args
    return !same
  }
}

export function compileFor(
  node: Nodes.ForNode,
  compiler: Compiler,
  compileBody: CompileBody,
): Exec {
  const list = compiler.value(node.arr)
  const assign = assignTo(node.name, compiler)
  const filter = node.filter === null ? undefined : compiler.condition(node.filter)
  const body = compileBody(node.body)
  const { else_: last } = node
  const otherwise = last === null ? undefined : compileBody(last)

  const keep = (frame: Frame, items: Value[]): Value[] => {
    if (filter === undefined) return items
    return items.filter((item) => {
      const inner = new Frame(frame.runtime, frame)
      assign(inner, item)
      const chosen = filter(inner)
      if (chosen instanceof Unknown) throw new UnknownReached(chosen)
      return chosen
    })
  }

  const run = (frame: Frame, value: Value, depth: number, out: Sink): void => {
    if (value instanceof Unknown) throw new UnknownReached(value)
    frame.runtime.spot = node.arr
    const items = keep(frame, [...listOf(value)])
    if (items.length === 0) otherwise?.(frame, out)
    const loop = new Loop(items, depth)
    const recurse: Recurse | undefined = node.recursive
      ? (inner, innerDepth, innerOut) => run(frame, inner, innerDepth, innerOut)
      : undefined
    const visible = recurse === undefined ? loop : recursiveLoop(loop, depth, recurse)
    for (const [index, item] of items.entries()) {
      spend()
      loop.index0 = index
      const inner = new Frame(frame.runtime, frame)
      inner.names.set('loop', visible)
      assign(inner, item)
      if (body(inner, out) === 'break') break
    }
  }
  return (frame, out) => {
    run(frame, list(frame), 1, out)
    return undefined
  }
}

// `loop(children)` prints the loop again for other items: a function with the loop's members.
function recursiveLoop(loop: Loop, depth: number, recurse: Recurse): Value {
  return new CallableObject('loop', loop, ([items = null]) => {
    const out = new Sink()
    recurse(items, depth + 1, out)
    return out.text
  })
}

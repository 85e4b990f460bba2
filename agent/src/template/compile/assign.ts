// Assignment to a name, to several, or to a namespace's member.
import { typeError } from '../../value/python.ts'
import { Unknown, type Value } from '../../value/value.ts'
import type * as Nodes from '../nodes.ts'
import { Namespace } from '../objects.ts'
import { listOf } from '../sequence.ts'
import type { Compiler } from './expressions.ts'
import type { Frame } from './runtime.ts'

export type Assign = (frame: Frame, value: Value) => void

export function assignTo(target: Nodes.Node, compiler: Compiler): Assign {
  if (target.typename === 'Symbol') {
    const name = (target as Nodes.SymbolNode).value
    return (frame, value) => void frame.names.set(name, value)
  }
  if (target.typename === 'Lookup') return assignMember(target as Nodes.LookupNode, compiler)
  const parts = (target as Nodes.Parent).children.map((part) => assignTo(part, compiler))
  return (frame, value) => {
    const items = value instanceof Unknown ? parts.map(() => value) : listOf(value)
    if (items.length !== parts.length) {
      frame.runtime.spot = target
      throw typeError(`cannot unpack ${items.length} values into ${parts.length} names`)
    }
    for (const [index, assign] of parts.entries()) assign(frame, items[index] as Value)
  }
}

function assignMember(node: Nodes.LookupNode, compiler: Compiler): Assign {
  const owner = compiler.value(node.target)
  const name = (node.val as Nodes.LiteralNode).value
  return (frame, value) => {
    const namespace = owner(frame)
    frame.runtime.spot = node
    if (!(namespace instanceof Namespace)) {
      throw typeError('cannot assign attribute on non-namespace object')
    }
    namespace.members.set(name, value)
  }
}

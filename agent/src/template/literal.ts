// What ansible-core 2.14 does with a rendered text that looks like a list, a dict or a bool: it is
// read as a Python literal, and stays a text when it is none.
import { int } from '../value/number.ts'
import { dictSet } from '../value/python.ts'
import { type Dict, Float, type Value } from '../value/value.ts'
import { JinjaLexer } from './lexer.ts'
import { SyntaxMistake } from './mistake.ts'
import type { LiteralNode, Node, PairNode, Parent, SymbolNode, UnaryNode } from './nodes.ts'
import { negate, tuple } from './operators.ts'
import { JinjaParser } from './parser.ts'

/** The value of a rendered text: a literal when it looks like one and is one, else the text. */
export function readLiteral(text: string): Value {
  if (text === 'True' || text === 'False') return text === 'True'
  return text.startsWith('[') || text.startsWith('{') ? (parseLiteral(text) ?? text) : text
}

/** A Python literal's value; undefined when the text is none. */
function parseLiteral(text: string): Value | undefined {
  const lexer = new JinjaLexer(text)
  lexer.startInCode()
  try {
    const lines = text.split('\n')
    return read(new JinjaParser(lexer).parseOnlyExpression(), lines)
  } catch (error) {
    if (error instanceof SyntaxMistake || error instanceof RangeError) return undefined
    throw error
  }
}

// Ansible adds JSON's true, false and null to Python's constants; Jinja's none is neither.
function read(node: Node, lines: string[]): Value {
  const inner = (child: Node): Value => read(child, lines)
  switch (node.typename) {
    case 'Literal': {
      const { value } = node as LiteralNode
      if (value === null && lines[node.lineno]?.[node.colno] === 'n') break
      return typeof value === 'bigint' ? int(value) : value
    }
    case 'Array':
      return (node as Parent).children.map(inner)
    case 'Tuple':
      return tuple((node as Parent).children.map(inner))
    case 'Dict': {
      const dict: Dict = new Map()
      for (const pair of (node as Parent).children as PairNode[]) {
        dictSet(dict, inner(pair.key), inner(pair.value))
      }
      return dict
    }
    case 'Neg': {
      const value = inner((node as UnaryNode).target)
      if (typeof value === 'number' || value instanceof Float) return negate(value)
      break
    }
    default:
  }
  if ((node as SymbolNode).value === 'null') return null
  const name = node.typename === 'Symbol' ? (node as SymbolNode).value : node.typename
  throw new SyntaxMistake(`'${name}' is no literal`, node.lineno, node.colno)
}

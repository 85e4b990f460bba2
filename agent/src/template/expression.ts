// Jinja's expressions: a Pratt parser over nunjucks' tokens. It makes nunjucks' nodes, and ours
// where nunjucks has none. Not here: statements (parser.ts) and what expressions mean (compile/).
import type { Token } from 'nunjucks/src/lexer.js'
import { int } from '../value/number.ts'
import { Float } from '../value/value.ts'
import { mistake, type SyntaxMistake, type Tokens, TYPE_WORDS, unexpectedToken } from './mistake.ts'
import { make, type Node, type Parent } from './nodes.ts'

/** Binding powers, weakest first; `not` and unary minus stand between them (see `prefix`). */
const BINARY: ReadonlyMap<string, readonly [power: number, node: string]> = new Map([
  ['or', [1, 'Or']],
  ['and', [2, 'And']],
  ['+', [5, 'Add']],
  ['-', [5, 'Sub']],
  ['~', [6, 'Concat']],
  ['*', [7, 'Mul']],
  ['/', [7, 'Div']],
  ['//', [7, 'FloorDiv']],
  ['%', [7, 'Mod']],
  ['**', [8, 'Pow']],
])
const NOT_POWER = 3
const COMPARE_POWER = 4
const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'])

/** Words that end a test without parentheses rather than being its argument. */
const NOT_ARGUMENTS = new Set(['else', 'or', 'and', 'if', 'in', 'not', 'is', 'recursive'])

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

export class ExpressionParser {
  private readonly tokens: Tokens

  constructor(tokens: Tokens) {
    this.tokens = tokens
  }

  /** One expression; `a if b else c` included unless it must not (a loop's list). */
  expression(withCondition = true): Node {
    let node = this.binary(0)
    if (!withCondition) return node
    while (this.isWord('if')) {
      const at = this.next()
      const cond = this.binary(0)
      const otherwise = this.skipWord('else') ? this.expression() : null
      node = make('InlineIf', at, cond, node, otherwise)
    }
    return node
  }

  /** An expression, or several with commas between, which make a tuple. */
  tuple(withCondition = true, parse = (): Node => this.expression(withCondition)): Node {
    const first = parse()
    if (!this.isType('comma')) return first
    const items = [first]
    while (this.skipType('comma')) {
      if (!this.startsExpression()) break
      items.push(parse())
    }
    return make('Tuple', first, items)
  }

  /** A name, or names with commas and parentheses between: what `for` and `set` assign to. */
  target(): Node {
    return this.tuple(false, () => this.targetItem())
  }

  private targetItem(): Node {
    const token = this.next()
    if (token.type === 'left-paren') {
      const inner = this.target()
      this.expect('right-paren')
      return inner
    }
    if (token.type !== 'symbol') throw this.unexpected(token, 'a name')
    if (CONSTANTS.has(token.value)) throw mistake(`cannot assign to '${token.value}'`, token)
    const name = make('Symbol', token, token.value)
    if (!this.isOperator('.')) return name
    this.next()
    const attribute = this.expect('symbol')
    return make('Lookup', token, name, make('Literal', attribute, attribute.value), true)
  }

  private binary(least: number): Node {
    let left = this.prefix(least)
    for (;;) {
      const operator = this.operator()
      if (COMPARISONS.has(operator)) {
        if (COMPARE_POWER < least) return left
        left = this.comparison(left)
        continue
      }
      const row = BINARY.get(operator)
      if (row === undefined || row[0] < least) return left
      const at = this.next()
      left = make(row[1], at, left, this.binary(row[0] + 1))
    }
  }

  // `not` takes a whole comparison; a sign takes only what follows it, without filters.
  private prefix(least: number): Node {
    if (least <= NOT_POWER && this.isWord('not')) {
      const at = this.next()
      return make('Not', at, this.binary(NOT_POWER))
    }
    return this.unary(true)
  }

  private unary(withFilters: boolean): Node {
    const token = this.peek('an expression')
    let node: Node
    if (token.type === 'operator' && (token.value === '-' || token.value === '+')) {
      this.next()
      node = make(token.value === '-' ? 'Neg' : 'Pos', token, this.unary(false))
    } else {
      node = this.primary()
    }
    node = this.postfix(node)
    return withFilters ? this.filters(node) : node
  }

  /** The operator that comes next, spelled as one word; '' when none does. */
  private operator(): string {
    const token = this.tokens.peekToken()
    if (token === null) return ''
    if (token.type === 'operator' || token.type === 'tilde') return token.value
    if (token.type !== 'symbol') return ''
    return token.value === 'not' ? 'not in' : token.value
  }

  private comparison(left: Node): Node {
    const ops: Node[] = []
    let at: Token | undefined
    for (let type = this.operator(); COMPARISONS.has(type); type = this.operator()) {
      const token = this.next()
      at ??= token
      if (type === 'not in' && !this.skipWord('in'))
        throw mistake("expected 'in' after 'not'", token)
      ops.push(make('CompareOperand', token, this.binary(COMPARE_POWER + 1), type))
    }
    return make('Compare', at ?? left, left, ops)
  }

  /** A literal, a name, or something in brackets, without what may follow it. */
  primary(): Node {
    const token = this.next()
    switch (token.type) {
      case 'string':
        return make('Literal', token, this.adjacent(token.value))
      case 'int':
        return make('Literal', token, readInt(token))
      case 'float':
        return make('Literal', token, new Float(Number(token.value)))
      case 'symbol':
        return this.name(token)
      case 'left-paren':
        return this.parenthesis(token)
      case 'left-bracket':
        return make(
          'Array',
          token,
          this.items('right-bracket', () => this.expression()),
        )
      case 'left-curly':
        return make(
          'Dict',
          token,
          this.items('right-curly', () => this.pair()),
        )
      default:
        throw this.unexpected(token, 'an expression')
    }
  }

  private name(token: Token): Node {
    const constant = CONSTANTS.get(token.value)
    if (constant !== undefined) return make('Literal', token, constant)
    if (token.value === 'not') throw this.unexpected(token, 'an expression')
    return make('Symbol', token, token.value)
  }

  private adjacent(first: string): string {
    let text = first
    while (this.isType('string')) text += this.next().value
    return text
  }

  private parenthesis(open: Token): Node {
    if (this.skipType('right-paren')) return make('Tuple', open, [])
    const inner = this.tuple()
    this.expect('right-paren')
    return inner
  }

  private items(end: string, parse: () => Node): Node[] {
    const items: Node[] = []
    while (!this.skipType(end)) {
      if (items.length > 0) {
        this.expect('comma')
        if (this.skipType(end)) break
      }
      items.push(parse())
    }
    return items
  }

  private pair(): Node {
    const key = this.expression()
    this.expect('colon')
    return make('Pair', key, key, this.expression())
  }

  /** What may follow a value: `.name`, `[...]`, `(...)`. */
  postfix(start: Node): Node {
    let node = start
    for (;;) {
      if (this.isOperator('.')) node = this.dot(node)
      else if (this.isType('left-bracket')) node = this.subscript(node)
      else if (this.isType('left-paren')) node = make('FunCall', node, node, this.call())
      else return node
    }
  }

  private dot(target: Node): Node {
    const at = this.next()
    const token = this.next()
    if (token.type === 'int') {
      return make('Lookup', at, target, make('Literal', token, readInt(token)), false)
    }
    if (token.type !== 'symbol') throw this.unexpected(token, 'a name or a number')
    return make('Lookup', token, target, make('Literal', token, token.value), true)
  }

  private subscript(target: Node): Node {
    const at = this.next()
    const items = this.items('right-bracket', () => this.subscriptItem())
    const [only] = items
    if (only === undefined) throw mistake('expected an index inside [ ]', at)
    const key = items.length === 1 ? only : make('Tuple', only, items)
    return make('Lookup', at, target, key, false)
  }

  private subscriptItem(): Node {
    const at = this.peek('an index')
    const parts: (Node | null)[] = [null]
    while (!this.isType('right-bracket') && !this.isType('comma')) {
      if (this.skipType('colon')) parts.push(null)
      else parts[parts.length - 1] = this.expression()
    }
    const [start, stop, step] = parts
    if (parts.length > 3) throw mistake('a slice has at most three parts', at)
    if (parts.length === 1 && start) return start
    return make('Slice', at, start, stop, step)
  }

  /** Arguments in parentheses, keywords, `*` and `**` included. */
  call(): Parent {
    const open = this.expect('left-paren')
    const args = this.items('right-paren', () => this.argument())
    return make('NodeList', open, args) as Parent
  }

  private argument(): Node {
    const token = this.peek('an argument')
    if (token.type === 'operator' && (token.value === '*' || token.value === '**')) {
      this.next()
      return make(token.value === '*' ? 'Star' : 'DoubleStar', token, this.expression())
    }
    const value = this.expression()
    if (!this.isOperator('=')) return value
    if (value.typename !== 'Symbol') throw mistake('expected a name before =', value)
    this.next()
    return make('Pair', value, value, this.expression())
  }

  /** Filters and tests behind a value. */
  filters(start: Node): Node {
    let node = start
    for (;;) {
      if (this.isType('pipe')) node = this.filter(node)
      else if (this.isWord('is')) node = this.test(node)
      else if (this.isType('left-paren')) node = make('FunCall', node, node, this.call())
      else return node
    }
  }

  private filter(input: Node): Node {
    this.next()
    return this.namedFilter(input)
  }

  /** A filter's name and arguments, put around its input. */
  namedFilter(input: Node): Node {
    const name = this.dottedName('a filter')
    const args = this.isType('left-paren') ? this.call().children : []
    const all = make('NodeList', name, [input, ...args])
    return make('Filter', name, name, all)
  }

  private dottedName(what: string): Node {
    const first = this.next()
    if (first.type !== 'symbol') throw this.unexpected(first, `the name of ${what}`)
    let name = first.value
    while (this.isOperator('.')) {
      this.next()
      name += `.${this.expect('symbol').value}`
    }
    return make('Symbol', first, name)
  }

  private test(subject: Node): Node {
    const at = this.next()
    const negated = this.skipWord('not')
    const named = this.dottedName('a test') as Node & { value: string }
    const args = this.isType('left-paren') ? this.call() : this.bareArgument(at)
    const node = make('Test', named, subject, named.value, args)
    if (this.isWord('is')) {
      throw mistake('tests cannot be chained with is', this.next(), "write 'a is x and a is y'")
    }
    return negated ? make('Not', at, node) : node
  }

  private bareArgument(at: Token): Parent {
    const token = this.tokens.peekToken()
    const starts = token !== null && this.startsExpression() && token.type !== 'operator'
    const word = token?.type === 'symbol' && NOT_ARGUMENTS.has(token.value)
    const args = starts && !word ? [this.postfix(this.primary())] : []
    return make('NodeList', at, args) as Parent
  }

  private startsExpression(): boolean {
    const token = this.tokens.peekToken()
    if (token === null) return false
    if (token.type === 'operator') return token.value === '-' || token.value === '+'
    const starts = ['string', 'int', 'float', 'symbol', 'left-paren', 'left-bracket', 'left-curly']
    if (token.type === 'symbol') return !['in', 'recursive', 'if', 'else'].includes(token.value)
    return starts.includes(token.type)
  }

  private next(): Token {
    const token = this.tokens.nextToken()
    if (token === null) throw this.unexpected(null, 'more')
    return token
  }

  private peek(expected: string): Token {
    const token = this.tokens.peekToken()
    if (token === null) throw this.unexpected(null, expected)
    return token
  }

  private isType(type: string): boolean {
    return this.tokens.peekToken()?.type === type
  }

  private isWord(word: string): boolean {
    return this.isType('symbol') && this.tokens.peekToken()?.value === word
  }

  private isOperator(operator: string): boolean {
    return this.isType('operator') && this.tokens.peekToken()?.value === operator
  }

  private skipType(type: string): boolean {
    if (!this.isType(type)) return false
    this.next()
    return true
  }

  private skipWord(word: string): boolean {
    if (!this.isWord(word)) return false
    this.next()
    return true
  }

  private expect(type: string): Token {
    const token = this.tokens.nextToken()
    if (token?.type === type) return token
    throw this.unexpected(token, TYPE_WORDS[type] ?? type)
  }

  private unexpected(token: Token | null, expected: string): SyntaxMistake {
    return unexpectedToken(token, expected, this.tokens)
  }
}

// Literals beyond 2^53 keep every digit.
function readInt(token: Token): number | bigint {
  return int(BigInt(token.value))
}

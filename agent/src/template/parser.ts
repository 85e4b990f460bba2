// Jinja's statements, on nunjucks' parser: `if`, macros, calls, blocks and imports are its own,
// loops, assignments and what it lacks are ours. Expressions are in expression.ts.
import type { Token } from 'nunjucks/src/lexer.js'
import nunjucksParser from 'nunjucks/src/parser.js'
import { ExpressionParser } from './expression.ts'
import { JinjaLexer, quote } from './lexer.ts'
import { mistake, SyntaxMistake, TYPE_WORDS, unexpectedToken } from './mistake.ts'
import { make, type Node } from './nodes.ts'

type Statement = (parser: JinjaParser, tag: Token) => Node

const STATEMENTS: Readonly<Record<string, Statement>> = {
  raw: (parser) => parser.parseRaw(),
  if: (parser) => parser.parseIf(),
  for: (parser, tag) => parser.parseLoop(tag),
  block: (parser, tag) => parser.parseNamedBlock(tag),
  extends: (parser) => parser.parseExtends(),
  include: (parser, tag) => parser.parseIncluded(tag),
  set: (parser, tag) => parser.parseAssignment(tag),
  macro: (parser) => parser.parseMacro(),
  call: (parser) => parser.parseCall(),
  import: (parser) => parser.parseImport(),
  from: (parser) => parser.parseFrom(),
  filter: (parser, tag) => parser.parseFilterBlock(tag),
  with: (parser, tag) => parser.parseWith(tag),
  do: (parser, tag) => parser.parseWord(tag, () => make('Do', tag, parser.expressions.tuple())),
  break: (parser, tag) => parser.parseWord(tag, () => make('Break', tag)),
  continue: (parser, tag) => parser.parseWord(tag, () => make('Continue', tag)),
}

export class JinjaParser extends nunjucksParser.Parser {
  readonly expressions = new ExpressionParser(this)
  private readonly openTags: Token[] = []

  override fail(message: string, line?: number, column?: number): never {
    const at = this.peeked ?? this.tokens
    throw new SyntaxMistake(message, line ?? at.lineno, column ?? at.colno)
  }

  override expect(type: string): Token {
    const token = this.nextToken()
    if (token?.type === type) return token
    throw unexpectedToken(token, TYPE_WORDS[type] ?? type, this)
  }

  override parseExpression(): Node {
    return this.expressions.expression()
  }

  override parsePrimary(noPostfix = false): Node {
    const node = this.expressions.primary()
    return noPostfix ? node : this.expressions.postfix(node)
  }

  override parseSignature(tolerant = false): Node | null {
    if (tolerant && this.peekToken()?.type !== 'left-paren') return null
    return this.expressions.call()
  }

  /** A whole text that is one expression. */
  parseOnlyExpression(): Node {
    const node = this.expressions.tuple()
    const rest = this.nextToken()
    if (rest !== null) throw unexpectedToken(rest, 'the end of the expression', this)
    return node
  }

  override parseStatement(): Node | null {
    const tag = this.peekToken()
    if (tag?.type !== 'symbol') throw unexpectedToken(tag, "a tag's name", this)
    if (this.breakOnBlocks?.includes(tag.value) === true) return null
    const statement = STATEMENTS[tag.value]
    if (statement === undefined || !Object.hasOwn(STATEMENTS, tag.value)) throw this.unknownTag(tag)
    this.openTags.push(tag)
    const node = statement(this, tag)
    this.openTags.pop()
    return node
  }

  private unknownTag(tag: Token): SyntaxMistake {
    const open = this.openTags.at(-1)
    if (!/^(end|el)/.test(tag.value)) return mistake(`unknown tag '${tag.value}'`, tag)
    const hint =
      open === undefined ? 'no block is open here' : `the block open here is '${open.value}'`
    return mistake(`unexpected '${tag.value}'`, tag, hint)
  }

  override parseUntilBlocks(...names: string[]): Node {
    const open = this.openTags.at(-1)
    const body = super.parseUntilBlocks(...names)
    if (this.peekToken() === null) {
      const at = open ?? { lineno: 0, colno: 0 }
      const hint = `expected ${names.join(' or ')} before the end`
      throw mistake(`the block '${open?.value}' is not closed`, at, hint)
    }
    return body
  }

  override advanceAfterBlockEnd(name?: string): Token {
    if (name === undefined || name === '') this.expect('symbol')
    const end = this.expect('block-end')
    if (end.value.startsWith('-')) this.dropLeadingWhitespace = true
    return end
  }

  advanceAfterVariableEnd(): void {
    const end = this.expect('variable-end')
    this.dropLeadingWhitespace = end.value.startsWith('-')
  }

  // nunjucks reads `raw` with fixed tags and without `-`; the text is cut out here instead.
  override parseRaw(): Node {
    const tag = this.expect('symbol')
    const begun = this.advanceAfterBlockEnd('raw')
    const { tokens } = this
    const [start, end] = [quote(tokens.tags.BLOCK_START), quote(tokens.tags.BLOCK_END)]
    const closing = new RegExp(`${start}([-+]?)\\s*endraw\\s*([-+]?)${end}`, 'g')
    closing.lastIndex = tokens.index
    const found = closing.exec(tokens.str)
    if (found === null) throw mistake("the block 'raw' is not closed", tag, 'expected endraw')
    const dropped = tokens instanceof JinjaLexer && tokens.hasTrimmed ? 1 : 0
    let text = tokens.str.slice(tokens.index - dropped, found.index)
    if (this.dropLeadingWhitespace) text = text.trimStart()
    if (found[1] === '-') text = text.trimEnd()
    else if (tokens.lstripBlocks && found[1] !== '+') text = text.replace(/(^|\n)[^\S\n]+$/, '$1')
    tokens.forwardN(found.index + found[0].length - tokens.index)
    this.dropLeadingWhitespace = found[2] === '-'
    if (found[2] === '' && tokens.trimBlocks && tokens.str[tokens.index] === '\n') {
      tokens.forwardN(1)
    }
    return make('Output', begun, [make('TemplateData', begun, text)])
  }

  parseLoop(tag: Token): Node {
    this.nextToken()
    const target = this.expressions.target()
    if (!this.skipSymbol('in')) throw unexpectedToken(this.nextToken(), "'in'", this)
    const list = this.expressions.tuple(false)
    const filter = this.skipSymbol('if') ? this.parseExpression() : null
    const recursive = this.skipSymbol('recursive')
    this.advanceAfterBlockEnd('for')
    const body = this.parseUntilBlocks('endfor', 'else')
    let otherwise: Node | null = null
    if (this.skipSymbol('else')) {
      this.advanceAfterBlockEnd('else')
      otherwise = this.parseUntilBlocks('endfor')
    }
    this.advanceAfterBlockEnd()
    return make('ForIn', tag, list, target, body, otherwise, filter, recursive)
  }

  parseAssignment(tag: Token): Node {
    this.nextToken()
    const target = this.expressions.target()
    if (this.skipValue('operator', '=')) {
      const value = this.expressions.tuple()
      this.advanceAfterBlockEnd('set')
      return make('Assign', tag, target, value, null)
    }
    const captured = this.capture(tag, 'endset')
    return make('Assign', tag, target, null, captured)
  }

  parseFilterBlock(tag: Token): Node {
    this.nextToken()
    const hole = make('Captured', tag)
    const filtered = this.expressions.filters(this.expressions.namedFilter(hole))
    return make('Output', tag, [this.fill(hole, filtered, tag, 'endfilter')])
  }

  parseWith(tag: Token): Node {
    this.nextToken()
    const targets: Node[] = []
    const values: Node[] = []
    while (this.peekToken()?.type !== 'block-end') {
      if (targets.length > 0) this.expect('comma')
      targets.push(this.expressions.target())
      if (!this.skipValue('operator', '=')) throw unexpectedToken(this.nextToken(), "'='", this)
      values.push(this.parseExpression())
    }
    this.advanceAfterBlockEnd('with')
    const body = this.parseUntilBlocks('endwith')
    this.advanceAfterBlockEnd()
    return make('With', tag, targets, values, body)
  }

  parseWord(tag: Token, build: () => Node): Node {
    this.nextToken()
    const node = build()
    this.advanceAfterBlockEnd(tag.value)
    return node
  }

  parseNamedBlock(tag: Token): Node {
    this.nextToken()
    const name = this.expect('symbol')
    while (this.skipSymbol('scoped') || this.skipSymbol('required')) continue
    this.advanceAfterBlockEnd('block')
    const body = this.parseUntilBlocks('endblock')
    this.nextToken()
    this.skipSymbol(name.value)
    this.advanceAfterBlockEnd('endblock')
    return make('Block', tag, make('Symbol', name, name.value), body)
  }

  parseIncluded(tag: Token): Node {
    this.nextToken()
    const template = this.parseExpression()
    const ignore = this.skipSymbol('ignore') && this.skipSymbol('missing')
    const withContext = this.parseWithContext()
    this.advanceAfterBlockEnd('include')
    return make('IncludeMany', tag, template, ignore, withContext)
  }

  /** Filters written in a tag, then its body, then the filters around what the body printed. */
  private capture(tag: Token, end: string): Node {
    const hole = make('Captured', tag)
    return this.fill(hole, this.expressions.filters(hole), tag, end)
  }

  private fill(hole: Node, filtered: Node, tag: Token, end: string): Node {
    this.advanceAfterBlockEnd(tag.value)
    Object.assign(hole, { body: this.parseUntilBlocks(end) })
    this.advanceAfterBlockEnd()
    return filtered
  }
}

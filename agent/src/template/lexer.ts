// Jinja's lexer, on nunjucks' tokenizer: its tokens, its cursor and its tags stay; how text and
// code are cut into tokens is Jinja's (numbers, escapes, braces before `}}`, trimmed newlines).
// Not here: what tokens mean (parser.ts, expression.ts).
import nunjucksLexer, { type Token, type Tokenizer } from 'nunjucks/src/lexer.js'
import { characterOf, LETTERS } from '../value/escapes.ts'
import { SyntaxMistake } from './mistake.ts'

const BaseTokenizer = nunjucksLexer.lex('').constructor as typeof Tokenizer

const SPACE = /[ \t\r\n\f\v\u00a0]+/y
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}_]*/uy
const DIGITS = /\d+/y
const NUMBER = new RegExp(
  [
    '0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+',
    '\\d(?:_?\\d)*(?:(?:\\.\\d(?:_?\\d)*)?[eE][+-]?\\d(?:_?\\d)*|\\.\\d(?:_?\\d)*)?',
  ].join('|'),
  'y',
)
const STRING = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~<>=.:|,;()[\]{}]/y

const OPENERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

const TYPES: Readonly<Record<string, string>> = {
  '(': 'left-paren',
  ')': 'right-paren',
  '[': 'left-bracket',
  ']': 'right-bracket',
  '{': 'left-curly',
  '}': 'right-curly',
  ',': 'comma',
  ':': 'colon',
  '~': 'tilde',
  '|': 'pipe',
}

export class JinjaLexer extends BaseTokenizer {
  /** Which tag the code is in; its end ends the code. */
  private tag: 'BLOCK' | 'VARIABLE' = 'VARIABLE'
  private readonly open: string[] = []
  private afterDot = false
  private starts: RegExp | undefined
  /** In a playbook backslashes inside `{{ }}` stand for themselves, as in Ansible. */
  keepsBackslashes = false
  /** Whether the newline behind the last block was dropped; `raw` wants it back. */
  hasTrimmed = false

  /** Reads everything as code, for a bare expression. */
  startInCode(): void {
    this.in_code = true
  }

  override nextToken(): Token | null {
    if (this.isFinished()) return null
    return this.in_code ? this.codeToken() : this.textToken()
  }

  // nunjucks walks character by character; a token at a time is enough here.
  override forwardN(count: number): void {
    const end = Math.min(this.index + count, this.len)
    for (let index = this.index; index < end; index += 1) {
      if (this.str.charCodeAt(index) === 10) {
        this.lineno += 1
        this.colno = 0
      } else {
        this.colno += 1
      }
    }
    this.index = end
  }

  private take(type: string, length: number, value?: string): Token {
    const token = {
      type,
      value: value ?? this.str.slice(this.index, this.index + length),
      lineno: this.lineno,
      colno: this.colno,
    }
    this.forwardN(length)
    return token
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.index
    return pattern.exec(this.str)?.[0]
  }

  private codeToken(): Token {
    const end = this.open.length === 0 ? this.endOfCode() : undefined
    if (end !== undefined) return end
    const afterDot = this.afterDot
    this.afterDot = false
    const space = this.match(SPACE)
    if (space !== undefined) return this.take('whitespace', space.length)
    const name = this.match(NAME)
    if (name !== undefined) return this.take('symbol', name.length)
    // `item.1.2` is two steps, not a step of 1.2.
    const number = this.match(afterDot ? DIGITS : NUMBER)
    if (number !== undefined) {
      const isFloat = /^\d[\d_]*(?:\.|[eE])/.test(number)
      return this.take(isFloat ? 'float' : 'int', number.length, number.replaceAll('_', ''))
    }
    const text = this.match(STRING)
    if (text !== undefined) return this.stringToken(text)
    return this.operatorToken()
  }

  private endOfCode(): Token | undefined {
    const mark = this.str[this.index] ?? ''
    const sign = mark === '-' || (mark === '+' && this.tag === 'BLOCK') ? mark : ''
    const tag = this.tags[`${this.tag}_END`]
    if (!this.str.startsWith(sign + tag, this.index)) return undefined
    const token = this.take(
      this.tag === 'BLOCK' ? 'block-end' : 'variable-end',
      sign.length + tag.length,
    )
    this.in_code = false
    this.hasTrimmed = false
    if (this.tag === 'BLOCK' && sign === '') this.trimNewline()
    return token
  }

  private trimNewline(): void {
    this.hasTrimmed = this.trimBlocks && this.str[this.index] === '\n'
    if (this.hasTrimmed) this.forwardN(1)
  }

  private stringToken(text: string): Token {
    const inner = text.slice(1, -1)
    const raw = this.keepsBackslashes && this.tag === 'VARIABLE'
    const value = raw ? inner.replace(/\\(['"])/g, '$1') : unescape(inner)
    return this.take('string', text.length, value)
  }

  private operatorToken(): Token {
    const operator = this.match(OPERATOR)
    if (operator === undefined) {
      const character = this.str[this.index] ?? ''
      const quote = character === '"' || character === "'"
      throw quote
        ? this.mistake('a string is not closed', `end it with ${character}`)
        : this.mistake(`unexpected character '${character}'`)
    }
    const closer = OPENERS[operator]
    if (closer !== undefined) this.open.push(closer)
    if (operator === ')' || operator === ']' || operator === '}') this.close(operator)
    this.afterDot = operator === '.'
    return this.take(TYPES[operator] ?? 'operator', operator.length)
  }

  private close(bracket: string): void {
    const expected = this.open.pop()
    if (expected === bracket) return
    throw expected === undefined
      ? this.mistake(`unexpected '${bracket}'`)
      : this.mistake(`unexpected '${bracket}', expected '${expected}'`)
  }

  private mistake(message: string, hint?: string): SyntaxMistake {
    return new SyntaxMistake(message, this.lineno, this.colno, hint)
  }

  private textToken(): Token {
    const start = this.findStart(this.index)
    if (start === undefined) return this.take('data', this.len - this.index)
    if (start.index > this.index) return this.dataToken(start)
    if (start.tag === 'COMMENT') return this.commentToken(start.text)
    this.in_code = true
    this.tag = start.tag
    this.open.length = 0
    return this.take(start.tag === 'BLOCK' ? 'block-start' : 'variable-start', start.text.length)
  }

  private dataToken(start: Start): Token {
    const length = start.index - this.index
    const text = this.str.slice(this.index, start.index)
    return this.take('data', length, start.tag === 'VARIABLE' ? text : this.stripLine(text, start))
  }

  // Takes the blanks before a block or comment that begins its line away, where that is asked for.
  private stripLine(text: string, start: Start): string {
    if (!this.lstripBlocks || start.text.endsWith('+')) return text
    const lineStart = text.lastIndexOf('\n') + 1
    const begins = lineStart > 0 || this.index === 0 || this.str[this.index - 1] === '\n'
    return begins && /^\s*$/.test(text.slice(lineStart)) ? text.slice(0, lineStart) : text
  }

  private commentToken(opening: string): Token {
    const closing = this.tags.COMMENT_END
    const end = this.str.indexOf(closing, this.index + opening.length)
    if (end < 0) throw this.mistake('a comment is not closed', `end it with ${closing}`)
    const token = this.take('comment', end + closing.length - this.index)
    const last = token.value.at(-closing.length - 1)
    if (last !== '-' && last !== '+') this.trimNewline()
    return token
  }

  private findStart(from: number): Start | undefined {
    this.starts ??= startPattern(this.tags)
    this.starts.lastIndex = from
    const found = this.starts.exec(this.str)
    if (found === null) return undefined
    const tag = found[1] !== undefined ? 'BLOCK' : found[2] !== undefined ? 'VARIABLE' : 'COMMENT'
    return { index: found.index, text: found[0], tag }
  }
}

interface Start {
  index: number
  text: string
  tag: 'BLOCK' | 'VARIABLE' | 'COMMENT'
}

function startPattern(tags: Tokenizer['tags']): RegExp {
  const groups = [`(${quote(tags.BLOCK_START)}[-+]?)`, `(${quote(tags.VARIABLE_START)}-?)`]
  return new RegExp(`${groups.join('|')}|(${quote(tags.COMMENT_START)}[-+]?)`, 'g')
}

export function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** A backslash at the end of a line takes it away. */
const ESCAPES: Readonly<Record<string, string>> = { ...LETTERS, '\n': '' }

// Python's escapes; an unknown one stays as it is written, backslash and all.
function unescape(text: string): string {
  if (!text.includes('\\')) return text
  const pattern = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g
  return text.replace(pattern, (whole, octal, hex, short, long, one: string | undefined) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    const code = hex ?? short ?? long
    return (code === undefined ? ESCAPES[one ?? ''] : characterOf(code)) ?? whole
  })
}

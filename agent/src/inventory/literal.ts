// Reads a text as a literal of Python: what an INI inventory takes for a number, a list or a dict.
// Anything else is undefined, and a plain text for the caller. Not here: expressions.
import { characterOf, LETTERS } from '../value/escapes.ts'
import { int } from '../value/number.ts'
import { type Dict, Float, float, Tuple, type Value } from '../value/value.ts'

const SPACE = /[ \t\r\n\f]*/y
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][-+]?\d(?:_?\d)*)?/y
const WORD = /(?:None|True|False)(?![\w.])/y
const STRING =
  /([rRuU]?)('''(?:[^\\]|\\[^])*?'''|"""(?:[^\\]|\\[^])*?"""|'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*")/y
const COMMENT = /^[ \t]*(?:#.*)?$/
const WORDS: Record<string, Value> = { None: null, True: true, False: false }
const MAX_DEPTH = 50

/** The literal's value, or undefined when the text is none. */
export function readLiteral(text: string): Value | undefined {
  const reader = new Reader(text.replace(/^[ \t]+/, ''))
  try {
    return reader.whole()
  } catch (error) {
    if (error instanceof NotLiteral) return undefined
    throw error
  }
}

class NotLiteral extends Error {}

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Value {
    const first = this.#value()
    const value = this.#peek() === ',' ? this.#rest(first, '') : first
    if (!COMMENT.test(this.#text.slice(this.#at))) throw new NotLiteral()
    return value
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match !== null) this.#at += match[0].length
    return match ?? undefined
  }

  #peek(): string {
    this.#take(SPACE)
    return this.#text[this.#at] ?? ''
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #value(): Value {
    this.#depth++
    if (this.#depth > MAX_DEPTH) throw new NotLiteral()
    const value = this.#bare()
    this.#depth--
    return value
  }

  #bare(): Value {
    const character = this.#peek()
    if (character === '-' || character === '+') return this.#signed()
    if (this.#skip('[')) return this.#items(']')
    if (this.#skip('(')) return this.#parenthesised()
    if (this.#skip('{')) return this.#braced()
    const word = this.#take(WORD)
    if (word !== undefined) return WORDS[word[0]] as Value
    const number = this.#take(NUMBER)
    if (number !== undefined && number[0] !== '') return this.#number(number[0])
    return this.#strings()
  }

  #signed(): Value {
    const sign = this.#text[this.#at++]
    const before = this.#peek()
    if (!/[-+.\d]/.test(before)) throw new NotLiteral()
    const value = this.#bare()
    if (sign === '+') return value
    if (typeof value === 'bigint') return int(-value)
    if (typeof value === 'number') return -value
    if (value instanceof Float) {
      return float(-value.value)
    }
    throw new NotLiteral()
  }

  #number(text: string): Value {
    if (/[\w.]/.test(this.#text[this.#at] ?? '')) throw new NotLiteral()
    const digits = text.replaceAll('_', '')
    if (/^0[xXoObB]/.test(digits)) return int(BigInt(digits.toLowerCase()))
    if (/[.eE]/.test(digits)) return float(Number(digits))
    // A leading zero is no number for Python, save zero itself.
    if (/^0+[1-9]/.test(digits)) throw new NotLiteral()
    return int(BigInt(digits))
  }

  /** One string or several beside each other, which are one. */
  #strings(): Value {
    let text: string | undefined
    for (;;) {
      this.#peek()
      const match = this.#take(STRING)
      if (match === undefined) break
      const [, prefix = '', quoted = ''] = match
      const quotes = /^(?:'''|""")/.test(quoted) ? 3 : 1
      const inner = quoted.slice(quotes, -quotes)
      text = (text ?? '') + (prefix.toLowerCase() === 'r' ? inner : unescape(inner))
    }
    if (text === undefined) throw new NotLiteral()
    return text
  }

  #items(close: string): Value[] {
    const items: Value[] = []
    while (!this.#skip(close)) {
      items.push(this.#value())
      if (!this.#skip(',') && this.#peek() !== close) throw new NotLiteral()
    }
    return items
  }

  #parenthesised(): Value {
    if (this.#skip(')')) return new Tuple()
    const first = this.#value()
    if (this.#skip(')')) return first
    return this.#rest(first, ')')
  }

  /** The items of a tuple behind its first; `close` is empty when there are no parentheses. */
  #rest(first: Value, close: string): Value {
    const tuple = new Tuple()
    tuple.push(first)
    while (this.#skip(',')) {
      const next = this.#peek()
      if (next === close || next === '#') break
      tuple.push(this.#value())
    }
    if (close !== '' && !this.#skip(close)) throw new NotLiteral()
    return tuple
  }

  #braced(): Value {
    if (this.#skip('}')) return new Map()
    const first = this.#value()
    if (!this.#skip(':')) {
      // A set; it is used as a list.
      if (!this.#skip(',') && this.#peek() !== '}') throw new NotLiteral()
      return [...new Set([first, ...this.#items('}')])]
    }
    const dict: Dict = new Map([[first, this.#value()]])
    while (this.#skip(',')) {
      if (this.#peek() === '}') break
      const key = this.#value()
      if (!this.#skip(':')) throw new NotLiteral()
      dict.set(key, this.#value())
    }
    if (!this.#skip('}')) throw new NotLiteral()
    return dict
  }
}

/** A backslash at the end of a line takes it away. */
const ESCAPES: Readonly<Record<string, string>> = { ...LETTERS, '\n': '' }

/** Python reads nothing where one of these lacks its digits. */
const NUMBERED = /[xuUN]/

function unescape(text: string): string {
  const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([^]))/g
  return text.replace(escape, (all, ...groups: (string | undefined)[]) => {
    const [hex2, hex4, hex8, octal, other = ''] = groups
    const hex = hex2 ?? hex4 ?? hex8
    const character = hex === undefined ? undefined : characterOf(hex)
    if (NUMBERED.test(other) || (hex !== undefined && character === undefined))
      throw new NotLiteral()
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    return character ?? ESCAPES[other] ?? all
  })
}

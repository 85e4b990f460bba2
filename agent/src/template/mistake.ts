// Mistakes that the lexer and the parsers find, and their words. Not here: the error that a person
// sees, which has the place in the file (source.ts).
import type { Token } from 'nunjucks/src/lexer.js'

/** A mistake in a template's text; lines and columns count from 0 inside the text. */
export class SyntaxMistake extends Error {
  readonly line: number
  readonly column: number
  readonly hint: string | undefined
  constructor(message: string, line: number, column: number, hint?: string) {
    super(message)
    this.line = line
    this.column = column
    this.hint = hint
  }
}

/** Where the expression parser takes its tokens from, one to look ahead. */
export interface Tokens {
  nextToken(): Token | null
  peekToken(): Token | null
}

/** Token types as people write them. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  'left-paren': "'('",
  'right-paren': "')'",
  'right-bracket': "']'",
  'right-curly': "'}'",
  comma: "','",
  colon: "':'",
  symbol: 'a name',
  'block-end': 'the end of the block',
  'variable-end': "the end of '{{ }}'",
}

/** The mistake of finding one token where another was due. */
export function unexpectedToken(
  token: Token | null,
  expected: string,
  tokens: Tokens,
): SyntaxMistake {
  if (token === null) {
    const lexer = (tokens as { tokens?: { lineno: number; colno: number } }).tokens
    const [line, column] = [lexer?.lineno ?? 0, lexer?.colno ?? 0]
    const message = `unexpected end of the template, expected ${expected}`
    return new SyntaxMistake(message, line, column, 'complete it, or remove what is left over')
  }
  const hint = 'look for what is missing before it, or remove it'
  return mistake(`unexpected '${token.value}', expected ${expected}`, token, hint)
}

export function mistake(
  message: string,
  at: { lineno: number; colno: number },
  hint?: string,
): SyntaxMistake {
  return new SyntaxMistake(message, at.lineno, at.colno, hint)
}

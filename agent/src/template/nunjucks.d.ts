// Types for the three inner files of nunjucks that are used; its own types cover none of them.
declare module 'nunjucks/src/lexer.js' {
  export interface Token {
    type: string
    value: string
    lineno: number
    colno: number
  }
  export interface LexerOptions {
    trimBlocks?: boolean
    lstripBlocks?: boolean
    tags?: Partial<Record<string, string>>
  }
  export class Tokenizer {
    constructor(source: string, options?: LexerOptions)
    str: string
    index: number
    len: number
    lineno: number
    colno: number
    in_code: boolean
    trimBlocks: boolean
    lstripBlocks: boolean
    tags: Record<
      | 'BLOCK_START'
      | 'BLOCK_END'
      | 'VARIABLE_START'
      | 'VARIABLE_END'
      | 'COMMENT_START'
      | 'COMMENT_END',
      string
    >
    nextToken(): Token | null
    forwardN(count: number): void
    isFinished(): boolean
  }
  const lexer: { lex(source: string, options?: LexerOptions): Tokenizer } & Record<string, string>
  export default lexer
}

declare module 'nunjucks/src/nodes.js' {
  export class Node {
    constructor(lineno: number, colno: number, ...fields: unknown[])
    lineno: number
    colno: number
    readonly typename: string
    static extend(name: string, props: { fields: string[] }): typeof Node
  }
  const nodes: Record<string, typeof Node> & { Node: typeof Node }
  export default nodes
}

declare module 'nunjucks/src/parser.js' {
  import type { Token, Tokenizer } from 'nunjucks/src/lexer.js'
  import type { Node } from 'nunjucks/src/nodes.js'

  class NunjucksParser {
    constructor(tokens: Tokenizer)
    tokens: Tokenizer
    peeked: Token | null
    breakOnBlocks: string[] | null
    dropLeadingWhitespace: boolean
    nextToken(withWhitespace?: boolean): Token | null
    peekToken(): Token | null
    pushToken(token: Token | null): void
    fail(message: string, lineno?: number, colno?: number): never
    skip(type: string): boolean
    skipValue(type: string, value: string): boolean
    skipSymbol(name: string): boolean
    expect(type: string): Token
    advanceAfterBlockEnd(name?: string): Token
    parseStatement(): Node | null
    parseIf(): Node
    parseMacro(): Node
    parseCall(): Node
    parseBlock(): Node
    parseExtends(): Node
    parseImport(): Node
    parseFrom(): Node
    parseWithContext(): boolean | null
    parseUntilBlocks(...names: string[]): Node
    parseAsRoot(): Node
    parseRaw(): Node
    parseExpression(): Node
    parsePrimary(noPostfix?: boolean): Node
    parseSignature(tolerant?: boolean, noParens?: boolean): Node | null
  }
  const parser: { Parser: typeof NunjucksParser }
  export default parser
}

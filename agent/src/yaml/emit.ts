// Lays out nodes as PyYAML's emitter does, byte for byte: same quotes, same line breaks. Not here:
// which nodes a value has (dump.ts), and reading.
import { analyse, isBreak, type ScalarShape } from './shape.ts'

export type EmitNode =
  | { kind: 'scalar'; text: string; implicit: boolean; tag: string }
  | { kind: 'sequence'; items: EmitNode[]; flow: boolean; anchor?: string }
  | { kind: 'mapping'; entries: [EmitNode, EmitNode][]; flow: boolean; anchor?: string }
  | { kind: 'alias'; anchor: string }

/** How wide, how deep, and which document marks. */
export interface Layout {
  indent: number
  width: number
  explicitStart: boolean
  explicitEnd: boolean
}

interface Context {
  root?: boolean
  /** A value or key of a mapping: a list in it is not indented. */
  mapping?: boolean
  simpleKey?: boolean
}

/** A key longer than this, its tag counted, is written with `?`. */
const MAX_SIMPLE_KEY = 128

export function emit(root: EmitNode, layout: Layout): string {
  const emitter = new Emitter(layout)
  return emitter.document(root)
}

class Emitter {
  readonly #layout: Layout
  readonly #out: string[] = []
  #column = 0
  #whitespace = true
  #indention = true
  #indents: (number | undefined)[] = []
  #indent: number | undefined
  #flowLevel = 0
  /** The text ended where more could follow, so that a `...` has to end it. */
  #openEnded = false

  constructor(layout: Layout) {
    this.#layout = layout
  }

  document(root: EmitNode): string {
    if (this.#layout.explicitStart) this.#indicator('---', true)
    this.#node(root, { root: true })
    this.#writeIndent()
    if (this.#layout.explicitEnd) {
      this.#indicator('...', true)
      this.#writeIndent()
    }
    if (this.#openEnded) {
      this.#indicator('...', true)
      this.#writeIndent()
    }
    return this.#out.join('')
  }

  #node(node: EmitNode, context: Context): void {
    if (node.kind === 'alias') return this.#indicator(`*${node.anchor}`, true)
    if (node.kind === 'scalar') return this.#scalar(node, context)
    if (node.anchor !== undefined) this.#indicator(`&${node.anchor}`, true)
    const inFlow = this.#flowLevel > 0 || node.flow || isEmpty(node)
    if (node.kind === 'sequence') {
      if (inFlow) this.#flow('[', ']', node.items, (item) => this.#node(item, {}))
      else this.#blockSequence(node.items, context)
    } else if (inFlow) {
      this.#flow('{', '}', node.entries, ([key, value]) => this.#flowEntry(key, value))
    } else this.#blockMapping(node.entries)
  }

  #flow<T>(open: string, close: string, items: readonly T[], write: (item: T) => void): void {
    this.#indicator(open, true, true)
    this.#flowLevel++
    this.#push(true)
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#indicator(',', false)
      if (this.#column > this.#layout.width) this.#writeIndent()
      write(item)
    }
    this.#pop()
    this.#flowLevel--
    this.#indicator(close, false)
  }

  #flowEntry(key: EmitNode, value: EmitNode): void {
    if (isSimpleKey(key)) {
      this.#node(key, { mapping: true, simpleKey: true })
      this.#indicator(':', false)
    } else {
      this.#indicator('?', true)
      this.#node(key, { mapping: true })
      if (this.#column > this.#layout.width) this.#writeIndent()
      this.#indicator(':', true)
    }
    this.#node(value, { mapping: true })
  }

  #blockSequence(items: readonly EmitNode[], context: Context): void {
    this.#push(false, context.mapping === true && !this.#indention)
    for (const item of items) {
      this.#writeIndent()
      this.#indicator('-', true, false, true)
      this.#node(item, {})
    }
    this.#pop()
  }

  #blockMapping(entries: readonly [EmitNode, EmitNode][]): void {
    this.#push(false)
    for (const [key, value] of entries) {
      this.#writeIndent()
      if (isSimpleKey(key)) {
        this.#node(key, { mapping: true, simpleKey: true })
        this.#indicator(':', false)
      } else {
        this.#indicator('?', true, false, true)
        this.#node(key, { mapping: true })
        this.#writeIndent()
        this.#indicator(':', true, false, true)
      }
      this.#node(value, { mapping: true })
    }
    this.#pop()
  }

  #scalar(node: EmitNode & { kind: 'scalar' }, context: Context): void {
    const shape = analyse(node.text)
    const characters = Array.from(node.text)
    const canSplit = context.simpleKey !== true
    this.#push(true)
    const isPlain = this.#isPlain(node, shape, context)
    // Only a plain text is read as its type; a quoted one needs the type's tag.
    if (!isPlain && node.tag !== '!!str') this.#indicator(node.tag, true)
    if (isPlain) this.#plain(characters, context, canSplit)
    else if (shape.singleQuoted && !(context.simpleKey === true && shape.multiline)) {
      this.#singleQuoted(characters, canSplit)
    } else this.#doubleQuoted(characters, canSplit)
    this.#pop()
  }

  #isPlain(node: { implicit: boolean }, shape: ScalarShape, context: Context): boolean {
    if (!node.implicit) return false
    if (context.simpleKey === true && (shape.empty || shape.multiline)) return false
    return this.#flowLevel > 0 ? shape.flowPlain : shape.blockPlain
  }

  #push(flow: boolean, indentless = false): void {
    this.#indents.push(this.#indent)
    if (this.#indent === undefined) this.#indent = flow ? this.#layout.indent : 0
    else if (!indentless) this.#indent += this.#layout.indent
  }

  #pop(): void {
    this.#indent = this.#indents.pop()
  }

  #write(text: string): void {
    this.#out.push(text)
    this.#column += Array.from(text).length
  }

  #indicator(text: string, needsSpace: boolean, whitespace = false, indention = false): void {
    this.#write(this.#whitespace || !needsSpace ? text : ` ${text}`)
    this.#whitespace = whitespace
    this.#indention = this.#indention && indention
    this.#openEnded = false
  }

  #writeIndent(): void {
    const indent = this.#indent ?? 0
    const past = this.#column > indent || (this.#column === indent && !this.#whitespace)
    if (!this.#indention || past) this.#lineBreak()
    if (this.#column >= indent) return
    this.#whitespace = true
    this.#write(' '.repeat(indent - this.#column))
  }

  #lineBreak(text = '\n'): void {
    this.#out.push(text)
    this.#whitespace = true
    this.#indention = true
    this.#column = 0
  }

  #plain(characters: readonly string[], context: Context, canSplit: boolean): void {
    if (context.root === true) this.#openEnded = true
    if (characters.length === 0) return
    if (!this.#whitespace) this.#write(' ')
    this.#whitespace = false
    this.#indention = false
    for (const [index, run] of runs(characters).entries()) {
      // A single space may become a line break; several are part of the text.
      if (index > 0 && run === ' ' && canSplit && this.#column > this.#layout.width) {
        this.#writeIndent()
        this.#whitespace = false
        this.#indention = false
      } else this.#write(run)
    }
  }

  #singleQuoted(characters: readonly string[], canSplit: boolean): void {
    this.#indicator("'", true)
    const parts = runs(characters)
    for (const [index, run] of parts.entries()) {
      const inside = index > 0 && index < parts.length - 1
      if (run === ' ' && inside && canSplit && this.#column > this.#layout.width) {
        this.#writeIndent()
      } else if (isBreak(run[0] ?? '')) {
        // Folding eats one line break, hence one more.
        if (run[0] === '\n') this.#lineBreak()
        for (const character of run) this.#lineBreak(character)
        this.#writeIndent()
      } else this.#write(run.replaceAll("'", "''"))
    }
    this.#indicator("'", false)
  }

  #doubleQuoted(characters: readonly string[], canSplit: boolean): void {
    this.#indicator('"', true)
    let start = 0
    const flush = (end: number) => {
      if (start < end) this.#write(characters.slice(start, end).join(''))
      start = Math.max(start, end)
    }
    for (let end = 0; end <= characters.length; end++) {
      const character = characters[end]
      if (character === undefined || needsEscape(character)) {
        flush(end)
        if (character !== undefined) {
          this.#write(escaped(character))
          start = end + 1
        }
      }
      const inside = end > 0 && end < characters.length - 1
      const atSpace = character === ' ' || start >= end
      const over = this.#column + (end - start) > this.#layout.width
      if (!inside || !atSpace || !over || !canSplit) continue
      flush(end)
      this.#write('\\')
      this.#writeIndent()
      this.#whitespace = false
      this.#indention = false
      if (characters[start] === ' ') this.#write('\\')
    }
    this.#indicator('"', false)
  }
}

/** The text in runs: of spaces, of line breaks, of anything else. */
function runs(characters: readonly string[]): string[] {
  const found: string[] = []
  let kind = ''
  for (const character of characters) {
    const own = character === ' ' ? 'space' : isBreak(character) ? 'break' : 'text'
    if (own === kind) found[found.length - 1] += character
    else found.push(character)
    kind = own
  }
  return found
}

function isEmpty(node: EmitNode): boolean {
  if (node.kind === 'sequence') return node.items.length === 0
  return node.kind === 'mapping' && node.entries.length === 0
}

function isSimpleKey(node: EmitNode): boolean {
  if (node.kind === 'alias') return true
  if (node.kind !== 'scalar') return isEmpty(node)
  const shape = analyse(node.text)
  const length = node.tag.length + Array.from(node.text).length
  return length < MAX_SIMPLE_KEY && !shape.empty && !shape.multiline
}

function needsEscape(character: string): boolean {
  if (/["\\\u2028\u2029\uFEFF]/.test(character)) return true
  return !/^[\x20-\x7E\xA0-\uD7FF\uE000-\uFFFD]$/.test(character)
}

const ESCAPES: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1B': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
}

function escaped(character: string): string {
  const short = ESCAPES[character]
  if (short !== undefined) return `\\${short}`
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

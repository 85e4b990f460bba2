// What a text allows: whether it can stand without quotes, in single quotes, or only in double
// ones. The rules are PyYAML's. Not here: what an unquoted text would be read as (scalar.ts).

export interface ScalarShape {
  empty: boolean
  multiline: boolean
  flowPlain: boolean
  blockPlain: boolean
  singleQuoted: boolean
}

export function isBreak(character: string): boolean {
  return character === '\n' || '\x85\u2028\u2029'.includes(character || ' ')
}

const SPACE_AFTER = /^[\0 \t\r\n\x85\u2028\u2029]?$/
/** Indicators that no plain text starts with, and those that flow style minds anywhere. */
const FIRST = /^[#,[\]{}&*!|>'"%@`]/
const FLOW_INDICATOR = /[,?[\]{}]/
// The last code point of Unicode is left out, as PyYAML leaves it out.
const PRINTABLE = /^[\n\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFE}]*$/u

export function analyse(text: string): ScalarShape {
  if (text === '') {
    const empty = { empty: true, multiline: false, flowPlain: false }
    return { ...empty, blockPlain: true, singleQuoted: true }
  }
  const characters = Array.from(text)
  const { block, flow } = indicators(text, characters)
  const multiline = /[\n\x85\u2028\u2029]/.test(text)
  const edgeSpace = /^[ \n\x85\u2028\u2029]|[ \n\x85\u2028\u2029]$/.test(text)
  const breakSpace = /[\n\x85\u2028\u2029] /.test(text)
  const special = / [\n\x85\u2028\u2029]/.test(text) || !PRINTABLE.test(text)
  const plain = !edgeSpace && !breakSpace && !special && !multiline
  return {
    empty: false,
    multiline,
    flowPlain: plain && !flow,
    blockPlain: plain && !block,
    singleQuoted: !breakSpace && !special,
  }
}

/** Whether the text holds marks that mean something in block or in flow style. */
function indicators(
  text: string,
  characters: readonly string[],
): { block: boolean; flow: boolean } {
  let block = /^(?:---|\.\.\.)/.test(text) || FIRST.test(text)
  let flow = block
  for (const [index, character] of characters.entries()) {
    const beforeSpace = SPACE_AFTER.test(characters[index + 1] ?? '')
    if (character === ':' || (index === 0 && character === '?')) {
      flow = true
      block ||= beforeSpace
    } else if (index === 0) {
      if (character === '-' && beforeSpace) block = flow = true
    } else {
      if (FLOW_INDICATOR.test(character)) flow = true
      const afterSpace = SPACE_AFTER.test(characters[index - 1] ?? 'x')
      if (character === '#' && afterSpace) block = flow = true
    }
  }
  return { block, flow }
}

// Turns what the YAML parser says into an error a person can act on: the place where the mistake
// was made rather than where the parser gave up, and a hint. Not here: finding mistakes.
import type { YAMLException } from 'js-yaml'
import type { ClusterError } from '../errors.ts'
import { type Source, yamlError } from './source.ts'

const QUOTE_TEMPLATE = 'quote it: key: "{{ value }}"'
/** A template where YAML expects a value: after `: `, `- ` or at the start of a line. */
const BARE_TEMPLATE = /(?:^|:|-|,|\[)[ \t]+(\{[{%])|^(\{[{%])/g

/** The error for a value that starts with an unquoted `{{`, which YAML reads as a mapping. */
export function bareTemplate(source: Source, offset: number): ClusterError {
  return yamlError(source.at(offset), 'a value starts with an unquoted template', QUOTE_TEMPLATE)
}

/** The ClusterError that says what a YAMLException means. */
export function explainSyntax(error: YAMLException, source: Source): ClusterError {
  const offset = Math.min(error.mark?.position ?? 0, source.text.length)
  const place = source.at(offset)
  const template = findBareTemplate(source, place.line)
  if (template !== undefined) {
    return yamlError(
      { ...place, ...template },
      'a value starts with an unquoted template',
      QUOTE_TEMPLATE,
    )
  }
  for (const explain of EXPLANATIONS) {
    const found = explain(error.reason, source, offset)
    if (found !== undefined) return found
  }
  return yamlError(place, error.reason)
}

type Explanation = (reason: string, source: Source, offset: number) => ClusterError | undefined

const EXPLANATIONS: readonly Explanation[] = [tab, openQuote, openFlow, strangeStart, indentation]

function tab(reason: string, source: Source, offset: number): ClusterError | undefined {
  const place = source.at(offset)
  const line = source.line(place.line)
  const inIndent = /^ *\t/.exec(line)
  if (!reason.includes('tab characters') && inIndent === null) return undefined
  const column = inIndent === null ? place.column : inIndent[0].length
  return yamlError({ ...place, column }, 'a tab in the indentation', 'indent with spaces only')
}

/** An unclosed quote is reported where it was opened, not at the end of the file. */
function openQuote(reason: string, source: Source, offset: number): ClusterError | undefined {
  const text = source.text.slice(0, offset)
  for (const [word, quote, pattern] of QUOTED) {
    const named = reason.includes(`within a ${word} quoted scalar`)
    if (!named && reason !== 'deficient indentation') continue
    const opened = [...text.matchAll(pattern)].find((match) => match[1] === '')
    if (opened === undefined) continue
    return yamlError(
      source.at(opened.index),
      `a ${word} quote is opened here and never closed`,
      `add the closing ${quote}`,
    )
  }
  return undefined
}

const QUOTED = [
  ['double', '"', /(?<=^|[\s[{,:])"(?:[^"\\]|\\.)*("|$)/gs],
  ['single', "'", /(?<=^|[\s[{,:])'(?:[^']|'')*('|$)/gs],
] as const

function openFlow(reason: string, source: Source, offset: number): ClusterError | undefined {
  if (reason === 'missed comma between flow collection entries') {
    const hint = 'separate entries with commas, and quote a text that holds brackets or commas'
    return yamlError(source.at(offset), 'a comma is missing between entries in brackets', hint)
  }
  if (!/within a flow collection|deficient indentation/.test(reason)) return undefined
  const opened = unclosedBracket(source.text.slice(0, offset))
  const bracket = source.text[opened] ?? '['
  return yamlError(
    source.at(opened),
    `"${bracket}" is opened here and never closed`,
    `add the closing "${bracket === '[' ? ']' : '}'}", or quote the text`,
  )
}

/** The last bracket that nothing closes; quoted texts and comments are passed over. */
function unclosedBracket(text: string): number {
  const open: number[] = []
  const token = /"(?:[^"\\]|\\.)*"|(?<=[\s[{,:])'(?:[^']|'')*'|(?<=^|\s)#.*|[[\]{}]/gm
  for (const match of text.matchAll(token)) {
    if (match[0] === '[' || match[0] === '{') open.push(match.index)
    else if (match[0] === ']' || match[0] === '}') open.pop()
  }
  return open.at(-1) ?? 0
}

/** A value that starts with a character YAML keeps for itself. */
function strangeStart(_reason: string, source: Source, offset: number): ClusterError | undefined {
  const character = source.text[offset] ?? ''
  if (!['@', '`', '%', '!', '*', '&'].includes(character)) return undefined
  if (!/(?:^|[:\-,[{])\s*$/.test(source.text.slice(0, offset))) return undefined
  return yamlError(source.at(offset), `a value cannot start with "${character}"`, 'quote it')
}

function indentation(reason: string, source: Source, offset: number): ClusterError | undefined {
  const place = source.at(offset)
  if (/multiline key|expected ':' after a mapping key/.test(reason)) {
    return missingColon(source, place.line)
  }
  const line = source.line(place.line)
  const before = line.slice(0, place.column - 1)
  const stopsAtColon = /^:(?: |$)/.test(line.slice(place.column - 1, place.column + 1))
  if (/bad indentation of a|end of the stream or a document/.test(reason)) {
    if (stopsAtColon && /:\s/.test(before)) {
      const hint = 'quote a text that holds ": "; a value and a mapping cannot share a line'
      return yamlError(place, 'a second ": " on one line', hint)
    }
    if (stopsAtColon) return continuedLine(source, place.line)
    if (before.trim() !== '') {
      const hint = 'quote the whole value, or put one value on a line'
      return yamlError(place, 'text after the end of a value', hint)
    }
    return badIndent(source, place.line)
  }
  if (reason.includes('unknown escape')) {
    const hint = 'double the backslash, or use single quotes'
    const backslash = source.text.lastIndexOf('\\', offset)
    return yamlError(source.at(backslash), 'an unknown escape in double quotes', hint)
  }
  return undefined
}

/** A line that YAML took for more text of the value above: indented too far, or no key above. */
function continuedLine(source: Source, line: number): ClusterError {
  let above = line - 1
  while (above > 0 && /^\s*(?:#.*)?$/.test(source.line(above))) above--
  const isKeyed = above < 1 || /:(?:\s|$)/.test(source.line(above))
  return isKeyed ? badIndent(source, line) : missingColon(source, above)
}

function badIndent(source: Source, line: number): ClusterError {
  const column = source.line(line).search(/\S/) + 1
  const hint = 'align the line with the entries it belongs to; lists and keys do not mix'
  return yamlError(
    { file: source.file, line, column: Math.max(column, 1) },
    'indentation that fits no entry above',
    hint,
  )
}

/** The nearest line at or above that has text and no colon is where the colon is missing. */
function missingColon(source: Source, last: number): ClusterError {
  for (let number = last; number > 0; number--) {
    const line = source.line(number)
    if (line.trim() === '' || /:(?:\s|$)/.test(line) || /^\s*#/.test(line)) continue
    const text = line.trim().replace(/^- +/, '')
    const where = { file: source.file, line: number, column: line.indexOf(text) + 1 }
    const glued = /^([\w.-]+):\S/.exec(text)
    if (glued !== null) {
      const column = where.column + (glued[1] ?? '').length + 1
      const message = `a space is missing after the colon in "${text}"`
      return yamlError({ ...where, column }, message, 'write "key: value"')
    }
    const hint = 'write "key: value"; a text of several lines needs quotes, | or >'
    return yamlError(where, `a colon is missing in "${text}"`, hint)
  }
  return yamlError({ file: source.file, line: last, column: 1 }, 'a colon is missing after a key')
}

function findBareTemplate(
  source: Source,
  line: number,
): { line: number; column: number } | undefined {
  for (const match of source.line(line).matchAll(BARE_TEMPLATE)) {
    const length = (match[1] ?? match[2] ?? '').length
    return { line, column: match.index + match[0].length - length + 1 }
  }
  return undefined
}

// Filters on text.
import { boundText, checkTextLength } from '../../value/budget.ts'
import { str, typeError } from '../../value/python.ts'
import { Tuple, type Value } from '../../value/value.ts'
import { formatPercent } from '../format.ts'
import { capitalize, justify, replace, split, splitLines, strip } from '../methods/text.ts'
import { tuple } from '../operators.ts'
import type { Arg, Filters } from '../plugin.ts'
import { characters } from '../text.ts'
import { asMapping, asText, boolOr, intOr, textOr } from './arguments.ts'
import { wrap } from './wrap.ts'

function indent(text: string, [width, first, blank]: Arg[]): string {
  const mark = typeof width === 'string' ? width : ' '.repeat(Math.min(intOr(width, 4), 10_000))
  const lines = text.split('\n')
  checkTextLength(text.length + lines.length * mark.length)
  const keepsBlank = boolOr(blank, false)
  const [head = '', ...rest] = lines
  const moved = rest.map((line) => (line === '' && !keepsBlank ? line : mark + line))
  const start = boolOr(first, false) && (head !== '' || keepsBlank) ? mark + head : head
  return [start, ...moved].join('\n')
}

function truncate(text: string, [length, killwords, end, leeway]: Arg[]): string {
  const [size, mark] = [intOr(length, 255), textOr(end, '...')]
  if (size < mark.length) throw typeError(`expected length >= ${mark.length}, got ${size}`)
  if (text.length <= size + intOr(leeway, 5)) return text
  const cut = text.slice(0, size - mark.length)
  if (boolOr(killwords, false)) return cut + mark
  const space = cut.lastIndexOf(' ')
  return (space < 0 ? cut : cut.slice(0, space)) + mark
}

function title(text: string): string {
  return text
    .split(/([-\s({[<]+)/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
    .join('')
}

// Walks from mark to mark: a pattern would look for the end of a tag from every `<` anew.
function stripTags(text: string): string {
  let kept = ''
  let from = 0
  for (let start = text.indexOf('<'); start >= 0; start = text.indexOf('<', from)) {
    const closing = text.startsWith('<!--', start) ? '-->' : '>'
    const end = text.indexOf(closing, start)
    if (end < 0) break
    kept += text.slice(from, start)
    from = end + closing.length
  }
  const words = (kept + text.slice(from)).split(/\s+/)
  return words.filter((word) => word !== '').join(' ')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

function escapeHtml(value: Value): string {
  return boundText(str(value).replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark))
}

const STYLES: Readonly<Record<string, [begin: string, mark: string, end: string]>> = {
  plain: ['', '# ', ''],
  erlang: ['', '% ', ''],
  c: ['', '// ', ''],
  cblock: ['/*', ' * ', ' */'],
  xml: ['<!--', ' - ', '-->'],
}

function times(count: Arg): number {
  return Math.min(Math.max(0, intOr(count, 1)), 1000)
}

/** Ansible's comment: a box of comment lines around the text. */
function comment(text: string, args: Arg[], kwargs: Map<string, Value>): string {
  const style = textOr(args[0], 'plain')
  const row = Object.hasOwn(STYLES, style) ? STYLES[style] : undefined
  if (row === undefined) throw typeError(`no comment style is named '${style}'`)
  const option = (name: string, otherwise: string): string => textOr(kwargs.get(name), otherwise)
  const mark = option('decoration', row[1])
  const newline = option('newline', '\n')
  const begin = option('beginning', row[0])
  const end = option('end', row[2])
  const bar = mark.trimEnd()
  const prefix = option('prefix', bar)
  const before = prefix === '' ? '' : (prefix + newline).repeat(times(kwargs.get('prefix_count')))
  const after = (newline + option('postfix', bar)).repeat(times(kwargs.get('postfix_count')))
  const body = text
    .split(newline)
    .map((line) => (line === '' ? bar : mark + line))
    .join(newline)
  const opening = begin === '' ? '' : begin + newline
  return boundText(opening + before + body + after + (end === '' ? '' : newline + end))
}

const plain = (run: (text: string) => Value) => ({ run: (input: Value) => run(str(input)) })

export const TEXT: Filters = {
  lower: plain((text) => text.toLowerCase()),
  upper: plain((text) => text.toUpperCase()),
  capitalize: plain(capitalize),
  title: plain(title),
  string: { run: (input) => str(input) },
  trim: {
    params: 'chars',
    run: (input, [chars]) => strip(str(input), chars, true, true),
  },
  replace: {
    params: 'old new count',
    run: (input, [from, to, count]) =>
      replace(str(input), str(from ?? ''), str(to ?? ''), intOr(count, -1)),
  },
  indent: { params: 'width first blank', run: (input, args) => indent(str(input), args) },
  truncate: {
    params: 'length killwords end leeway',
    run: (input, args) => truncate(str(input), args),
  },
  wordwrap: {
    params: 'width break_long_words wrapstring break_on_hyphens',
    run: (input, [width, breaks, mark, hyphens]) =>
      wrap(
        str(input),
        intOr(width, 79),
        boolOr(breaks, true),
        textOr(mark, '\n'),
        boolOr(hyphens, true),
      ),
  },
  wordcount: plain((text) => text.match(/\w+/gu)?.length ?? 0),
  center: {
    params: 'width',
    run: (input, [width]) => justify(str(input), [intOr(width, 80)], '^'),
  },
  format: {
    params: '* **',
    run: (input, _args, { rest, kwargs }) => {
      if (rest.length > 0 && kwargs.size > 0) {
        throw typeError("can't handle positional and keyword arguments at the same time")
      }
      return formatPercent(str(input), kwargs.size > 0 ? new Map(kwargs) : tuple(rest))
    },
  },
  striptags: plain(stripTags),
  escape: { run: escapeHtml },
  e: { run: escapeHtml },
  forceescape: { run: escapeHtml },
  safe: { run: (input) => str(input) },
  split: {
    params: 'sep maxsplit',
    run: (input, [sep, most]) => split(asText(input), sep, intOr(most, -1)),
  },
  splitlines: { run: (input) => splitLines(asText(input), false) },
  quote: { run: (input) => shellQuote(input === null ? '' : str(input)) },
  comment: {
    params: 'style **',
    run: (input, args, { kwargs }) => comment(str(input), args, kwargs),
  },
  xmlattr: {
    params: 'autospace',
    run: (input, [autospace]) => {
      const items = [...asMapping(input)].filter((entry) => entry[1] !== null)
      const text = items.map(([key, item]) => `${escapeHtml(key)}="${escapeHtml(item)}"`).join(' ')
      return boolOr(autospace, true) && text !== '' ? ` ${text}` : text
    },
  },
  join: {
    params: 'd attribute',
    run: (input, [mark, name], { engine }) => {
      const list = input instanceof Tuple || Array.isArray(input) ? input : [...asListText(input)]
      const items = name === undefined ? list : list.map((item) => engine.member(item, name))
      return boundText(items.map((item) => str(item)).join(str(mark ?? '')))
    },
  },
}

function asListText(input: Value): Value[] {
  if (typeof input === 'string') return characters(input)
  return [...asMapping(input, 'what is joined').keys()]
}

/** A text as one word of a POSIX shell, quoted only where that is needed. */
function shellQuote(text: string): string {
  if (text === '') return "''"
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}

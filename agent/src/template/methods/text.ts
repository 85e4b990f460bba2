// Python's str methods. Those that pad or replace check the size of what they make first.
import { boundText, checkTextLength } from '../../value/budget.ts'
import { dictGet, orElse, typeError, typeName, undefinedError } from '../../value/python.ts'
import { isDict, LazyDict, Undefined, type Value } from '../../value/value.ts'
import { formatFields } from '../formatspec.ts'
import { tuple } from '../operators.ts'
import { listOf } from '../sequence.ts'
import { indexOf, slice } from '../slice.ts'
import { characters } from '../text.ts'
import { intArg, type Methods, table, textArg } from './method.ts'

/** `' a  b '.split()` splits at runs of blanks; with a separator, at each one. */
export function split(text: string, separator: Value | undefined, most = -1): string[] {
  if (separator === undefined || separator === null) return splitBlanks(text, most)
  const mark = textArg([separator], 0)
  if (mark === '') throw typeError('empty separator')
  const parts = text.split(mark)
  if (most < 0 || parts.length <= most + 1) return parts
  return [...parts.slice(0, most), parts.slice(most).join(mark)]
}

function splitBlanks(text: string, most: number): string[] {
  const parts: string[] = []
  let rest = text.trimStart()
  while (rest !== '') {
    const end = most >= 0 && parts.length >= most ? -1 : rest.search(/\s/)
    if (end < 0) {
      parts.push(most >= 0 && parts.length >= most ? rest : rest.trimEnd())
      break
    }
    parts.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return parts
}

function turn(text: string): string {
  return characters(text).toReversed().join('')
}

function rsplit(text: string, separator: Value | undefined, most: number): string[] {
  const mark = typeof separator === 'string' ? turn(separator) : separator
  return split(turn(text), mark, most).map(turn).toReversed()
}

/** Takes the given characters, or blanks, from the chosen ends. */
export function strip(
  text: string,
  chosen: Value | undefined,
  left: boolean,
  right: boolean,
): string {
  if (chosen === undefined || chosen === null) {
    const cut = left ? text.trimStart() : text
    return right ? cut.trimEnd() : cut
  }
  const set = new Set(textArg([chosen], 0))
  const units = characters(text)
  let [from, to] = [0, units.length]
  const isCut = (index: number): boolean => from < to && set.has(units[index] ?? '')
  if (left) while (isCut(from)) from += 1
  if (right) while (isCut(to - 1)) to -= 1
  return units.slice(from, to).join('')
}

/** Pads on the right (`<`), left (`>`) or both sides (`^`) as str.ljust, rjust and center do. */
export function justify(text: string, args: Value[], how: '<' | '>' | '^'): string {
  const width = intArg(args, 0)
  const fill = textArg(args, 1, ' ')
  checkTextLength(width)
  const missing = width - characters(text).length
  if (missing <= 0) return text
  if (how === '<') return text + fill.repeat(missing)
  if (how === '>') return fill.repeat(missing) + text
  // CPython puts the odd blank on the left when the width is odd.
  const left = Math.floor(missing / 2) + (missing & width & 1)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}

/** str.replace; refuses results beyond the text limit before they are made. */
export function replace(text: string, from: string, to: string, most = -1): string {
  const parts = from === '' ? ['', ...characters(text), ''] : text.split(from)
  const times = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1)
  checkTextLength(text.length + times * Math.max(0, to.length - from.length))
  return (
    parts.slice(0, times + 1).join(to) +
    parts
      .slice(times + 1)
      .map((part) => from + part)
      .join('')
  )
}

function matches(text: string, args: Value[], how: 'startsWith' | 'endsWith'): boolean {
  const [wanted = null, start = null, stop = null] = args
  const part = args.length > 1 ? (slice(text, start, stop, null) as string) : text
  const options = Array.isArray(wanted) ? wanted : [wanted]
  return options.some((_option, index) => part[how](textArg(options, index)))
}

function partition(text: string, args: Value[], index: number, last: boolean): Value {
  const mark = textArg(args, 0)
  if (index < 0) return last ? tuple(['', '', text]) : tuple([text, '', ''])
  return tuple([text.slice(0, index), mark, text.slice(index + mark.length)])
}

function join(text: string, [list = null]: Value[]): string {
  const parts = listOf(list).map((item, index) => {
    if (typeof item === 'string') return item
    if (item instanceof Undefined) throw undefinedError(item)
    throw typeError(`sequence item ${index}: expected str instance, ${typeName(item)} found`)
  })
  return boundText(parts.join(text))
}

/** Each word's first letter large, the rest small, as str.title has it. */
function title(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => {
    const [first = '', ...rest] = word
    return first.toUpperCase() + rest.join('').toLowerCase()
  })
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = text
  return first.toUpperCase() + rest.join('').toLowerCase()
}

/** str.splitlines: no empty line after a final newline. */
export function splitLines(text: string, keepEnds: boolean): string[] {
  const lines = text.match(/[^\n\r]*(?:\r\n|\n|\r)|[^\n\r]+$/g) ?? []
  return keepEnds ? lines : lines.map((line) => line.replace(/[\r\n]+$/, ''))
}

function fieldMember(input: Value, key: Value): Value {
  if (isDict(input) || input instanceof LazyDict) {
    const found = dictGet(input, key)
    if (found !== undefined) return found
  }
  const index = indexOf(key)
  const item = index !== undefined && Array.isArray(input) ? input[index] : undefined
  const message = `'${typeName(input)} object' has no such field`
  return orElse(item, new Undefined(message))
}

function hasCase(text: string, wanted: (text: string) => string): boolean {
  return text === wanted(text) && text.toLowerCase() !== text.toUpperCase()
}

function find(text: string, args: Value[], last: boolean): number {
  const wanted = textArg(args, 0)
  if (args.length < 2) return last ? text.lastIndexOf(wanted) : text.indexOf(wanted)
  const from = intArg(args, 1)
  const start = from < 0 ? Math.max(0, from + text.length) : from
  const part = slice(text, start, args[2] ?? null, null) as string
  const index = last ? part.lastIndexOf(wanted) : part.indexOf(wanted)
  return index < 0 ? -1 : index + start
}

function mustFind(index: number): number {
  if (index < 0) throw typeError('substring not found')
  return index
}

function count(text: string, args: Value[]): number {
  const wanted = textArg(args, 0)
  return wanted === '' ? text.length + 1 : text.split(wanted).length - 1
}

const option = (args: Value[], kwargs: Map<string, Value>, index: number, name: string) =>
  orElse(args[index], kwargs.get(name))

function splitArgs(args: Value[], kwargs: Map<string, Value>): [Value | undefined, number] {
  const most = option(args, kwargs, 1, 'maxsplit')
  return [option(args, kwargs, 0, 'sep'), most === undefined ? -1 : intArg([most], 0)]
}

const all = (pattern: RegExp) => (text: string) => pattern.test(text)

export const textMethods: Methods = table<string>({
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  casefold: (text) => text.toLowerCase().replaceAll('ß', 'ss'),
  title,
  capitalize,
  swapcase: (text) =>
    characters(text)
      .map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()))
      .join(''),
  strip: (text, [characters]) => strip(text, characters, true, true),
  lstrip: (text, [characters]) => strip(text, characters, true, false),
  rstrip: (text, [characters]) => strip(text, characters, false, true),
  split: (text, args, kwargs) => split(text, ...splitArgs(args, kwargs)),
  rsplit: (text, args, kwargs) => rsplit(text, ...splitArgs(args, kwargs)),
  splitlines: (text, args, kwargs) =>
    splitLines(text, option(args, kwargs, 0, 'keepends') === true),
  join,
  replace: (text, args) => replace(text, textArg(args, 0), textArg(args, 1), intArg(args, 2, -1)),
  startswith: (text, args) => matches(text, args, 'startsWith'),
  endswith: (text, args) => matches(text, args, 'endsWith'),
  removeprefix: (text, args) => {
    const prefix = textArg(args, 0)
    return text.startsWith(prefix) ? text.slice(prefix.length) : text
  },
  removesuffix: (text, args) => {
    const suffix = textArg(args, 0)
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  },
  find: (text, args) => find(text, args, false),
  rfind: (text, args) => find(text, args, true),
  index: (text, args) => mustFind(find(text, args, false)),
  rindex: (text, args) => mustFind(find(text, args, true)),
  count,
  format: (text, args, kwargs) => formatFields(text, args, kwargs, fieldMember),
  partition: (text, args) => partition(text, args, text.indexOf(textArg(args, 0)), false),
  rpartition: (text, args) => partition(text, args, text.lastIndexOf(textArg(args, 0)), true),
  ljust: (text, args) => justify(text, args, '<'),
  rjust: (text, args) => justify(text, args, '>'),
  center: (text, args) => justify(text, args, '^'),
  zfill: (text, args) => {
    const width = intArg(args, 0)
    checkTextLength(width)
    const sign = /^[-+]/.exec(text)?.[0] ?? ''
    return sign + text.slice(sign.length).padStart(width - sign.length, '0')
  },
  expandtabs: (text, args) => {
    const size = intArg(args, 0, 8)
    checkTextLength(text.length * Math.max(1, size))
    return text.replace(/([^\n\t]*)\t/g, (_all, before: string) =>
      before.padEnd((Math.floor(before.length / size) + 1) * size),
    )
  },
  isdigit: all(/^[\p{Nd}\u00b2\u00b3\u00b9]+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isnumeric: all(/^\p{N}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: all(/^\s+$/),
  // oxlint-disable-next-line no-control-regex -- the range is what ASCII is
  isascii: all(/^[\x00-\x7f]*$/),
  isidentifier: all(/^[\p{L}_][\p{L}\p{N}_]*$/u),
  islower: (text) => hasCase(text, (part) => part.toLowerCase()),
  isupper: (text) => hasCase(text, (part) => part.toUpperCase()),
  istitle: (text) => hasCase(text, title),
})

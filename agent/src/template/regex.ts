// Python's regular expressions on JavaScript's engine: syntax is translated, what JavaScript lacks
// is refused, and a pattern that could backtrack for ever runs with a limit of time.
import vm from 'node:vm'
import { ClusterError } from '../errors.ts'
import { typeError } from '../value/python.ts'

export interface RegexOptions {
  readonly ignoreCase?: boolean
  readonly multiline?: boolean
}

/** Milliseconds that one match with a risky pattern may take. */
const MATCH_LIMIT_MS = 1000

/** Texts up to this length are matched at once even by patterns with two quantifiers. */
const SHORT_TEXT = 24

const cache = new Map<string, RegExp>()

/** Compiles a Python pattern; always global, so that callers can walk the matches. */
export function compileRegex(pattern: string, options: RegexOptions = {}): RegExp {
  const key = `${options.ignoreCase ? 'i' : ''}${options.multiline ? 'm' : ''}/${pattern}`
  let regex = cache.get(key)
  if (regex === undefined) {
    regex = build(pattern, options)
    if (cache.size > 1000) cache.clear()
    cache.set(key, regex)
  }
  return regex
}

function build(pattern: string, options: RegexOptions): RegExp {
  if (pattern.length > 10_000) throw typeError('the pattern is longer than 10000 characters')
  let flags = `gu${options.ignoreCase ? 'i' : ''}${options.multiline ? 'm' : ''}`
  const inline = /^\(\?([aimsux]+)\)/.exec(pattern)
  let body = pattern
  if (inline !== null) {
    body = pattern.slice(inline[0].length)
    for (const flag of inline[1] ?? '') {
      if (flag === 'x') throw unsupported(pattern, 'the verbose flag (?x)')
      if ('ims'.includes(flag) && !flags.includes(flag)) flags += flag
    }
  }
  const translated = translate(body, pattern, flags.includes('m'))
  try {
    return new RegExp(translated, flags)
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/[a-z]*: /s, '') : ''
    throw typeError(`the regular expression '${pattern}' is wrong: ${reason.toLowerCase()}`)
  }
}

function unsupported(pattern: string, what: string): ClusterError {
  return new ClusterError('TEMPLATE_TYPE', `${what} is not supported in '${pattern}'`)
}

// In this order: an escape, a set, groups that differ, possessive quantifiers, stray braces, `$`.
const PIECE = new RegExp(
  [
    /\\([^])/,
    /\[\^?\]?(?:\\[^]|\[:\w+:\]|[^\]\\])*\]/,
    /\(\?P<(\w+)>|\(\?P=(\w+)\)|\(\?#[^)]*\)|\(\?\(|\(\?>/,
    /[*+?}]\+/,
    /\{,(\d+)\}|\{(?!\d*,?\d*\})|(?<!\{[\d,]*)\}/,
    /\$/,
  ]
    .map((piece) => piece.source)
    .join('|'),
  'g',
)

// Punctuation that stands for itself with a backslash in the u mode of JavaScript.
const ESCAPABLE = /[\^$\\.*+?()[\]{}|/]/

function translate(body: string, pattern: string, multiline: boolean): string {
  return body.replace(PIECE, (piece, escaped, name, reference, most) => {
    if (escaped !== undefined) return translateEscape(escaped as string)
    if (name !== undefined) return `(?<${String(name)}>`
    if (reference !== undefined) return `\\k<${String(reference)}>`
    if (most !== undefined) return `{0,${String(most)}}`
    if (piece.startsWith('[')) return translateSet(piece)
    if (piece.startsWith('(?#')) return ''
    if (piece === '(?(' || piece === '(?>') throw unsupported(pattern, `'${piece}'`)
    if (piece.length === 2 && piece.endsWith('+')) throw unsupported(pattern, `'${piece}'`)
    // Python's $ also matches before a newline at the very end.
    if (piece === '$') return multiline ? '$' : '(?=\\n?$(?![^]))'
    return `\\${piece}`
  })
}

function translateEscape(character: string): string {
  if (character === 'A') return '(?<![^])'
  if (character === 'Z') return '(?![^])'
  if (character === 'w') return '[\\p{L}\\p{N}_]'
  if (character === 'W') return '[^\\p{L}\\p{N}_]'
  if (character === 'a') return '\\x07'
  if (/[dDsSbBntrfvux0-9]/.test(character) || ESCAPABLE.test(character)) return `\\${character}`
  if (/[a-zA-Z]/.test(character)) throw typeError(`bad escape \\${character} in the pattern`)
  return character === '-' ? '-' : character
}

function translateSet(set: string): string {
  const open = set.startsWith('[^') ? '[^' : '['
  const inner = set.slice(open.length, -1)
  const body = inner.replace(/^\]|\\([^])|\[/g, (piece, escaped: string | undefined) => {
    if (escaped === undefined) return `\\${piece}`
    if (escaped === 'w') return '\\p{L}\\p{N}_'
    if (escaped === 'W') return '\\W'
    if (/[dDsSbntrfvux0-9-]/.test(escaped) || ESCAPABLE.test(escaped)) return `\\${escaped}`
    return escaped
  })
  return `${open}${body}]`
}

export interface Match {
  readonly text: string
  readonly index: number
  readonly groups: (string | undefined)[]
  readonly named: Readonly<Record<string, string | undefined>>
}

/** The matches in a text, at most so many, leftmost first. */
export function matchAll(regex: RegExp, text: string, most = Infinity): Match[] {
  return isRisky(regex.source) && text.length > SHORT_TEXT
    ? matchWithLimit(regex, text, most)
    : collect(regex, text, most)
}

function collect(regex: RegExp, text: string, most: number): Match[] {
  const found: Match[] = []
  regex.lastIndex = 0
  for (
    let match = regex.exec(text);
    match !== null && found.length < most;
    match = regex.exec(text)
  ) {
    found.push({
      text: match[0],
      index: match.index,
      groups: match.slice(1),
      named: match.groups ?? {},
    })
    if (match[0] === '') regex.lastIndex += 1
    if (found.length >= most) break
  }
  return found
}

/** Whether quantifiers could multiply: several of them, one around a group, or a back reference. */
function isRisky(source: string): boolean {
  const quantifiers = source.match(/[^\\(][*+?]|\{\d+,/g) ?? []
  return quantifiers.length > 1 || /\)[*+{]|\\\d|\\k</.test(source)
}

// Only this script of ours runs there; it is a place with a time limit, not one for templates.
const SCRIPT = 'matches(regex, text, most)'

let limited: { readonly box: vm.Context; readonly script: vm.Script } | undefined

function matchWithLimit(regex: RegExp, text: string, most: number): Match[] {
  limited ??= { box: vm.createContext({ matches: collect }), script: new vm.Script(SCRIPT) }
  const { box, script } = limited
  Object.assign(box, { regex, text, most })
  try {
    return script.runInContext(box, { timeout: MATCH_LIMIT_MS }) as Match[]
  } catch (error) {
    // The error comes from the other context, where it is no Error of ours.
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new ClusterError(
      'TEMPLATE_REFUSED',
      `matching '${regex.source}' took more than a second`,
      { hint: 'the pattern has nested or adjoining quantifiers; make it more exact' },
    )
  }
}

/** Python's expansion of `\1`, `\g<1>` and `\g<name>` in a replacement. */
export function expand(replacement: string, match: Match): string {
  const pattern = /\\(?:g<(\w+)>|(\d{1,2})|([^]))/g
  return replacement.replace(pattern, (all, name, digits, other: string | undefined) => {
    const group = (name ?? digits) as string | undefined
    if (group !== undefined) return groupOf(match, group)
    if (other === 'n') return '\n'
    if (other === 't') return '\t'
    if (other === 'r') return '\r'
    if (other === '\\') return '\\'
    if (/[a-zA-Z]/.test(other ?? '')) throw typeError(`bad escape ${all} in the replacement`)
    return all
  })
}

/** A group by number or name; an error when the pattern has none. */
export function groupOf(match: Match, name: string): string {
  if (!/^\d+$/.test(name)) {
    if (!Object.hasOwn(match.named, name)) throw typeError(`unknown group name '${name}'`)
    return match.named[name] ?? ''
  }
  const index = Number(name)
  if (index > match.groups.length) throw typeError(`invalid group reference ${index}`)
  return index === 0 ? match.text : (match.groups[index - 1] ?? '')
}

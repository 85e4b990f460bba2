// Filters with regular expressions.
import { checkTextLength } from '../../value/budget.ts'
import { str, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import { tuple } from '../operators.ts'
import type { Arg, Filters } from '../plugin.ts'
import { compileRegex, expand, groupOf, type Match, matchAll, type RegexOptions } from '../regex.ts'
import { boolOr, intOr, textOr } from './arguments.ts'

function options(ignoreCase: Arg, multiline: Arg): RegexOptions {
  return { ignoreCase: boolOr(ignoreCase, false), multiline: boolOr(multiline, false) }
}

function replaceAll(
  text: string,
  pattern: string,
  to: string,
  how: RegexOptions,
  most: number,
): string {
  let made = ''
  let from = 0
  for (const match of matchAll(compileRegex(pattern, how), text, most > 0 ? most : Infinity)) {
    made += text.slice(from, match.index) + expand(to, match)
    from = match.index + match.text.length
    checkTextLength(made.length)
  }
  return made + text.slice(from)
}

// Python gives texts for one group, tuples for several.
function found(match: Match): Value {
  const groups = match.groups.map((group) => group ?? '')
  if (groups.length === 0) return match.text
  return groups.length === 1 ? (groups[0] ?? '') : tuple(groups)
}

function search(input: Value, args: Arg[], rest: Value[]): Value {
  const regex = compileRegex(str(args[0] ?? ''), options(args[1], args[2]))
  const [match] = matchAll(regex, str(input), 1)
  if (match === undefined) return null
  if (rest.length === 0) return match.text
  return rest.map((wanted) => {
    const name = /^\\g<(\w+)>$/.exec(str(wanted))?.[1] ?? /^\\(\d+)$/.exec(str(wanted))?.[1]
    if (name === undefined) throw typeError(`unknown argument '${str(wanted)}'`)
    return groupOf(match, name)
  })
}

const BASIC_SPECIAL = /[[\].^$*\\]/g

export const REGEX: Filters = {
  regex_replace: {
    params: 'pattern replacement ignorecase multiline count mandatory_count',
    run: (input, [pattern, to, ignoreCase, multiline, count]) => {
      const how = options(ignoreCase, multiline)
      return replaceAll(str(input), textOr(pattern, ''), textOr(to, ''), how, intOr(count, 0))
    },
  },
  regex_findall: {
    params: 'regex multiline ignorecase',
    run: (input, [pattern, multiline, ignoreCase]) => {
      const regex = compileRegex(textOr(pattern, ''), options(ignoreCase, multiline))
      return matchAll(regex, str(input)).map(found)
    },
  },
  regex_search: {
    params: 'regex * ignorecase multiline',
    run: (input, [pattern, ignoreCase, multiline], { rest }) => {
      // Positional arguments behind the pattern name groups; the flags are keywords only.
      const groups = [ignoreCase, multiline].filter((arg) => typeof arg === 'string') as Value[]
      const [i, m] = [ignoreCase, multiline].map((arg) =>
        typeof arg === 'string' ? undefined : arg,
      )
      return search(input, [pattern, i, m], [...groups, ...rest])
    },
  },
  regex_escape: {
    params: 're_type',
    run: (input, [type]) => {
      const kind = textOr(type, 'python')
      if (kind === 'posix_basic') return str(input).replace(BASIC_SPECIAL, '\\$&')
      if (kind !== 'python') throw typeError(`invalid regex type (${kind})`)
      return str(input).replace(/[\s#$&()*+.?[\\\]^{|}~-]/g, '\\$&')
    },
  },
}

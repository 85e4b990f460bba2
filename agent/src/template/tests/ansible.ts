// Tests that Ansible adds: on results of tasks, versions, patterns, lists and paths.
import { ClusterError } from '../../errors.ts'
import { asDict, dictGet, str, truth, typeError } from '../../value/python.ts'
import { Undefined, Unknown, type Value } from '../../value/value.ts'
import { asList, boolOr, textOr } from '../filters/arguments.ts'
import type { Arg, Call, Test, Tests } from '../plugin.ts'
import { compileRegex, matchAll } from '../regex.ts'
import { includes } from '../sequence.ts'
import { isIn } from './values.ts'
import { compareVersions } from './version.ts'

/** A field of a task's result; what is missing counts as false. */
function field(result: Value, name: string): boolean | Unknown {
  const dict = asDict(result)
  if (dict === undefined) {
    throw typeError(
      `the test needs a task's result, got ${str(result).slice(0, 60)}`,
      'register the task and test that name',
    )
  }
  const value = dictGet(dict, name)
  if (value instanceof Unknown) return value
  return value !== undefined && truth(value)
}

const result = (run: (value: Value) => boolean | Unknown): Test => ({ run, passesUnknown: true })
const not = (value: boolean | Unknown): boolean | Unknown =>
  value instanceof Unknown ? value : !value

const failed = result((value) => field(value, 'failed'))
const succeeded = result((value) => not(field(value, 'failed')))
const skipped = result((value) => field(value, 'skipped'))

const changed = result((value) => {
  const own = field(value, 'changed')
  if (own !== false || dictGet(asDict(value) ?? new Map(), 'changed') !== undefined) return own
  const items = dictGet(asDict(value) ?? new Map(), 'results')
  if (!Array.isArray(items)) return own
  return items.some((item) => field(item, 'changed') === true)
})

function matches(input: Value, [pattern, ignoreCase, multiline]: Arg[], kind: string): boolean {
  const how = { ignoreCase: boolOr(ignoreCase, false), multiline: boolOr(multiline, false) }
  const regex = compileRegex(textOr(pattern, ''), how)
  const [first] = matchAll(regex, str(input), 1)
  return first !== undefined && (kind === 'search' || first.index === 0)
}

const regexTest = (kind: string): Test => ({
  params: 'pattern ignorecase multiline match_type',
  run: (input, args) => matches(input, args, kind === 'regex' ? textOr(args[3], 'search') : kind),
})

const version: Test = {
  params: 'version operator strict version_type',
  run: (input, [other = '', operator, strict, type]) =>
    compareVersions(
      str(input),
      str(other),
      textOr(operator, 'eq'),
      strict ?? null,
      textOr(type, ''),
    ),
}

const subset: Test = {
  params: 'b',
  run: (a, [b]) => asList(a).every((item) => includes(asList(b), item)),
}

const superset: Test = {
  params: 'b',
  run: (a, [b]) => asList(b).every((item) => includes(asList(a), item)),
}

const path = (name: string): Test => ({
  params: 'other',
  run: (input, _args, call) => askPath(name, str(input), call),
})

function askPath(name: string, text: string, { engine }: Call): boolean {
  const ask = engine.context.pathTest
  if (ask !== undefined) return ask(name, text, { file: '', line: 1, column: 1 })
  throw new ClusterError('TEMPLATE_REFUSED', `the test '${name}' cannot look at files here`, {
    hint: 'use the stat module and test its result',
  })
}

function truthy(value: Value, [convert]: Arg[]): boolean {
  if (!boolOr(convert, false)) return truth(value)
  const known =
    typeof value === 'string' && /^(?:y|yes|on|1|true|t|n|no|off|0|false|f)$/i.test(value)
  return known ? /^(?:y|yes|on|1|true|t)$/i.test(value) : truth(value)
}

const defined: Test = {
  acceptsUndefined: true,
  acceptsUnknown: true,
  passesUnknown: true,
  run: (value) => !(value instanceof Undefined),
}

export const ANSIBLE_TESTS: Tests = {
  defined,
  undefined: { ...defined, run: (value) => value instanceof Undefined },
  failed,
  failure: failed,
  success: succeeded,
  succeeded,
  successful: succeeded,
  changed,
  change: changed,
  skipped,
  skip: skipped,
  reachable: result((value) => not(field(value, 'unreachable'))),
  unreachable: result((value) => field(value, 'unreachable')),
  timedout: result((value) => {
    const period = dictGet(asDict(value) ?? new Map(), 'timedout')
    return period !== undefined && truth(period)
  }),
  started: result((value) => field(value, 'started')),
  finished: result((value) => field(value, 'finished')),
  match: regexTest('match'),
  search: regexTest('search'),
  regex: regexTest('regex'),
  version,
  version_compare: version,
  subset,
  issubset: subset,
  superset,
  issuperset: superset,
  contains: {
    params: 'value',
    run: (container, [value = null]) => isIn(value, container),
  },
  all: { run: (value) => asList(value).every((item) => truth(item)) },
  any: { run: (value) => asList(value).some((item) => truth(item)) },
  truthy: { params: 'convert_bool', run: truthy },
  falsy: { params: 'convert_bool', run: (value, args) => !truthy(value, args) },
  vault_encrypted: { run: () => false },
  uri: { params: 'schemes', run: (value) => /^[a-z][\w+.-]*:\S*$/i.test(str(value)) },
  url: { params: 'schemes', run: (value) => /^[a-z][\w+.-]*:\/\/[^/\s]+/i.test(str(value)) },
  urn: { run: (value) => /^urn:[\w-]+:\S+$/i.test(str(value)) },
  abs: { run: (value) => str(value).startsWith('/') },
  is_abs: { run: (value) => str(value).startsWith('/') },
  directory: path('directory'),
  is_dir: path('directory'),
  file: path('file'),
  is_file: path('file'),
  link: path('link'),
  is_link: path('link'),
  exists: path('exists'),
  link_exists: path('link_exists'),
  mount: path('mount'),
  is_mount: path('mount'),
  same_file: path('same_file'),
  is_same_file: path('same_file'),
}

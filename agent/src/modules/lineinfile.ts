// lineinfile: one line of a file, there or not.
import * as z from 'zod'
import type { FileState } from '../host/host.ts'
import { compileRegex, expand, type Match, matchAll } from '../template/regex.ts'
import {
  backupField,
  backupFinish,
  editParams,
  encodingOf,
  inEncoding,
  linesOf,
  planEdit,
} from './editing.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'

const schema = z.object({
  path: path().describe('the file on the host'),
  line: text().optional().describe('the line that shall be there'),
  regexp: text().optional().describe('Python regular expression of the line to replace or remove'),
  search_string: text().optional().describe('a text within the line, instead of regexp'),
  state: choice(['present', 'absent']).default('present').describe('whether the line is there'),
  insertafter: text().optional().describe('regular expression of the line before it, or EOF'),
  insertbefore: text().optional().describe('regular expression of the line after it, or BOF'),
  firstmatch: bool().default(false).describe('the first match counts, not the last'),
  backrefs: bool().default(false).describe('groups of regexp are filled into line'),
  create: bool().default(false).describe('make the file when there is none'),
  ...editParams,
})

type Params = z.output<typeof schema>

interface Edit {
  readonly lines: string[]
  readonly message: string
  readonly found?: number
}

export const lineinfile = defineModule({
  name: 'lineinfile',
  summary: 'Make sure that a line is in a file, or is not.',
  params: schema,
  aliases: { dest: 'path', destfile: 'path', name: 'path', value: 'line', regex: 'regexp' },
  effect: 'changes',
  returns: {
    msg: 'what was done: line added, line replaced, ...',
    found: 'lines removed, for absent',
    backup: 'name of the old file, with backup',
  },
  examples: `- lineinfile:
    path: /etc/ssh/sshd_config
    regexp: '^#?PasswordAuthentication'
    line: PasswordAuthentication no
    validate: sshd -t -f %s`,
  probe: async (params, context) => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const state = known(await context.host.stat(params.path, { follow: true }))
    if (state?.type === 'directory') {
      return { failure: `Path ${params.path} is a directory !`, result: { rc: 256 } }
    }
    if (state === null && params.state === 'absent') return { result: { msg: 'file not present' } }
    if (state === null && !params.create) {
      return { failure: `Destination ${params.path} does not exist !`, result: { rc: 257 } }
    }
    const content = known(await context.host.read(params.path)) ?? Buffer.alloc(0)
    return planLine(params, context, state, content)
  },
})

function refuse(params: Params): string | undefined {
  if (params.regexp !== undefined && params.search_string !== undefined) {
    return 'regexp and search_string exclude each other'
  }
  if (params.state === 'present') {
    if (params.line === undefined) return 'line is required with state=present'
    if (params.backrefs && params.regexp === undefined) {
      return 'regexp is required with backrefs=true'
    }
    if (params.insertafter !== undefined && params.insertbefore !== undefined) {
      return 'insertafter and insertbefore exclude each other'
    }
    return undefined
  }
  if (
    params.regexp === undefined &&
    params.search_string === undefined &&
    params.line === undefined
  ) {
    return 'one of line, search_string, or regexp is required with state=absent'
  }
  return undefined
}

async function planLine(
  params: Params,
  context: ModuleContext,
  state: FileState | null,
  content: Buffer,
): Promise<Outcome> {
  const encoding = encodingOf(content)
  const own = encoding === 'utf8' ? params : asBytes(params)
  const before = content.toString(encoding)
  const edit = params.state === 'present' ? present(own, before) : absent(own, before)
  const plan = await planEdit(context, {
    path: params.path,
    state,
    content: Buffer.from(edit.lines.join(''), encoding),
    hasBackup: params.backup,
    validate: params.validate,
    message: edit.message,
    mode: params.mode,
    owner: params.owner,
    group: params.group,
  })
  const { outcome } = plan
  if (outcome.changes === undefined) return outcome
  const found = edit.found === undefined ? {} : { found: edit.found }
  return {
    ...outcome,
    result: { ...outcome.result, backup: '', ...backupField(plan, 'backup'), ...found },
    finish: backupFinish(params.backup, 'backup'),
  }
}

/** The author's texts as bytes, for a file that is no UTF-8. */
function asBytes(params: Params): Params {
  return {
    ...params,
    line: bytes(params.line),
    regexp: bytes(params.regexp),
    search_string: bytes(params.search_string),
    insertafter: bytes(params.insertafter),
    insertbefore: bytes(params.insertbefore),
  }
}

function bytes(text: string | undefined): string | undefined {
  return text === undefined ? undefined : inEncoding(text, 'latin1')
}

type Matcher = (line: string) => Match | undefined

function matcher(params: Params): Matcher | undefined {
  if (params.regexp !== undefined) return patternMatcher(params.regexp)
  const text = params.search_string
  if (text === undefined) return undefined
  return patternMatcher(text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
}

/** A line is searched without its newline, so that `$` stands where Python has it. */
function patternMatcher(pattern: string): Matcher {
  const regex = compileRegex(pattern)
  return (line) => matchAll(regex, line.replace(/\n$/, ''), 1)[0]
}

function bareLine(line: string): string {
  return line.replace(/[\r\n]+$/, '')
}

function present(params: Params, before: string): Edit {
  const lines = linesOf(before)
  const line = params.line ?? ''
  const matches = matcher(params)
  const isMatch = (text: string): boolean => matches?.(text) !== undefined
  const at = params.firstmatch ? lines.findIndex(isMatch) : lines.findLastIndex(isMatch)
  if (at >= 0) {
    const match = matches?.(lines[at] ?? '')
    const text = params.backrefs && match !== undefined ? expand(line, match) : line
    return replaceLine(lines, at, text)
  }
  const { exact, place } = findPlace(params, lines, line)
  // A line that is there already gets the newline that it may lack.
  if (exact >= 0) return replaceLine(lines, exact, line)
  if (params.backrefs) return { lines, message: '' }
  return insertLine(params, lines, place, line)
}

function replaceLine(lines: string[], at: number, line: string): Edit {
  const fresh = line.endsWith('\n') ? line : `${line}\n`
  if (lines[at] === fresh) return { lines, message: '' }
  return { lines: lines.toSpliced(at, 1, fresh), message: 'line replaced' }
}

/** Where the very line stands, and where insertafter or insertbefore would have it. */
function findPlace(params: Params, lines: readonly string[], line: string) {
  const wish = params.insertafter ?? params.insertbefore ?? 'EOF'
  const isPattern = wish !== 'EOF' && wish !== 'BOF'
  const matches = isPattern ? patternMatcher(wish) : undefined
  let exact = -1
  let place = -1
  for (const [index, text] of lines.entries()) {
    if (bareLine(text) === line) exact = index
    else if (matches?.(text) !== undefined) {
      place = params.insertafter === undefined ? index : index + 1
      if (params.firstmatch) break
    }
  }
  return { exact, place }
}

function insertLine(params: Params, lines: string[], place: number, line: string): Edit {
  const message = 'line added'
  const text = `${line}\n`
  if (params.insertbefore === 'BOF' || params.insertafter === 'BOF') {
    return { lines: [text, ...lines], message }
  }
  if (place < 0) return { lines: [...endWithNewline(lines, lines.length), text], message }
  if (params.insertafter !== undefined && bareLine(lines[place] ?? '\n\n') === line) {
    return { lines, message: '' }
  }
  return { lines: endWithNewline(lines, place).toSpliced(place, 0, text), message }
}

/** The line before the new one gets the newline that it may lack. */
function endWithNewline(lines: string[], at: number): string[] {
  const last = lines[at - 1]
  if (last === undefined || /[\r\n]$/.test(last)) return lines
  return lines.with(at - 1, `${last}\n`)
}

function absent(params: Params, before: string): Edit {
  const lines = linesOf(before)
  const matches = matcher(params)
  const kept = lines.filter((text) =>
    matches === undefined ? bareLine(text) !== params.line : matches(text) === undefined,
  )
  const found = lines.length - kept.length
  return { lines: kept, message: found > 0 ? `${found} line(s) removed` : '', found }
}

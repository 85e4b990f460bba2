// lineinfile: one line of a file, there or not.
import * as z from 'zod'
import { compileRegex, expand, type Match, matchAll } from '../template/regex.ts'

import { attributeParams } from './attributes.ts'
import { contentOutcome, planContent, planParents } from './content.ts'
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
  firstmatch: bool().default(false).describe('the first match of insertafter, not the last'),
  backrefs: bool().default(false).describe('groups of regexp are filled into line'),
  create: bool().default(false).describe('make the file when there is none'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
  validate: text().optional().describe('a command with %s that must accept the new file'),
  unsafe_writes: bool().default(false).describe('accepted; files are always written whole'),
  ...attributeParams,
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
    const content = known(await context.host.read(params.path))
    if (content === null && params.state === 'absent') {
      return { result: { msg: 'file not present', backup: '', found: 0 } }
    }
    if (content === null && !params.create) {
      return { failure: `Destination ${params.path} does not exist !`, result: { rc: 257 } }
    }
    const before = content?.toString('utf8') ?? ''
    const edit = params.state === 'present' ? present(params, before) : absent(params, before)
    return planEdit(params, context, content === null ? null : before, edit)
  },
})

function refuse(params: Params): string | undefined {
  if (params.state === 'present') {
    if (params.line === undefined) return 'line is required with state=present'
    if (params.backrefs && params.regexp === undefined) {
      return 'regexp is required with backrefs=true'
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

async function planEdit(
  params: Params,
  context: ModuleContext,
  before: string | null,
  edit: Edit,
): Promise<Outcome> {
  const after = edit.lines.join('')
  const above =
    before === null
      ? await planParents(context, params.path.replace(/\/[^/]*$/, '') || '/', {})
      : { changes: [] }
  if (above.failure !== undefined) return { failure: above.failure }
  const wish = {
    path: params.path,
    content: Buffer.from(after, 'utf8'),
    source: params.path,
    hasBackup: params.backup,
    validate: params.validate,
    isFollowed: true,
    isForced: true,
    mode: params.mode,
    owner: params.owner,
    group: params.group,
  }
  const plan = await planContent(context, wish)
  const outcome = contentOutcome(wish, plan)
  const found = edit.found === undefined ? {} : { found: edit.found }
  const isEdited = plan.isContentChanged
  const extra =
    plan.changes.length > 0 && !isEdited ? 'ownership, perms or SE linux context changed' : ''
  const message = isEdited ? edit.message : extra
  return {
    ...(outcome.failure === undefined ? {} : { failure: outcome.failure }),
    changes: [...above.changes, ...plan.changes],
    diffs: plan.diffs,
    result: { msg: message, backup: '', ...found },
    finish: (ran) => {
      const backup = params.backup ? (ran.at(-1)?.stdout.toString('utf8') ?? '') : ''
      return backup === '' ? {} : { result: { backup } }
    },
  }
}

/** Lines with their ends, so that a file without a last newline stays as it is elsewhere. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

type Matcher = (line: string) => Match | undefined

function matcher(params: Params): Matcher | undefined {
  if (params.regexp !== undefined) return patternMatcher(params.regexp)
  const text = params.search_string
  if (text === undefined) return undefined
  return patternMatcher(text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
}

function patternMatcher(pattern: string): Matcher {
  const regex = compileRegex(pattern)
  return (line) => matchAll(regex, line, 1)[0]
}

function present(params: Params, before: string): Edit {
  const lines = linesOf(before)
  const line = params.line ?? ''
  const bare = lines.map((text) => text.replace(/\r?\n$/, ''))
  const matches = matcher(params)
  // With several matches the last line is replaced, as Ansible documents.
  const at = matches === undefined ? -1 : lastIndex(bare, (text) => matches(text) !== undefined)
  if (at >= 0 && matches !== undefined) return replaceLine(params, lines, bare, at, matches)
  if (params.backrefs) return { lines, message: '' }
  const exact = params.firstmatch ? bare.indexOf(line) : bare.lastIndexOf(line)
  if (exact >= 0) return { lines, message: '' }
  return insertLine(params, lines, bare, line)
}

function replaceLine(
  params: Params,
  lines: string[],
  bare: string[],
  at: number,
  matches: Matcher,
): Edit {
  const match = matches(bare[at] ?? '')
  const line =
    params.backrefs && match !== undefined ? expand(params.line ?? '', match) : (params.line ?? '')
  // A line that is there already elsewhere is still replaced here: the match decides.
  const end = lines[at]?.endsWith('\n') === true || !line.endsWith('\n') ? '\n' : ''
  const fresh = line.replace(/\n$/, '') + end
  if (lines[at] === fresh || bare[at] === line) return { lines, message: '' }
  return { lines: lines.toSpliced(at, 1, fresh), message: 'line replaced' }
}

function insertLine(params: Params, lines: string[], bare: string[], line: string): Edit {
  const message = 'line added'
  const text = `${line}\n`
  if (params.insertbefore === 'BOF') return { lines: [text, ...lines], message }
  const place = params.insertbefore ?? params.insertafter
  if (place !== undefined && place !== 'EOF') {
    const matches = patternMatcher(place)
    const found = params.firstmatch
      ? bare.findIndex((entry) => matches(entry) !== undefined)
      : lastIndex(bare, (entry) => matches(entry) !== undefined)
    if (found >= 0) {
      const at = params.insertbefore === undefined ? found + 1 : found
      const whole = endWithNewline(lines, at)
      return { lines: whole.toSpliced(at, 0, text), message }
    }
  }
  return { lines: [...endWithNewline(lines, lines.length), text], message }
}

/** The line before the new one gets the newline that it may lack. */
function endWithNewline(lines: string[], at: number): string[] {
  const last = lines[at - 1]
  if (last === undefined || last.endsWith('\n')) return lines
  return lines.with(at - 1, `${last}\n`)
}

function absent(params: Params, before: string): Edit {
  const lines = linesOf(before)
  const matches = matcher(params)
  const kept = lines.filter((text) => {
    const bare = text.replace(/\r?\n$/, '')
    return matches === undefined ? bare !== params.line : matches(bare) === undefined
  })
  const found = lines.length - kept.length
  return { lines: kept, message: found > 0 ? `${found} line(s) removed` : '', found }
}

function lastIndex(lines: readonly string[], test: (line: string) => boolean): number {
  return lines.findLastIndex(test)
}

// replace: every place of a file that a regular expression matches.
import * as z from 'zod'
import { compileRegex, expand, type Match, matchAll } from '../template/regex.ts'
import {
  backupField,
  backupFinish,
  editParams,
  encodingOf,
  inEncoding,
  planEdit,
} from './editing.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { choice, path, text } from './params.ts'

const schema = z.object({
  path: path().describe('the file on the host'),
  regexp: text().describe('Python regular expression; ^ and $ match at lines'),
  replace: text().default('').describe('what stands there instead; groups as \\1 or \\g<name>'),
  after: text().optional().describe('only below the first match of this expression'),
  before: text().optional().describe('only above the first match of this expression'),
  encoding: choice(['utf-8']).default('utf-8').describe('files that are no UTF-8 stay as they are'),
  ...editParams,
})

type Params = z.output<typeof schema>

export const replace = defineModule({
  name: 'replace',
  summary: 'Replace what a regular expression matches in a file.',
  params: schema,
  aliases: { dest: 'path', destfile: 'path', name: 'path' },
  effect: 'changes',
  returns: {
    msg: 'how many places were replaced',
    rc: '0',
    backup_file: 'name of the old file, with backup',
  },
  examples: `- replace:
    path: /etc/hosts
    regexp: '(\\s)old\\.example(\\s|$)'
    replace: '\\1new.example\\2'`,
  probe: async (params, context): Promise<Outcome> => {
    const state = known(await context.host.stat(params.path, { follow: true }))
    if (state?.type === 'directory') {
      return { failure: `Path ${params.path} is a directory !`, result: { rc: 256 } }
    }
    if (state === null) {
      return { failure: `Path ${params.path} does not exist !`, result: { rc: 257 } }
    }
    const content = known(await context.host.read(params.path)) ?? Buffer.alloc(0)
    const encoding = encodingOf(content)
    const own = (words: string): string => inEncoding(words, encoding)
    const text = content.toString(encoding)
    const part = partOf(params, text, own)
    if (part === undefined) {
      const place = 'Pattern for before/after params did not match the given file'
      return { result: { msg: `${place}: ${sectionPattern(params)}`, rc: 0 } }
    }
    const matches = matchAll(compileRegex(own(params.regexp), { multiline: true }), part.text)
    const fresh = substitute(part.text, matches, own(params.replace))
    const after = text.slice(0, part.start) + fresh + text.slice(part.start + part.text.length)
    const plan = await planEdit(context, {
      ...params,
      state,
      content: Buffer.from(after, encoding),
      hasBackup: params.backup,
      message: `${matches.length} replacements made`,
    })
    const result = { ...plan.outcome.result, rc: 0, ...backupField(plan, 'backup_file') }
    return { ...plan.outcome, result, finish: backupFinish(params.backup, 'backup_file') }
  },
})

function sectionPattern({ after, before }: Params): string {
  if (after === undefined) return `(?P<subsection>.*)${before ?? ''}`
  return before === undefined
    ? `${after}(?P<subsection>.*)`
    : `${after}(?P<subsection>.*?)${before}`
}

/** The part of the text between the two expressions, or undefined when they are not there. */
function partOf(params: Params, text: string, own: (words: string) => string) {
  if (params.after === undefined && params.before === undefined) return { start: 0, text }
  const regex = compileRegex(`(?s)${own(sectionPattern(params))}`)
  const match = matchAll(regex, text, 1)[0]
  if (match === undefined) return undefined
  return placeOfSection(match, params, own)
}

/** Where the section lies within its match: what `after` matches stands before it. */
function placeOfSection(match: Match, params: Params, own: (words: string) => string) {
  const section = match.named['subsection'] ?? ''
  if (params.before === undefined) {
    return { start: match.index + match.text.length - section.length, text: section }
  }
  if (params.after === undefined) return { start: match.index, text: section }
  const head = matchAll(compileRegex(`(?s)${own(params.after)}`), match.text, 1)[0]
  const skipped = (head?.index ?? 0) + (head?.text.length ?? 0)
  const start = match.text.indexOf(section, Math.min(skipped, match.text.length - section.length))
  return { start: match.index + start, text: section }
}

function substitute(text: string, matches: readonly Match[], replacement: string): string {
  let out = ''
  let at = 0
  for (const match of matches) {
    out += text.slice(at, match.index) + expand(replacement, match)
    at = match.index + match.text.length
  }
  return out + text.slice(at)
}

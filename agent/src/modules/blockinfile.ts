// blockinfile: several lines of a file between two lines that mark them as ours.
import * as z from 'zod'
import { compileRegex, matchAll } from '../template/regex.ts'
import {
  backupField,
  backupFinish,
  type Encoding,
  editParams,
  encodingOf,
  inEncoding,
  linesOf,
  planEdit,
} from './editing.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'

const schema = z.object({
  path: path().describe('the file on the host'),
  block: text().default('').describe('the lines between the marks; empty removes them'),
  state: choice(['present', 'absent']).default('present').describe('whether the block is there'),
  marker: text()
    .default('# {mark} ANSIBLE MANAGED BLOCK')
    .describe('the line of a mark; {mark} becomes marker_begin and marker_end'),
  marker_begin: text().default('BEGIN').describe('what {mark} is above the block'),
  marker_end: text().default('END').describe('what {mark} is below the block'),
  insertafter: text().optional().describe('regular expression of the line before it, or EOF'),
  insertbefore: text().optional().describe('regular expression of the line after it, or BOF'),
  append_newline: bool().default(false).describe('an empty line after the block'),
  prepend_newline: bool().default(false).describe('an empty line before the block'),
  create: bool().default(false).describe('make the file when there is none'),
  ...editParams,
})

type Params = z.output<typeof schema>

export const blockinfile = defineModule({
  name: 'blockinfile',
  summary: 'Make sure that a block of lines is in a file, or is not.',
  params: schema,
  aliases: { dest: 'path', destfile: 'path', name: 'path', content: 'block' },
  effect: 'changes',
  returns: {
    msg: 'what was done: Block inserted, Block removed, File created',
    backup_file: 'name of the old file, with backup',
  },
  examples: `- blockinfile:
    path: /etc/hosts
    marker: "# {mark} nodes of the rack"
    block: |
      10.0.0.1 one
      10.0.0.2 two`,
  probe: async (params, context): Promise<Outcome> => {
    if (params.insertafter !== undefined && params.insertbefore !== undefined) {
      return { failure: 'insertafter and insertbefore exclude each other' }
    }
    const state = known(await context.host.stat(params.path, { follow: true }))
    if (state?.type === 'directory') {
      return { failure: `Path ${params.path} is a directory !`, result: { rc: 256 } }
    }
    if (state === null && !params.create) {
      return { failure: `Path ${params.path} does not exist !`, result: { rc: 257 } }
    }
    if (state === null && params.state === 'absent') {
      return { result: { msg: `File ${params.path} not present` } }
    }
    const content = known(await context.host.read(params.path)) ?? Buffer.alloc(0)
    const encoding = encodingOf(content)
    const { text: after, isRemoval } = edit(params, content.toString(encoding), encoding)
    const plan = await planEdit(context, {
      ...params,
      state,
      content: Buffer.from(after, encoding),
      hasBackup: params.backup,
      message: state === null ? 'File created' : isRemoval ? 'Block removed' : 'Block inserted',
    })
    const result = { ...plan.outcome.result, ...backupField(plan, 'backup_file') }
    return { ...plan.outcome, result, finish: backupFinish(params.backup, 'backup_file') }
  },
})

/** The file's text with the block where it belongs; an old one gives its place to the new one. */
function edit(params: Params, before: string, encoding: Encoding) {
  const own = (words: string): string => inEncoding(words, encoding)
  const mark = (word: string): string => `${own(params.marker.replaceAll('{mark}', word))}\n`
  const [begin, end] = [mark(params.marker_begin), mark(params.marker_end)]
  const block = own(params.block)
  const isRemoval = params.state === 'absent' || block === ''
  const inner = block.endsWith('\n') ? block : `${block}\n`
  const ours = isRemoval ? [] : [begin, ...linesOf(inner), end]
  const lines = linesOf(before)
  const first = lines.findLastIndex(isLine(begin))
  const last = lines.findLastIndex(isLine(end))
  let at: number
  if (first < 0 || last < 0) at = placeOf(params, lines, before, own)
  else {
    at = Math.min(first, last)
    lines.splice(at, Math.max(first, last) - at + 1)
  }
  const previous = lines[at - 1]
  if (previous !== undefined && !previous.endsWith('\n')) lines[at - 1] = `${previous}\n`
  if (!isRemoval) {
    if (params.prepend_newline && at > 0 && !isBlank(lines[at - 1])) ours.unshift('\n')
    if (params.append_newline && !isBlank(lines[at])) ours.push('\n')
  }
  return { text: lines.toSpliced(at, 0, ...ours).join(''), isRemoval }
}

/** A last line without a newline may still be a mark. */
function isLine(wish: string): (line: string) => boolean {
  return (line) => line === wish || `${line}\n` === wish
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line === '\n'
}

/** The number of lines above a new block. */
function placeOf(
  params: Params,
  lines: readonly string[],
  before: string,
  own: (words: string) => string,
): number {
  const wish = params.insertafter ?? params.insertbefore ?? 'EOF'
  if (wish === 'BOF' && params.insertafter === undefined) return 0
  if (wish === 'EOF' && params.insertbefore === undefined) return lines.length
  const isAfter = params.insertafter !== undefined
  const regex = compileRegex(own(wish))
  if (regex.multiline) {
    const match = matchAll(regex, before, 1)[0]
    if (match === undefined) return lines.length
    const above = before.slice(0, match.index + (isAfter ? match.text.length : 0))
    return above.split('\n').length - (isAfter && !above.endsWith('\n') ? 0 : 1)
  }
  const at = lines.findLastIndex((line) => {
    return matchAll(regex, line.replace(/\n$/, ''), 1).length > 0
  })
  if (at < 0) return lines.length
  return isAfter ? at + 1 : at
}

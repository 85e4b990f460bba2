// pam_limits: lines of limits.conf, which say how much of something users may have. Not here: what
// limits apply to a session (pam_limits.so reads the files when one begins).
import * as z from 'zod'
import { defineModule } from './module.ts'
import { bool, choice, path, text } from './params.ts'
import { planTextFile, readTextFile } from './textfile.ts'

const ITEMS = [
  'core',
  'data',
  'fsize',
  'memlock',
  'nofile',
  'rss',
  'stack',
  'cpu',
  'nproc',
  'as',
  'maxlogins',
  'maxsyslogins',
  'priority',
  'locks',
  'sigpending',
  'msgqueue',
  'nice',
  'rtprio',
  'chroot',
] as const

/** limits.conf(5): each of them says that there is no limit. */
const NO_LIMIT = new Set(['unlimited', 'infinity', '-1'])
/** These two count from -20 to 19 and know no "unlimited". */
const NICE = new Set(['nice', 'priority'])

const schema = z.object({
  domain: text().describe('a user, @group, or * for all'),
  limit_type: choice(['hard', 'soft', '-']).describe('which limit; - is both'),
  limit_item: choice(ITEMS).describe('what is limited'),
  value: text().describe('the limit, or unlimited, infinity or -1'),
  dest: path().default('/etc/security/limits.conf').describe('the file'),
  comment: text().default('').describe('words behind the limit'),
  use_max: bool().default(false).describe('a higher limit that is there stays'),
  use_min: bool().default(false).describe('a lower limit that is there stays'),
  backup: bool().default(false).describe('keep a copy of the file before it changes'),
})

type Params = z.output<typeof schema>

export const pamLimits = defineModule({
  name: 'pam_limits',
  summary: 'Set limits of users in limits.conf.',
  params: schema,
  effect: 'changes',
  returns: { msg: 'the line of the limit' },
  examples: `- pam_limits:
    domain: "@hpc"
    limit_type: "-"
    limit_item: memlock
    value: unlimited`,
  notes: ['A comment that is there stays unless another one is given.'],
  probe: async (params, context) => {
    const failure = refusalOf(params)
    if (failure !== undefined) return { failure }
    const before = (await readTextFile(context.host, params.dest)) ?? ''
    const { lines, line } = edit(before === '' ? [] : before.replace(/\n$/, '').split('\n'), params)
    const after = `${lines.join('\n')}\n`
    const result = { msg: line }
    if (lines.join('\n') === before.replace(/\n$/, '') && before !== '') return { result }
    const plan = await planTextFile(context, {
      path: params.dest,
      text: after,
      hasBackup: params.backup,
    })
    return plan.failure === undefined ? { ...plan, result } : { failure: plan.failure }
  },
})

function refusalOf({ domain, limit_item: item, value, use_max, use_min }: Params) {
  if (use_max && use_min) return 'use_max and use_min exclude each other'
  if (/[\s#]/.test(domain) || domain === '') return `${JSON.stringify(domain)} is no domain`
  const isNumber = NICE.has(item) ? /^-?\d+$/.test(value) : /^\d+$/.test(value)
  if (isNumber || (!NICE.has(item) && NO_LIMIT.has(value))) return undefined
  return `${JSON.stringify(value)} is no limit of ${item}`
}

/** The lines with the limit in them: where it stood, or at the end. */
function edit(lines: readonly string[], params: Params): { lines: string[]; line: string } {
  const { domain, limit_type: type, limit_item: item, comment } = params
  let line: string | undefined
  const edited = lines.map((old) => {
    const [, body = '', , note] = /^([^#]*)(#(.*))?$/s.exec(old) ?? []
    const [oldDomain, oldType, oldItem, oldValue = '', ...more] = body.trim().split(/\s+/)
    const isThis = oldDomain === domain && oldType === type && oldItem === item && more.length === 0
    if (!isThis || oldValue === '') return old
    const value = chosen(params, oldValue)
    if (value === oldValue) {
      line = old
      return old
    }
    const words = comment === '' ? note : comment
    line = write(params, value, words)
    return line
  })
  if (line !== undefined) return { lines: edited, line }
  const added = write(params, params.value, comment === '' ? undefined : comment)
  return { lines: [...lines, added], line: added }
}

function write(params: Params, value: string, comment: string | undefined): string {
  const { domain, limit_type: type, limit_item: item } = params
  const words = comment === undefined ? [] : [`#${comment.replaceAll(/\s+/g, ' ')}`]
  return [domain, type, item, value, ...words].join('\t')
}

function chosen({ value, limit_item: item, use_max, use_min }: Params, old: string): string {
  if (!use_max && !use_min) return value
  const isLess = size(old, item) < size(value, item)
  return isLess === use_max ? value : old
}

function size(value: string, item: string): number {
  return !NICE.has(item) && NO_LIMIT.has(value) ? Number.POSITIVE_INFINITY : Number(value)
}

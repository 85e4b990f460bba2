// cron: jobs and variables in the table of a user, or in a file of /etc/cron.d. A job stands below
// a comment with its name, the same that Ansible writes. Not here: the lines (crontable.ts).
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import {
  type CronTable,
  envNames,
  jobNames,
  parseTable,
  removeEnv,
  removeJob,
  setEnv,
  setJob,
  tableText,
} from './crontable.ts'
import { type Diff, defineModule, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, text } from './params.ts'
import { findProgram, settlePackages } from './programs.ts'
import { planNoFile, planTextFile, readTextFile } from './textfile.ts'

const SPECIAL = ['reboot', 'yearly', 'annually', 'monthly', 'weekly', 'daily', 'hourly'] as const

const schema = z.object({
  name: text().describe('name of the job, or of the variable'),
  job: text().optional().describe('the command, or the value of the variable'),
  state: choice(['present', 'absent']).default('present').describe('whether it is there'),
  user: text().optional().describe('whose table it is, or who runs the job of a file'),
  cron_file: text().optional().describe('a file of /etc/cron.d, or its path'),
  minute: text().default('*').describe('0-59, *, */2 and so on'),
  hour: text().default('*').describe('0-23, *, */2 and so on'),
  day: text().default('*').describe('day of the month, 1-31'),
  month: text().default('*').describe('1-12, *, */2 and so on'),
  weekday: text().default('*').describe('0-6 for Sunday to Saturday'),
  special_time: choice(SPECIAL).optional().describe('a nickname instead of the five fields'),
  disabled: bool().default(false).describe('the job is kept as a comment'),
  env: bool().default(false).describe('it is a variable for the jobs below'),
  insertafter: text().optional().describe('variable after which a new one stands'),
  insertbefore: text().optional().describe('variable before which a new one stands'),
  backup: bool().default(false).describe('keep the table that was there'),
})

type Params = z.output<typeof schema>

export const cron = defineModule({
  name: 'cron',
  summary: 'Manage jobs of cron and their variables.',
  params: schema,
  aliases: { value: 'job', dom: 'day', dow: 'weekday' },
  effect: 'changes',
  returns: {
    jobs: 'names of the jobs in the table',
    envs: 'names of the variables in the table',
    cron_file: 'as given',
    backup_file: 'the table that was there, with backup',
  },
  examples: `- cron:
    name: report
    minute: "0"
    hour: "6"
    job: /usr/local/bin/report`,
  probe: async (params, context) => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const before = await readTable(params, context.host)
    if ('failure' in before) return before
    const table = parseTable(before.text)
    const edited = edit(params, table)
    if (typeof edited === 'string') return { failure: edited }
    const after = tableText(edited)
    if (params.cron_file !== undefined) return planFile(params, context, before.text, edited)
    const result = fields(params, edited)
    if (after === before.text) return { result }
    return {
      changes: [install(params, before.text, after)],
      diffs: [diff(`crontab ${params.user ?? ''}`.trim(), before.text, after)],
      result,
      finish: ([ran]) => {
        const kept = ran?.stdout.toString('utf8').trim() ?? ''
        return { result: kept === '' ? {} : { backup_file: kept } }
      },
    }
  },
})

function refuse(params: Params): string | undefined {
  const hasTime = [params.minute, params.hour, params.day, params.month, params.weekday].some(
    (field) => field !== '*',
  )
  if (params.special_time !== undefined && hasTime) {
    return 'special_time and the five fields exclude each other'
  }
  if (params.state === 'present' && params.cron_file !== undefined && params.user === undefined) {
    return 'cron_file needs user: a file of jobs names who runs them'
  }
  if (params.state === 'present' && (params.job ?? '') === '') {
    return 'job is required with state present'
  }
  if (params.insertafter !== undefined && params.insertbefore !== undefined) {
    return 'insertafter and insertbefore exclude each other'
  }
  if (!params.env && (params.insertafter !== undefined || params.insertbefore !== undefined)) {
    return 'insertafter and insertbefore are for variables: set env'
  }
  const lines = [params.name, params.job ?? '', params.minute, params.hour, params.day]
  return [...lines, params.month, params.weekday].some((value) => /[\r\n]/.test(value))
    ? 'a job, its name and its times are one line each'
    : undefined
}

function edit(params: Params, table: CronTable): CronTable | string {
  if (params.env) {
    return params.state === 'present' ? setEnv(table, params) : removeEnv(table, params.name)
  }
  return params.state === 'present'
    ? setJob(table, params.name, jobLine(params))
    : removeJob(table, params.name)
}

function jobLine(params: Params): string {
  const { minute, hour, day, month, weekday } = params
  const time =
    params.special_time === undefined
      ? [minute, hour, day, month, weekday].join(' ')
      : `@${params.special_time}`
  const user = params.cron_file === undefined ? [] : [params.user ?? 'root']
  return `${params.disabled ? '#' : ''}${[time, ...user, params.job ?? ''].join(' ')}`
}

function filePath(name: string): string {
  return name.startsWith('/') ? name : `/etc/cron.d/${name}`
}

async function readTable(
  params: Params,
  host: Host,
): Promise<{ text: string } | { failure: string }> {
  if (params.cron_file !== undefined) {
    const text = await readTextFile(host, filePath(params.cron_file))
    if (text === undefined) await settlePackages(host)
    return { text: text ?? '' }
  }
  const planned = host.planned(stateKey(params))
  if (planned !== undefined) return { text: planned }
  if ((await findProgram(host, ['crontab'])) === undefined) {
    return { failure: `${host.name} has no crontab; install cron first` }
  }
  const answer = await host.ask(`LC_ALL=C crontab ${userWords(params)}-l`)
  const said = answer.stderr.toString('utf8')
  if (answer.rc !== 0 && !/no crontab for|No such file/.test(said) && said !== '') {
    // A user or the program itself may be planned: then there is no table yet.
    if (!host.isOverlay) return { failure: `cannot read the table: ${said.trim()}` }
  }
  return { text: answer.rc === 0 ? withoutHeader(answer.stdout.toString('utf8')) : '' }
}

const HEADER = /^# DO NOT EDIT THIS FILE|^# \(.* installed on |^# \(.*version /

/** Some crontabs print up to three lines about themselves first. */
function withoutHeader(text: string): string {
  const lines = text.split('\n')
  let count = 0
  while (count < 3 && HEADER.test(lines[count] ?? '')) count += 1
  return lines.slice(count).join('\n')
}

function stateKey(params: Params): string {
  return `crontab ${params.user ?? ''}`
}

function userWords(params: Params): string {
  return params.user === undefined ? '' : `-u ${quoteWord(params.user)} `
}

function install(params: Params, before: string, after: string): Change {
  const backup = [
    't=$(mktemp "${TMPDIR:-/tmp}/crontab.XXXXXXXX") || exit 1',
    `printf %s ${quoteWord(before)} > "$t" || exit 1`,
    'printf %s "$t"',
  ]
  return {
    summary: `install the table of ${params.user ?? 'the user'}`,
    script: [
      ...(params.backup ? backup : []),
      `printf %s ${quoteWord(after)} | LC_ALL=C crontab ${userWords(params)}- >&2`,
    ].join('\n'),
    effects: [{ kind: 'state', key: stateKey(params), value: after }],
  }
}

async function planFile(
  params: Params,
  context: ModuleContext,
  before: string,
  table: CronTable,
): Promise<Outcome> {
  const path = filePath(params.cron_file ?? '')
  const cron_file = params.cron_file
  const after = tableText(table)
  if (params.state === 'absent' && after.trim() === '') {
    const plan = await planNoFile(context, path)
    return { ...plan, result: { cron_file, state: 'absent' } }
  }
  if (after === before) return { result: { ...fields(params, table), cron_file } }
  const plan = await planTextFile(context, {
    path,
    text: after,
    hasBackup: params.backup,
    mode: before === '' ? '0644' : undefined,
  })
  if (plan.failure !== undefined) return { failure: plan.failure }
  return {
    changes: plan.changes,
    diffs: plan.diffs,
    result: { ...fields(params, table), cron_file },
    finish: ([ran]) => {
      const kept = ran?.stdout.toString('utf8') ?? ''
      return { result: params.backup && kept !== '' ? { backup_file: kept } : {} }
    },
  }
}

function fields(_: Params, table: CronTable): Record<string, unknown> {
  return { jobs: jobNames(table), envs: envNames(table) }
}

function diff(header: string, before: string, after: string): Diff {
  return { before, after, beforeHeader: header, afterHeader: header }
}

// Lookups that start a program of the controller or ask a web server: pipe, lines and url. They
// hold the whole run until the answer is there, because templates cannot wait. Not here: tasks.
import { ClusterError } from '../../errors.ts'
import { fetchNow, runNow } from '../../sys/process.ts'
import { asDict, str, truth } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import type { Lookup, LookupCall } from './lookup.ts'

const PROGRAM_LIMIT_MS = 600_000
const URL_LIMIT_SECONDS = 10

function shell(call: LookupCall, command: string): string {
  const end = runNow(['/bin/sh', '-c', command], {
    folder: call.folder,
    timeoutMs: PROGRAM_LIMIT_MS,
  })
  if (end.code === 0) return end.stdout
  const how = end.code === null ? `was ended by ${end.signal}` : `ended with ${end.code}`
  throw new ClusterError('TASK_FAILED', `the command ${JSON.stringify(command)} ${how}`, {
    where: call.at,
    hint: end.stderr.trim().split('\n').at(-1) || 'run it by hand to see why',
  })
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

const URL_OPTIONS = (
  'validate_certs split_lines use_proxy username password headers timeout ' +
  'force http_agent follow_redirects force_basic_auth'
).split(' ')

function url(call: LookupCall): Value {
  for (const name of call.options.keys()) {
    if (URL_OPTIONS.includes(name)) continue
    throw new ClusterError('TEMPLATE_REFUSED', `the lookup url has no option ${name} here`, {
      where: call.at,
      hint: `it has ${URL_OPTIONS.join(', ')}; the module uri has more`,
    })
  }
  const option = (name: string): Value | undefined => call.options.get(name)
  const headers: Record<string, string> = {
    'user-agent': str(option('http_agent') ?? 'cluster-os'),
  }
  for (const [name, value] of asDict(option('headers') ?? null) ?? [])
    headers[str(name)] = str(value)
  const user = option('username')
  if (user !== undefined && user !== null) {
    const pair = Buffer.from(`${str(user)}:${str(option('password') ?? '')}`, 'utf8')
    headers['authorization'] = `Basic ${pair.toString('base64')}`
  }
  return call.terms.flatMap((term) => {
    const answer = fetchNow(str(term), {
      headers,
      isVerified: truth(option('validate_certs') ?? true),
      timeoutMs: Number(str(option('timeout') ?? URL_LIMIT_SECONDS)) * 1000,
    })
    if ('failure' in answer) {
      throw new ClusterError('TASK_FAILED', `cannot get ${str(term)}: ${answer.failure}`, {
        where: call.at,
        hint: 'the controller itself asks; try it there with curl',
      })
    }
    return truth(option('split_lines') ?? true) ? splitLines(answer.text) : [answer.text]
  })
}

export const PROGRAM_LOOKUPS: Readonly<Record<string, Lookup>> = {
  pipe: (call) => call.terms.map((term) => shell(call, str(term)).trimEnd()),
  lines: (call) => call.terms.flatMap((term) => splitLines(shell(call, str(term)))),
  url,
}

// command, shell and raw: programs of the host. Check mode does not run them: their result is
// unknown, unless creates or removes decides that nothing would be run.
import * as z from 'zod'
import type { ExecRequest, ExecResult } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { splitWords } from '../host/words.ts'
import { Unknown } from '../value/value.ts'
import { isAnyThere } from './glob.ts'
import { splitLines } from './lines.ts'
import { type Completion, defineModule, type ModuleContext, type Outcome } from './module.ts'
import { bool, path, text, words } from './params.ts'

const common = {
  chdir: path().optional().describe('the folder to run in'),
  creates: path()
    .optional()
    .describe('not run when this is there; a pattern of names may be given'),
  removes: path().optional().describe('not run unless this is there'),
  stdin: text().optional().describe('what the program reads'),
  stdin_add_newline: bool().default(true).describe('end stdin with a newline'),
  strip_empty_ends: bool().default(true).describe('drop newlines at the end of the output'),
  warn: bool().default(true).describe('accepted for old playbooks'),
}

const returns = {
  cmd: 'what was run',
  rc: 'its exit code',
  stdout: 'its output',
  stdout_lines: 'its output, a list of lines',
  stderr: 'what it said on standard error',
  stderr_lines: 'the same, a list of lines',
  start: "when it began, UTC by the controller's clock",
  end: 'when it ended',
  delta: 'how long it took',
}

type Common = z.output<z.ZodObject<typeof common>>

export const command = defineModule({
  name: 'command',
  summary: 'Run a program, without a shell.',
  params: z.object({
    ...common,
    cmd: text().optional().describe('the program and its arguments, in one text'),
    argv: words().optional().describe('the program and its arguments, a list'),
  }),
  freeForm: 'cmd',
  effect: 'runs',
  returns,
  examples: `- command: mkfs.ext4 /dev/vdb
  args:
    creates: /dev/disk/by-label/data`,
  probe: async (params, context) => {
    const argv = params.argv ?? splitWords(params.cmd ?? '')
    if (argv.length === 0) return nothingGiven()
    const isPlain = !argv.some((word) => /^~|\$[\w{]/.test(word))
    const what = isPlain ? { argv } : { script: `exec ${argv.map(expanding).join(' ')}` }
    return planCommand(params, context, what, argv)
  },
})

export const shell = defineModule({
  name: 'shell',
  summary: 'Run a text by /bin/sh, or another shell.',
  params: z.object({
    ...common,
    cmd: text().optional().describe('the text'),
    executable: path().optional().describe('the shell to use instead of /bin/sh'),
  }),
  freeForm: 'cmd',
  effect: 'runs',
  returns,
  examples: `- shell: set -o pipefail && lsblk | grep -c disk
  args:
    executable: /bin/bash
  register: disks
  changed_when: false`,
  probe: async (params, context) => {
    const script = params.cmd ?? ''
    if (script === '') return nothingGiven()
    return planCommand(params, context, { script, ...optional('shell', params.executable) }, script)
  },
})

export const raw = defineModule({
  name: 'raw',
  summary: 'Run a text by /bin/sh as it is; no folder, no conditions.',
  params: z.object({
    cmd: text().optional().describe('the text'),
    executable: path().optional().describe('the shell to use instead of /bin/sh'),
  }),
  freeForm: 'cmd',
  effect: 'runs',
  returns,
  examples: '- raw: test -e /usr/bin/python3',
  probe: (params, context) => {
    const request: ExecRequest = {
      script: params.cmd ?? '',
      ...optional('shell', params.executable),
      environment: context.environment,
    }
    return {
      run: request,
      isChanged: true,
      finish: ([ran]) => {
        const { rc, stdout, stderr } = decode(ran)
        const result = { rc, ...lines('stdout', stdout), ...lines('stderr', stderr) }
        return rc === 0 ? { result } : { result, failure: 'non-zero return code' }
      },
    }
  },
})

/** A word in which variables and a leading `~` are the host's; one that is not set stays as it is. */
function expanding(word: string): string {
  const [, home = '', rest = ''] = /^(~\w*(?=\/|$))?([\s\S]*)$/.exec(word) ?? []
  const parts = rest.split(/(\$\w+|\$\{\w+\})/).filter((part) => part !== '')
  const quoted = parts.map((part) => {
    const name = /^\$(?:(\w+)|\{(\w+)\})$/.exec(part)
    const variable = name?.[1] ?? name?.[2]
    if (variable === undefined || /^\d/.test(variable)) return quoteWord(part)
    return `"\${${variable}-\\${part}}"`
  })
  return home + quoted.join('') || "''"
}

function nothingGiven(): Outcome {
  return {
    failure: 'no command given',
    result: { rc: 256, ...lines('stdout', ''), ...lines('stderr', '') },
  }
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: string })
}

async function planCommand(
  params: Common,
  context: ModuleContext,
  what: Pick<ExecRequest, 'argv' | 'script' | 'shell'>,
  cmd: string | readonly string[],
): Promise<Outcome> {
  const decided = await decide(params, context, cmd)
  if (decided !== undefined) return decided
  const stdin =
    params.stdin === undefined ? undefined : params.stdin + (params.stdin_add_newline ? '\n' : '')
  return {
    run: {
      ...what,
      ...optional('folder', params.chdir),
      ...optional('stdin', stdin),
      environment: context.environment,
    },
    isChanged: true,
    result: { cmd },
    finish: ([ran]) => complete(ran, params.strip_empty_ends),
  }
}

/** What creates and removes say: an outcome when nothing is to be run. */
async function decide(
  params: Common,
  context: ModuleContext,
  cmd: string | readonly string[],
): Promise<Outcome | undefined> {
  const nothing = (path: string, state: string): Outcome => ({
    isChanged: false,
    result: {
      cmd,
      rc: 0,
      msg: `Did not run command since '${path}' ${state}`,
      ...lines('stdout', `skipped, since ${path} ${state}`),
      ...lines('stderr', ''),
    },
  })
  if (params.creates !== undefined) {
    const isThere = await exists(context, params.creates, params.chdir)
    if (isThere instanceof Unknown) return { isChanged: isThere, result: { cmd } }
    if (isThere) return nothing(params.creates, 'exists')
  }
  if (params.removes !== undefined) {
    const isThere = await exists(context, params.removes, params.chdir)
    if (isThere instanceof Unknown) return { isChanged: isThere, result: { cmd } }
    if (!isThere) return nothing(params.removes, 'does not exist')
  }
  return undefined
}

async function exists(
  { host }: ModuleContext,
  wish: string,
  folder: string | undefined,
): Promise<boolean | Unknown> {
  const path = wish.startsWith('/') || folder === undefined ? wish : `${folder}/${wish}`
  if (/[*?[]/.test(path) && host.isOverlay) return isAnyThere(host, path)
  if (/[*?[]/.test(path)) {
    const quoted = path.replaceAll(/[^A-Za-z0-9_/.*?[\]!-]/g, '\\$&')
    const found = await host.ask(`set -- ${quoted}; [ -e "$1" ] || [ -L "$1" ]`)
    return found.rc === 0
  }
  const state = await host.stat(path)
  return state instanceof Unknown ? state : state !== null
}

/** What a command answered, as a result. */
export function complete(ran: ExecResult | undefined, isStripped: boolean): Completion {
  const { rc, stdout, stderr } = decode(ran)
  const strip = (said: string): string => (isStripped ? said.replace(/[\r\n]+$/, '') : said)
  const result = {
    rc,
    ...lines('stdout', strip(stdout)),
    ...lines('stderr', strip(stderr)),
    msg: rc === 0 ? '' : 'non-zero return code',
    ...timesOf(ran),
  }
  return rc === 0 ? { result } : { result, failure: 'non-zero return code' }
}

/** `2026-01-02 03:04:05.678000` in UTC, and `0:00:01.500000`, as Ansible writes them. */
function timesOf(ran: ExecResult | undefined): Record<string, string> {
  if (ran?.times === undefined) return {}
  const { startMs, endMs } = ran.times
  return { start: stamp(startMs), end: stamp(endMs), delta: spanOf(endMs - startMs) }
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}000`
}

function two(count: number): string {
  return String(count).padStart(2, '0')
}

function spanOf(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}`
  return `${clock}:${two(seconds % 60)}.${String(ms % 1000).padStart(3, '0')}000`
}

function decode(ran: ExecResult | undefined) {
  return {
    rc: ran?.rc ?? -1,
    stdout: ran?.stdout.toString('utf8') ?? '',
    stderr: ran?.stderr.toString('utf8') ?? '',
  }
}

function lines(name: string, said: string): Record<string, unknown> {
  return { [name]: said, [`${name}_lines`]: splitLines(said) }
}

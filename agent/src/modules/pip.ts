// pip: packages of Python, of the system or of a virtual environment. Not here: versions and what
// fits them (pipversions.ts).
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { ExecResult, Host } from '../host/host.ts'
import { pathWord, quoteWord, quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { splitLines } from './lines.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { bool, choice, path, text, words } from './params.ts'
import { fits, normalName, parseRequirement, type Requirement } from './pipversions.ts'
import { findProgram } from './programs.ts'

const STATES = ['present', 'absent', 'latest', 'forcereinstall'] as const

const schema = z.object({
  name: words().optional().describe('packages, each with its wishes: ansible>=2, or a URL'),
  version: text().optional().describe('the version, with a single name'),
  requirements: text().optional().describe('a file on the host that lists packages'),
  virtualenv: path().optional().describe('folder of the environment; it is made when missing'),
  virtualenv_command: text().default('virtualenv').describe('the command that makes it'),
  virtualenv_python: text().optional().describe('the Python that the environment gets'),
  virtualenv_site_packages: bool().default(false).describe('it sees the packages of the system'),
  executable: text().optional().describe('the pip to use, by name or path'),
  state: choice(STATES).default('present').describe('what the packages shall be'),
  extra_args: text().optional().describe('further words for pip'),
  editable: bool().default(false).describe('install so that the source can be edited'),
  chdir: path().optional().describe('folder that pip works in'),
  umask: text().optional().describe('octal mask of permissions for new files'),
  break_system_packages: bool()
    .default(false)
    .describe('install beside the packages of the system'),
})

type Params = z.output<typeof schema>

export const pip = defineModule({
  name: 'pip',
  summary: 'Manage packages of Python.',
  params: schema,
  effect: 'changes',
  returns: {
    cmd: 'what was run',
    name: 'the packages',
    version: 'as given',
    requirements: 'as given',
    virtualenv: 'as given',
    state: 'as given',
    stdout: 'what pip said',
    stderr: 'what it said on standard error',
  },
  examples: `- pip:
    name: mpi4py>=4
    virtualenv: /opt/tools
    virtualenv_command: python3 -m venv`,
  notes: [
    'Check mode tells what single versions and plain lines of a requirements file come to; for state latest, URLs and extra_args it says that it cannot know.',
  ],
  probe: async (params, { host }) => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const environment = await planEnvironment(params, host)
    if (environment.failure !== undefined) return { failure: environment.failure }
    if (params.name === undefined && params.requirements === undefined) {
      return outcome(params, environment.changes, '')
    }
    const tool = await findPip(params, host, environment.changes.length > 0)
    if (tool === undefined) return { failure: 'the host has no pip; install python3-pip first' }
    const isFresh = environment.changes.length > 0
    const installed = isFresh ? new Map<string, string>() : await listInstalled(params, tool, host)
    const wishes = wishesOf(params)
    const verdict = await judge(params, wishes, installed, host)
    if (verdict === 'same')
      return outcome(params, environment.changes, commandOf(params, tool, wishes))
    if (verdict instanceof Unknown && host.isOverlay && !isFresh) return { isChanged: verdict }
    const command = commandOf(params, tool, wishes)
    const after = planned(params, wishes, installed)
    const effects: Change['effects'] = [
      { kind: 'state', key: stateKey(params, tool), value: after },
    ]
    const run = {
      summary: `pip ${params.state} ${wishes.join(' ')}`.trim(),
      script: inFolder(params, command),
      effects,
    }
    return outcome(params, [...environment.changes, run], command, environment.changes.length > 0)
  },
})

function refuse(params: Params): string | undefined {
  const names = params.name ?? []
  if (
    params.name === undefined &&
    params.requirements === undefined &&
    params.virtualenv === undefined
  ) {
    return 'one of name, requirements and virtualenv is required'
  }
  if (params.name !== undefined && params.requirements !== undefined) {
    return 'name and requirements exclude each other'
  }
  if (params.executable !== undefined && params.virtualenv !== undefined) {
    return 'executable and virtualenv exclude each other'
  }
  if (params.version !== undefined && names.length !== 1) {
    return 'version needs a single name: write name==version in the list'
  }
  if (params.version !== undefined && params.state === 'latest') {
    return 'version and state latest exclude each other'
  }
  if (params.version !== undefined && /[=!~<>]/.test(names[0] ?? '')) {
    return 'the version is given twice: in name and in version'
  }
  if (params.umask !== undefined && !/^0?o?[0-7]{1,4}$/.test(params.umask)) {
    return 'umask is an octal number'
  }
  return undefined
}

async function planEnvironment(
  params: Params,
  host: Host,
): Promise<{ changes: Change[]; failure?: string }> {
  const folder = params.virtualenv
  if (folder === undefined) return { changes: [] }
  if (host.planned(`virtualenv ${folder}`) !== undefined) return { changes: [] }
  if (known(await host.stat(`${folder}/bin/activate`, { follow: true })) !== null)
    return { changes: [] }
  const [program = '', ...rest] = params.virtualenv_command.trim().split(/\s+/)
  const found = await findProgram(host, [program])
  if (found === undefined) {
    return { changes: [], failure: `the host has no program ${program}` }
  }
  const isVenv = /(^|\/)pyvenv|-m venv/.test(params.virtualenv_command)
  const options = params.virtualenv_site_packages ? ['--system-site-packages'] : []
  if (isVenv && params.virtualenv_python !== undefined) {
    return { changes: [], failure: 'virtualenv_python cannot be used with the module venv' }
  }
  if (params.virtualenv_python !== undefined) options.push(`-p${params.virtualenv_python}`)
  const command = quoteWords([found, ...rest, ...options, folder])
  const effects: Change['effects'] = [{ kind: 'state', key: `virtualenv ${folder}`, value: 'made' }]
  return {
    changes: [
      { summary: `make the environment ${folder}`, script: inFolder(params, command), effects },
    ],
  }
}

async function findPip(params: Params, host: Host, isFresh: boolean): Promise<string | undefined> {
  if (params.virtualenv !== undefined) {
    const own = ['pip3', 'pip'].map((name) => `${params.virtualenv}/bin/${name}`)
    if (isFresh || host.planned(`virtualenv ${params.virtualenv}`) !== undefined) return own[1]
    return findProgram(host, own)
  }
  return findProgram(host, params.executable === undefined ? ['pip3'] : [params.executable])
}

function stateKey(params: Params, tool: string): string {
  return `pip ${params.virtualenv ?? tool}`
}

async function listInstalled(
  params: Params,
  tool: string,
  host: Host,
): Promise<ReadonlyMap<string, string>> {
  const planned = host.planned(stateKey(params, tool))
  const answer =
    planned ??
    (
      await host.ask(
        `LC_ALL=C ${pathWord(tool)} list --format=freeze --disable-pip-version-check 2>/dev/null`,
      )
    ).stdout.toString('utf8')
  return new Map(
    splitLines(answer).flatMap((line): [string, string][] => {
      const [, name = '', version = ''] = /^([^=\s]+)==(.+)$/.exec(line) ?? []
      return name === '' ? [] : [[normalName(name), version]]
    }),
  )
}

function wishesOf(params: Params): string[] {
  const names = regroup(params.name ?? [])
  if (params.version === undefined) return names
  const { version } = params
  return names.map((name) => `${name}${/^[=!~<>]/.test(version) ? '' : '=='}${version}`)
}

/** A text of names was cut at every comma, those of `a>=1,<2` too. */
function regroup(names: readonly string[]): string[] {
  const whole: string[] = []
  for (const name of names) {
    const last = whole.length - 1
    if (/^[=!~<>]/.test(name) && last >= 0) whole[last] += `,${name}`
    else whole.push(name)
  }
  return whole
}

/** The version of what this run would install, where only pip can know it: it is what was wished. */
const PLANNED = '*'

type Verdict = 'same' | 'differs' | Unknown

async function judge(
  params: Params,
  wishes: readonly string[],
  installed: ReadonlyMap<string, string>,
  host: Host,
): Promise<Verdict> {
  const open = (why: string): Unknown => new Unknown(`only pip knows ${why}`, host.name)
  if (params.state === 'forcereinstall') return 'differs'
  if (params.extra_args !== undefined) return open(`what ${params.extra_args} does`)
  const texts = params.requirements === undefined ? wishes : await readRequirements(params, host)
  if (texts === undefined) return open(`what is in ${params.requirements}`)
  const list = texts.map(parseRequirement)
  const isThere = list.map((wish) => (wish === undefined ? undefined : holds(wish, installed)))
  if (params.state === 'absent') {
    const names = list.map((wish) => wish !== undefined && installed.has(wish.name))
    return names.includes(true) ? 'differs' : 'same'
  }
  if (params.state === 'latest' && !isThere.includes(false))
    return open('what is the latest version')
  if (isThere.includes(false)) return 'differs'
  return isThere.includes(undefined) ? open(`what ${texts.join(', ')} comes to`) : 'same'
}

function holds(wish: Requirement, installed: ReadonlyMap<string, string>): boolean | undefined {
  const version = installed.get(wish.name)
  if (version === PLANNED) return true
  return version === undefined ? false : fits(version, wish.wishes)
}

async function readRequirements(params: Params, host: Host): Promise<string[] | undefined> {
  const file = params.requirements ?? ''
  const full = file.startsWith('/')
    ? file
    : `${params.chdir ?? (await host.identity()).home}/${file}`
  const content = known(await host.read(full))
  return content
    ?.toString('utf8')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

function planned(
  params: Params,
  wishes: readonly string[],
  installed: ReadonlyMap<string, string>,
): string {
  const after = new Map(installed)
  for (const text of wishes) {
    const wish = parseRequirement(text)
    if (wish === undefined) continue
    if (params.state === 'absent') after.delete(wish.name)
    else after.set(wish.name, /^==\s*([^,*]+)$/.exec(wish.wishes)?.[1] ?? PLANNED)
  }
  return [...after].map(([name, version]) => `${name}==${version}`).join('\n')
}

function commandOf(params: Params, tool: string, wishes: readonly string[]): string {
  const verbs = {
    present: ['install'],
    absent: ['uninstall', '-y'],
    latest: ['install', '-U'],
    forcereinstall: ['install', '-U', '--force-reinstall'],
  }
  const list = [tool, ...verbs[params.state]]
  if (params.break_system_packages) list.push('--break-system-packages')
  const last: string[] = []
  for (const wish of wishes) last.push(...(params.editable ? ['-e', wish] : [wish]))
  if (params.requirements !== undefined) last.push('-r', params.requirements)
  // The extra words are the author's own line of a shell's words, without a shell's other signs.
  const extra = (params.extra_args ?? '').match(/"[^"]*"|'[^']*'|\S+/g) ?? []
  const plain = extra.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))
  return quoteWords([...list, ...plain, ...last])
}

function inFolder(params: Params, command: string): string {
  const lines = ['export LC_ALL=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1']
  if (params.umask !== undefined) lines.push(`umask ${params.umask.replace(/^0?o/, '')}`)
  if (params.virtualenv !== undefined) {
    lines.push(`PATH=${quoteWord(`${params.virtualenv}/bin`)}:$PATH`)
  }
  if (params.chdir !== undefined) lines.push(`cd -- ${pathWord(params.chdir)} || exit 1`)
  return [...lines, command].join('\n')
}

function outcome(
  params: Params,
  changes: readonly Change[],
  cmd: string,
  isMade = changes.length > 0,
): Outcome {
  const result = {
    name: params.name ?? null,
    version: params.version ?? null,
    state: params.state,
    requirements: params.requirements ?? null,
    virtualenv: params.virtualenv ?? null,
    cmd,
    stdout: '',
    stderr: '',
  }
  return {
    changes,
    result,
    finish: (ran: readonly ExecResult[]) => {
      const stdout = ran.map((answer) => answer.stdout.toString('utf8')).join('')
      const stderr = ran.map((answer) => answer.stderr.toString('utf8')).join('')
      const done = params.state === 'absent' ? 'Successfully uninstalled' : 'Successfully installed'
      const isChanged = ran.length > 0 && (isMade || stdout.includes(done))
      const lines = { stdout_lines: splitLines(stdout), stderr_lines: splitLines(stderr) }
      return { result: { stdout, stderr, ...lines }, isChanged }
    },
  }
}

// dnf and yum: packages of Fedora, Red Hat and their kin. One module with two names; it calls dnf,
// or yum where there is no dnf. Not here: apt (package.ts), which package is there too.
import * as z from 'zod'
import type { Change, Effect } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { defineModule, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, int, path, text, words } from './params.ts'
import { findProgram } from './programs.ts'

export const dnfSchema = z.object({
  name: words().optional().describe('packages, groups (@name), paths or URLs; * is all of them'),
  state: choice(['present', 'absent', 'latest', 'installed', 'removed'])
    .optional()
    .describe('what the packages shall be; present, or absent with autoremove'),
  list: text().optional().describe('installed, available, updates, repos, or a name to look up'),
  enablerepo: words().default([]).describe('repositories that are used beside the others'),
  disablerepo: words().default([]).describe('repositories that are not used'),
  exclude: words().default([]).describe('packages that stay as they are'),
  conf_file: path().optional().describe('configuration of dnf'),
  disable_excludes: text().optional().describe('all, main or a repository'),
  disable_gpg_check: bool().default(false).describe('packages need no signature'),
  update_cache: bool().default(false).describe('fetch the lists of packages first'),
  update_only: bool().default(false).describe('only packages that are installed already'),
  security: bool().default(false).describe('with latest: only mends of security'),
  bugfix: bool().default(false).describe('with latest: only mends of mistakes'),
  autoremove: bool().default(false).describe('remove what nothing depends on any more'),
  allow_downgrade: bool().default(false).describe('a lower version may replace a higher one'),
  allowerasing: bool().default(false).describe('packages in the way may be removed'),
  nobest: bool().default(false).describe('a version that is not the best will do'),
  skip_broken: bool().default(false).describe('leave out what cannot be installed'),
  installroot: text().default('/').describe('folder that is the root of the system'),
  releasever: text().optional().describe('release to take packages from'),
  enable_plugin: words().default([]).describe('plugins that are used'),
  disable_plugin: words().default([]).describe('plugins that are not used'),
  download_only: bool().default(false).describe('fetch packages and do not install them'),
  download_dir: path().optional().describe('folder for download_only'),
  install_weak_deps: bool().default(true).describe('install what packages recommend'),
  cacheonly: bool().default(false).describe('fetch no lists'),
  sslverify: bool().default(true).describe('check certificates of repositories'),
  validate_certs: bool().default(true).describe('check certificates of URLs in name'),
  lock_timeout: int().default(30).describe('accepted; dnf waits by itself'),
  install_repoquery: bool().default(true).describe('accepted; nothing is needed'),
  use_backend: text().default('auto').describe('accepted; the program that the host has is used'),
})

export type DnfParams = z.output<typeof dnfSchema>

const common = {
  params: dnfSchema,
  aliases: { pkg: 'name', 'expire-cache': 'update_cache' },
  effect: 'changes',
  returns: {
    results: 'what was installed and removed, or what list found',
    msg: 'words about it',
    rc: 'exit code of dnf',
  },
  notes: [
    'Probes ask rpm, and dnf with --assumeno where rpm cannot know; tried with recorded answers only.',
  ],
  probe: planDnf,
} as const

export const dnf = defineModule({
  ...common,
  name: 'dnf',
  summary: 'Manage packages of Fedora and Red Hat.',
  examples: `- dnf:
    name: [chrony, jq]
    state: latest
    enablerepo: epel`,
})

export const yum = defineModule({
  ...common,
  name: 'yum',
  summary: 'Manage packages of Red Hat; another name of dnf.',
  examples: `- yum:
    name: chrony`,
})

export async function planDnf(params: DnfParams, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  const tool = await findProgram(host, ['dnf', 'yum'])
  if (tool === undefined) return { failure: `${host.name} has neither dnf nor yum` }
  if (params.list !== undefined) return list(params, params.list, tool, host)
  const names = (params.name ?? []).filter((name) => name !== '')
  const state = stateOf(params)
  if (names.length === 0 && !params.autoremove && !params.update_cache) {
    return { failure: 'one of name, list, autoremove and update_cache is required' }
  }
  if (params.autoremove && state !== 'absent') {
    return { failure: 'autoremove goes with state absent' }
  }
  const update: Change[] = params.update_cache
    ? [
        {
          summary: 'fetch the lists of packages',
          script: `${line(params, tool, ['makecache'])} >&2`,
          effects: [],
        },
      ]
    : []
  if (names.length === 0 && !params.autoremove) {
    return {
      changes: update,
      isChanged: false,
      result: { msg: 'Cache updated', results: [], rc: 0 },
    }
  }
  const todo = await select(names, state, params, host)
  if (todo.length === 0 && !(params.autoremove && names.length === 0)) {
    return nothing(update)
  }
  return planTransaction(params, state, todo, tool, context, update)
}

function stateOf(params: DnfParams): 'present' | 'absent' | 'latest' {
  const { state } = params
  if (state === undefined) return params.autoremove ? 'absent' : 'present'
  if (state === 'removed') return 'absent'
  return state === 'installed' ? 'present' : state
}

function nothing(changes: readonly Change[]): Outcome {
  return { changes, isChanged: false, result: { msg: 'Nothing to do', results: [], rc: 0 } }
}

function isPlain(name: string): boolean {
  return /^[A-Za-z0-9][\w.+:~^-]*$/.test(name) && !name.endsWith('.rpm')
}

/** Names that rpm does not answer for already; groups, URLs and patterns are dnf's to judge. */
async function select(
  names: readonly string[],
  state: 'present' | 'absent' | 'latest',
  params: DnfParams,
  host: Host,
): Promise<string[]> {
  const installed = await installedOf(names.filter(isPlain), params, host)
  return names.filter((name) => {
    const isThere = installed.get(name) ?? plannedState(host, name)
    if (isThere === undefined) return true
    if (state === 'absent') return isThere
    if (params.update_only && !isThere) return false
    return state === 'latest' || !isThere
  })
}

async function installedOf(
  names: readonly string[],
  params: DnfParams,
  host: Host,
): Promise<ReadonlyMap<string, boolean>> {
  if (names.length === 0) return new Map()
  const root = params.installroot === '/' ? '' : ` --root ${quoteWord(params.installroot)}`
  const asked = await host.ask(
    `for n in ${quoteWords(names)}; do if LC_ALL=C rpm${root} -q --quiet -- "$n" >/dev/null 2>&1 || LC_ALL=C rpm${root} -q --quiet --whatprovides -- "$n" >/dev/null 2>&1; then echo "y $n"; else echo "n $n"; fi; done`,
  )
  const answers = asked.stdout.toString('utf8').split('\n')
  return new Map(
    names.map((name) => [name, plannedState(host, name) ?? answers.includes(`y ${name}`)]),
  )
}

function plannedState(host: Host, name: string): boolean | undefined {
  const planned = host.planned(`rpm ${name}`)
  return planned === undefined ? undefined : planned !== 'absent'
}

async function planTransaction(
  params: DnfParams,
  state: 'present' | 'absent' | 'latest',
  todo: readonly string[],
  tool: string,
  { host }: ModuleContext,
  update: readonly Change[],
): Promise<Outcome> {
  const verbs = verbsOf(params, state, todo)
  // Packages that this run has brought already are newest; dnf would not know of them.
  const open = todo.filter(
    (name) => !(state === 'latest' && host.planned(`rpm ${name}`) === 'latest'),
  )
  if (open.length === 0 && todo.length > 0) return nothing(update)
  const asked = await host.ask(line(params, tool, ['--assumeno', ...verbs]), 300_000)
  const said = asked.stdout.toString('utf8')
  const steps = parseTransaction(said)
  if (steps.length === 0 && /Nothing to do/.test(said)) return nothing(update)
  if (steps.length === 0 && !/Operation aborted|Is this ok/.test(said)) {
    const words = asked.stderr.toString('utf8').trim() || said.trim()
    return { failure: `dnf cannot do this: ${words}`, result: { results: [], rc: asked.rc || 1 } }
  }
  const effects: Effect[] = [
    ...steps.map(effectOf),
    ...todo.map((name): Effect => ({ kind: 'state', key: `rpm ${name}`, value: state })),
    ...steps.map(
      ({ name, isRemoval }): Effect => ({
        kind: 'state',
        key: `rpm ${name}`,
        value: isRemoval ? 'absent' : state,
      }),
    ),
  ]
  const run: Change = {
    summary: `dnf ${verbs.join(' ')}`,
    script: line(params, tool, ['-y', ...verbs]),
    limitMs: 3_600_000,
    effects: params.download_only ? [] : effects,
  }
  const results = steps.map(
    ({ name, version, arch, isRemoval }) =>
      `${isRemoval ? 'Removed' : 'Installed'}: ${name}-${version}.${arch}`,
  )
  return {
    changes: [...update, run],
    result: { results, msg: '', rc: 0 },
    finish: (ran) => {
      const stdout = ran.at(-1)?.stdout.toString('utf8') ?? ''
      return /^Nothing to do\.?$/m.test(stdout) ? { isChanged: false } : {}
    },
  }
}

function verbsOf(
  params: DnfParams,
  state: 'present' | 'absent' | 'latest',
  todo: readonly string[],
): string[] {
  if (state === 'absent') {
    const isTidy = params.autoremove || todo.length === 0
    return [isTidy ? 'autoremove' : 'remove', ...todo]
  }
  if (state === 'present') return ['install', ...todo]
  const mends = [...(params.security ? ['--security'] : []), ...(params.bugfix ? ['--bugfix'] : [])]
  if (todo.includes('*')) return ['upgrade', ...mends]
  // install brings what is missing and the newest of what is there.
  return [params.update_only ? 'upgrade' : 'install', ...mends, ...todo]
}

interface Step {
  readonly name: string
  readonly arch: string
  readonly version: string
  readonly isRemoval: boolean
}

/** The table of a transaction: what comes and what goes. */
function parseTransaction(said: string): Step[] {
  const steps: Step[] = []
  let isRemoval: boolean | undefined
  for (const text of said.split('\n')) {
    if (/^(Installing|Upgrading|Updating|Downgrading|Reinstalling)\b.*:$/.test(text))
      isRemoval = false
    else if (/^Removing\b.*:$/.test(text)) isRemoval = true
    else if (/^\S/.test(text)) isRemoval = undefined
    const row = /^ (\S+)\s+(x86_64|noarch|i[36]86|aarch64|ppc64le|s390x|riscv64)\s+(\S+)\s/.exec(
      text,
    )
    if (row === null || isRemoval === undefined) continue
    const [, name = '', arch = '', version = ''] = row
    steps.push({ name, arch, version, isRemoval })
  }
  return steps
}

function effectOf({ name, version, isRemoval }: Step): Effect {
  return { kind: 'package', name, state: isRemoval ? null : { name, version } }
}

function line(params: DnfParams, tool: string, verbs: readonly string[]): string {
  const flags: string[] = []
  const each = (flag: string, values: readonly string[]): void => {
    if (values.length > 0) flags.push(`--${flag}=${values.join(',')}`)
  }
  const when = (isOn: boolean, flag: string): void => {
    if (isOn) flags.push(flag)
  }
  each('disablerepo', params.disablerepo)
  each('enablerepo', params.enablerepo)
  each('exclude', params.exclude)
  each('enableplugin', params.enable_plugin)
  each('disableplugin', params.disable_plugin)
  if (params.conf_file !== undefined) flags.push('-c', params.conf_file)
  if (params.disable_excludes !== undefined) each('disableexcludes', [params.disable_excludes])
  if (params.releasever !== undefined) each('releasever', [params.releasever])
  if (params.download_dir !== undefined) each('downloaddir', [params.download_dir])
  when(params.installroot !== '/', `--installroot=${params.installroot}`)
  when(params.disable_gpg_check, '--nogpgcheck')
  when(params.allowerasing, '--allowerasing')
  when(params.nobest, '--nobest')
  when(params.skip_broken, '--skip-broken')
  when(params.download_only, '--downloadonly')
  when(params.cacheonly, '--cacheonly')
  when(!params.install_weak_deps, '--setopt=install_weak_deps=False')
  when(!params.sslverify || !params.validate_certs, '--setopt=sslverify=False')
  when(params.allow_downgrade, '--setopt=allow_downgrade=True')
  return `LC_ALL=C ${quoteWords([tool, ...flags, ...verbs])}`
}

async function list(params: DnfParams, what: string, tool: string, host: Host): Promise<Outcome> {
  if (what === 'repos' || what === 'repositories') {
    const asked = await host.ask(line(params, tool, ['-q', 'repolist', 'enabled']), 120_000)
    const rows = asked.stdout.toString('utf8').split('\n').slice(1)
    const ids = rows.map((row) => row.split(/\s+/)[0] ?? '').filter((id) => id !== '')
    return { result: { results: ids.map((repoid) => ({ repoid, state: 'enabled' })), msg: '' } }
  }
  const scopes = {
    installed: '--installed',
    available: '--available',
    updates: '--upgrades',
    upgrades: '--upgrades',
  }
  const scope = scopes[what as keyof typeof scopes]
  const format = '%{name}|%{epoch}|%{version}|%{release}|%{arch}|%{reponame}\\n'
  const words = ['-q', 'repoquery', ...(scope === undefined ? [what] : [scope]), '--qf', format]
  const asked = await host.ask(line(params, tool, words), 300_000)
  if (asked.rc !== 0)
    return { failure: `cannot list ${what}: ${asked.stderr.toString('utf8').trim()}` }
  const rows = asked.stdout
    .toString('utf8')
    .split('\n')
    .filter((row) => row.includes('|'))
  const results = rows.map((row) => {
    const [name = '', epoch = '', version = '', release = '', arch = '', repo = ''] = row.split('|')
    const nevra = `${epoch === '' ? '0' : epoch}:${name}-${version}-${release}.${arch}`
    const yumstate = repo === '@System' || what === 'installed' ? 'installed' : 'available'
    return { name, epoch, version, release, arch, repo, nevra, envra: nevra, yumstate }
  })
  return { result: { results, msg: '' } }
}

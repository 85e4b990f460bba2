// apt: software of Debian and its kin. What a planned package brings is unknown to check mode,
// which the overlay sees to. Not here: package, which
// takes the package manager of the host (packageany.ts).
import * as z from 'zod'
import type { Change, Effect } from '../host/change.ts'
import type { Host, PackageState } from '../host/host.ts'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { AttributeFailure } from './attributes.ts'
import { splitLines } from './lines.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, int, path, text, words } from './params.ts'

export const STATES = [
  'present',
  'absent',
  'latest',
  'installed',
  'removed',
  'build-dep',
  'fixed',
] as const

export const aptSchema = z.object({
  name: words().optional().describe('packages, each as name or name=version'),
  state: choice(STATES).default('present').describe('what the packages shall be'),
  update_cache: bool().optional().describe('fetch the lists of packages first'),
  cache_valid_time: int().default(0).describe('seconds for which the lists are new enough'),
  purge: bool().default(false).describe('remove configuration too'),
  autoremove: bool().default(false).describe('remove what nothing depends on any more'),
  autoclean: bool().default(false).describe('drop downloaded packages that are gone upstream'),
  upgrade: choice(['no', 'False', 'yes', 'True', 'safe', 'dist', 'full'])
    .default('no')
    .describe('upgrade everything'),
  deb: path().optional().describe('a .deb on the host to install'),
  install_recommends: bool().optional().describe('install what packages recommend'),
  default_release: text().optional().describe('release to take packages from'),
  dpkg_options: text().default('force-confdef,force-confold').describe('options for dpkg'),
  force_apt_get: bool().default(false).describe('accepted; apt-get is always used'),
  allow_downgrade: bool().default(false).describe('a lower version may replace a higher one'),
  allow_change_held_packages: bool().default(false).describe('packages on hold may change'),
  clean: bool().default(false).describe('drop all downloaded packages'),
  allow_unauthenticated: bool().default(false).describe('packages need no signature'),
  only_upgrade: bool().default(false).describe('only packages that are installed already'),
  lock_timeout: int().default(60).describe('seconds to wait for another apt'),
  policy_rc_d: int().optional().describe('accepted; services start as packages say'),
  fail_on_autoremove: bool().default(false).describe('fail when packages would be removed'),
  force: bool().default(false).describe('packages need no signature and may be downgraded'),
  update_cache_retries: int().default(5).describe('accepted; apt-get tries by itself'),
  update_cache_retry_max_delay: int().default(12).describe('accepted; apt-get waits by itself'),
})

type Params = z.output<typeof aptSchema>

export const returns = {
  cache_updated: 'whether the lists were fetched',
  cache_update_time: 'when they were, in seconds since 1970',
  stdout: 'what apt-get said',
  stderr: 'what it said on standard error',
}

export const apt = defineModule({
  name: 'apt',
  summary: 'Manage packages of Debian and Ubuntu.',
  params: aptSchema,
  aliases: {
    pkg: 'name',
    package: 'name',
    'update-cache': 'update_cache',
    'install-recommends': 'install_recommends',
    'default-release': 'default_release',
    'allow-downgrade': 'allow_downgrade',
    allow_downgrades: 'allow_downgrade',
    'allow-downgrades': 'allow_downgrade',
    'allow-unauthenticated': 'allow_unauthenticated',
  },
  effect: 'changes',
  returns,
  examples: `- apt:
    name: [chrony, jq]
    update_cache: true
    cache_valid_time: 3600`,
  probe: planApt,
})

interface Wish {
  readonly name: string
  readonly version: string | undefined
}

export async function planApt(params: Params, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  const changes: Change[] = []
  const update = await planUpdate(params, host)
  if (update !== undefined) changes.push(update)
  const wishes = (params.name ?? []).map(splitVersion)
  const installed = known(await host.packages())
  const todo = await select(params, wishes, installed, host)
  if (todo.unknown.length > 0) {
    // A fresh host has no lists at all, and says of any package that there is none.
    const hint = 'its lists may be missing or old: add update_cache: true; or check the name'
    return { failure: `No package matching '${todo.unknown[0]}' is available`, result: { hint } }
  }
  const isRemoval = ['absent', 'removed'].includes(params.state)
  const main = isRemoval
    ? removal(params, todo.names)
    : installation(params, todo.names, todo.versions)
  if (main !== undefined) changes.push(main)
  if (params.deb !== undefined)
    changes.push(...(await planDeb(params, params.deb, host, installed)))
  changes.push(...(await planUpkeep(params, host)))
  const isOnlyUpdate = changes.length === 1 && update !== undefined
  return {
    changes,
    result: { cache_updated: update !== undefined },
    // Fetching the lists alone is a change only when nothing else was asked for.
    ...(isOnlyUpdate && wishes.length > 0 ? { isChanged: false } : {}),
    finish: (ran) => {
      const said = ran.at(-1)
      const stdout = said?.stdout.toString('utf8') ?? ''
      const stderr = said?.stderr.toString('utf8') ?? ''
      return changes.length === 0 || isOnlyUpdate
        ? {}
        : {
            result: {
              stdout,
              stderr,
              stdout_lines: splitLines(stdout),
              stderr_lines: splitLines(stderr),
            },
          }
    },
  }
}

function splitVersion(text: string): Wish {
  const [name = '', version] = text.split(/=(.*)/s)
  return { name, version }
}

/** What has to be installed or removed, and names that apt does not know. */
async function select(
  params: Params,
  wishes: readonly Wish[],
  installed: ReadonlyMap<string, PackageState>,
  host: Host,
) {
  const isRemoval = ['absent', 'removed'].includes(params.state)
  if (isRemoval) {
    const names = wishes.map(({ name }) => name).filter((name) => installed.has(bare(name)))
    return { names, versions: new Map<string, string>(), unknown: [] }
  }
  const isLatest = params.state === 'latest'
  const open = wishes.filter(({ name, version }) => {
    const state = installed.get(bare(name))
    if (state === undefined) return !params.only_upgrade
    return isLatest || (version !== undefined && !versionMatches(version, state.version))
  })
  if (open.length === 0) return { names: [], versions: new Map<string, string>(), unknown: [] }
  const candidates = await candidatesOf(
    open.map(({ name }) => name),
    host,
  )
  const names: string[] = []
  const unknown: string[] = []
  for (const { name, version } of open) {
    const candidate = candidates.get(name)
    const now = installed.get(bare(name))?.version
    if (candidate === undefined && now === undefined) {
      // A virtual package, or lists that are still to be fetched, are apt's to judge.
      if (params.update_cache !== true && !(await isVirtual(name, host))) unknown.push(name)
    }
    if (isLatest && now !== undefined && now === candidate) continue
    names.push(version === undefined ? name : `${name}=${version}`)
  }
  return { names, versions: candidates, unknown }
}

function bare(name: string): string {
  return name.split(':')[0] ?? name
}

function versionMatches(wish: string, version: string): boolean {
  if (!wish.includes('*')) return wish === version
  const source = wish.replaceAll(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${source}$`).test(version)
}

async function candidatesOf(names: readonly string[], host: Host): Promise<Map<string, string>> {
  const answer = await host.ask(`LC_ALL=C apt-cache policy -- ${quoteWords(names)}`)
  const candidates = new Map<string, string>()
  let current = ''
  for (const line of answer.stdout.toString('utf8').split('\n')) {
    const head = /^(\S+):$/.exec(line)
    if (head !== null) current = head[1] ?? ''
    const candidate = /^ {2}Candidate: (.*)$/.exec(line)?.[1]
    if (candidate !== undefined && candidate !== '(none)') candidates.set(current, candidate)
  }
  return candidates
}

async function isVirtual(name: string, host: Host): Promise<boolean> {
  const answer = await host.ask(`LC_ALL=C apt-cache showpkg -- ${quoteWord(name)}`)
  return /Reverse Provides:\s*\n\S/.test(answer.stdout.toString('utf8'))
}

function aptGet(params: Params): string {
  const options = ['-y', '-q', '-o', `DPkg::Lock::Timeout=${params.lock_timeout}`]
  for (const option of params.dpkg_options.split(',').filter((word) => word !== '')) {
    options.push('-o', `Dpkg::Options::=--${option}`)
  }
  if (params.install_recommends !== undefined) {
    options.push('-o', `APT::Install-Recommends=${params.install_recommends ? 'yes' : 'no'}`)
  }
  if (params.fail_on_autoremove) options.push('--no-remove')
  if (params.default_release !== undefined) options.push('-t', params.default_release)
  if (params.allow_downgrade || params.force) options.push('--allow-downgrades')
  if (params.allow_change_held_packages) options.push('--allow-change-held-packages')
  if (params.allow_unauthenticated || params.force) options.push('--allow-unauthenticated')
  return `DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get ${quoteWords(options)}`
}

function installation(
  params: Params,
  names: readonly string[],
  versions: ReadonlyMap<string, string>,
): Change | undefined {
  if (names.length === 0) return undefined
  const verb = params.state === 'build-dep' ? 'build-dep' : 'install'
  const extra = params.autoremove ? ' --auto-remove' : ''
  return {
    summary: `install ${names.join(' ')}`,
    script: `${aptGet(params)}${extra} ${verb} -- ${quoteWords(names)}`,
    effects: names.map((text): Effect => {
      const { name, version } = splitVersion(text)
      const state = { name: bare(name), version: version ?? versions.get(name) ?? '' }
      return { kind: 'package', name: state.name, state }
    }),
  }
}

function removal(params: Params, names: readonly string[]): Change | undefined {
  if (names.length === 0) return undefined
  const verb = `${params.purge ? '--purge ' : ''}${params.autoremove ? '--auto-remove ' : ''}remove`
  return {
    summary: `remove ${names.join(' ')}`,
    script: `${aptGet(params)} ${verb} -- ${quoteWords(names)}`,
    effects: names.map((name): Effect => ({ kind: 'package', name: bare(name), state: null })),
  }
}

/** Fetches the lists, unless they are new enough. */
async function planUpdate(params: Params, host: Host): Promise<Change | undefined> {
  if (params.update_cache !== true && params.cache_valid_time === 0) return undefined
  if (params.cache_valid_time > 0) {
    const stamps = '/var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists'
    const answer = await host.ask(
      `n=$(date +%s); for f in ${stamps}; do s=$(stat -c %Y "$f" 2>/dev/null) || continue; echo $((n - s)); break; done`,
    )
    const age = Number.parseInt(answer.stdout.toString('latin1'), 10)
    if (age < params.cache_valid_time) return undefined
  }
  return {
    summary: 'fetch the lists of packages',
    script: `DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o DPkg::Lock::Timeout=${params.lock_timeout} update`,
    effects: [],
  }
}

async function planDeb(
  params: Params,
  file: string,
  host: Host,
  installed: ReadonlyMap<string, PackageState>,
): Promise<Change[]> {
  const state = known(await host.stat(file, { follow: true }))
  if (state === null) throw new AttributeFailure(`there is no file ${file}`)
  const answer = await host.ask(`LC_ALL=C dpkg-deb -f ${quoteWord(file)} Package Version`)
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(answer.stdout.toString('utf8'))?.[1]
  const [name, version] = [field('Package'), field('Version')]
  if (name !== undefined && installed.get(name)?.version === version) return []
  const effects: Effect[] =
    name === undefined ? [] : [{ kind: 'package', name, state: { name, version: version ?? '' } }]
  return [
    {
      summary: `install ${file}`,
      script: `${aptGet(params)} install -- ${quoteWord(file)}`,
      effects,
    },
  ]
}

/** upgrade, autoremove and autoclean: apt is asked what it would do. */
async function planUpkeep(params: Params, host: Host): Promise<Change[]> {
  const changes: Change[] = []
  const plan = async (verb: string): Promise<void> => {
    const answer = await host.ask(`LC_ALL=C apt-get -s -q ${verb}`, 120_000)
    const touched = [...answer.stdout.toString('utf8').matchAll(/^(Inst|Remv|Del) (\S+)/gm)]
    if (touched.length === 0) return
    const effects = touched.map(
      ([, action, name = '']): Effect => ({
        kind: 'package',
        name,
        state: action === 'Inst' ? { name, version: '' } : null,
      }),
    )
    changes.push({ summary: `apt-get ${verb}`, script: `${aptGet(params)} ${verb}`, effects })
  }
  const verbs = {
    yes: 'upgrade',
    True: 'upgrade',
    safe: 'upgrade',
    dist: 'dist-upgrade',
    full: 'full-upgrade',
  }
  if (params.upgrade !== 'no' && params.upgrade !== 'False') await plan(verbs[params.upgrade])
  if (params.autoremove && (params.name ?? []).length === 0) await plan('autoremove')
  if (params.autoclean) await plan('autoclean')
  if (params.clean) changes.push({ summary: 'apt-get clean', script: 'apt-get clean', effects: [] })
  return changes
}

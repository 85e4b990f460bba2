// Where and how to reach a host by SSH: the host's variables first, then options given in
// OpenSSH's own spelling, then ~/.ssh/config, then OpenSSH's defaults. Not here: the connection.
import { basename, dirname, join, resolve } from 'node:path'
import SSHConfig from 'ssh-config'
import { ClusterError } from '../errors.ts'
import { environment, homeFolder, userName } from '../sys/env.ts'
import { listFolder, readTextIfThere } from '../sys/files.ts'
import { globPattern } from '../value/glob.ts'
import { parseSshArguments } from './ssh-arguments.ts'
import { CONNECT_LIMIT_MS } from './transport.ts'

export interface SshOptions {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Private key files to try; those given on purpose must exist. */
  readonly keyFiles: readonly string[]
  readonly areKeysRequired: boolean
  /** The socket of an SSH agent. */
  readonly agent: string | undefined
  readonly password: string | undefined
  readonly knownHostsFiles: readonly string[]
  /** What known_hosts calls the host, whatever its address and port. */
  readonly hostKeyAlias?: string | undefined
  /** `yes` refuses an unknown key, `accept-new` takes it, `no` takes a changed one too. */
  readonly hostKeyChecking: 'yes' | 'no' | 'accept-new'
  readonly connectLimitMs: number
  readonly jump: SshOptions | undefined
  /** A command whose input and output are the connection, for a shell. */
  readonly proxyCommand: string | undefined
  /** Arguments that mean nothing here. */
  readonly ignored: readonly string[]
}

/** What inventory and command line say about one host. */
export interface SshWishes {
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly keyFile?: string | undefined
  readonly password?: string | undefined
  /** `ssh_args`: what they say comes before all else, as Ansible puts them first for ssh. */
  readonly firstArguments?: string | undefined
  /** `ansible_ssh_common_args` and its like, which come behind the wishes above. */
  readonly arguments?: string | undefined
  readonly isHostKeyChecked?: boolean | undefined
  readonly connectLimitMs?: number | undefined
}

/** Jumps behind jumps are bounded: a loop in ssh_config would otherwise never end. */
const JUMPS_MAX = 8

export function resolveSshOptions(name: string, wishes: SshWishes, depth = 0): SshOptions {
  if (depth > JUMPS_MAX) {
    throw new ClusterError('INVENTORY', `${name}: ProxyJump leads in a circle`, {
      hint: 'check the ProxyJump lines of ssh_config',
    })
  }
  const first = parseSshArguments(name, wishes.firstArguments ?? '')
  const more = parseSshArguments(name, wishes.arguments ?? '')
  const given = joinGiven(first.given, more.given)
  const alias = wishes.address ?? name
  const computed = preferGiven(given, computeConfig(readConfig(given['configfile']), alias))
  const keyFiles = wishes.keyFile ?? computed['identityfile']
  const jump = computed['proxyjump']
  const address = computed['hostname']?.replaceAll('%h', alias) ?? alias
  const port = portOf(name, first.given['port'] ?? wishes.port ?? computed['port'] ?? 22)
  const user = first.given['user'] ?? wishes.user ?? computed['user'] ?? userName()
  const hostKeyAlias = computed['hostkeyalias']
  for (const host of [alias, address, hostKeyAlias]) refuseStrange(name, 'address', host, NO_HOST)
  refuseStrange(name, 'user', user, NO_USER)
  return {
    name,
    address,
    port,
    user,
    keyFiles: keyFiles === undefined ? defaultKeys() : keyFiles.split('\n').map(expandHome),
    areKeysRequired: wishes.keyFile !== undefined,
    agent: agentSocket(computed),
    password: wishes.password,
    knownHostsFiles: (computed['userknownhostsfile'] ?? '~/.ssh/known_hosts')
      .split(/\s+/)
      .concat(computed['globalknownhostsfile']?.split(/\s+/) ?? ['/etc/ssh/ssh_known_hosts'])
      .map(expandHome),
    hostKeyAlias,
    hostKeyChecking: hostKeyChecking(
      first.given['stricthostkeychecking'] ??
        (wishes.isHostKeyChecked === false ? 'no' : computed['stricthostkeychecking']),
    ),
    connectLimitMs: connectLimit(name, [
      timeOf(first.given['connecttimeout']),
      wishes.connectLimitMs,
      timeOf(computed['connecttimeout']),
    ]),
    jump:
      jump === undefined || jump === 'none' ? undefined : jumpOptions(jump, wishes, given, depth),
    proxyCommand: proxyCommand(computed['proxycommand'], {
      '%': '%',
      h: address,
      k: hostKeyAlias ?? alias,
      n: alias,
      p: `${port}`,
      r: user,
    }),
    ignored: [...first.ignored, ...more.ignored],
  }
}

/**
 * What no host and no user is called. Names may come from what hosts have said, and stand in a
 * command of the shell, in known_hosts and in commands that people are told to type; OpenSSH
 * refuses the same ones (9.6).
 */
const NO_HOST = /^-|[\s'"`$\\;&<>|(){},\p{Cc}]/u
const NO_USER = /^-|['"`$;&<>|(){}\p{Cc}]/u

function refuseStrange(
  name: string,
  what: string,
  value: string | undefined,
  strange: RegExp,
): void {
  if (value === undefined || !strange.test(value)) return
  throw new ClusterError('INVENTORY', `${name}: ${JSON.stringify(value)} is no ${what} for SSH`, {
    hint: 'it begins with a dash, or holds a blank or a sign that shells give a meaning to',
    where: { host: name },
  })
}

function portOf(name: string, given: string | number): number {
  const port = Number(given)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new ClusterError('INVENTORY', `${name}: ${JSON.stringify(given)} is no port`, {
    hint: 'a port is a whole number from 1 to 65535',
    where: { host: name },
  })
}

/** Timers hold no more than 24 days, and nobody waits for one. */
const CONNECT_LIMIT_MAX_MS = 86_400_000

/** The first that is said, in milliseconds. */
function connectLimit(name: string, said: readonly (number | undefined)[]): number {
  const limitMs = said.find((each) => each !== undefined) ?? CONNECT_LIMIT_MS
  if (limitMs > 0) return Math.min(limitMs, CONNECT_LIMIT_MAX_MS)
  throw new ClusterError('INVENTORY', `${name}: the time that connecting may take is none`, {
    hint: 'ansible_ssh_timeout, ansible_timeout and ConnectTimeout are seconds, above 0',
    where: { host: name },
  })
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A time as sshd_config(5) has it, such as 90 or 1m30s, in milliseconds; NaN if it is none. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (text.toLowerCase() === 'none') return CONNECT_LIMIT_MAX_MS
  if (!/^(?:\d+[smhdw]?)+$/i.test(text)) return Number.NaN
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)]
  return (
    parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 1), 0) *
    1000
  )
}

/** The first of two arguments counts; all identity files are tried. */
function joinGiven(
  first: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const keys = [first, more].flatMap((given) => given['identityfile'] ?? [])
  const joined = preferGiven(first, more)
  return keys.length === 0 ? joined : { ...joined, identityfile: keys.join('\n') }
}

/** Of a jump and a command in its place the one that is said first counts, as in OpenSSH. */
function preferGiven(
  given: Readonly<Record<string, string>>,
  behind: Readonly<Record<string, string>>,
): Record<string, string> {
  const both = { ...given }
  for (const [key, value] of Object.entries(behind)) both[key] ??= value
  const [, loser] = Object.keys(both).filter((key) => key === 'proxyjump' || key === 'proxycommand')
  if (loser !== undefined) delete both[loser]
  return both
}

/** With the places filled that ssh_config(5) names for it. */
function proxyCommand(
  text: string | undefined,
  places: Readonly<Record<string, string>>,
): string | undefined {
  if (text === undefined || text.toLowerCase() === 'none' || text === '') return undefined
  return text.replaceAll(/%(.)/g, (place, letter: string) => places[letter] ?? place)
}

/** The last of a list of jumps is next to the host; those before it are its own jumps. */
function jumpOptions(
  jump: string,
  wishes: SshWishes,
  given: Readonly<Record<string, string>>,
  depth: number,
): SshOptions {
  const hops = jump.split(',')
  const last = hops.pop() ?? ''
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(last.trim())
  if (match === null) {
    throw new ClusterError('INVENTORY', `cannot read the jump host ${JSON.stringify(last)}`, {
      hint: 'write it as user@host:port',
    })
  }
  const [, user, address = '', port] = match
  const kept = [
    'userknownhostsfile',
    'stricthostkeychecking',
    'identityfile',
    'configfile',
  ].flatMap((key) => (given[key]?.split('\n') ?? []).map((value) => `-o ${key}="${value}"`))
  if (hops.length > 0) kept.push(`-J ${hops.join(',')}`)
  const bare = address.replaceAll(/^\[|\]$/g, '')
  return resolveSshOptions(
    bare,
    {
      user,
      port: port === undefined ? undefined : Number(port),
      keyFile: wishes.keyFile,
      arguments: kept.join(' '),
      isHostKeyChecked: wishes.isHostKeyChecked,
      connectLimitMs: wishes.connectLimitMs,
    },
    depth + 1,
  )
}

function hostKeyChecking(word: string | undefined): SshOptions['hostKeyChecking'] {
  if (word === 'no' || word === 'off') return 'no'
  return word === 'accept-new' ? 'accept-new' : 'yes'
}

function agentSocket(computed: Record<string, string>): string | undefined {
  const named = computed['identityagent']
  if (named === 'none') return undefined
  return named === undefined || named === 'SSH_AUTH_SOCK'
    ? environment('SSH_AUTH_SOCK')
    : expandHome(named)
}

function defaultKeys(): string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((key) => join(homeFolder(), '.ssh', key))
}

function expandHome(path: string): string {
  const bare = path.replaceAll(/^"|"$/g, '')
  return bare === '~' || bare.startsWith('~/') ? join(homeFolder(), bare.slice(1)) : bare
}

function readConfig(file: string | undefined): string {
  const path = file === undefined ? join(homeFolder(), '.ssh', 'config') : expandHome(file)
  return readConfigText(path, 0)
}

/** The text with its Include lines replaced by what they name, as ssh_config(5) has it. */
function readConfigText(path: string, depth: number): string {
  const text = readTextIfThere(path)
  if (text === undefined || depth > JUMPS_MAX) return ''
  return text.replaceAll(/^[ \t]*include[ \t]+(.+)$/gim, (_, names: string) =>
    names
      .trim()
      .split(/\s+/)
      .flatMap((name) => includedFiles(resolve(homeFolder(), '.ssh', expandHome(name))))
      .map((file) => readConfigText(file, depth + 1))
      .join('\n'),
  )
}

function includedFiles(path: string): string[] {
  if (!/[*?[]/.test(basename(path))) return [path]
  const pattern = globPattern(basename(path))
  return listFolder(dirname(path))
    .filter((name) => pattern.test(name))
    .map((name) => join(dirname(path), name))
}

/** ssh_config's answer for a host, by keyword in lower case: first value wins; several IdentityFile lines are joined. */
function computeConfig(text: string, alias: string): Record<string, string> {
  const found = SSHConfig.parse(text).compute(alias, { ignoreCase: true })
  const texts = Object.entries(found).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.join('\n') : value,
  ])
  return Object.fromEntries(texts)
}

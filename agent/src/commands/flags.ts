// The flags that several commands have in common, read into options. They are spelt as Ansible
// spells them. Not here: which command takes which (options.ts).
import { delimiter, join, resolve } from 'node:path'
import { ClusterError, type Position } from '../errors.ts'
import { type Inventory, loadInventory } from '../inventory/inventory.ts'
import { parseKeyValues } from '../playbook/keyvalues.ts'
import type { RunOptions } from '../playbook/options.ts'
import type { ConnectionDefaults } from '../playbook/reach.ts'
import { type SourceOptions, variablesOf } from '../playbook/sources.ts'
import type { Placed } from '../playbook/tree.ts'
import { homeFolder } from '../sys/env.ts'
import { readText } from '../sys/files.ts'
import { Keyring } from '../vault/keyring.ts'
import { readPasswords } from '../vault/passwords.ts'
import { parseYaml } from '../yaml/parse.ts'
import { agentSocket } from './asking.ts'
import type { CommandContext } from './context.ts'

/** What the command line gave, each a text or a list of texts. */
export interface Flags {
  readonly inventory?: readonly string[]
  readonly limit?: string
  readonly extraVars?: readonly string[]
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  readonly forks?: string
  readonly check?: boolean
  readonly diff?: boolean
  readonly verbosity: number
  readonly forceHandlers?: boolean
  readonly connection?: string
  readonly user?: string
  readonly privateKey?: string
  readonly sshCommonArgs?: string
  readonly become?: boolean
  readonly becomeUser?: string
  readonly becomeMethod?: string
  readonly askBecomePass?: boolean
  readonly askPass?: boolean
  readonly timeout?: string
  readonly taskTimeout?: string
  readonly rolesPath?: string
  readonly output?: string
  readonly vaultId?: readonly string[]
  readonly vaultPasswordFile?: readonly string[]
  readonly askVaultPass?: boolean
  /** Of lint. */
  readonly skipRule?: string | readonly string[]
  readonly enableRule?: string | readonly string[]
  /** From settings alone: NAME.retry is written, and where. */
  readonly retryFiles?: boolean
  readonly retryFolder?: string
  readonly waitLease?: string
  /** False with --no-lease. */
  readonly lease?: boolean
  /** From settings alone. */
  readonly sshArgs?: string
  readonly hostKeyChecking?: string
  readonly gathering?: string
  readonly managed?: string
  /** The file of settings, Ansible's before ours. */
  readonly configFile?: string
  readonly runProbes?: boolean
  readonly probe?: readonly string[]
}

const FORKS_DEFAULT = 20

/**
 * The passwords of vaults, read once; nothing is asked for unless the flags say so. With `isShown`
 * what comes out of them may be printed.
 */
export async function keyringOf(
  flags: Flags,
  context: CommandContext,
  isShown = false,
): Promise<Keyring> {
  const wishes = {
    ids: flags.vaultId ?? [],
    files: flags.vaultPasswordFile ?? [],
    isAsked: flags.askVaultPass === true,
  }
  const passwords = await readPasswords(wishes, context.askSecret)
  return isShown
    ? new Keyring(passwords)
    : new Keyring(passwords, (text) => context.secrets.add(text))
}

export async function inventoryOf(
  flags: Flags,
  context: CommandContext,
  keyring: Keyring,
): Promise<Inventory> {
  return loadInventory([...inventorySources(flags)], keyring, () => agentSocket({}, context))
}

/** Without any there is still the machine itself, as localhost. */
export function inventorySources(flags: Flags): readonly string[] {
  return flags.inventory ?? []
}

/** Everything about a run but what it reports to. */
export async function runOptions(
  flags: Flags,
  context: CommandContext,
  inventory: Inventory,
  keyring: Keyring,
): Promise<Omit<RunOptions, 'report'>> {
  return {
    inventory,
    inventorySources: inventorySources(flags).map((source) =>
      source.includes(',') ? source : resolve(source),
    ),
    limit: flags.limit,
    forks: wholeNumber('--forks', flags.forks) ?? FORKS_DEFAULT,
    isCheck: flags.check === true,
    isDiff: flags.diff === true,
    tags: splitList(flags.tags),
    skipTags: splitList(flags.skipTags),
    extraVars: extraVarsOf(flags.extraVars ?? [], keyring),
    rolesPath: rolesPathOf(flags),
    connection: await connectionOf(flags, context),
    verbosity: flags.verbosity,
    isForcingHandlers: flags.forceHandlers === true,
    taskLimitMs: taskLimitOf(flags),
    signal: context.signal,
    ask: context.ask,
    reloadInventory: () => inventoryOf(flags, context, keyring),
    managed: flags.managed,
    configFile: flags.configFile,
    probes:
      flags.runProbes === true || flags.probe !== undefined
        ? { names: flags.probe ?? [] }
        : undefined,
  }
}

/** None unless it is asked for, as in Ansible, where 0 is the word for it. */
function taskLimitOf({ taskTimeout }: Flags): number | undefined {
  if (taskTimeout === '0') return undefined
  const seconds = wholeNumber('--task-timeout', taskTimeout)
  return seconds === undefined ? undefined : seconds * 1000
}

/** Where authors' files are found and how they are read. */
export function sourceOptionsOf(flags: Flags, keyring: Keyring): SourceOptions {
  const gathering = flags.gathering ?? 'implicit'
  if (!['implicit', 'explicit', 'smart'].includes(gathering)) {
    throw new ClusterError('SETTINGS', `gathering cannot be ${JSON.stringify(gathering)}`, {
      hint: 'one of implicit, explicit, smart',
    })
  }
  return {
    extraVars: extraVarsOf(flags.extraVars ?? [], keyring),
    rolesPath: rolesPathOf(flags),
    isGatheringImplicit: gathering !== 'explicit',
    keyring,
  }
}

function rolesPathOf(flags: Flags): string[] {
  const given = flags.rolesPath
  if (given !== undefined) return given.split(delimiter).map((path) => resolve(path))
  return [join(homeFolder(), '.ansible/roles'), '/usr/share/ansible/roles', '/etc/ansible/roles']
}

async function connectionOf(flags: Flags, context: CommandContext): Promise<ConnectionDefaults> {
  const password = flags.askPass === true ? await context.askSecret('SSH password: ') : undefined
  const becomePassword =
    flags.askBecomePass === true ? await context.askSecret('BECOME password: ') : undefined
  const seconds = wholeNumber('--timeout', flags.timeout)
  return {
    connection: flags.connection,
    user: flags.user,
    privateKey: flags.privateKey,
    sshArgs: flags.sshArgs,
    sshCommonArgs: flags.sshCommonArgs,
    become: flags.become === true,
    becomeUser: flags.becomeUser,
    becomeMethod: flags.becomeMethod,
    becomePassword,
    password,
    connectLimitMs: seconds === undefined ? undefined : seconds * 1000,
    isHostKeyChecked: !/^(?:false|no|off|0)$/i.test(flags.hostKeyChecking ?? ''),
  }
}

export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new ClusterError(
    'USAGE',
    `${name} takes a whole number above 0, not ${JSON.stringify(text)}`,
    {
      hint: `for instance ${name} 10`,
    },
  )
}

/** `a,b` given once or several times. */
function splitList(given: readonly string[] | undefined): string[] {
  return (given ?? []).flatMap((text) => text.split(',')).filter((word) => word !== '')
}

/** -e: `key=value` words, JSON or YAML in the argument, or `@file`. Later ones win. */
export function extraVarsOf(given: readonly string[], keyring: Keyring): Map<string, Placed> {
  const vars = new Map<string, Placed>()
  for (const [index, text] of given.entries()) {
    const origin = `-e #${index + 1}`
    for (const [name, placed] of extraVarsIn(text, origin, keyring)) vars.set(name, placed)
  }
  return vars
}

function extraVarsIn(text: string, origin: string, keyring: Keyring): ReadonlyMap<string, Placed> {
  const at: Position = { file: origin, line: 1, column: 1 }
  if (text.startsWith('@')) {
    const file = resolve(text.slice(1))
    return variablesOf(firstNode(readText(file), file, keyring))
  }
  if (/^\s*[[{]/.test(text)) return variablesOf(firstNode(text, origin))
  return parseKeyValues(text, at).named
}

function firstNode(text: string, file: string, keyring?: Keyring) {
  const [node] = parseYaml(text, file, keyring)
  if (node === undefined) throw new Error('parseYaml gives a document for any text')
  return node
}

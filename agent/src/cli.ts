// The command line: which commands there are, and their flags, spelt as Ansible's. cac parses;
// values are kept from it as texts, because it makes numbers of what looks like one. Not here:
// what commands do (commands/).
import { type CAC, cac } from 'cac'
import type { CommandContext } from './commands/context.ts'
import type { ExecFlags } from './commands/exec.ts'
import type { Flags } from './commands/flags.ts'
import type { InventoryFlags } from './commands/inventory.ts'
import type { ResumeFlags } from './commands/resume.ts'
import type { RunFlags } from './commands/run.ts'
import { withSettings } from './commands/settings.ts'
import type { VaultFlags } from './commands/vault.ts'
import { versionCommand, versionText } from './commands/version.ts'
import { ClusterError } from './errors.ts'
import { nearest } from './value/nearest.ts'

type Option = readonly [flags: string, description: string]

const INVENTORY: readonly Option[] = [
  ['-i, --inventory <source>', 'inventory file, folder, script or host list; may be repeated'],
  ['-l, --limit <pattern>', 'only these of the hosts'],
]

const VAULT: readonly Option[] = [
  ['--vault-password-file <file>', 'file or program with the vault password; may be repeated'],
  ['--vault-id <id>', 'LABEL@FILE, LABEL@PROGRAM or LABEL@prompt; may be repeated'],
  ['-J, --ask-vault-pass', 'ask for the vault password'],
]

const CONNECTION: readonly Option[] = [
  ['-c, --connection <type>', 'ssh or local'],
  ['-u, --user <name>', 'log in as this user'],
  ['--private-key <file>', 'private key to log in with'],
  ['--ssh-common-args <args>', 'options in the spelling of ssh'],
  ['-k, --ask-pass', 'ask for the SSH password'],
  ['-b, --become', 'work as another user'],
  ['--become-user <name>', 'the user to become (root)'],
  ['--become-method <method>', 'sudo, su or doas'],
  ['-K, --ask-become-pass', 'ask for the password of sudo'],
  ['-T, --timeout <seconds>', 'how long connecting may take (10)'],
  ['--task-timeout <seconds>', 'how long a task may take on a host (3600)'],
]

const RUNNING: readonly Option[] = [
  ['-e, --extra-vars <vars>', 'key=value, JSON, YAML or @file; may be repeated'],
  ['-f, --forks <count>', 'hosts worked on at a time (20)'],
  ['-C, --check', 'predict, and change nothing'],
  ['-D, --diff', 'show what changes in files'],
  ['--force-handlers', 'failed hosts run the handlers that they have notified'],
  ['-v, --verbose', 'show the results of tasks'],
  ['--output <format>', 'text, json, jsonl or junit'],
]

const PLAYBOOK: readonly Option[] = [
  ['-t, --tags <tags>', 'only tasks with these tags'],
  ['--skip-tags <tags>', 'not tasks with these tags'],
  ['--roles-path <folders>', 'where roles are looked for'],
]

const HOLDING: readonly Option[] = [
  ['--wait-lease <seconds>', 'wait so long for hosts that another run holds'],
  ['--no-lease', 'do not hold the hosts while the run lasts'],
]

const OWING: readonly Option[] = [
  ['--no-pending-handlers', 'forget the handlers that the last run has left'],
]

const AD_HOC = [...INVENTORY, ...VAULT, ...CONNECTION, ...RUNNING, ...HOLDING]

const LISTING: readonly Option[] = [
  ['--list-tasks', 'list the tasks and run nothing'],
  ['--list-hosts', 'list the hosts and run nothing'],
  ['--list-tags', 'list the tags and run nothing'],
  ['--syntax-check', 'read everything and run nothing'],
]

/** Kept before a value so that cac takes it neither for a number nor for a flag. */
const GUARD = '\u0000'

type Values = Record<string, unknown>
type Action = (words: readonly string[], flags: Values) => number | Promise<number>

/** Reads the words of a command line and answers the exit code. */
export async function runCli(argv: readonly string[], context: CommandContext): Promise<number> {
  const cli = cac('cluster-os')
  let chosen: (() => number | Promise<number>) | undefined
  const add = (usage: string, about: string, options: readonly Option[], action: Action): void => {
    const command = cli.command(usage, about)
    for (const [flags, description] of options) command.option(flags, description)
    command.action((...given: unknown[]) => {
      const flags = unguarded(given.at(-1)) as Values
      const words = given
        .slice(0, -1)
        .flat()
        .filter((word) => word !== undefined)
      chosen = () => action((unguarded(words) as unknown[]).map(String), flags)
    })
  }
  addCommands(add, context)
  cli.help()
  cli.version(versionText())
  const words = normalise(argv, cli)
  try {
    cli.parse(['node', 'cluster-os', ...words], { run: true })
  } catch (error) {
    throw usageError(error)
  }
  if (chosen !== undefined) return chosen()
  if (words.some((word) => ['--help', '-h', '--version'].includes(word))) return 0
  return unknownCommand(words[0], cli)
}

/** A command's code is read when it is asked for: the start of the others is not slowed by it. */
const load = {
  run: () => import('./commands/run.ts'),
  exec: () => import('./commands/exec.ts'),
  facts: () => import('./commands/facts.ts'),
  inventory: () => import('./commands/inventory.ts'),
  lint: () => import('./commands/lint.ts'),
  resume: () => import('./commands/resume.ts'),
  doc: () => import('./commands/doc.ts'),
  vault: () => import('./commands/vault.ts'),
}

type Add = (usage: string, about: string, options: readonly Option[], action: Action) => void

function addResume(add: Add, context: CommandContext): void {
  const going: readonly Option[] = [
    ['--list', 'list the runs that were stopped'],
    ['--forget <run>', 'remove the journal of a run'],
    ['--force', 'go on although files or the inventory have changed'],
    ['-v, --verbose', 'show the results of tasks'],
    ['--output <format>', 'text, json, jsonl or junit'],
  ]
  add(
    'resume [run]',
    'Go on with a run that was stopped',
    [...going, ...RUNNING.slice(0, 1), ...HOLDING.slice(0, 1)],
    async (words, values) =>
      (await load.resume()).resumeCommand(words[0], flagsOf<ResumeFlags>(values), context),
  )
}

function addCommands(add: Add, context: CommandContext): void {
  const play = [...INVENTORY, ...VAULT, ...CONNECTION, ...RUNNING, ...PLAYBOOK]
  add(
    'run [...playbooks]',
    'Run playbooks',
    [...play, ...HOLDING, ...OWING, ...LISTING],
    async (words, values) =>
      (await load.run()).runCommand(words, settled<RunFlags>(values, context), context),
  )
  addResume(add, context)
  const exec: readonly Option[] = [
    ['-m, --module-name <module>', 'the module (command)'],
    ['-a, --args <args>', 'its arguments'],
  ]
  add('exec [pattern]', 'Run one module on hosts', [...exec, ...AD_HOC], async (words, values) =>
    (await load.exec()).execCommand(words[0], settled<ExecFlags>(values, context), context),
  )
  const facts: readonly Option[] = [['--filter <patterns>', 'only facts of these names']]
  add(
    'facts [pattern]',
    'Show what hosts tell about themselves',
    [...facts, ...AD_HOC],
    async (words, values) =>
      (await load.facts()).factsCommand(words[0], settled<ExecFlags>(values, context), context),
  )
  const listing: readonly Option[] = [
    ['--list', 'all of it, as JSON (the default)'],
    ['--graph', 'the groups as a tree'],
    ['--host <name>', 'the variables of one host'],
  ]
  add(
    'inventory',
    'Show the inventory',
    [...listing, ...INVENTORY, ...VAULT],
    async (_words, values) =>
      (await load.inventory()).inventoryCommand(settled<InventoryFlags>(values, context), context),
  )
  const lint: readonly Option[] = [...RUNNING.slice(0, 1), ...PLAYBOOK.slice(2), ...VAULT]
  add('lint [...playbooks]', 'Find mistakes without any host', lint, async (words, values) =>
    (await load.lint()).lintCommand(words, settled<RunFlags>(values, context), context),
  )
  const sealing: readonly Option[] = [
    ...VAULT,
    ['--encrypt-vault-id <label>', 'the vault id that new vaults get'],
    ['--new-vault-password-file <file>', 'rekey: file or program with the new password'],
    ['--new-vault-id <id>', 'rekey: LABEL@FILE with the new password'],
    ['--output <file>', 'write there, - for the terminal; the file itself stays'],
    ['-n, --name <name>', 'encrypt-string: the name of the variable'],
  ]
  const vaultUsage = 'vault [action] [...files]'
  add(
    vaultUsage,
    'encrypt, decrypt, view, edit, rekey, encrypt-string',
    sealing,
    async (words, values) =>
      (await load.vault()).vaultCommand(
        words[0],
        words.slice(1),
        settled<VaultFlags>(values, context),
        context,
      ),
  )
  add('doc [module]', 'Explain the modules', [], async (words) =>
    (await load.doc()).docCommand(words[0], context),
  )
  const version: readonly Option[] = [['--digest', 'SHA-256 of this program']]
  add('version', 'Say what this is', version, (_words, values) =>
    versionCommand({ digest: values['digest'] === true }, process.argv[1] ?? '', context),
  )
}

/** What was typed, and where nothing was, what the settings say. */
function settled<T extends Flags>(values: Values, context: CommandContext): T {
  return withSettings(flagsOf<T>(values), context)
}

const LISTS = ['inventory', 'extraVars', 'tags', 'skipTags', 'vaultId', 'vaultPasswordFile']

/** cac gives one text, or a list when a flag was repeated; a single-valued flag takes the last. */
function flagsOf<T extends { verbosity: number }>(values: Values): T {
  const flags: Values = {}
  for (const [name, value] of Object.entries(values)) {
    if (name === '--' || name.length === 1) continue
    if (LISTS.includes(name)) flags[name] = Array.isArray(value) ? value : [value]
    else flags[name] = Array.isArray(value) && name !== 'verbose' ? value.at(-1) : value
  }
  const verbose = values['verbose']
  flags['verbosity'] = Array.isArray(verbose) ? verbose.length : verbose === true ? 1 : 0
  return flags as T
}

/** `-f5` becomes `-f 5`, `-vvv` three flags, and values are guarded from becoming numbers. */
function normalise(argv: readonly string[], cli: CAC): string[] {
  const valued = new Set<string>()
  for (const { options } of cli.commands) {
    for (const { rawName } of options) {
      if (!rawName.includes('<')) continue
      for (const name of rawName.replace(/<.*/, '').split(',')) valued.add(name.trim())
    }
  }
  const known = flagsKnown(argv[0], cli)
  const words: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] as string
    if (word === '--') return [...words, ...argv.slice(index).map(guard)]
    const long = /^(--[^=]+)=([\s\S]*)$/.exec(word)
    const short = /^(-[A-Za-z])([\s\S]+)$/.exec(word)
    if (long !== null && valued.has(long[1] as string)) {
      words.push(long[1] as string, guard(long[2] as string))
    } else if (valued.has(word)) {
      const value = argv[(index += 1)]
      if (value === undefined) {
        throw new ClusterError('USAGE', `${word} needs a value`, { hint: 'see: cluster-os --help' })
      }
      words.push(word, guard(value))
    } else if (short !== null && valued.has(short[1] as string)) {
      words.push(short[1] as string, guard(short[2] as string))
    } else if (short !== null && !word.startsWith('--')) {
      for (const letter of word.slice(1)) words.push(`-${letter}`)
    } else if (word.startsWith('--') && !known.has(word)) {
      throw unknownFlag(word, known)
    } else {
      words.push(word.startsWith('-') || words.length === 0 ? word : guard(word))
    }
  }
  return words
}

/** Long flags of the command, or of all when it is not known. */
function flagsKnown(command: string | undefined, cli: CAC): ReadonlySet<string> {
  const named = cli.commands.filter(({ name }) => name === command)
  const names = new Set(['--help', '--version'])
  for (const { options } of named.length > 0 ? named : cli.commands) {
    for (const { rawName } of options) {
      for (const [flag] of rawName.matchAll(/--[a-z-]+/g)) names.add(flag)
    }
  }
  return names
}

function unknownFlag(word: string, known: ReadonlySet<string>): ClusterError {
  const bare = word.replace(/=.*/s, '')
  const close = nearest(bare, known)
  return new ClusterError('USAGE', `there is no flag ${bare}`, {
    hint: close === undefined ? 'see: cluster-os COMMAND --help' : `did you mean ${close}?`,
  })
}

function guard(value: string): string {
  return `${GUARD}${value}`
}

function unguarded(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(GUARD, '')
  if (Array.isArray(value)) return value.map(unguarded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unguarded(item)]))
}

function usageError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'CACError') return error
  const message = error.message.replaceAll(GUARD, '')
  return new ClusterError('USAGE', message[0]?.toLowerCase() + message.slice(1), {
    hint: 'see: cluster-os COMMAND --help',
    cause: error,
  })
}

function unknownCommand(word: string | undefined, cli: CAC): number {
  if (word === undefined) {
    cli.outputHelp()
    return 1
  }
  const bare = word.replace(GUARD, '')
  const close = nearest(
    bare,
    cli.commands.map(({ name }) => name),
  )
  throw new ClusterError('USAGE', `there is no command ${bare}`, {
    hint: close === undefined ? 'see: cluster-os --help' : `did you mean ${close}?`,
  })
}

// The command line: which commands there are, and how their words are read. cac parses; values are
// kept from it as texts, because it makes numbers of what looks like one. Not here: the flags
// (commands/options.ts) and what commands do (commands/).
import { type CAC, cac } from 'cac'
import type { ApplyFlags } from './commands/apply.ts'
import { addAgentRows, addOperatorRows } from './commands/clusterrows.ts'
import type { CommandRow } from './commands/completion.ts'
import type { CommandContext } from './commands/context.ts'
import type { ExecFlags } from './commands/exec.ts'
import type { ExplainFlags } from './commands/explain.ts'
import type { Flags } from './commands/flags.ts'
import type { InventoryFlags } from './commands/inventory.ts'
import type { LintFlags } from './commands/lint.ts'
import { OPTIONS, type Option } from './commands/options.ts'
import type { PlanFlags } from './commands/plan.ts'
import type { ResumeFlags } from './commands/resume.ts'
import type { RunFlags } from './commands/run.ts'
import { withSettings } from './commands/settings.ts'
import { respelt } from './commands/spellings.ts'
import type { VaultFlags } from './commands/vault.ts'
import { versionCommand, versionText } from './commands/version.ts'
import { ClusterError } from './errors.ts'
import { nearest } from './value/nearest.ts'

/** Kept before a value so that cac takes it neither for a number nor for a flag. */
const GUARD = '\u0000'

type Values = Record<string, unknown>
type Action = (words: readonly string[], flags: Values) => number | Promise<number>

/** Reads the words of a command line and answers the exit code. */
export async function runCli(argv: readonly string[], context: CommandContext): Promise<number> {
  const cli = cac('cluster-os')
  let chosen: (() => number | Promise<number>) | undefined
  const add: Add = (usage, about, options, action) => {
    const command = cli.command(usage, about)
    for (const [flags, description] of options) command.option(flags, description)
    // cac says "(default: true)" behind every flag that starts with --no.
    for (const { negated, config } of command.options) if (negated) delete config.default
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
  addAgentRows(add, flagsOf, context)
  addOperatorRows(add, flagsOf, context)
  addAuthoring(add, context, () => cli.commands)
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
  plan: () => import('./commands/plan.ts'),
  apply: () => import('./commands/apply.ts'),
  exec: () => import('./commands/exec.ts'),
  facts: () => import('./commands/facts.ts'),
  inventory: () => import('./commands/inventory.ts'),
  lint: () => import('./commands/lint.ts'),
  explain: () => import('./commands/explain.ts'),
  schema: () => import('./commands/schema.ts'),
  completion: () => import('./commands/completion.ts'),
  resume: () => import('./commands/resume.ts'),
  doc: () => import('./commands/doc.ts'),
  vault: () => import('./commands/vault.ts'),
}

type Add = (usage: string, about: string, options: readonly Option[], action: Action) => void

/** What is done with whole playbooks. */
function addRuns(add: Add, context: CommandContext): void {
  add('run [...playbooks]', 'Run playbooks', OPTIONS.run, async (words, values) =>
    (await load.run()).runCommand(words, settled<RunFlags>(values, context), context),
  )
  add(
    'plan [...playbooks]',
    'Predict a run, as a file to apply',
    OPTIONS.plan,
    async (words, values) =>
      (await load.plan()).planCommand(words, settled<PlanFlags>(values, context), context),
  )
  add('apply [plan]', 'Do what a plan says, or refuse', OPTIONS.apply, async (words, values) =>
    (await load.apply()).applyCommand(words[0], settled<ApplyFlags>(values, context), context),
  )
  add('resume [run]', 'Go on with a run that was stopped', OPTIONS.resume, async (words, values) =>
    (await load.resume()).resumeCommand(words[0], flagsOf<ResumeFlags>(values), context),
  )
}

function addCommands(add: Add, context: CommandContext): void {
  addRuns(add, context)
  add('exec [pattern]', 'Run one module on hosts', OPTIONS.exec, async (words, values) =>
    (await load.exec()).execCommand(words[0], settled<ExecFlags>(values, context), context),
  )
  add(
    'facts [pattern] [...names]',
    'Show what hosts tell about themselves, or the facts of these names',
    OPTIONS.facts,
    async (words, values) =>
      (await load.facts()).factsCommand(words, settled<ExecFlags>(values, context), context),
  )
  add('inventory [group]', 'Show the inventory', OPTIONS.inventory, async (words, values) =>
    (await load.inventory()).inventoryCommand(
      words[0],
      settled<InventoryFlags>(values, context),
      context,
    ),
  )
  add(
    'vault [action] [...files]',
    'create, encrypt, decrypt, view, edit, rekey, encrypt-string',
    OPTIONS.vault,
    async (words, values) =>
      (await load.vault()).vaultCommand(
        words[0],
        words.slice(1),
        settled<VaultFlags>(values, context),
        context,
      ),
  )
  add('version', 'Say what this is', OPTIONS.version, (_words, values) =>
    versionCommand({ digest: values['digest'] === true }, process.argv[1] ?? '', context),
  )
}

/** Commands for those who write playbooks, which need no host. */
function addAuthoring(
  add: Add,
  context: CommandContext,
  commands: () => readonly CommandRow[],
): void {
  add('lint [...files]', 'Find mistakes without any host', OPTIONS.lint, async (words, values) =>
    (await load.lint()).lintCommand(words, settled<LintFlags>(values, context), context),
  )
  add(
    'explain [...words]',
    'Say where the value of a variable comes from: var NAME --host HOST [PLAYBOOK]',
    OPTIONS.explain,
    async (words, values) =>
      (await load.explain()).explainCommand(words, settled<ExplainFlags>(values, context), context),
  )
  add(
    'doc [name]',
    'Explain a module, an action or a keyword',
    OPTIONS.doc,
    async (words, values) =>
      (await load.doc()).docCommand(words[0], { list: values['list'] === true }, context),
  )
  add('schema [kind]', 'The JSON schema of playbooks or tasks, for editors', [], async (words) =>
    (await load.schema()).schemaCommand(words[0], context),
  )
  add('completion [shell]', 'The script for bash, zsh or fish', [], async (words) =>
    (await load.completion()).completionCommand(words[0], context),
  )
  add('complete [...words]', 'What may stand next; completion scripts ask it', [], async (words) =>
    (await load.completion()).completeCommand(words, commands(), context),
  )
}

/** What was typed, and where nothing was, what the settings say. */
function settled<T extends Flags>(values: Values, context: CommandContext): T {
  return withSettings(flagsOf<T>(values), context)
}

const LISTS = [
  'inventory',
  'extraVars',
  'tags',
  'skipTags',
  'probe',
  'vaultId',
  'vaultPasswordFile',
  'skipRule',
  'enableRule',
  'hint',
]

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
  for (const { options } of commandsMeant(argv[0], cli)) {
    for (const { rawName } of options) {
      if (!rawName.includes('<')) continue
      for (const name of rawName.replace(/<.*/, '').split(',')) valued.add(name.trim())
    }
  }
  const known = flagsKnown(argv[0], cli)
  const words: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = respelt(argv[index] as string, known)
    if (word === undefined) continue
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

/** The command of this name, or all when there is none. */
function commandsMeant(command: string | undefined, cli: CAC): CAC['commands'] {
  const named = cli.commands.filter(({ name }) => name === command)
  return named.length > 0 ? named : cli.commands
}

/** Flags of the command, or of all when it is not known. */
function flagsKnown(command: string | undefined, cli: CAC): ReadonlySet<string> {
  const names = new Set(['--help', '--version'])
  for (const { options } of commandsMeant(command, cli)) {
    for (const { rawName } of options) {
      for (const [flag] of rawName.matchAll(/(?<![\w-])-[A-Za-z]\b|--[a-z][a-z0-9-]*/g))
        names.add(flag)
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
    hint: close === undefined ? commandHint(bare) : `did you mean ${close}?`,
  })
}

/** ansible-playbook begins with its playbook, and ansible with a pattern. */
function commandHint(word: string): string {
  if (/\.ya?ml$/.test(word)) return `a playbook is run by: cluster-os run ${word}`
  const general = 'see: cluster-os --help'
  return word.startsWith('-') ? general : `${general}; a module on hosts: cluster-os exec ${word}`
}

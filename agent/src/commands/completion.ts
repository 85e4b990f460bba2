// cluster-os completion: a script for bash, zsh or fish, and the words that it asks for. The script
// only hands over the line; what may stand there is found here, out of the tables of commands, so
// that it cannot grow old. Not here: the table (cli.ts).
import { ClusterError } from '../errors.ts'
import { hostLayers, type Inventory, loadInventory } from '../inventory/inventory.ts'
import { MODULES } from '../modules/index.ts'
import { escapeLine } from '../output/escape.ts'
import { allKeywords } from '../playbook/keywords.ts'
import { loadPlaybook } from '../playbook/load.ts'
import { PLAY_ACTIONS } from '../playbook/playactions.ts'
import { BECOME_METHODS } from '../playbook/reach.ts'
import { tasksIn } from '../playbook/tags.ts'
import { taskTitle } from '../playbook/tree.ts'
import { fileKind, workFolder } from '../sys/files.ts'
import { agentSocket } from './asking.ts'
import type { CommandContext } from './context.ts'
import type { Flags } from './flags.ts'
import { runsOf } from './journal.ts'
import { namesNearby } from './nearbyvars.ts'
import {
  CLUSTER_ACTIONS,
  OPERATOR_ACTIONS,
  OUTPUTS,
  SCHEMAS,
  SEED_ACTIONS,
  VAULT_ACTIONS,
} from './options.ts'
import { withSettings } from './settings.ts'
import { type Typed, typedWords } from './typed.ts'

/** A command as the command line has it; flags as cac writes them: `-f, --forks <count>`. */
export interface CommandRow {
  readonly name: string
  readonly description: string
  readonly options: readonly { readonly rawName: string; readonly description: string }[]
}

const SHELLS: Readonly<Record<string, string>> = {
  bash: `_cluster_os() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
    COMP_LINE="\${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
      cluster-os complete 2>/dev/null
  )
}
complete -o filenames -o default -F _cluster_os cluster-os
`,
  zsh: `#compdef cluster-os
_cluster_os() {
  local -a found
  found=("\${(@f)$(cluster-os complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _cluster_os cluster-os
`,
  fish: `function __cluster_os
  set -l words (commandline -opc) (commandline -ct)
  cluster-os complete -- $words[2..-1] 2>/dev/null
end
complete -c cluster-os -a '(__cluster_os)'
`,
}

export function completionCommand(shell: string | undefined, context: CommandContext): number {
  const script = shell !== undefined && Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
  if (script === undefined) {
    throw new ClusterError('USAGE', `there is no completion for ${shell ?? 'no shell'}`, {
      hint: `one of ${Object.keys(SHELLS).join(', ')}: source <(cluster-os completion bash)`,
    })
  }
  context.write(script)
  return 0
}

/**
 * Writes what may stand as the last of the words, one a line; nothing means files. A name with a
 * newline or a mark that steers a terminal cannot be typed, and is not offered.
 */
export async function completeCommand(
  words: readonly string[],
  commands: readonly CommandRow[],
  context: CommandContext,
): Promise<number> {
  const { words: line, kept } = typedBy(words, context)
  const begun = line.at(-1) ?? ''
  const found = new Set(await candidates(line.slice(0, -1), begun, commands, context))
  const fitting = [...found].filter((word) => word.startsWith(begun) && escapeLine(word) === word)
  const rest = fitting.toSorted().map((word) => `${word.slice(kept)}\n`)
  if (rest.length > 0) context.write(rest.join(''))
  return 0
}

/** bash hands over the line, the others its words, which are quoted still. */
function typedBy(words: readonly string[], { environment }: CommandContext): Typed {
  const line = environment('COMP_LINE')
  if (line !== undefined) {
    const { words: all, kept } = typedWords(line, environment('COMP_WORDBREAKS'))
    return { words: all.slice(1), kept }
  }
  const own = words[0] === '--' ? words.slice(1) : words
  return { words: own.map((word) => typedWords(word).words.join(' ')), kept: 0 }
}

/** Commands that people do not type. */
const HIDDEN = ['complete']

async function candidates(
  before: readonly string[],
  begun: string,
  commands: readonly CommandRow[],
  context: CommandContext,
): Promise<readonly string[]> {
  const command = commands.find(({ name }) => name === before[0])
  if (command === undefined) {
    return commands.map(({ name }) => name).filter((name) => !HIDDEN.includes(name) && name !== '')
  }
  const flag = valuedFlag(command, before.at(-1) ?? '')
  if (flag !== undefined) return flagValues(flag, command.name, before, begun, context)
  const [, joined, value] = /^(--[a-z-]+)=(.*)$/s.exec(begun) ?? []
  const own = joined === undefined ? undefined : valuedFlag(command, joined)
  if (own !== undefined && value !== undefined) {
    const values = await flagValues(own, command.name, before, value, context)
    return values.map((each) => `${joined}=${each}`)
  }
  if (begun.startsWith('-')) return command.options.flatMap(({ rawName }) => longNames(rawName))
  return command.name === 'run' || command.name === 'lint'
    ? []
    : positional(command, before, begun, context)
}

/** The words before that are neither flags nor their values; the command is the first. */
function plainWords(command: CommandRow, before: readonly string[]): string[] {
  return before.filter(
    (word, index) =>
      !word.startsWith('-') && valuedFlag(command, before[index - 1] ?? '') === undefined,
  )
}

function longNames(rawName: string): string[] {
  return [...rawName.matchAll(/--[a-z][a-z0-9-]*/g)].map(([name]) => name)
}

/** The long name of the flag before, when it takes a value. */
function valuedFlag(command: CommandRow, word: string): string | undefined {
  if (!word.startsWith('-')) return undefined
  for (const { rawName } of command.options) {
    const names = rawName.replace(/ <.*/, '').split(', ')
    if (rawName.includes('<') && names.includes(word)) return longNames(rawName)[0]
  }
  return undefined
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  '--connection': ['ssh', 'local'],
  '--become-method': BECOME_METHODS,
  '--become-user': ['root'],
}

async function flagValues(
  flag: string,
  command: string,
  before: readonly string[],
  begun: string,
  context: CommandContext,
): Promise<readonly string[]> {
  const fixed = Object.hasOwn(WORDS, flag) ? WORDS[flag] : undefined
  if (fixed !== undefined) return fixed
  switch (flag) {
    case '--output':
      if (command === 'vault') return []
      return command === 'lint' || command === 'explain' ? ['text', 'json'] : OUTPUTS
    case '--module-name':
      return [...MODULES.keys()]
    case '--limit':
    case '--host':
      return hostNames(before, begun, context)
    case '--tags':
    case '--skip-tags':
      return continued(begun, tagsOf(before))
    case '--start-at-task':
    case '--task':
      return titlesOf(before)
    case '--forget':
      return runNames(context)
    default:
      return []
  }
}

/** Words that commands begin with. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  vault: VAULT_ACTIONS,
  cluster: CLUSTER_ACTIONS,
  operator: OPERATOR_ACTIONS,
  seed: SEED_ACTIONS,
}

async function positional(
  row: CommandRow,
  before: readonly string[],
  begun: string,
  context: CommandContext,
): Promise<readonly string[]> {
  const command = row.name
  if (command === 'doc')
    return [...MODULES.keys(), ...PLAY_ACTIONS.keys(), ...allKeywords().map(({ name }) => name)]
  if (command === 'exec' || command === 'facts') return hostNames(before, begun, context)
  const words = plainWords(row, before)
  if (command === 'explain' && words.length === 2 && words[1] === 'var')
    return variableNames(before, context)
  if (words.length > 1) return []
  if (command === 'resume') return runNames(context)
  const actions = Object.hasOwn(ACTIONS, command) ? ACTIONS[command] : undefined
  if (actions !== undefined) return actions
  if (command === 'completion') return Object.keys(SHELLS)
  if (command === 'schema') return SCHEMAS
  return command === 'explain' ? ['var'] : []
}

/** Hosts and groups of the inventory. */
async function hostNames(
  before: readonly string[],
  begun: string,
  context: CommandContext,
): Promise<readonly string[]> {
  const inventory = await inventoryNamed(before, context)
  if (inventory === undefined) return []
  return continued(begun, [...inventory.hosts.keys(), ...inventory.groups.keys()])
}

/** Runs that were stopped: of this folder, or where it has none of all. */
function runNames(context: CommandContext): string[] {
  try {
    const all = runsOf(context)?.unfinished() ?? []
    const here = all.filter(({ begin }) => begin.folder === workFolder())
    return (here.length > 0 ? here : all).map(({ run }) => run)
  } catch (error) {
    if (error instanceof ClusterError) return []
    throw error
  }
}

/**
 * Those of the inventory and of the folder's files: whose host and which playbook are meant is
 * typed after the name.
 */
async function variableNames(
  before: readonly string[],
  context: CommandContext,
): Promise<readonly string[]> {
  const inventory = await inventoryNamed(before, context)
  const hosts = [...(inventory?.hosts.keys() ?? [])]
  const layers = inventory === undefined ? [] : hosts.flatMap((host) => hostLayers(inventory, host))
  return [...namesNearby(), ...layers.flatMap(({ vars }) => [...vars.keys()])]
}

/** The inventory of the sources named so far, or of the settings' own. */
async function inventoryNamed(
  before: readonly string[],
  context: CommandContext,
): Promise<Inventory | undefined> {
  const named = before.flatMap((word, index) => {
    const [, joined] = /^--inventory=(.+)$/.exec(word) ?? []
    if (joined !== undefined) return [joined]
    return ['-i', '--inventory'].includes(before[index - 1] ?? '') ? [word] : []
  })
  try {
    const sources =
      named.length > 0 ? named : (withSettings<Flags>({ verbosity: 0 }, context).inventory ?? [])
    if (sources.length === 0) return undefined
    return await loadInventory(sources, undefined, () => agentSocket({}, context))
  } catch (error) {
    // Somebody is typing: what is wrong with the inventory is told when the command runs.
    if (error instanceof ClusterError) return undefined
    throw error
  }
}

/** Further names come after a comma or colon; those that stand there are not offered again. */
function continued(begun: string, names: readonly string[]): string[] {
  const start = /^.*[,:!&]/.exec(begun)?.[0] ?? ''
  const told = start.split(/[,:!&]/)
  return names.filter((name) => !told.includes(name)).map((name) => `${start}${name}`)
}

function tasksOfFiles(before: readonly string[]) {
  const files = before.filter((word) => /\.ya?ml$/.test(word) && fileKind(word) === 'file')
  try {
    const plays = files.flatMap((file) => {
      const isInventory = ['-i', '--inventory'].includes(before[before.indexOf(file) - 1] ?? '')
      return isInventory ? [] : loadPlaybook(file, { extraVars: new Map(), rolesPath: [] }).plays
    })
    return plays.flatMap((play) => tasksIn(play.items))
  } catch (error) {
    if (error instanceof ClusterError) return []
    throw error
  }
}

function tagsOf(before: readonly string[]): string[] {
  // The step that gathers facts is ours, and so is its tag.
  const own = tasksOfFiles(before).filter(({ action }) => action.value !== 'gather_facts')
  return [...new Set(own.flatMap(({ tags }) => tags))]
}

function titlesOf(before: readonly string[]): string[] {
  const named = tasksOfFiles(before).filter(({ keywords }) => keywords.has('name'))
  return [...new Set(named.map(taskTitle))]
}

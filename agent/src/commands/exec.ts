// cluster-os exec: one module on hosts, without a playbook. The words of the command line become a
// play of one task, so that all else is as in a run.
import { resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { type Inventory, matchPattern } from '../inventory/inventory.ts'
import { findModule } from '../modules/index.ts'
import { escapeText } from '../output/escape.ts'
import { compilePlay } from '../playbook/compile.ts'
import { parsePlaybook } from '../playbook/parse.ts'
import { runPlaybook } from '../playbook/run.ts'
import { Sources } from '../playbook/sources.ts'
import { parseYaml } from '../yaml/parse.ts'
import type { CommandContext } from './context.ts'
import { type Flags, inventoryOf, keyringOf, runOptions, sourceOptionsOf } from './flags.ts'
import { leaseOf } from './lease.ts'
import { makeReport } from './report.ts'

export interface ExecFlags extends Flags {
  readonly moduleName?: string
  readonly args?: string
  readonly listHosts?: boolean
}

/** Arguments of the module: as a text, or by their names. */
type ExecArguments = string | { readonly [name: string]: string }

export async function execCommand(
  pattern: string | undefined,
  flags: ExecFlags,
  context: CommandContext,
  args: ExecArguments = flags.args ?? '',
): Promise<number> {
  if (pattern === undefined) {
    throw new ClusterError('USAGE', 'exec needs a pattern of hosts', {
      hint: 'cluster-os exec all -m ping -i inventory.yml',
    })
  }
  const keyring = await keyringOf(flags, context)
  const inventory = await inventoryOf(flags, context, keyring)
  const options = await runOptions(flags, context, inventory, keyring)
  const hosts = limited(pattern, flags, inventory)
  if (flags.listHosts === true) {
    context.write(escapeText([`  hosts (${hosts.length}):`, ...hosts.map(indented)].join('\n')))
    context.write('\n')
    return 0
  }
  if (hosts.length === 0) {
    throw new ClusterError('PATTERN', `the pattern ${pattern} matches no host`, {
      hint: 'see: cluster-os inventory --graph',
    })
  }
  const sources = new Sources(sourceOptionsOf(flags, keyring))
  const module = flags.moduleName ?? 'command'
  const play = oneTaskPlay(pattern, module, args, sources)
  const isReading = findModule(module)?.effect === 'reads'
  const lease = isReading || options.isCheck ? undefined : leaseOf(flags, context, undefined)
  const report = makeReport(flags.output, flags.verbosity, context, true)
  try {
    const playbook = { file: 'exec', plays: [play], sources }
    const summary = await runPlaybook(playbook, { ...options, lease, report: report.report })
    return summary.exitCode
  } finally {
    report.stop()
  }
}

function indented(host: string): string {
  return `    ${host}`
}

function limited(pattern: string, { limit }: ExecFlags, inventory: Inventory): string[] {
  const hosts = matchPattern(inventory, pattern, undefined)
  if (limit === undefined) return hosts
  const chosen = new Set(matchPattern(inventory, limit, undefined))
  return hosts.filter((host) => chosen.has(host))
}

/** Written out as YAML, so that places of mistakes point into what was typed. */
function oneTaskPlay(pattern: string, module: string, args: ExecArguments, sources: Sources) {
  const text = [
    `- name: ${JSON.stringify(`${module} on ${pattern}`)}`,
    `  hosts: ${JSON.stringify(pattern)}`,
    '  gather_facts: false',
    `  tasks: [{ ${JSON.stringify(module)}: ${JSON.stringify(args)} }]`,
  ].join('\n')
  const [root] = parseYaml(text, 'command line')
  const [node] = root === undefined ? [] : parsePlaybook(root)
  if (node?.kind !== 'play') throw new Error('a play was written')
  sources.noteText(text)
  const imported = { whens: [], tags: [], vars: [] }
  return compilePlay(node, { sources, folder: resolve('.'), index: 0, imported })
}

// cluster-os doc: the modules, or one of them, out of the same schema that reads its arguments.
// The pages under docs/modules are made here too.
import type * as z from 'zod'
import { ClusterError } from '../errors.ts'
import { metaOf, typeName } from '../modules/arguments.ts'
import { findModule, MODULES } from '../modules/index.ts'
import type { Module } from '../modules/module.ts'
import { actionName } from '../playbook/action.ts'
import { META_WORDS, PLAY_ACTIONS, type PlayAction } from '../playbook/playactions.ts'
import { nearest } from '../value/nearest.ts'
import type { CommandContext } from './context.ts'

export function docCommand(name: string | undefined, context: CommandContext): number {
  const all = [...MODULES.values(), ...PLAY_ACTIONS.values()]
  if (name === undefined) {
    const width = Math.max(...all.map((entry) => entry.name.length)) + 2
    for (const entry of all.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      context.write(`${entry.name.padEnd(width)}${entry.summary}\n`)
    }
    return 0
  }
  const module = findModule(name)
  const action = PLAY_ACTIONS.get(actionName(name))
  if (module !== undefined) context.write(modulePage(module))
  else if (action !== undefined) context.write(actionPage(action))
  else {
    const close = nearest(
      name,
      all.map((entry) => entry.name),
    )
    throw new ClusterError('MODULE_UNKNOWN', `there is no module ${name}`, {
      hint: close === undefined ? 'see: cluster-os doc' : `did you mean ${close}?`,
    })
  }
  return 0
}

/** The page of an action of the play itself, in Markdown. */
export function actionPage(action: PlayAction): string {
  const rows = Object.entries(action.name === 'meta' ? META_WORDS : action.params)
  const table = rows.map(([name, text]) => `| ${name} | ${text} |\n`).join('')
  const title = action.name === 'meta' ? 'Words' : 'Arguments'
  return [
    `# ${action.name}\n\n${action.summary}\n\n`,
    `## ${title}\n\n| name | |\n|---|---|\n${table}\n`,
    `## Example\n\n\`\`\`yaml\n${action.examples}\n\`\`\`\n`,
  ].join('')
}

const EFFECTS: Readonly<Record<Module['effect'], string>> = {
  none: 'Works on the controller and asks nothing of the host.',
  reads: 'Only reads the host; check mode runs it as it is.',
  changes: 'Changes only what is not as wanted; check mode predicts it.',
  runs: 'Runs or waits for something; check mode does not, and calls the result unknown.',
}

/** A module's page, in Markdown. */
export function modulePage(module: Module): string {
  const parts = [`# ${module.name}\n\n${module.summary} ${EFFECTS[module.effect]}\n`]
  const rows = Object.entries(module.params.shape).map(([name, schema]) =>
    paramRow(module, name, schema as z.ZodType),
  )
  if (rows.length > 0) {
    parts.push('## Arguments\n\n| name | takes | default | |\n|---|---|---|---|\n', ...rows, '\n')
  }
  const returns = Object.entries(module.returns).map(([name, text]) => `| ${name} | ${text} |\n`)
  if (returns.length > 0) parts.push('## Returns\n\n| name | |\n|---|---|\n', ...returns, '\n')
  for (const note of module.notes ?? []) parts.push(`${note}\n\n`)
  parts.push(`## Example\n\n\`\`\`yaml\n${module.examples.trim()}\n\`\`\`\n`)
  return parts.join(rows.length > 0 || returns.length > 0 ? '' : '\n').replace('.\n## ', '.\n\n## ')
}

function paramRow(module: Module, name: string, schema: z.ZodType): string {
  const meta = metaOf(schema)
  const choices = meta['choices'] as readonly string[] | undefined
  const type = choices === undefined ? typeName(meta) : choices.map(visible).join(', ')
  const absent = schema.safeParse(undefined)
  const preset = absent.success
    ? absent.data === undefined
      ? ''
      : JSON.stringify(absent.data)
    : '**required**'
  const aliases = Object.entries(module.aliases ?? {})
    .filter(([, target]) => target === name)
    .map(([alias]) => alias)
  const also = aliases.length === 0 ? '' : ` (also ${aliases.join(', ')})`
  return `| ${name}${also} | ${type} | ${preset.replaceAll('|', '\\|')} | ${schema.description ?? ''} |\n`
}

function visible(choice: string): string {
  return JSON.stringify(choice).slice(1, -1)
}

// cluster-os doc: modules, actions of the play and keywords, or one of them, out of the schemas and
// tables that read them. The pages of docs/modules, docs/actions and docs/keywords.md are made here
// too. Not here: those of lint (lint.ts) and where pages are written (agent/docs.ts).
import type * as z from 'zod'
import { ClusterError } from '../errors.ts'
import { metaOf, typeName } from '../modules/arguments.ts'
import { findModule, MODULES } from '../modules/index.ts'
import type { Module } from '../modules/module.ts'
import { actionName } from '../playbook/action.ts'
import { allKeywords, type Keyword, keywordRows, UNSUPPORTED } from '../playbook/keywords.ts'
import { META_WORDS, PLAY_ACTIONS, type PlayAction } from '../playbook/playactions.ts'
import { LOOP_CONTROL, NO_LOOP_CONTROL } from '../playbook/withloop.ts'
import { nearest } from '../value/nearest.ts'
import type { CommandContext } from './context.ts'

export interface DocFlags {
  readonly list?: boolean
}

export function docCommand(
  name: string | undefined,
  flags: DocFlags,
  context: CommandContext,
): number {
  const modules = [...MODULES.values()]
  const actions = [...PLAY_ACTIONS.values()]
  const keywords = allKeywords()
  if (name === undefined || flags.list === true) {
    writeList('Modules', modules, context)
    writeList('Actions of the play', actions, context)
    writeList('Keywords', keywords, context)
    return 0
  }
  const all: readonly { readonly name: string }[] = [...modules, ...actions, ...keywords]
  const module = findModule(name)
  const action = PLAY_ACTIONS.get(actionName(name))
  const keyword = keywords.find((each) => each.name === name)
  if (module !== undefined) context.write(modulePage(module))
  else if (action !== undefined) context.write(actionPage(action))
  else if (keyword !== undefined) context.write(keywordPage(keyword))
  else {
    const close = nearest(
      name,
      all.map((entry) => entry.name),
    )
    throw new ClusterError('MODULE_UNKNOWN', `there is no module or keyword ${name}`, {
      hint: close === undefined ? 'see: cluster-os doc' : `did you mean ${close}?`,
    })
  }
  return 0
}

function writeList(
  title: string,
  entries: readonly { readonly name: string; readonly summary: string }[],
  context: CommandContext,
): void {
  const width = Math.max(...entries.map((entry) => entry.name.length)) + 2
  context.write(`${title}\n\n`)
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    context.write(`  ${entry.name.padEnd(width)}${entry.summary}\n`)
  }
  context.write('\n')
}

const INHERITED: Readonly<Record<Keyword['inheritance'], string>> = {
  none: 'It is for its own place alone.',
  override: 'What stands within inherits it; the innermost counts.',
  extend: 'What stands within inherits it and adds to it.',
}

/** The page of a keyword, in Markdown. */
function keywordPage(keyword: Keyword): string {
  const { name, summary, levels, type, choices, inheritance, isIgnored } = keyword
  const words = choices === undefined ? '' : `: ${choices.join(', ')}`
  const ignored = isIgnored === true ? '\nIt is read and has no effect.\n' : ''
  return [
    `# ${name}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}. ${INHERITED[inheritance]}\n`,
    ignored,
    `\n| stands on | takes |\n|---|---|\n| ${levels.join(', ')} | ${type}${words} |\n`,
    name === 'loop_control' ? `\n${loopControlTable()}` : '',
  ].join('')
}

function loopControlTable(): string {
  const refused = Object.entries(NO_LOOP_CONTROL).map(([name, hint]) => [
    name,
    `not supported: ${hint}`,
  ])
  const rows = [...Object.entries(LOOP_CONTROL), ...refused]
  return `| word | |\n|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |\n`).join('')}`
}

const KEYWORDS_PAGE = `# Keywords

What may stand in plays, blocks, tasks, handlers and at roles. \`cluster-os doc NAME\` has each by
itself, and what Ansible has and is not here is refused by name. A keyword counts for its own place;
one that is marked *inner wins* is inherited by all that stands within, where the innermost counts,
and one that is marked *adds up* is inherited and added to.

`

/** docs/keywords.md. */
export function keywordsPage(): string {
  const within = { none: '', override: 'inner wins', extend: 'adds up' } as const
  const rows = keywordRows().map(({ name, levels, type, choices, inheritance, ...more }) => {
    const isWith = name === 'with'
    const stands = levels.length === LEVEL_COUNT ? 'everywhere' : levels.join(', ')
    const summary = more.isIgnored === true ? `read, without effect: ${more.summary}` : more.summary
    const cells = [
      isWith ? 'with_LOOKUP' : name,
      isWith ? 'task, handler' : stands,
      isWith ? 'any' : (choices ?? [type]).join(', '),
      within[inheritance],
      summary,
    ]
    return `| ${cells.join(' | ')} |\n`
  })
  const refused = [...UNSUPPORTED].map(([name, hint]) => `- \`${name}\`: ${hint}\n`)
  const head = '| keyword | stands on | takes | | what it is |\n|---|---|---|---|---|\n'
  const loops = `\n## loop_control\n\n${loopControlTable()}`
  return `${KEYWORDS_PAGE}${head}${rows.join('')}${loops}\n## Refused\n\n${refused.join('')}`
}

/** play, block, task, handler, role. */
const LEVEL_COUNT = 5

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

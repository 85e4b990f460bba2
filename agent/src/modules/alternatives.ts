// alternatives: which of several programs a common name stands for. Not here: their packages.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { choice, int, path, text } from './params.ts'
import { findProgram, missingProgram } from './programs.ts'

const schema = z.object({
  name: text().describe('the common name'),
  path: path().describe('the program that it shall stand for'),
  link: path().optional().describe('the link of the name; needed where the name is new'),
  priority: int().optional().describe('priority of the program, 50 when it is new'),
  state: choice(['selected', 'present', 'auto', 'absent'])
    .default('selected')
    .describe('what the program is to the name'),
  subcommands: z
    .array(z.object({ name: text(), path: path(), link: path() }))
    .optional()
    .meta({ type: 'list', elements: 'dict' })
    .describe('further names that follow: each with name, path and link'),
})

type Params = z.output<typeof schema>

interface Alternative {
  readonly priority: number
  readonly subcommands: Readonly<Record<string, string>>
}

interface Group {
  readonly isAuto: boolean
  readonly value: string | undefined
  readonly link: string | undefined
  readonly links: Readonly<Record<string, string>>
  readonly choices: Readonly<Record<string, Alternative>>
}

export const alternatives = defineModule({
  name: 'alternatives',
  summary: 'Choose the program that a common name stands for.',
  params: schema,
  effect: 'changes',
  returns: { msg: 'what was done' },
  examples: `- alternatives:
    name: editor
    path: /usr/bin/vim.basic`,
  probe: async (params, { host }) => {
    const tool = await findProgram(host, ['update-alternatives', 'alternatives'])
    if (tool === undefined) return missingProgram('update-alternatives')
    return plan(params, tool, host)
  },
})

async function plan(params: Params, tool: string, host: Host): Promise<Outcome> {
  const { name, state } = params
  const before = await query(name, tool, host)
  const own = before.choices[params.path]
  const steps: { words: string[]; say: string }[] = []
  let after = before
  if (state === 'absent') {
    if (own === undefined) return { result: { msg: '' } }
    const { [params.path]: _, ...choices } = before.choices
    after = { ...before, choices, value: before.value === params.path ? undefined : before.value }
    const say = `removed ${params.path} from ${name}`
    return outcome(params, tool, before, after, [{ words: ['--remove', name, params.path], say }])
  }
  if (isToInstall(params, own, before)) {
    const link = params.link ?? before.link
    if (link === undefined) {
      return {
        failure: 'link is required where the name is new',
      }
    }
    const there = known(await host.stat(params.path, { follow: true }))
    if (there === null) return { failure: `there is no program ${params.path}` }
    steps.push({
      words: installWords(params, link, own, before),
      say: `installed ${params.path} for ${name}`,
    })
    const given = {
      priority: params.priority ?? own?.priority ?? 50,
      subcommands: subcommandsOf(params),
    }
    after = { ...before, link, choices: { ...before.choices, [params.path]: given } }
  }
  if (state === 'selected' && before.value !== params.path) {
    steps.push({
      words: ['--set', name, params.path],
      say: `selected ${params.path} for ${name}`,
    })
    after = { ...after, value: params.path, isAuto: false }
  }
  if (state === 'auto' && !before.isAuto) {
    steps.push({ words: ['--auto', name], say: `left ${name} to be chosen automatically` })
    after = { ...after, isAuto: true }
  }
  return outcome(params, tool, before, after, steps)
}

function subcommandsOf(params: Params): Record<string, string> {
  return Object.fromEntries((params.subcommands ?? []).map(({ name, path }) => [name, path]))
}

/** New, or there with another priority, link or set of names that follow. */
function isToInstall(params: Params, own: Alternative | undefined, before: Group): boolean {
  if (own === undefined) return true
  if (params.priority !== undefined && params.priority !== own.priority) return true
  if (params.link !== undefined && before.link !== undefined && params.link !== before.link)
    return true
  if (params.subcommands === undefined) return false
  const wish = Object.entries(subcommandsOf(params))
  const isSame = wish.length === Object.keys(own.subcommands).length
  return !isSame || wish.some(([name, path]) => own.subcommands[name] !== path)
}

function installWords(
  params: Params,
  link: string,
  own: Alternative | undefined,
  before: Group,
): string[] {
  const kept = Object.entries(own?.subcommands ?? {}).map(([name, path]) => ({
    name,
    path,
    link: before.links[name] ?? '',
  }))
  const priority = params.priority ?? own?.priority ?? 50
  const words = ['--install', link, params.name, params.path, String(priority)]
  const slaves = params.subcommands ?? kept
  return [...words, ...slaves.flatMap(({ name, path, link: at }) => ['--slave', at, name, path])]
}

function outcome(
  params: Params,
  tool: string,
  before: Group,
  after: Group,
  steps: readonly { words: string[]; say: string }[],
): Outcome {
  const msg = steps.map(({ say }) => say).join('; ')
  // What is chosen automatically is the tool's to say once a program has come or gone.
  const isOpen = after.isAuto && after.choices !== before.choices
  const value = JSON.stringify(isOpen ? { ...after, value: null } : after)
  const changes: Change[] = steps.map(({ words }) => ({
    summary: `${tool} ${words.join(' ')}`,
    script: `LC_ALL=C ${quoteWords([tool, ...words])} >&2`,
    effects: [{ kind: 'state', key: `alternatives ${params.name}`, value }],
  }))
  const shown = (group: Group): string =>
    `state: ${group.isAuto ? 'auto' : 'manual'}\npath: ${group.value ?? ''}\n${Object.entries(
      group.choices,
    )
      .map(([path, { priority }]) => `${path}: ${priority}\n`)
      .join('')}`
  const diff = {
    before: shown(before),
    after: shown(after),
    beforeHeader: `alternatives ${params.name}`,
    afterHeader: `alternatives ${params.name}`,
  }
  return { changes, diffs: changes.length === 0 ? [] : [diff], result: { msg } }
}

async function query(name: string, tool: string, host: Host): Promise<Group> {
  const planned = host.planned(`alternatives ${name}`)
  if (planned !== undefined) {
    const group = JSON.parse(planned) as Group & { value: string | null }
    if (group.value !== null) return group
    known(new Unknown(`what ${name} stands for is chosen when the run is done`, host.name))
  }
  const answer = await host.ask(`LC_ALL=C ${quoteWords([tool, '--query', name])}`)
  return parseQuery(answer.rc === 0 ? answer.stdout.toString('utf8') : '')
}

function field(block: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
}

/** The names that follow, with their links or programs. */
function pairs(block: string): Record<string, string> {
  const lines = /^Slaves:\n((?: .*\n?)*)/m.exec(block)?.[1] ?? ''
  return Object.fromEntries(
    lines.split('\n').flatMap((line): [string, string][] => {
      const [name = '', value = ''] = line.trim().split(/\s+/)
      return name === '' ? [] : [[name, value]]
    }),
  )
}

function parseQuery(text: string): Group {
  const [head = '', ...rest] = text.split(/\n\n+/)
  const choices = rest.flatMap((block): [string, Alternative][] => {
    const path = field(block, 'Alternative')
    if (path === undefined) return []
    return [[path, { priority: Number(field(block, 'Priority') ?? 0), subcommands: pairs(block) }]]
  })
  const value = field(head, 'Value')
  return {
    isAuto: field(head, 'Status') === 'auto',
    value: value === 'none' ? undefined : value,
    link: field(head, 'Link'),
    links: pairs(head),
    choices: Object.fromEntries(choices),
  }
}

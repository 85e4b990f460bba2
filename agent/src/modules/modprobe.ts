// modprobe: modules of the kernel, now and at boot. Not here: settings of the kernel (sysctl.ts).
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { quoteWords } from '../host/quote.ts'
import { splitWords } from '../host/words.ts'
import { defineModule, known, type ModuleContext } from './module.ts'
import { choice, text } from './params.ts'
import { planNoFile, planTextFile, readTextFile, type TextPlan } from './textfile.ts'

const LOAD = '/etc/modules-load.d'
const OPTIONS = '/etc/modprobe.d'

const schema = z.object({
  name: text().describe('the module'),
  state: choice(['present', 'absent']).default('present').describe('whether it is loaded'),
  params: text().default('').describe('its parameters'),
  persistent: choice(['disabled', 'present', 'absent'])
    .default('disabled')
    .describe('whether it is loaded at boot; disabled leaves that as it is'),
})

export const modprobe = defineModule({
  name: 'modprobe',
  summary: 'Load and unload modules of the kernel.',
  params: schema,
  effect: 'changes',
  returns: { name: 'the module', params: 'as given', state: 'as given' },
  examples: `- modprobe:
    name: br_netfilter
    persistent: present`,
  probe: async (params, context) => {
    const { host } = context
    if (!/^[\w-]+$/.test(params.name)) return { failure: `${params.name} is no name of a module` }
    const isLoaded = await loaded(params.name, host)
    const changes: Change[] = []
    const value = params.state
    const effects: Change['effects'] = [{ kind: 'state', key: stateKey(params.name), value }]
    if (params.state === 'present' && !isLoaded) {
      const script = quoteWords(['modprobe', params.name, ...splitWords(params.params)])
      changes.push({ summary: `load ${params.name}`, script, effects })
    }
    if (params.state === 'absent' && isLoaded) {
      const script = quoteWords(['modprobe', '-r', params.name])
      changes.push({ summary: `unload ${params.name}`, script, effects })
    }
    const files = await planBoot(params, context)
    const failure = files.find((plan) => plan.failure !== undefined)?.failure
    if (failure !== undefined) return { failure }
    return {
      changes: [...changes, ...files.flatMap((plan) => plan.changes)],
      diffs: files.flatMap((plan) => plan.diffs),
      result: { name: params.name, params: params.params, state: params.state },
    }
  },
})

function plain(name: string): string {
  return name.replaceAll('-', '_')
}

function stateKey(name: string): string {
  return `modprobe ${plain(name)}`
}

/** A module may be part of the kernel itself. */
async function loaded(name: string, host: Host): Promise<boolean> {
  const planned = host.planned(stateKey(name))
  if (planned !== undefined) return planned === 'present'
  const file = `/lib/modules/$(uname -r)/modules.builtin`
  const answer = await host.ask(`cut -d ' ' -f 1 /proc/modules; cat ${file} 2>/dev/null; :`)
  return answer.stdout
    .toString('utf8')
    .split('\n')
    .some((line) => plain(line.replace(/^.*\//, '').replace(/\.ko.*$/, '')) === plain(name))
}

interface Params {
  readonly name: string
  readonly params: string
  readonly persistent: 'disabled' | 'present' | 'absent'
}

async function planBoot(params: Params, context: ModuleContext): Promise<TextPlan[]> {
  if (params.persistent === 'disabled') return []
  return params.persistent === 'present' ? atBoot(params, context) : notAtBoot(params, context)
}

async function atBoot(params: Params, context: ModuleContext): Promise<TextPlan[]> {
  const plans: TextPlan[] = []
  const files = await readFolder(LOAD, context.host)
  const isNamed = files.some(({ lines }) => lines.some((line) => isModule(line, params.name)))
  if (!isNamed) {
    const path = `${LOAD}/${params.name}.conf`
    plans.push(await planTextFile(context, { path, text: `${params.name}\n`, hasParents: true }))
  }
  const options = await readFolder(OPTIONS, context.host)
  const wanted = splitWords(params.params)
  const now = options.flatMap(({ lines }) => lines.flatMap((line) => optionsOf(line, params.name)))
  if (now.toSorted().join(' ') === wanted.toSorted().join(' ')) return plans
  plans.push(...(await Promise.all(options.map((file) => without(file, params.name, context)))))
  if (wanted.length > 0) {
    const path = `${OPTIONS}/${params.name}.conf`
    const kept = options.find((file) => file.path === path)?.lines ?? []
    const others = kept.filter((line) => optionsOf(line, params.name).length === 0)
    const own = wanted.map((word) => `options ${params.name} ${word}`)
    const text = [...others, ...own].map((line) => `${line}\n`).join('')
    plans.push(await planTextFile(context, { path, text, hasParents: true }))
  }
  return plans
}

async function notAtBoot(params: Params, context: ModuleContext): Promise<TextPlan[]> {
  const [loads, options] = [
    await readFolder(LOAD, context.host),
    await readFolder(OPTIONS, context.host),
  ]
  return Promise.all([
    ...loads.map((file) => filtered(file, (line) => !isModule(line, params.name), context)),
    ...options.map((file) => without(file, params.name, context)),
  ])
}

function without(file: Listed, name: string, context: ModuleContext): Promise<TextPlan> {
  return filtered(file, (line) => optionsOf(line, name).length === 0, context)
}

async function filtered(
  file: Listed,
  isKept: (line: string) => boolean,
  context: ModuleContext,
): Promise<TextPlan> {
  const kept = file.lines.filter(isKept)
  if (kept.length === file.lines.length) return { changes: [], diffs: [] }
  if (kept.length === 0) return planNoFile(context, file.path)
  const text = kept.map((line) => `${line}\n`).join('')
  return planTextFile(context, { path: file.path, text })
}

function isModule(line: string, name: string): boolean {
  return plain(line.replace(/[#;].*$/, '').trim()) === plain(name)
}

function optionsOf(line: string, name: string): string[] {
  const [word, module = '', ...rest] = line.trim().split(/\s+/)
  return word === 'options' && plain(module) === plain(name) ? rest : []
}

interface Listed {
  readonly path: string
  readonly lines: readonly string[]
}

async function readFolder(folder: string, host: Host): Promise<Listed[]> {
  if (known(await host.stat(folder, { follow: true })) === null) return []
  const names = known(await host.list(folder)).filter((name) => name.endsWith('.conf'))
  return Promise.all(
    names.map(async (name) => {
      const path = `${folder}/${name}`
      const lines = ((await readTextFile(host, path)) ?? '').split('\n')
      if (lines.at(-1) === '') lines.pop()
      return { path, lines }
    }),
  )
}

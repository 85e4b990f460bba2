// locale_gen: locales that the host makes, by /etc/locale.gen. Not here: the locale that is used.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { choice, words } from './params.ts'
import { findProgram, settlePackages } from './programs.ts'
import { planTextFile, readTextFile } from './textfile.ts'

const FILE = '/etc/locale.gen'
const SUPPORTED = '/usr/share/i18n/SUPPORTED'

const schema = z.object({
  name: words().describe('locales, each with its encoding: de_CH.UTF-8'),
  state: choice(['present', 'absent']).default('present').describe('whether the host has them'),
})

export const localeGen = defineModule({
  name: 'locale_gen',
  summary: 'Make or drop locales.',
  params: schema,
  effect: 'changes',
  returns: { name: 'the locales', msg: 'OK' },
  examples: `- locale_gen:
    name: de_CH.UTF-8`,
  notes: ['Works with /etc/locale.gen, which Debian and Ubuntu have with the package locales.'],
  probe: async (params, context) => {
    const { host } = context
    const text = await readTextFile(host, FILE)
    if (text === undefined || (await findProgram(host, ['locale-gen'])) === undefined) {
      await settlePackages(host)
      return { failure: `the host has no ${FILE} or locale-gen; install the package locales first` }
    }
    const available = new Set(
      `${text}\n${(await readTextFile(host, SUPPORTED)) ?? ''}`
        .split('\n')
        .flatMap((line) => /^#?\s*([^#\s]\S*)\s+\S+\s*$/.exec(line)?.[1] ?? []),
    )
    const missing = params.name.filter((name) => !available.has(name))
    if (missing.length > 0) {
      return {
        failure: `the host knows no locale ${missing.join(', ')}`,
      }
    }
    return plan(params.name, params.state === 'present', text, context)
  },
})

async function plan(
  names: readonly string[],
  isWanted: boolean,
  text: string,
  context: ModuleContext,
): Promise<Outcome> {
  const { host } = context
  const made = await generated(context)
  const open = names.filter((name) => made.has(normal(name)) !== isWanted)
  const result = { name: names.length === 1 ? names[0] : names, msg: 'OK' }
  if (open.length === 0) return { result }
  const supported = (await readTextFile(host, SUPPORTED)) ?? ''
  let after = text
  for (const name of open)
    after = isWanted ? switchOn(after, name, supported) : switchOff(after, name)
  const file = await planTextFile(context, { path: FILE, text: after })
  if (file.failure !== undefined) return { failure: file.failure }
  const now = isWanted
    ? [...made, ...open.map(normal)]
    : [...made].filter((name) => !open.map(normal).includes(name))
  const run: Change = {
    summary: 'make the locales',
    // Without its archive emptied, locale-gen would keep what is not listed any more.
    script: isWanted ? 'locale-gen >&2' : 'locale-gen --purge >&2 || locale-gen >&2',
    limitMs: 600_000,
    effects: [{ kind: 'state', key: 'locales', value: now.join(' ') }],
  }
  return { changes: [...file.changes, run], diffs: file.diffs, result }
}

/** Locales as `locale -a` spells them. */
async function generated({ host }: ModuleContext): Promise<ReadonlySet<string>> {
  const planned = host.planned('locales')
  const text = planned ?? (await host.ask('LC_ALL=C locale -a 2>/dev/null')).stdout.toString('utf8')
  return new Set(
    known(text)
      .split(/\s+/)
      .filter((name) => name !== '')
      .map(normal),
  )
}

/** `de_CH.UTF-8` and `de_CH.utf8` are one. */
function normal(name: string): string {
  const [, base = name, encoding = '', modifier = ''] =
    /^([^.@]+)(\.[^@]+)?(@.+)?$/.exec(name) ?? []
  return `${base}${encoding.toLowerCase().replaceAll('-', '')}${modifier}`
}

function linePattern(name: string): RegExp {
  const source = name.replaceAll(/[.+^${}()|[\]\\?*]/g, '\\$&')
  return new RegExp(`^#?\\s*${source}(?= )`)
}

function switchOn(text: string, name: string, supported: string): string {
  const pattern = linePattern(name)
  const lines = text.split('\n')
  if (lines.some((line) => pattern.test(line))) {
    return lines.map((line) => line.replace(pattern, name)).join('\n')
  }
  const line = supported.split('\n').find((candidate) => pattern.test(candidate)) ?? name
  return `${text.replace(/(?<=[^\n])$/, '\n')}${line.trim()}\n`
}

function switchOff(text: string, name: string): string {
  const pattern = linePattern(name)
  return text
    .split('\n')
    .map((line) => (!line.startsWith('#') && pattern.test(line) ? `# ${line}` : line))
    .join('\n')
}

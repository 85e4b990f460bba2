// sysctl: kernel settings, in a file that is read at boot and, if wanted, now.
import * as z from 'zod'
import type { Change, Trial } from '../host/change.ts'
import { quoteWord } from '../host/quote.ts'
import { contentOutcome, planContent } from './content.ts'
import { defineModule, known } from './module.ts'
import { bool, choice, path, text } from './params.ts'

const schema = z.object({
  name: text().describe('the setting: net.ipv4.ip_forward'),
  value: text().optional().describe('its value'),
  state: choice(['present', 'absent']).default('present').describe('whether the file has it'),
  sysctl_file: path().default('/etc/sysctl.conf').describe('the file'),
  sysctl_set: bool().default(false).describe('compare and set the running kernel too'),
  reload: bool().default(true).describe('have the kernel read the file after a change'),
  ignoreerrors: bool().default(false).describe('go on when the kernel does not know the setting'),
})

export const sysctl = defineModule({
  name: 'sysctl',
  summary: 'Manage kernel settings.',
  params: schema,
  aliases: { key: 'name', val: 'value' },
  effect: 'changes',
  returns: {},
  examples: `- sysctl:
    name: net.ipv4.ip_forward
    value: "1"
    sysctl_set: true`,
  probe: async (params, context) => {
    const { host } = context
    if (params.state === 'present' && (params.value ?? '') === '') {
      return { failure: 'value cannot be empty with state=present' }
    }
    const value = (params.value ?? '').trim()
    const now = params.sysctl_set ? known(await host.sysctl(params.name)) : null
    const content = known(await host.read(params.sysctl_file))
    const before = content?.toString('utf8') ?? ''
    const after = edit(before, params.name, params.state === 'present' ? value : undefined)
    const changes: Change[] = []
    let diffs: ReturnType<typeof contentOutcome>['diffs'] = []
    const isRunning = !params.sysctl_set || sameValue(now ?? '', value)
    // First the kernel: what it refuses does not stand in the file, where it would fail the others.
    if (params.state === 'present' && !isRunning)
      changes.push(set(params.name, value, params.ignoreerrors))
    if (after !== before) {
      const wish = {
        path: params.sysctl_file,
        content: Buffer.from(after, 'utf8'),
        source: params.sysctl_file,
        hasBackup: false,
        validate: undefined,
        isFollowed: true,
        isForced: true,
      }
      const plan = await planContent(context, wish)
      if (plan.failure !== undefined) return { failure: plan.failure }
      changes.push(...plan.changes)
      diffs = plan.diffs
    }
    if (after !== before && params.reload)
      changes.push(reload(params.sysctl_file, after, params.ignoreerrors))
    return { changes, diffs: diffs ?? [] }
  },
})

function sameValue(now: string, wish: string): boolean {
  return squeeze(now) === squeeze(wish)
}

function squeeze(text: string): string {
  return text.trim().split(/\s+/).join(' ')
}

/** The file with the setting's line replaced, added or removed; other lines stay as they are. */
function edit(before: string, name: string, value: string | undefined): string {
  const lines = before.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const isOurs = (line: string): boolean => {
    const match = /^\s*-?\s*([^#;=\s][^=]*?)\s*=/.exec(line)
    return match?.[1]?.replaceAll('/', '.') === name.replaceAll('/', '.')
  }
  const wanted = value === undefined ? [] : [`${name}=${value}`]
  const at = lines.findIndex(isOurs)
  if (at < 0) return wanted.length === 0 ? before : `${[...lines, ...wanted].join('\n')}\n`
  const current = /=\s*(.*?)\s*$/.exec(lines[at] ?? '')?.[1] ?? ''
  if (value !== undefined && sameValue(current, value)) return before
  const kept = lines.filter((line, index) => index === at || !isOurs(line))
  const changed = kept.toSpliced(kept.indexOf(lines[at] as string), 1, ...wanted)
  return changed.length === 0 ? '' : `${changed.join('\n')}\n`
}

function set(name: string, value: string, isLenient: boolean): Change {
  return {
    summary: `set ${name} in the kernel`,
    script: `sysctl -q ${isLenient ? '-e ' : ''}-w ${quoteWord(`${name}=${value}`)} >&2`,
    effects: [{ kind: 'sysctl', key: name, value }],
    ...(isLenient ? {} : { trial: trial([name]) }),
  }
}

function reload(file: string, text: string, isLenient: boolean): Change {
  // A dash before a name forgives errors, and stars are the kernel's to resolve (sysctl.d(5)).
  const names = [...text.matchAll(/^\s*([^-#;=\s*][^=*\s]*)\s*=/gm)].map((match) => match[1] ?? '')
  return {
    summary: `have the kernel read ${file}`,
    script: `sysctl -q ${isLenient ? '-e ' : ''}-p ${quoteWord(file)} >&2`,
    effects: [],
    ...(isLenient ? {} : { trial: trial(names) }),
  }
}

/** The kernel refuses what it has not, and what it shows to be read only. */
function trial(names: readonly string[]): Trial {
  const tests = names.map((name) => `[ -w ${quoteWord(`/proc/sys/${placeOf(name)}`)} ]`)
  return { script: tests.join(' && ') || ':', doubt: `whether the kernel has ${names.join(', ')}` }
}

/** The separator that comes first separates; the other one is part of a name (sysctl(8)). */
function placeOf(name: string): string {
  if (/^[^.]*\//.test(name)) return name
  return name.replaceAll(/[./]/g, (mark) => (mark === '.' ? '/' : '.'))
}

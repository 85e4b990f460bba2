// mount: entries of fstab, and what is mounted now. Not here: the lines of fstab (fstab.ts) and
// partitions or file systems.
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { pathWord, quoteWord, quoteWords } from '../host/quote.ts'
import { planParents } from './content.ts'
import { type Entry, findEntry, parseMounts, removeEntry, setEntry } from './fstab.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'
import { planTextFile, readTextFile, type TextPlan } from './textfile.ts'

const STATES = [
  'mounted',
  'present',
  'unmounted',
  'absent',
  'absent_from_fstab',
  'remounted',
  'ephemeral',
] as const

const schema = z.object({
  path: path().describe('where it is mounted'),
  src: text().optional().describe('device, label or remote file system'),
  fstype: text().optional().describe('type of the file system'),
  state: choice(STATES).describe('what shall be in fstab, and what shall be mounted'),
  opts: text().default('defaults').describe('options of mount'),
  opts_no_log: bool().default(false).describe('accepted; no_log hides a whole result'),
  dump: text().default('0').describe('field of fstab for dump'),
  passno: text().default('0').describe('field of fstab for fsck'),
  fstab: path().default('/etc/fstab').describe('the table'),
  boot: bool().default(true).describe('whether it is mounted at boot; adds noauto'),
  backup: bool().default(false).describe('keep the table that was there'),
})

type Params = z.output<typeof schema>

export const mount = defineModule({
  name: 'mount',
  summary: 'Manage entries of fstab and mounts.',
  params: schema,
  aliases: { name: 'path' },
  effect: 'changes',
  returns: {
    name: 'where it is mounted',
    src: 'as given',
    fstype: 'as given',
    opts: 'the options',
    dump: 'as given',
    passno: 'as given',
    fstab: 'the table',
    boot: 'yes or no',
    backup_file: 'the table that was there, with backup',
  },
  examples: `- mount:
    path: /scratch
    src: storage:/scratch
    fstype: nfs
    opts: nodev,nosuid
    state: mounted`,
  probe: async (params, context) => {
    const needs = { mounted: true, present: true, ephemeral: true } as Record<string, boolean>
    const missing = (['src', 'fstype'] as const).filter((name) => params[name] === undefined)
    if (needs[params.state] === true && missing.length > 0) {
      return {
        failure: `state ${params.state} needs ${missing.join(' and ')}`,
      }
    }
    if (params.state === 'ephemeral' && params.fstab !== '/etc/fstab') {
      return { failure: 'fstab means nothing with state ephemeral' }
    }
    const src = params.src ?? ''
    const isMounting = params.state === 'mounted' || params.state === 'ephemeral'
    if (isMounting && /^\/dev\/[^:]+$/.test(src)) {
      const device = known(await context.host.stat(src, { follow: true }))
      if (device === null) return { failure: `cannot mount ${params.path}: there is no ${src}` }
    }
    return plan(params, context)
  },
})

async function plan(params: Params, context: ModuleContext): Promise<Outcome> {
  switch (params.state) {
    case 'present':
      return outcome(params, [], await table(params, context, 'set'))
    case 'absent_from_fstab':
      return outcome(params, [], await table(params, context, 'drop'))
    case 'mounted':
      return mounted(params, context)
    case 'ephemeral':
      return ephemeral(params, context)
    case 'remounted':
      return remounted(params, context)
    case 'unmounted': {
      const now = await mountedAt(params.path, context.host)
      return outcome(params, now === undefined ? [] : [unmount(params.path)])
    }
    case 'absent':
      return absent(params, context)
  }
}

function entryOf(params: Params): Entry {
  const opts =
    params.boot || /(^|,)noauto(,|$)/.test(params.opts) ? params.opts : `${params.opts},noauto`
  const { path, src = '', fstype = '', dump, passno } = params
  return { path: path.replace(/(?<=.)\/+$/, ''), src, fstype, opts, dump, passno }
}

async function table(
  params: Params,
  context: ModuleContext,
  verb: 'set' | 'drop',
): Promise<TextPlan> {
  const before = (await readTextFile(context.host, params.fstab)) ?? ''
  const entry = entryOf(params)
  const after =
    verb === 'set' ? setEntry(before, entry) : removeEntry(before, entry.path, params.src)
  if (after === before) return { changes: [], diffs: [] }
  return planTextFile(context, { path: params.fstab, text: after, hasBackup: params.backup })
}

/** A table that leads to a mount that fails is put back as it was. */
async function mounted(params: Params, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  const before = await readTextFile(host, params.fstab)
  const file = await table(params, context, 'set')
  if (file.failure !== undefined) return { failure: file.failure }
  const now = await mountedAt(params.path, host)
  if (now !== undefined) {
    return outcome(params, file.changes.length === 0 ? [] : [remount(params)], file)
  }
  const folder = await planParents(context, params.path, {})
  if (folder.failure !== undefined) return { failure: folder.failure }
  const back =
    file.changes.length === 0
      ? []
      : [
          before === undefined
            ? `rm -f -- ${pathWord(params.fstab)}`
            : `printf %s ${quoteWord(before)} > ${pathWord(params.fstab)}`,
        ]
  const made = folder.changes.map((_, index) => parentAt(params.path, index)).map(quoteWord)
  const undo = [...back, ...(made.length === 0 ? [] : [`rmdir -- ${made.join(' ')} 2>/dev/null`])]
  const tableFlag = params.fstab === '/etc/fstab' ? [] : ['-T', params.fstab]
  const words = quoteWords(['mount', ...tableFlag, params.path])
  const mounting: Change = {
    summary: `mount ${params.path}`,
    script: `${words} >&2 || { ${[...undo, 'exit 1'].join('; ')}; }`,
    effects: [believed(params.path, entryOf(params))],
  }
  return outcome(params, [...folder.changes, mounting], file, folder.changes.length)
}

/** The path, and the folders above it, innermost first. */
function parentAt(path: string, index: number): string {
  return path
    .split('/')
    .slice(0, -index || undefined)
    .join('/')
}

async function ephemeral(params: Params, context: ModuleContext): Promise<Outcome> {
  const entry = entryOf(params)
  const now = await mountedAt(params.path, context.host)
  const options = ['-t', entry.fstype, '-o', entry.opts]
  if (now !== undefined) {
    if (now.src !== entry.src || now.fstype !== entry.fstype) {
      return {
        failure: `${params.path} has another mount already: ${now.src} of type ${now.fstype}`,
      }
    }
    const words = [
      'mount',
      '-t',
      entry.fstype,
      '-o',
      `remount,${entry.opts}`,
      entry.src,
      params.path,
    ]
    return outcome(params, [
      { summary: `remount ${params.path}`, script: `${quoteWords(words)} >&2`, effects: [] },
    ])
  }
  const folder = await planParents(context, params.path, {})
  if (folder.failure !== undefined) return { failure: folder.failure }
  const words = quoteWords(['mount', ...options, '--', entry.src, params.path])
  const mounting: Change = {
    summary: `mount ${params.path}`,
    script: `${words} >&2`,
    effects: [believed(params.path, entry)],
  }
  return outcome(params, [...folder.changes, mounting])
}

async function remounted(params: Params, context: ModuleContext): Promise<Outcome> {
  const now = await mountedAt(params.path, context.host)
  if (now === undefined) return { failure: `${params.path} is not mounted` }
  return outcome(params, [remount(params)])
}

function remount(params: Params): Change {
  const options = params.state === 'mounted' ? `remount,${entryOf(params).opts}` : 'remount'
  const words = quoteWords(['mount', '-o', options, '--', params.path])
  const again = `{ umount -- ${pathWord(params.path)} && mount -- ${pathWord(params.path)}; }`
  return {
    summary: `remount ${params.path}`,
    // Some file systems take no other options while they are mounted.
    script: `${words} >&2 2>/dev/null || ${again} >&2`,
    effects: [],
  }
}

function unmount(path: string): Change {
  return {
    summary: `unmount ${path}`,
    script: `umount -- ${pathWord(path)} >&2`,
    effects: [{ kind: 'state', key: stateKey(path), value: '' }],
  }
}

/** Only what the table had is unmounted, as Ansible does. */
async function absent(params: Params, context: ModuleContext): Promise<Outcome> {
  const file = await table(params, context, 'drop')
  if (file.failure !== undefined) return { failure: file.failure }
  if (file.changes.length === 0) return outcome(params, [], file)
  const { host } = context
  const changes: Change[] = []
  if ((await mountedAt(params.path, host)) !== undefined) changes.push(unmount(params.path))
  if (known(await host.stat(params.path)) !== null) {
    changes.push({
      summary: `remove ${params.path}`,
      script: `rmdir -- ${pathWord(params.path)}`,
      effects: [{ kind: 'absent', path: params.path }],
    })
  }
  return outcome(params, changes, file)
}

function stateKey(path: string): string {
  return `mount ${path.replace(/(?<=.)\/+$/, '')}`
}

function believed(path: string, entry: Entry) {
  const { src, fstype, opts } = entry
  return {
    kind: 'state',
    key: stateKey(path),
    value: JSON.stringify({ src, fstype, opts }),
  } as const
}

/** What is mounted at a path now. */
async function mountedAt(path: string, host: Host): Promise<Entry | undefined> {
  const planned = host.planned(stateKey(path))
  if (planned !== undefined) {
    return planned === '' ? undefined : { path, dump: '0', passno: '0', ...JSON.parse(planned) }
  }
  const mounts = parseMounts((await host.ask('cat /proc/self/mounts')).stdout.toString('utf8'))
  return findEntry(mounts, path.replace(/(?<=.)\/+$/, ''))
}

function outcome(
  params: Params,
  changes: readonly Change[],
  file: TextPlan = { changes: [], diffs: [] },
  firstCount = 0,
): Outcome {
  if (file.failure !== undefined) return { failure: file.failure }
  const { path, src, fstype, opts, dump, passno, fstab } = { ...params, opts: entryOf(params).opts }
  const given = { src, fstype }
  return {
    // Folders are made first, then the table is written, and then it is mounted.
    changes: [...changes.slice(0, firstCount), ...file.changes, ...changes.slice(firstCount)],
    diffs: file.diffs,
    result: {
      name: path,
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      opts,
      dump,
      passno,
      fstab,
      boot: params.boot ? 'yes' : 'no',
      backup_file: '',
    },
    finish: (ran) => {
      const kept = params.backup ? (ran[firstCount]?.stdout.toString('utf8') ?? '') : ''
      return { result: kept === '' || file.changes.length === 0 ? {} : { backup_file: kept } }
    },
  }
}

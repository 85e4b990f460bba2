// file: the times of a path, and files made by touching them.
import { dirname } from 'node:path'
import type { Change } from '../host/change.ts'
import { setAttributes, writeFile } from '../host/files.ts'
import type { FileState } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import {
  AttributeFailure,
  attributeDiff,
  attributeFields,
  finalPath,
  parseMode,
  planAttributes,
  wantedOwnership,
} from './attributes.ts'
import type { FileParams, Situation } from './filestate.ts'
import { known, type ModuleContext, type Outcome } from './module.ts'

export async function planTouch(situation: Situation): Promise<Outcome> {
  const { params, context, state } = situation
  const { host } = context
  const path = params.follow ? await finalPath(host, params.path) : params.path
  const target = params.follow ? known(await host.stat(path)) : state
  const diffs = [
    attributeDiff(
      params.path,
      { path: params.path, state: target === null ? 'absent' : target.type },
      { path: params.path, state: 'touch' },
    ),
  ]
  if (target === null) return planEmpty(situation, path, diffs)
  const plan = await planAttributes(host, path, target, params, params.follow)
  const attributes: Change[] = plan.wish === undefined ? [] : [setAttributes(plan.wish)]
  const times = await planTimes(params, context, path, plan.after, 'now')
  const changes = [...attributes, ...times]
  return {
    changes,
    diffs: changes.length > 0 ? diffs : [],
    result: { dest: params.path, ...attributeFields(plan.after) },
  }
}

async function planEmpty(
  { params, context }: Situation,
  path: string,
  diffs: Outcome['diffs'],
): Promise<Outcome> {
  const { host } = context
  const parent = known(await host.stat(dirname(path), { follow: true }))
  if (parent === null) {
    return { failure: `Error, could not touch target: no directory ${dirname(path)}` }
  }
  const identity = await host.identity()
  const ownership = await wantedOwnership(host, params, null, identity)
  const fresh = 0o666 & ~identity.umask
  const mode = params.mode === undefined ? fresh : parseMode(params.mode, fresh, false)
  const wish = { ...ownership, path, content: Buffer.alloc(0), mode, before: null }
  const write = writeFile({ ...wish, identity })
  const effect = write.effects[0]
  const after = effect?.kind === 'file' ? effect.state : undefined
  const result = { dest: params.path, ...(after === undefined ? {} : attributeFields(after)) }
  const times =
    after !== undefined && [params.access_time, params.modification_time].some(isWritten)
      ? await planTimes(params, context, path, after, 'preserve')
      : []
  return { changes: [write, ...times], ...(diffs === undefined ? {} : { diffs }), result }
}

/** Sets the times that are wanted and not there yet; `preset` is meant where none is given. */
export async function planTimes(
  params: FileParams,
  context: ModuleContext,
  path: string,
  state: FileState,
  preset: 'now' | 'preserve',
): Promise<Change[]> {
  const { host } = context
  const wishes = [
    ['-a', 'accessTime', params.access_time ?? preset, params.access_time_format],
    ['-m', 'modifyTime', params.modification_time ?? preset, params.modification_time_format],
  ] as const
  const lines: string[] = []
  let after = state
  for (const [flag, field, wish, format] of wishes) {
    if (wish === 'preserve') continue
    if (wish === 'now') {
      lines.push(`touch -h ${flag} -- ${quoteWord(path)} || exit 1`)
      after = { ...after, [field]: new Unknown('set when the change is made', host.name) }
      continue
    }
    const time = readTime(wish, format)
    const asked = await host.ask(`LC_ALL=C date -d ${quoteWord(time)} +%s`)
    const seconds = Number.parseInt(asked.stdout.toString('latin1'), 10)
    if (state[field] === seconds) continue
    lines.push(`touch -h ${flag} -d ${quoteWord(time)} -- ${quoteWord(path)} || exit 1`)
    after = { ...after, [field]: seconds }
  }
  if (lines.length === 0) return []
  const effects = [{ kind: 'file', path, state: after, content: undefined }] as const
  return [{ summary: `touch ${path}`, script: lines.join('\n'), effects }]
}

/** Each directive of strptime that is known, and how its digits look. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
}

/** A written time as date(1) reads it: `2020-01-02 03:04:05`, in the host's own time zone. */
function readTime(text: string, format: string): string {
  const source = format
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/%(.)/g, (whole, letter: string) => DIRECTIVES[letter] ?? whole)
  const found = new RegExp(`^${source}$`).exec(text)?.groups
  if (found === undefined) {
    throw new AttributeFailure(`the time ${text} is not written as ${format}`)
  }
  const part = (letter: string, preset: string): string =>
    (found[letter] ?? preset).padStart(2, '0')
  const day = `${part('Y', '1900')}-${part('m', '1')}-${part('d', '1')}`
  return `${day} ${part('H', '0')}:${part('M', '0')}:${part('S', '0')}`
}

function isWritten(time: string | undefined): boolean {
  return time !== undefined && time !== 'preserve' && time !== 'now'
}

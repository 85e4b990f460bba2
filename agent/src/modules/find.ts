// find: the files below some folders that fit names, ages, sizes and contents. A real host lists
// them in one question; a predicted one is walked, so that planned files are found too (tree.ts).
import { posix } from 'node:path'
import * as z from 'zod'
import type { Host } from '../host/host.ts'
import { compileRegex, matchAll } from '../template/regex.ts'
import { globPattern } from '../value/glob.ts'
import { parseMode } from './attributes.ts'
import { linesOf } from './editing.ts'
import { defineModule, known, type Outcome } from './module.ts'
import { bool, choice, int, mode, text, words } from './params.ts'
import { statFields } from './stat.ts'
import { type Entry, entriesBelow } from './tree.ts'

const schema = z.object({
  paths: words().describe('the folders to look in'),
  patterns: words().default([]).describe('names that fit: shell patterns, or with use_regex'),
  excludes: words().default([]).describe('names that do not, though they fit patterns'),
  use_regex: bool().default(false).describe('patterns and excludes are regular expressions'),
  contains: text().optional().describe('regular expression that a line of the file begins with'),
  read_whole_file: bool().default(false).describe('contains is searched in the whole content'),
  file_type: choice(['file', 'directory', 'link', 'any']).default('file').describe('what is told'),
  age: text().optional().describe('this old or older, as 2d; with a minus, this young or younger'),
  age_stamp: choice(['atime', 'ctime', 'mtime']).default('mtime').describe('the time age is of'),
  size: text().optional().describe('this large or larger, as 10m; with a minus, smaller'),
  recurse: bool().default(false).describe('look in the folders below too'),
  depth: int().optional().describe('how many folders deep, with recurse'),
  hidden: bool().default(false).describe('names that begin with a dot too'),
  follow: bool().default(false).describe('go into folders behind links too'),
  get_checksum: bool().default(false).describe('SHA-1 of each file'),
  mode: mode().optional().describe('permission bits that the files have'),
  exact_mode: bool().default(true).describe('no other bits than those of mode'),
  limit: int().optional().describe('stop when so many are found'),
})

type Params = z.output<typeof schema>

export const find = defineModule({
  name: 'find',
  summary: 'Find files by name, age, size or content.',
  params: schema,
  aliases: { path: 'paths', name: 'paths', pattern: 'patterns', exclude: 'excludes' },
  effect: 'reads',
  returns: {
    files: 'those that fit, each with the fields of stat',
    matched: 'how many fit',
    examined: 'how many were looked at',
    skipped_paths: 'folders that could not be looked into, with the reason',
    msg: 'whether all could be looked at',
  },
  examples: `- find:
    paths: /var/log
    patterns: "*.gz"
    age: 4w
  register: old
- file:
    path: "{{ item.path }}"
    state: absent
  loop: "{{ old.files }}"`,
  probe: async (params, { host }): Promise<Outcome> => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused }
    const now = params.age === undefined ? 0 : await timeOf(host)
    const found: Record<string, unknown>[] = []
    const skipped: Record<string, string> = {}
    let examined = 0
    for (const root of params.paths) {
      const state = known(await host.stat(root, { follow: true }))
      if (state?.type !== 'directory') {
        skipped[root] = `'${root}' is not a directory`
        continue
      }
      const levels = params.recurse ? params.depth : 1
      // One level more is looked at than told of, as ansible-core counts.
      const most = params.recurse && levels !== undefined ? levels + 1 : levels
      const entries = await entriesBelow(host, root, { levels: most, isFollowed: params.follow })
      examined += entries.length
      const near = entries.filter(({ level }) => levels === undefined || level <= levels)
      for (const entry of near) {
        if (params.limit !== undefined && found.length >= params.limit) break
        if (!fits(params, entry, now) || !(await holds(params, host, entry))) continue
        found.push(await fieldsOf(params, host, entry))
      }
    }
    const isWhole = Object.keys(skipped).length === 0
    const msg = isWhole
      ? 'All paths examined'
      : 'Not all paths examined, check warnings for details'
    return {
      result: { files: found, matched: found.length, examined, skipped_paths: skipped, msg },
    }
  },
})

function refuse(params: Params): string | undefined {
  if (params.age !== undefined && secondsOf(params.age) === undefined) {
    return `age cannot be ${params.age}; it is a number with s, m, h, d or w`
  }
  if (params.size !== undefined && bytesOf(params.size) === undefined) {
    return `size cannot be ${params.size}; it is a number with b, k, m, g or t`
  }
  if (params.mode !== undefined && !/^(0o)?[0-7]+$/.test(String(params.mode))) {
    return 'mode of find is a number; symbols are not supported'
  }
  return undefined
}

async function timeOf(host: Host): Promise<number> {
  const answer = await host.ask('date +%s')
  return Number.parseInt(answer.stdout.toString('latin1'), 10)
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

function secondsOf(age: string): number | undefined {
  const [, count, unit = 's'] = /^(-?\d+)([smhdw])?/.exec(age.toLowerCase()) ?? []
  return count === undefined ? undefined : Number(count) * (SECONDS[unit] ?? 1)
}

function bytesOf(size: string): number | undefined {
  const [, count, unit = 'b'] = /^(-?\d+)([bkmgt])?/.exec(size.toLowerCase()) ?? []
  return count === undefined ? undefined : Number(count) * 1024 ** 'bkmgt'.indexOf(unit)
}

/** A wish below zero is the most, any other the least. */
function isWithin(value: number, wish: number, isNegative: boolean): boolean {
  return isNegative ? value <= Math.abs(wish) : value >= wish
}

function fits(params: Params, { path, state }: Entry, now: number): boolean {
  const name = posix.basename(path)
  if (name.startsWith('.') && !params.hidden) return false
  const types = { file: 'file', directory: 'directory', link: 'link', any: state.type }
  if (state.type !== types[params.file_type] || !isNamed(params, name)) return false
  if (params.age !== undefined) {
    const stamps = { atime: 'accessTime', ctime: 'changeTime', mtime: 'modifyTime' } as const
    const age = now - Math.floor(known(state[stamps[params.age_stamp]]))
    if (!isWithin(age, secondsOf(params.age) ?? 0, params.age.startsWith('-'))) return false
  }
  if (params.size !== undefined && state.type === 'file') {
    const bytes = known(state.sizeBytes)
    if (!isWithin(bytes, bytesOf(params.size) ?? 0, params.size.startsWith('-'))) return false
  }
  if (params.mode === undefined) return true
  const bits = parseMode(params.mode, 0, false)
  return params.exact_mode ? state.mode === bits : (state.mode & bits) === bits
}

function isNamed({ patterns, excludes, use_regex: isRegex }: Params, name: string): boolean {
  const matches = (pattern: string): boolean =>
    isRegex
      ? matchAll(compileRegex(pattern), name, 1)[0]?.index === 0
      : globPattern(pattern).test(name)
  return (patterns.length === 0 || patterns.some(matches)) && !excludes.some(matches)
}

/** Whether the content fits; only files have one. */
async function holds(params: Params, host: Host, { path, state }: Entry): Promise<boolean> {
  if (params.contains === undefined || params.file_type !== 'file') return true
  if (state.type !== 'file') return false
  const content = known(await host.read(path))?.toString('utf8') ?? ''
  const regex = compileRegex(params.contains)
  if (params.read_whole_file) return matchAll(regex, content, 1).length > 0
  return linesOf(content).some((line) => matchAll(regex, line, 1)[0]?.index === 0)
}

async function fieldsOf(params: Params, host: Host, { path, state }: Entry) {
  const { exists: _, ...fields } = statFields(path, state)
  if (!params.get_checksum || state.type !== 'file') return fields
  return { ...fields, checksum: await host.checksum(path, 'sha1') }
}

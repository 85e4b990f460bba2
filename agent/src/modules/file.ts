// file: paths that are files, folders, links or nothing, with their attributes.
import { dirname, posix } from 'node:path'
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import { makeFolder, makeLink, removePath, setAttributes, writeFile } from '../host/files.ts'
import type { FileState } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import {
  attributeDiff,
  attributeFields,
  attributeParams,
  parseMode,
  planAttributes,
  wantedOwnership,
} from './attributes.ts'
import { planParents } from './content.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, path, text } from './params.ts'

const schema = z.object({
  path: path().describe('the path on the host'),
  state: choice(['absent', 'directory', 'file', 'hard', 'link', 'touch'])
    .optional()
    .describe('what the path shall be; `file` only checks that it is there'),
  src: text().optional().describe('where a link points'),
  recurse: bool().default(false).describe('set attributes of all below a directory too'),
  force: bool()
    .default(false)
    .describe('make a link even where a file stands or the target misses'),
  follow: bool().default(true).describe('attributes of a link are those of its target'),
  access_time: text().optional().describe('for touch: `now` or `preserve`'),
  modification_time: text().optional().describe('for touch: `now` or `preserve`'),
  ...attributeParams,
})

type Params = z.output<typeof schema>

interface Situation {
  readonly params: Params
  readonly context: ModuleContext
  readonly state: FileState | null
}

export const file = defineModule({
  name: 'file',
  summary: 'Manage files, directories, links and their attributes.',
  params: schema,
  aliases: { dest: 'path', name: 'path' },
  effect: 'changes',
  returns: {
    path: 'the path (dest for links)',
    state: 'what it is afterwards',
    mode: 'permission bits, as 0644',
    owner: 'name of its owner',
    group: 'name of its group',
    uid: 'number of its owner',
    gid: 'number of its group',
    size: 'bytes',
  },
  examples: `- name: a directory for the site
  file:
    path: /srv/site
    state: directory
    owner: root
    mode: "0755"`,
  probe: async (params, context) => {
    const state = known(await context.host.stat(params.path))
    const situation = { params, context, state }
    switch (params.state ?? implied(params, state)) {
      case 'absent':
        return planAbsent(situation)
      case 'directory':
        return planDirectory(situation)
      case 'touch':
        return planTouch(situation)
      case 'link':
        return planLink(situation, false)
      case 'hard':
        return planLink(situation, true)
      case 'file':
        return planFile(situation)
    }
  },
})

function implied(params: Params, state: FileState | null): NonNullable<Params['state']> {
  if (params.recurse) return 'directory'
  if (params.src !== undefined) return 'link'
  if (state?.type === 'directory') return 'directory'
  if (state?.type === 'link' && !params.follow) return 'link'
  return 'file'
}

function planAbsent({ params, state }: Situation): Outcome {
  const result = { path: params.path, state: 'absent' }
  if (state === null) return { result }
  const isFolder = state.type === 'directory'
  return {
    changes: [removePath(params.path, isFolder)],
    result,
    diffs: [
      attributeDiff(
        params.path,
        { path: params.path, state: state.type },
        { path: params.path, state: 'absent' },
      ),
    ],
  }
}

async function planDirectory({ params, context, state }: Situation): Promise<Outcome> {
  const { host } = context
  const target =
    state?.type === 'link' ? known(await host.stat(params.path, { follow: true })) : state
  if (target !== null && target.type !== 'directory') {
    return { failure: `${params.path} already exists as a ${target.type}` }
  }
  if (target === null) return planNewDirectory(params, context)
  const plan = await planAttributes(host, params.path, target, params, true)
  const changes: Change[] = plan.wish === undefined ? [] : [setAttributes(plan.wish)]
  if (params.recurse) changes.push(...(await planRecursion(params, context)))
  return {
    changes,
    result: { path: params.path, ...attributeFields(plan.after) },
    diffs: changes.length > 0 ? [attributeDiff(params.path, plan.before, plan.wanted)] : [],
  }
}

async function planNewDirectory(params: Params, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  const clean = posix.normalize(params.path).replace(/(?<=.)\/$/, '')
  const above = await planParents(context, dirname(clean), params)
  if (above.failure !== undefined) return { failure: above.failure }
  const identity = await host.identity()
  const ownership = await wantedOwnership(host, params, null, identity)
  const fresh = 0o777 & ~identity.umask
  const bits = params.mode === undefined ? fresh : parseMode(params.mode, fresh, true)
  const make = makeFolder({ ...ownership, path: clean, mode: bits, identity })
  const effect = make.effects[0]
  const after = effect?.kind === 'file' ? attributeFields(effect.state) : {}
  return {
    changes: [...above.changes, make],
    result: { path: params.path, ...after },
    diffs: [
      attributeDiff(
        params.path,
        { path: params.path, state: 'absent' },
        { path: params.path, state: 'directory' },
      ),
    ],
  }
}

/** Everything below that differs, found by one question and set by one command. */
async function planRecursion(params: Params, context: ModuleContext): Promise<Change[]> {
  const { host } = context
  const tests: string[] = []
  const actions: string[] = []
  if (params.owner !== undefined || params.group !== undefined) {
    const owner = params.owner === undefined ? '' : quoteWord(params.owner)
    const group = params.group === undefined ? '' : quoteWord(params.group)
    if (owner !== '') tests.push(`! -user ${owner}`)
    if (group !== '') tests.push(`! -group ${group}`)
    actions.push(`chown -hR ${owner}${group === '' ? '' : `:${group}`}`)
  }
  if (params.mode !== undefined) {
    const bits = typeof params.mode === 'number' ? params.mode.toString(8) : params.mode
    tests.push(/^[0-7]+$/.test(bits) ? `! -type l ! -perm ${bits}` : '! -type l')
    actions.push(`chmod -R ${quoteWord(bits)}`)
  }
  if (tests.length === 0) return []
  const root = quoteWord(params.path)
  const condition = tests.map((test) => `\\( ${test} \\)`).join(' -o ')
  const found = await host.ask(
    `LC_ALL=C find ${root} -mindepth 1 \\( ${condition} \\) -print -quit`,
  )
  if (found.stdout.length === 0) return []
  const reason = new Unknown(`attributes below ${params.path} are set by this run`, host.name)
  return [
    {
      summary: `set attributes below ${params.path}`,
      script: actions.map((action) => `${action} -- ${root} || exit 1`).join('\n'),
      effects: [{ kind: 'taint', words: [params.path], reason }],
    },
  ]
}

async function planTouch({ params, context, state }: Situation): Promise<Outcome> {
  const { host } = context
  const identity = await host.identity()
  const target =
    state?.type === 'link' ? known(await host.stat(params.path, { follow: true })) : state
  const diffs = [
    attributeDiff(
      params.path,
      { path: params.path, state: target === null ? 'absent' : target.type },
      { path: params.path, state: 'touch' },
    ),
  ]
  if (target === null) {
    const parent = known(await host.stat(dirname(params.path), { follow: true }))
    if (parent === null) {
      return { failure: `Error, could not touch target: no directory ${dirname(params.path)}` }
    }
    const ownership = await wantedOwnership(host, params, null, identity)
    const fresh = 0o666 & ~identity.umask
    const mode = params.mode === undefined ? fresh : parseMode(params.mode, fresh, false)
    const wish = { ...ownership, path: params.path, content: Buffer.alloc(0), mode, before: null }
    const write = writeFile({ ...wish, identity })
    const effect = write.effects[0]
    const after = effect?.kind === 'file' ? attributeFields(effect.state) : {}
    return { changes: [write], diffs, result: { dest: params.path, ...after } }
  }
  const plan = await planAttributes(host, params.path, target, params, params.follow)
  const changes: Change[] = plan.wish === undefined ? [] : [setAttributes(plan.wish)]
  const times = [
    ...(params.access_time === 'preserve' ? [] : ['-a']),
    ...(params.modification_time === 'preserve' ? [] : ['-m']),
  ]
  if (times.length > 0) {
    const touch = times.length === 2 ? 'touch' : `touch ${times[0]}`
    changes.push({
      summary: `touch ${params.path}`,
      script: `${touch} -- ${quoteWord(params.path)} || exit 1`,
      effects: [{ kind: 'file', path: params.path, state: plan.after, content: undefined }],
    })
  }
  return { changes, diffs, result: { dest: params.path, ...attributeFields(plan.after) } }
}

async function planFile({ params, context, state }: Situation): Promise<Outcome> {
  const { host } = context
  const target =
    state?.type === 'link' && params.follow
      ? known(await host.stat(params.path, { follow: true }))
      : state
  if (target === null) {
    return {
      failure: `file (${params.path}) is absent, cannot continue`,
      result: { path: params.path, state: 'absent' },
    }
  }
  if (params.state === 'file' && target.type !== 'file') {
    return {
      failure: `file (${params.path}) is ${target.type}, cannot continue`,
      result: { path: params.path, state: target.type },
    }
  }
  const plan = await planAttributes(host, params.path, target, params, params.follow)
  return {
    changes: plan.wish === undefined ? [] : [setAttributes(plan.wish)],
    result: { path: params.path, ...attributeFields(plan.after) },
    diffs: plan.wish === undefined ? [] : [attributeDiff(params.path, plan.before, plan.wanted)],
  }
}

async function planLink({ params, context, state }: Situation, isHard: boolean): Promise<Outcome> {
  const { host } = context
  const source = params.src ?? state?.target
  if (source === undefined) return { failure: 'src is required for creating new links' }
  const result = { dest: params.path, src: source }
  const target = isHard ? source : posix.resolve(dirname(params.path), source)
  const there = known(await host.stat(target, { follow: true }))
  if (there === null && (isHard || !params.force)) {
    return {
      failure: `src file does not exist, use "force=yes" if you really want to create the link: ${target}`,
    }
  }
  if (isHard && state !== null && there !== null && state.inode === there.inode) return { result }
  if (!isHard && state?.type === 'link' && state.target === source) {
    return { result: { ...result, ...attributeFields(state) } }
  }
  if (state !== null && state.type !== 'link' && !params.force) {
    return {
      failure: `refusing to convert from ${state.type} to ${isHard ? 'hard' : 'symlink'} for ${params.path}`,
    }
  }
  const identity = await host.identity()
  const ownership = await wantedOwnership(host, params, null, identity)
  const changes: Change[] = state?.type === 'directory' ? [removePath(params.path, true)] : []
  changes.push(makeLink({ ...ownership, path: params.path, target: source, isHard, identity }))
  return {
    changes,
    result,
    diffs: [
      attributeDiff(
        params.path,
        { path: params.path, state: state === null ? 'absent' : state.type },
        { path: params.path, state: isHard ? 'hard' : 'link', src: source },
      ),
    ],
  }
}

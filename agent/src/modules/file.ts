// file: paths that are files, folders, links or nothing, with their attributes.
import { dirname, posix } from 'node:path'
import type { Change, Effect } from '../host/change.ts'
import { makeFolder, removePath, setAttributes } from '../host/files.ts'
import type { FileState, Host } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import {
  asksAttributes,
  attributeDiff,
  attributeFields,
  finalPath,
  parseMode,
  planAttributes,
  wantedOwnership,
} from './attributes.ts'
import { planParents } from './content.ts'
import { planHardLink, planSymlink } from './filelink.ts'
import { type FileParams, fileSchema, type Situation } from './filestate.ts'
import { planTimes, planTouch } from './filetouch.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'

export const file = defineModule({
  name: 'file',
  summary: 'Manage files, directories, links and their attributes.',
  params: fileSchema,
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
    const wish = params.state ?? implied(params, state)
    const refused = refuse(params, wish)
    if (refused !== undefined) return { failure: refused }
    switch (wish) {
      case 'absent':
        return planAbsent(situation)
      case 'directory':
        return planDirectory(situation)
      case 'touch':
        return planTouch(situation)
      case 'link':
        return planSymlink(situation)
      case 'hard':
        return planHardLink(situation)
      case 'file':
        return planFile(situation)
    }
  },
})

function implied(params: FileParams, state: FileState | null): NonNullable<FileParams['state']> {
  if (state?.type === 'directory') return 'directory'
  if (state?.type === 'link') return 'link'
  return state === null && params.recurse ? 'directory' : 'file'
}

function refuse(params: FileParams, wish: FileParams['state']): string | undefined {
  if (params.recurse && wish !== 'directory') return 'recurse is for state directory'
  if (params.src !== undefined && wish !== 'link' && wish !== 'hard') {
    return 'src is for state link or hard'
  }
  return undefined
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
  const path = params.follow ? await finalPath(host, params.path) : params.path
  const target = params.follow ? known(await host.stat(path)) : state
  if (target !== null && target.type !== 'directory') {
    return { failure: `${path} already exists as a ${target.type}` }
  }
  if (target === null) return planNewDirectory(params, context)
  const plan = await planAttributes(host, path, target, params, true)
  const changes: Change[] = plan.wish === undefined ? [] : [setAttributes(plan.wish)]
  changes.push(...(await planTimes(params, context, path, plan.after, 'preserve')))
  if (params.recurse) changes.push(...(await planRecursion(params, context)))
  return {
    changes,
    result: { path, ...attributeFields(plan.after) },
    diffs: changes.length > 0 ? [attributeDiff(params.path, plan.before, plan.wanted)] : [],
  }
}

async function planNewDirectory(params: FileParams, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  const clean = posix.normalize(params.path).replace(/(?<=.)\/$/, '')
  const above = await planParents(context, dirname(clean), params)
  if (above.failure !== undefined) return { failure: above.failure }
  const identity = await host.identity()
  const ownership = await wantedOwnership(host, params, null, identity)
  const fresh = 0o777 & ~identity.umask
  const bits = params.mode === undefined ? fresh : parseMode(params.mode, fresh, true)
  const isAsMade = !asksAttributes(params)
  const make = makeFolder({ ...ownership, path: clean, mode: bits, identity, isAsMade })
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
async function planRecursion(params: FileParams, context: ModuleContext): Promise<Change[]> {
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
    // Five digits clear the set-id bits of folders too; with fewer chmod keeps them.
    actions.push(`chmod -R ${quoteWord(/^[0-7]+$/.test(bits) ? bits.padStart(5, '0') : bits)}`)
  }
  if (tests.length === 0) return []
  const root = quoteWord(params.path)
  // Only a walk sees what this run has planned; on a real machine one question is enough.
  const effects = host.isOverlay ? await effectsBelow(params, host, params.path) : undefined
  if (effects?.length === 0) return []
  const condition = tests.map((test) => `\\( ${test} \\)`).join(' -o ')
  if (effects === undefined) {
    const search = `LC_ALL=C find ${root} -mindepth 1 \\( ${condition} \\) -print -quit`
    if ((await host.ask(search)).stdout.length === 0) return []
  }
  return [
    {
      summary: `set attributes below ${params.path}`,
      script: actions.map((action) => `${action} -- ${root} || exit 1`).join('\n'),
      effects: effects ?? [],
    },
  ]
}

/** What becomes of everything below a folder that is not as wanted. */
async function effectsBelow(params: FileParams, host: Host, folder: string): Promise<Effect[]> {
  const effects: Effect[] = []
  for (const name of known(await host.list(folder))) {
    const path = posix.join(folder, name)
    const state = known(await host.stat(path))
    if (state === null) continue
    const { wish } = await planAttributes(host, path, state, params, false)
    if (wish !== undefined) effects.push(...setAttributes(wish).effects)
    if (state.type === 'directory') effects.push(...(await effectsBelow(params, host, path)))
  }
  return effects
}

async function planFile({ params, context, state }: Situation): Promise<Outcome> {
  const { host } = context
  const path = params.follow ? await finalPath(host, params.path) : params.path
  const target = params.follow ? known(await host.stat(path)) : state
  if (target === null) {
    return {
      failure: `file (${path}) is absent, cannot continue`,
      result: { path, state: 'absent' },
    }
  }
  if (target.type !== 'file') {
    return {
      failure: `file (${path}) is ${target.type}, cannot continue`,
      result: { path, state: target.type },
    }
  }
  const isHard = params.state === undefined && target.type === 'file' && target.links > 1
  const plan = await planAttributes(host, path, target, params, params.follow)
  const attributes = plan.wish === undefined ? [] : [setAttributes(plan.wish)]
  return {
    changes: [...attributes, ...(await planTimes(params, context, path, plan.after, 'preserve'))],
    // A file with several names is told as a hard link, as Ansible does.
    result: { ...(isHard ? { dest: path } : { path }), ...attributeFields(plan.after) },
    diffs: plan.wish === undefined ? [] : [attributeDiff(path, plan.before, plan.wanted)],
  }
}

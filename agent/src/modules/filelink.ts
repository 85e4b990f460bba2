// file: symbolic and hard links.
import { dirname, posix } from 'node:path'
import type { Change } from '../host/change.ts'
import { makeLink, removePath, setAttributes } from '../host/files.ts'
import type { FileState, Identity } from '../host/host.ts'
import {
  attributeDiff,
  attributeFields,
  finalPath,
  planAttributes,
  wantedOwnership,
} from './attributes.ts'
import type { Situation } from './filestate.ts'
import { planTimes } from './filetouch.ts'
import { known, type ModuleContext, type Outcome } from './module.ts'

export async function planSymlink({ params, context, state }: Situation): Promise<Outcome> {
  const { host } = context
  const { path } = params
  const isThere = state?.type === 'link'
  const source = params.src ?? (isThere ? state.target : undefined)
  if (source === undefined) return { failure: 'src is required for creating new symlinks' }
  const isFolder = state?.type === 'directory'
  const target = posix.resolve(isFolder ? path : dirname(path), source)
  const there = known(await host.stat(target, { follow: true }))
  if (there === null && !params.force && params.src !== undefined) {
    return { failure: `src file does not exist, and force is off: ${target}` }
  }
  const result = { dest: path, src: source }
  if (isThere && state.target === source) {
    const { changes, diffs, after } = await attributes(context, params, path, state)
    const shown = params.follow ? state : after
    return { changes, diffs, result: { ...result, ...attributeFields(shown) } }
  }
  const refused = await refuseReplacement({ params, context, state })
  if (refused !== undefined) return refused
  const identity = await host.identity()
  // With follow the attributes are those of the target, and the link is ours.
  const own = params.follow ? {} : params
  const ownership = await wantedOwnership(host, own, null, identity)
  const link = makeLink({ ...ownership, path, target: source, isHard: false, identity })
  const onTarget =
    params.follow && there !== null ? await attributes(context, params, target, there) : undefined
  return {
    changes: [
      ...(isFolder ? [removePath(path, true)] : []),
      link,
      ...(onTarget === undefined ? [] : onTarget.changes),
    ],
    result: { ...result, ...fieldsAfter(link) },
    diffs: [replacement(path, state, 'link', source)],
  }
}

/** What else the task says about the link, or about what it leads to. */
async function attributes(
  context: ModuleContext,
  params: Situation['params'],
  path: string,
  state: FileState,
) {
  const { host } = context
  const real = params.follow ? await finalPath(host, path) : path
  const target = params.follow ? known(await host.stat(real)) : state
  if (target === null) return { changes: [], diffs: [], after: state }
  const plan = await planAttributes(host, real, target, params, params.follow)
  const times = await planTimes(params, context, real, plan.after, 'preserve')
  return {
    changes: [...(plan.wish === undefined ? [] : [setAttributes(plan.wish)]), ...times],
    diffs: plan.wish === undefined ? [] : [attributeDiff(path, plan.before, plan.wanted)],
    after: plan.after,
  }
}

async function refuseReplacement(situation: Situation): Promise<Outcome | undefined> {
  const { params, context, state } = situation
  const { path } = params
  if (state === null || state.type === 'link') return undefined
  if (!params.force) {
    return { failure: `refusing to convert from ${state.type} to symlink for ${path}` }
  }
  if (state.type !== 'directory') return undefined
  if (known(await context.host.list(path)).length === 0) return undefined
  return { failure: `the directory ${path} is not empty, so no link replaces it` }
}

export async function planHardLink({ params, context, state }: Situation): Promise<Outcome> {
  const { host } = context
  const { path, src } = params
  if (src === undefined) {
    const isHard = state?.type === 'file' && state.links > 1
    return isHard
      ? { result: { dest: path, ...attributeFields(state) } }
      : { failure: 'src is required for creating new hardlinks' }
  }
  const there = known(await host.stat(src, { follow: true }))
  const result = { dest: path, src }
  if (there === null) return { failure: `src does not exist: ${src}`, result }
  if (there.type === 'directory') return { failure: `a directory has no hard link: ${src}`, result }
  const isSame = state !== null && state.inode === there.inode && state.inode !== 0
  const isPlanned = state !== null && state.inode === 0 && state.links > 1
  if (isSame || isPlanned) return { result: { ...result, ...attributeFields(state) } }
  if (state !== null && state.type !== 'link' && !params.force) {
    return { failure: `cannot link, ${state.type} exists at ${path}`, result }
  }
  const identity = await host.identity()
  const link = await hardLink(context, path, src, there, identity)
  return {
    changes: [link],
    result: { ...result, ...fieldsAfter(link) },
    diffs: [replacement(path, state, 'hard', src)],
  }
}

/** The link shows the target's own state and content from then on. */
async function hardLink(
  { host }: ModuleContext,
  path: string,
  src: string,
  there: FileState,
  identity: Identity,
): Promise<Change> {
  const { uid, gid } = identity
  const ours = { uid, gid, owner: there.owner, group: there.group }
  const link = makeLink({ ...ours, path, target: src, isHard: true, identity })
  const content = known(await host.read(src))
  const state = { ...there, links: there.links + 1, target: undefined }
  const effect = { kind: 'file', path, state, ...(content === null ? {} : { content }) } as const
  return { ...link, effects: [effect] }
}

function replacement(path: string, state: FileState | null, wish: string, src: string) {
  const before = { path, state: state === null ? 'absent' : state.type }
  const old = state?.type === 'link' ? { src: state.target } : {}
  return attributeDiff(path, { ...before, ...old }, { path, state: wish, src })
}

function fieldsAfter({ effects }: Change): Record<string, unknown> {
  const [effect] = effects
  return effect?.kind === 'file' ? attributeFields(effect.state) : {}
}

// A file with a wanted content: what copy, template, lineinfile and others have in common. Not
// here: where the content comes from.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { Change } from '../host/change.ts'
import {
  type HostContent,
  isHostContent,
  makeFolder,
  setAttributes,
  writeFile,
} from '../host/files.ts'
import type { FileState, Host } from '../host/host.ts'
import { OverlayHost } from '../host/overlay.ts'
import { Unknown } from '../value/value.ts'
import {
  type AttributeParams,
  asksAttributes,
  attributeDiff,
  attributeFields,
  finalPath,
  parseMode,
  planAttributes,
  wantedOwnership,
} from './attributes.ts'
import { type Diff, known, type ModuleContext, type Outcome } from './module.ts'

export interface ContentWish extends AttributeParams {
  readonly path: string
  readonly content: Buffer | HostContent | Unknown
  readonly hasBackup: boolean
  readonly validate: string | undefined
  /** A link at the path is kept and its target written. */
  readonly isFollowed: boolean
  /** Where the content came from, for the diff. */
  readonly source: string
  /** False leaves a file that is there as it is, whatever it holds. */
  readonly isForced: boolean
}

export interface ContentPlan {
  readonly changes: readonly Change[]
  readonly after: FileState
  readonly diffs: readonly Diff[]
  readonly isContentChanged: boolean
  /** In check mode: that an old file will be kept, under a name that nobody knows yet. */
  readonly backup?: Unknown
  /** SHA-1 of the wanted content. */
  readonly checksum: string | Unknown
  /** Where the file is: the target of a link that is followed. */
  readonly path: string
  readonly failure?: string
}

/** Plans one file; the questions go out together. */
export async function planContent(context: ModuleContext, wish: ContentWish): Promise<ContentPlan> {
  const { host } = context
  const [self, digest, identity] = await Promise.all([
    host.stat(wish.path),
    host.checksum(wish.path, 'sha1'),
    host.identity(),
  ])
  const own = known(self)
  const isLink = own?.type === 'link'
  const state = isLink ? known(await host.stat(wish.path, { follow: true })) : own
  const path = isLink && wish.isFollowed ? await finalPath(host, wish.path) : wish.path
  const wanted = digestOf(wish.content, 'sha1')
  if (state !== null && state.type === 'file') {
    if (!wish.isForced || isSameContent(wanted, digest)) {
      return keepContent(context, wish, state, wanted)
    }
  }
  const refusal = await refusalOf(host, wish, state)
  if (refusal !== undefined) return refusal
  const before = isLink && !wish.isFollowed ? null : state
  const ownership = await wantedOwnership(host, wish, before, identity)
  const fresh = before?.mode ?? 0o666 & ~identity.umask
  const bits = wish.mode === undefined ? fresh : parseMode(wish.mode, fresh, false)
  const write = writeFile({
    ...ownership,
    path,
    content: wish.content,
    mode: bits,
    before: state,
    identity,
    hasBackup: wish.hasBackup,
    validate: wish.validate,
  })
  const effect = write.effects[0]
  if (effect?.kind !== 'file') throw new Error('writeFile has a file effect')
  return {
    changes: [write],
    after: effect.state,
    diffs: context.isDiff ? [await contentDiff(host, wish, state)] : [],
    isContentChanged: true,
    ...(host.isOverlay && wish.hasBackup && state !== null
      ? { backup: new Unknown('named when it is made', host.name) }
      : {}),
    checksum: wanted,
    path,
  }
}

/** Whether both digests are known and equal; with an unknown one the verdict is unknown. */
function isSameContent(wanted: string | Unknown, now: string | null | Unknown): boolean {
  return known(wanted) === known(now)
}

async function keepContent(
  context: ModuleContext,
  wish: ContentWish,
  state: FileState,
  checksum: string | Unknown,
): Promise<ContentPlan> {
  const path = await finalPath(context.host, wish.path)
  const plan = await planAttributes(context.host, path, state, wish, true)
  return {
    changes: plan.wish === undefined ? [] : [setAttributes(plan.wish)],
    after: plan.after,
    diffs: plan.wish === undefined ? [] : [attributeDiff(wish.path, plan.before, plan.wanted)],
    isContentChanged: false,
    checksum,
    path: wish.isFollowed ? path : wish.path,
  }
}

async function refusalOf(
  host: Host,
  wish: ContentWish,
  state: FileState | null,
): Promise<ContentPlan | undefined> {
  if (wish.validate !== undefined && !wish.validate.includes('%s')) {
    return refused(wish, state, `validate must contain %s: ${wish.validate}`)
  }
  if (state?.type === 'directory') return refused(wish, state, `${wish.path} is a directory`)
  if (state !== null) return undefined
  const parent = known(await host.stat(dirname(wish.path), { follow: true }))
  if (parent === null)
    return refused(wish, state, `Destination directory ${dirname(wish.path)} does not exist`)
  return undefined
}

function refused(wish: ContentWish, state: FileState | null, failure: string): ContentPlan {
  return {
    changes: [],
    after: state as FileState,
    diffs: [],
    isContentChanged: false,
    checksum: '',
    path: wish.path,
    failure,
  }
}

async function contentDiff(host: Host, wish: ContentWish, state: FileState | null): Promise<Diff> {
  const before = state === null ? '' : await host.read(wish.path)
  return {
    before: before instanceof Unknown ? before : (before?.toString('utf8') ?? ''),
    after: textOf(wish),
    beforeHeader: state === null ? '/dev/null' : wish.path,
    afterHeader: wish.path,
  }
}

function textOf({ content, source }: ContentWish): string | Unknown {
  if (content instanceof Unknown) return content
  if (isHostContent(content)) return `(${content.sizeBytes} bytes of ${source})\n`
  return content.toString('utf8')
}

function digestOf(content: ContentWish['content'], algorithm: 'md5' | 'sha1'): string | Unknown {
  if (content instanceof Unknown) return content
  if (isHostContent(content)) return content[algorithm]
  return createHash(algorithm).update(content).digest('hex')
}

/** The outcome of a module that makes one file. */
export function contentOutcome(
  wish: ContentWish,
  plan: ContentPlan,
  extra: Record<string, unknown> = {},
): Outcome {
  if (plan.failure !== undefined) return { failure: plan.failure, result: extra }
  const common = { dest: plan.path, checksum: plan.checksum, ...attributeFields(plan.after) }
  if (!plan.isContentChanged) {
    return {
      changes: plan.changes,
      diffs: plan.diffs,
      result: { ...common, ...extra, path: wish.path },
    }
  }
  const md5 = digestOf(wish.content, 'md5')
  const kept = plan.backup === undefined ? {} : { backup_file: plan.backup }
  return {
    changes: plan.changes,
    diffs: plan.diffs,
    result: { ...common, md5sum: md5, src: wish.source, ...kept, ...extra },
    finish: (ran) => {
      const backup = ran[0]?.stdout.toString('utf8') ?? ''
      return { result: wish.hasBackup && backup !== '' ? { backup_file: backup } : {} }
    },
  }
}

/** The folders above a path that are missing, outermost first, as changes. */
export async function planParents(
  context: ModuleContext,
  folder: string,
  params: AttributeParams,
): Promise<{ changes: Change[]; failure?: string }> {
  const { host } = context
  const missing: string[] = []
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const state = known(await host.stat(at, { follow: true }))
    if (state?.type === 'directory') break
    if (state !== null) return { changes: [], failure: `${at} is not a directory` }
    missing.unshift(at)
  }
  const identity = await host.identity()
  const ownership = await wantedOwnership(host, params, null, identity)
  const fresh = 0o777 & ~identity.umask
  const bits = params.mode === undefined ? fresh : parseMode(params.mode, fresh, true)
  const isAsMade = !asksAttributes(params)
  const make = (path: string): Change =>
    makeFolder({ ...ownership, path, mode: bits, identity, isAsMade })
  return { changes: missing.map(make) }
}

/** Plans a file and, where wanted, the folders above it that are missing. */
export async function planContentBelow(
  context: ModuleContext,
  wish: ContentWish,
  hasParents: boolean,
): Promise<ContentPlan> {
  if (!hasParents) return planContent(context, wish)
  const above = await planParents(context, dirname(wish.path), {})
  if (above.failure !== undefined) return refused(wish, null, above.failure)
  const plan = await planContent(await stage(context, above.changes), wish)
  return { ...plan, changes: [...above.changes, ...plan.changes] }
}

/** The context in which some changes are believed already, to plan what comes after them. */
export async function stage(
  context: ModuleContext,
  changes: readonly Change[],
): Promise<ModuleContext> {
  if (changes.length === 0) return context
  const host = new OverlayHost(context.host)
  for (const change of changes) await host.apply(change)
  return { ...context, host }
}

// Files of text that a module edits as a whole: tables, lists of sources, settings. Not here: what
// is to stand in them; attributes and backups of content.ts.
import type { Change } from '../host/change.ts'
import { removePath } from '../host/files.ts'
import type { Host } from '../host/host.ts'
import { planContentBelow } from './content.ts'
import { type Diff, known, type ModuleContext } from './module.ts'
import { settlePackages } from './programs.ts'

export interface TextWish {
  readonly path: string
  readonly text?: string
  /** Instead of text, for what may be none. */
  readonly content?: Buffer
  readonly mode?: string | number | undefined
  readonly hasBackup?: boolean
  /** Makes the folders above it. */
  readonly hasParents?: boolean
}

export interface TextPlan {
  readonly changes: readonly Change[]
  readonly diffs: readonly Diff[]
  readonly failure?: string
}

/** The text of a file; undefined when nothing is there. */
export async function readTextFile(host: Host, path: string): Promise<string | undefined> {
  return known(await host.read(path))?.toString('utf8')
}

export async function planTextFile(context: ModuleContext, wish: TextWish): Promise<TextPlan> {
  const content = {
    path: wish.path,
    content: wish.content ?? Buffer.from(wish.text ?? '', 'utf8'),
    source: wish.path,
    hasBackup: wish.hasBackup ?? false,
    validate: undefined,
    isFollowed: true,
    isForced: true,
    mode: wish.mode,
  }
  const plan = await planContentBelow(context, content, wish.hasParents === true)
  if (plan.failure !== undefined) {
    await settlePackages(context.host)
    return { changes: [], diffs: [], failure: plan.failure }
  }
  return { changes: plan.changes, diffs: plan.diffs }
}

/** Takes a file away; nothing when it is not there. */
export async function planNoFile(context: ModuleContext, path: string): Promise<TextPlan> {
  const { host } = context
  const state = known(await host.stat(path))
  if (state === null) return { changes: [], diffs: [] }
  const before = context.isDiff ? ((await readTextFile(host, path)) ?? '') : ''
  const diff = { before, after: '', beforeHeader: path, afterHeader: '/dev/null' }
  return { changes: [removePath(path, false)], diffs: [diff] }
}

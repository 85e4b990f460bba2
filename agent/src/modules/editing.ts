// The edit of a text that is there: what lineinfile, blockinfile, replace and ini_file have in
// common once they know the new text. Not here: what the new text is.
import type { FileState } from '../host/host.ts'
import type { Unknown } from '../value/value.ts'
import { type AttributeParams, attributeFields, attributeParams } from './attributes.ts'
import { type ContentPlan, planContentBelow } from './content.ts'
import type { ModuleContext, Outcome } from './module.ts'
import { bool, text, unsafeWrites } from './params.ts'

/** What every edit of a file takes. */
export const editParams = {
  backup: bool().default(false).describe('keep the old file beside the new one'),
  validate: text().optional().describe('a command with %s that must accept the new file'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
}

export interface EditWish extends AttributeParams {
  readonly path: string
  /** What stands there now; null when the file is to be made. */
  readonly state: FileState | null
  readonly content: Buffer
  readonly hasBackup: boolean
  readonly validate?: string | undefined
  /** What is said when the content is another than before. */
  readonly message: string
  /** A link at the path is kept and its target written. */
  readonly isFollowed?: boolean
}

export interface EditPlan {
  readonly outcome: Outcome
  readonly isContentChanged: boolean
  readonly areAttributesOff: boolean
  /** In check mode: that an old file will be kept, under a name that nobody knows yet. */
  readonly backup?: Unknown | undefined
  /** Owner, group, mode and size as they will be. */
  readonly fields: Record<string, unknown>
}

/** Plans the edit; folders above a new file are made as well. */
export async function planEdit(context: ModuleContext, wish: EditWish): Promise<EditPlan> {
  const content = {
    path: wish.path,
    content: wish.content,
    source: wish.path,
    hasBackup: wish.hasBackup,
    validate: wish.validate,
    isFollowed: wish.isFollowed ?? true,
    isForced: true,
    mode: wish.mode,
    owner: wish.owner,
    group: wish.group,
  }
  const plan = await planContentBelow(context, content, wish.state === null)
  const { failure } = plan
  const areAttributesOff = await isOff(context, wish.state, plan)
  const words = plan.isContentChanged && wish.message !== '' ? [wish.message] : []
  if (areAttributesOff) words.push('ownership, perms or SE linux context changed')
  return {
    isContentChanged: plan.isContentChanged,
    areAttributesOff,
    backup: plan.backup,
    fields: failure === undefined ? attributeFields(plan.after) : {},
    outcome: {
      ...(failure === undefined ? {} : { failure }),
      changes: plan.changes,
      diffs: plan.diffs,
      result: { msg: words.join(' and ') },
    },
  }
}

async function isOff(
  { host }: ModuleContext,
  state: FileState | null,
  plan: ContentPlan,
): Promise<boolean> {
  if (plan.failure !== undefined) return false
  const { umask, uid, gid } = await host.identity()
  const now = state ?? { mode: 0o666 & ~umask, uid, gid }
  const { after } = plan
  return now.mode !== after.mode || now.uid !== after.uid || now.gid !== after.gid
}

/** The old file in the result of check mode. */
export function backupField({ backup }: EditPlan, name: string): Record<string, Unknown> {
  return backup === undefined ? {} : { [name]: backup }
}

/** The name of the old file, which the change that kept it prints. */
export function backupFinish(hasBackup: boolean, name: string): NonNullable<Outcome['finish']> {
  return (ran) => {
    const backup = hasBackup ? (ran.at(-1)?.stdout.toString('utf8') ?? '') : ''
    return backup === '' ? {} : { result: { [name]: backup } }
  }
}

export type Encoding = 'utf8' | 'latin1'

/** A file that is no UTF-8 is edited byte by byte: a character of a text is a byte of the file. */
export function encodingOf(content: Buffer): Encoding {
  return content.equals(Buffer.from(content.toString('utf8'), 'utf8')) ? 'utf8' : 'latin1'
}

/** An author's text as it is looked for in a file of that encoding. */
export function inEncoding(text: string, encoding: Encoding): string {
  return encoding === 'utf8' ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** Lines with their ends, so that a file without a last newline stays as it is elsewhere. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

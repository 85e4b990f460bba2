// Changes of files, as scripts and their effects. A file appears whole: its content, owner and mode
// are set on a sibling under a name of ours, which is then moved over the path. Not here: whether
// a change is needed (modules/).
import { basename, dirname } from 'node:path'
import { Unknown } from '../value/value.ts'
import type { Change, Trial } from './change.ts'
import type { FileState, Identity } from './host.ts'
import { pathWord, quoteWord } from './quote.ts'
import { guardedLine, trialScript } from './trial.ts'
import { splitWords } from './words.ts'

/** Above this a content travels apart from the script that puts it in place. */
const INLINE_BYTES_MAX = 96 * 1024

export interface Ownership {
  readonly uid: number | Unknown
  readonly gid: number | Unknown
  readonly owner: string | Unknown
  readonly group: string | Unknown
}

/** A content that lies in a file of the host already, which the change takes away. */
export interface HostContent {
  readonly path: string
  readonly sha1: string
  readonly md5: string
  readonly sizeBytes: number
}

export interface FileWish extends Ownership {
  readonly path: string
  readonly content: Buffer | HostContent | Unknown
  readonly mode: number
  /** What stands there now. */
  readonly before: FileState | null
  readonly identity: Identity
  /** Keeps the old file beside the new one; its name is printed. */
  readonly hasBackup?: boolean
  /** A command with %s, which must accept the new file before it is moved into place. */
  readonly validate?: string | undefined
}

/** Writes a file whole, or not at all. */
export function writeFile(wish: FileWish): Change {
  const { path, content } = wish
  const temporary = `${dirname(path)}/.${basename(path)}.cos-`
  const lines = [
    `t=${quoteWord(temporary)}$$; umask 077`,
    'if [ -e "$t" ] || [ -L "$t" ]; then rm -f -- "$t" || exit 1; fi',
    'set -C',
    `trap 'rm -f -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
    ...contentLines(content),
    ...ownershipLines('"$t"', wish, wish.identity),
    `chmod ${wish.mode.toString(8).padStart(5, '0')} "$t" || exit 1`,
  ]
  if (wish.validate !== undefined) lines.push(validateLine(wish.validate))
  if (wish.hasBackup === true && wish.before !== null) lines.push(backupLine(path))
  lines.push(`mv -f -- "$t" ${pathWord(path)} || exit 1`, 'trap - EXIT')
  if (isHostContent(content)) lines.push(`rm -f -- ${pathWord(content.path)}`)
  const state = newState('file', wish, sizeOf(content))
  return {
    summary: `write ${path}`,
    script: lines.join('\n'),
    ...(content instanceof Buffer && content.length > INLINE_BYTES_MAX ? { upload: content } : {}),
    effects: [{ kind: 'file', path, state, content: believed(path, content) }],
    ...(wish.validate === undefined ? {} : { trial: validation(path, content, wish.validate) }),
  }
}

export function isHostContent(content: Buffer | HostContent | Unknown): content is HostContent {
  return !(content instanceof Unknown) && !(content instanceof Buffer)
}

function sizeOf(content: Buffer | HostContent | Unknown): number | Unknown {
  if (content instanceof Unknown) return content
  return isHostContent(content) ? content.sizeBytes : content.length
}

function believed(path: string, content: Buffer | HostContent | Unknown): Buffer | Unknown {
  return isHostContent(content) ? new Unknown(`${path} was not read`, 'the host') : content
}

function contentLines(content: Buffer | HostContent | Unknown): string[] {
  if (isHostContent(content)) return [`cat < ${pathWord(content.path)} > "$t" || exit 1`]
  // A change with an unknown content is only ever given to an overlay.
  if (content instanceof Unknown) return ['exit 1']
  if (content.length > INLINE_BYTES_MAX) return ['cat < "$cos_upload" > "$t" || exit 1']
  const text = content.toString('utf8')
  const isText = !text.includes('\0') && Buffer.from(text, 'utf8').equals(content)
  if (isText) return [`printf %s ${quoteWord(text)} > "$t" || exit 1`]
  return [`base64 -d > "$t" <<'COS_END' || exit 1\n${content.toString('base64')}\nCOS_END`]
}

export function ownershipLines(word: string, wish: Ownership, identity: Identity): string[] {
  if (wish.uid === identity.uid && wish.gid === identity.gid) return []
  return [`chown -h ${ownerWord(wish)} ${word} || exit 1`]
}

/** Numbers where they are known, else names, which the host knows by the time of the change. */
function ownerWord(wish: Ownership): string {
  const user = wish.uid instanceof Unknown ? wish.owner : wish.uid
  const group = wish.gid instanceof Unknown ? wish.group : wish.gid
  return quoteWord(
    `${user instanceof Unknown ? '' : user}:${group instanceof Unknown ? '' : group}`,
  )
}

/** A program and its words, not a text for a shell: a value in it starts nothing else. */
function validateLine(validate: string): string {
  return `${validateWords(validate)} >&2 || { echo "validation failed" >&2; exit 1; }`
}

function validateWords(validate: string): string {
  const words = splitWords(validate).map((word) => word.split('%s').map(quoteWord).join('"$t"'))
  return words.join(' ')
}

/** The command on a copy of the new content, which is what check mode may do. */
function validation(path: string, content: FileWish['content'], validate: string): Trial {
  const program = splitWords(validate)[0] ?? validate
  const doubt = `whether ${program} accepts the new ${path}`
  const isAtHand = Buffer.isBuffer(content) && content.length <= INLINE_BYTES_MAX
  if (!isAtHand) return { script: new Unknown(doubt, 'the host'), doubt }
  const lines = ['t=$d/new', ...contentLines(content), guardedLine(validateWords(validate))]
  return { script: trialScript(lines), doubt }
}

function backupLine(path: string): string {
  return (
    `b=${quoteWord(path)}.$$.$(date +%Y-%m-%d@%H:%M:%S)~; ` +
    `cp -p -- ${pathWord(path)} "$b" && printf %s "$b" || exit 1`
  )
}

export interface FolderWish extends Ownership {
  readonly path: string
  readonly mode: number
  readonly identity: Identity
  /** Nobody asked for owner or mode: those of a folder that another makes meanwhile stay. */
  readonly isAsMade?: boolean
}

/** What another makes at the same moment is as good; a link there is not, it may lead anywhere. */
export function makeFolder(wish: FolderWish): Change {
  const word = pathWord(wish.path)
  const make = `mkdir -m 0700 -- ${word}`
  const orThere = `{ [ -d ${word} ] && [ ! -L ${word} ]; } || ${make} || exit 1`
  const attributes = [
    ...ownershipLines(word, wish, wish.identity),
    `chmod ${wish.mode.toString(8).padStart(5, '0')} -- ${word} || exit 1`,
  ]
  const lines =
    wish.isAsMade === true
      ? [`if ${make} 2>/dev/null; then`, ...attributes, `else ${orThere}; fi`]
      : [`${make} 2>/dev/null || ${orThere}`, ...attributes]
  return {
    summary: `create directory ${wish.path}`,
    script: lines.join('\n'),
    effects: [
      {
        kind: 'file',
        path: wish.path,
        state: newState('directory', wish, 4096),
        content: undefined,
      },
    ],
  }
}

export interface AttributeWish {
  readonly path: string
  readonly before: FileState
  readonly mode: number | undefined
  readonly ownership: Ownership | undefined
  /** Whether the path is a link whose target is meant. */
  readonly isFollowed: boolean
}

/** Sets owner and mode of what is there; owner first, because chown clears set-id bits. */
export function setAttributes(wish: AttributeWish): Change {
  const word = pathWord(wish.path)
  const lines: string[] = []
  if (wish.ownership !== undefined) {
    const flag = wish.isFollowed ? '' : '-h '
    lines.push(`chown ${flag}${ownerWord(wish.ownership)} -- ${word} || exit 1`)
  }
  if (wish.mode !== undefined && (wish.isFollowed || wish.before.type !== 'link')) {
    lines.push(`chmod ${wish.mode.toString(8).padStart(5, '0')} -- ${word} || exit 1`)
  }
  const state = {
    ...wish.before,
    ...wish.ownership,
    mode: wish.mode ?? wish.before.mode,
  }
  return {
    summary: `set attributes of ${wish.path}`,
    script: lines.join('\n') || ':',
    effects: [{ kind: 'file', path: wish.path, state, content: undefined }],
  }
}

export interface LinkWish extends Ownership {
  readonly path: string
  readonly target: string
  readonly isHard: boolean
  readonly identity: Identity
}

/** Makes a link beside the path and moves it into place. */
export function makeLink(wish: LinkWish): Change {
  const temporary = `${dirname(wish.path)}/.${basename(wish.path)}.cos-`
  const flag = wish.isHard ? '' : '-s '
  const words = `${flag}-- ${quoteWord(wish.target)} "$t"`
  return {
    summary: `link ${wish.path} to ${wish.target}`,
    script: [
      `t=${quoteWord(temporary)}$$`,
      `ln ${words} || exit 1`,
      ...ownershipLines('"$t"', wish, wish.identity),
      `mv -f -T -- "$t" ${pathWord(wish.path)} || { rm -f -- "$t"; exit 1; }`,
    ].join('\n'),
    effects: [
      {
        kind: 'file',
        path: wish.path,
        state: {
          ...newState(wish.isHard ? 'file' : 'link', { ...wish, mode: 0o777 }, wish.target.length),
          target: wish.isHard ? undefined : wish.target,
        },
        content: undefined,
      },
    ],
  }
}

export function removePath(path: string, isFolder: boolean): Change {
  return {
    summary: `remove ${path}`,
    script: `rm ${isFolder ? '-rf' : '-f'} -- ${pathWord(path)} || exit 1`,
    effects: [{ kind: 'absent', path }],
  }
}

function newState(
  type: FileState['type'],
  wish: Ownership & { mode: number },
  sizeBytes: number | Unknown,
): FileState {
  const later = new Unknown('set when the change is made', 'the host')
  return {
    type,
    mode: wish.mode,
    uid: wish.uid,
    gid: wish.gid,
    owner: wish.owner,
    group: wish.group,
    sizeBytes,
    accessTime: later,
    modifyTime: later,
    changeTime: later,
    inode: 0,
    links: type === 'directory' ? 2 : 1,
    device: 0,
    target: undefined,
  }
}

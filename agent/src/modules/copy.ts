// copy: files of the controller, or of the host itself, or a content given in the task.
import { createHash } from 'node:crypto'
import { basename, dirname, join, posix } from 'node:path'
import * as z from 'zod'
import type { Change } from '../host/change.ts'
import type { Host } from '../host/host.ts'
import { toPlain } from '../value/plain.ts'
import { str } from '../value/python.ts'
import { Unknown, type Value } from '../value/value.ts'
import { attributeParams, modeText } from './attributes.ts'
import { type ContentWish, contentOutcome, planContent, planParents, stage } from './content.ts'
import { type Diff, defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, mode, path, raw, text, unsafeWrites } from './params.ts'

const schema = z.object({
  dest: path().describe('the path on the host; a trailing slash means a folder'),
  src: text().optional().describe('a file or folder of the controller'),
  content: raw().optional().describe('the content itself, instead of src'),
  remote_src: bool().default(false).describe('src is on the host'),
  force: bool().default(true).describe('write where a file with another content stands'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
  validate: text().optional().describe('a command with %s that must accept the new file'),
  follow: bool().default(false).describe('write the target of a link, not the link'),
  local_follow: bool().default(true).describe('accepted; links below a source folder are followed'),
  directory_mode: mode().optional().describe('permission bits of folders that are made'),
  checksum: text().optional().describe('SHA-1 that src must have'),
  decrypt: bool().default(true).describe('write what is in a src that is a vault'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

type Params = z.output<typeof schema>

export const copy = defineModule({
  name: 'copy',
  summary: 'Copy files to the host, or write a content given in the task.',
  params: schema,
  aliases: { thirsty: 'force' },
  effect: 'changes',
  unknownParams: ['content'],
  returns: {
    dest: 'the path written',
    src: 'where the content came from',
    checksum: 'SHA-1 of the content',
    md5sum: 'MD5 of the content, when it was written',
    backup_file: 'name of the old file, with backup',
    mode: 'permission bits, as 0644',
    owner: 'name of its owner',
    group: 'name of its group',
    size: 'bytes',
    state: 'file',
  },
  examples: `- name: a message of the day
  copy:
    content: "welcome\\n"
    dest: /etc/motd
    mode: "0644"`,
  probe: async (params, context) => {
    if (params.content !== undefined) return planGivenContent(params, context)
    if (params.src === undefined) return { failure: 'src (or content) is required' }
    return params.remote_src
      ? planRemote(params, params.src, context)
      : planFromController(params, params.src, context)
  },
})

async function planGivenContent(params: Params, context: ModuleContext): Promise<Outcome> {
  if (params.src !== undefined) return { failure: 'src and content are mutually exclusive' }
  const content = params.content
  const data = content instanceof Unknown ? content : Buffer.from(contentText(content), 'utf8')
  if (params.dest.endsWith('/')) {
    return { failure: `a content needs a file as dest, not the folder ${params.dest}` }
  }
  return planOne(params, context, params.dest, data, 'content')
}

/** A structure is written as JSON, as Ansible does. */
function contentText(content: unknown): string {
  if (content === null) return ''
  if (typeof content === 'object') return pythonJson(toPlain(content as Value))
  return str(content as Value)
}

/** JSON with Python's separators: a space after each comma and colon. */
function pythonJson(plain: unknown): string {
  if (Array.isArray(plain)) return `[${plain.map(pythonJson).join(', ')}]`
  if (plain !== null && typeof plain === 'object') {
    const members = Object.entries(plain)
    return `{${members.map(([key, value]) => `${JSON.stringify(key)}: ${pythonJson(value)}`).join(', ')}}`
  }
  return JSON.stringify(plain)
}

async function planRemote(params: Params, src: string, context: ModuleContext): Promise<Outcome> {
  const { host } = context
  const state = known(await host.stat(src, { follow: true }))
  if (state === null) return { failure: `Source ${src} not found` }
  if (state.type === 'directory') return planRemoteFolder(params, src, context)
  const content = await host.read(src)
  const withMode = params.mode === 'preserve' ? { ...params, mode: modeText(state.mode) } : params
  const dest = await fileDestination(context, params.dest, src)
  return planOne(withMode, context, dest, content ?? Buffer.alloc(0), src)
}

async function planFromController(
  params: Params,
  src: string,
  context: ModuleContext,
): Promise<Outcome> {
  const { controller } = context
  const found = controller.findFile(src, 'files')
  if (controller.isFolder(found)) return planFolder(params, src, found, context)
  const content = controller.readFile(found, !params.decrypt)
  const digest = createHash('sha1').update(content).digest('hex')
  if (params.checksum !== undefined && params.checksum !== digest) {
    return { failure: `the checksum of ${found} is ${digest}, not ${params.checksum}` }
  }
  const withMode =
    params.mode === 'preserve' ? { ...params, mode: modeText(controller.fileMode(found)) } : params
  const dest = await fileDestination(context, params.dest, found)
  const above = params.dest.endsWith('/')
    ? await planParents(context, dirname(dest), { mode: params.directory_mode })
    : { changes: [] }
  if (above.failure !== undefined) return { failure: above.failure }
  const staged = await stage(context, above.changes)
  const outcome = await planOne(withMode, staged, dest, content, found)
  return { ...outcome, changes: [...above.changes, ...(outcome.changes ?? [])] }
}

interface SourceFile {
  /** Relative to the folder. */
  readonly name: string
  readonly source: string
  readonly content: Buffer
  readonly mode: number
}

/** Every file below a folder; with a trailing slash on src its content, else the folder itself. */
async function planFolder(
  params: Params,
  src: string,
  found: string,
  context: ModuleContext,
): Promise<Outcome> {
  const { controller } = context
  const files = controller.listFiles(found).map((name): SourceFile => {
    const source = join(found, name)
    const content = controller.readFile(source, !params.decrypt)
    return { name, source, content, mode: controller.fileMode(source) }
  })
  const root = src.endsWith('/') ? params.dest : posix.join(params.dest, basename(found))
  return planFiles(params, root, files, context, found)
}

/** The same for a folder of the host; new files get the modes of their sources. */
async function planRemoteFolder(
  params: Params,
  src: string,
  context: ModuleContext,
): Promise<Outcome> {
  const root = src.endsWith('/') ? params.dest : posix.join(params.dest, basename(src))
  const files = await remoteFiles(context.host, src.replace(/\/+$/, ''), '')
  const withMode = params.mode === undefined ? { ...params, mode: 'preserve' } : params
  return planFiles(withMode, root, files, context, src)
}

async function remoteFiles(host: Host, root: string, below: string): Promise<SourceFile[]> {
  const names = known(await host.list(posix.join(root, below)))
  const found: SourceFile[] = []
  for (const entry of names) {
    const name = posix.join(below, entry)
    const source = posix.join(root, name)
    const state = known(await host.stat(source, { follow: true }))
    if (state?.type === 'directory') found.push(...(await remoteFiles(host, root, name)))
    const content = state?.type === 'file' ? known(await host.read(source)) : null
    if (content !== null && state !== null) found.push({ name, source, content, mode: state.mode })
  }
  return found
}

async function planFiles(
  params: Params,
  root: string,
  files: readonly SourceFile[],
  context: ModuleContext,
  src: string,
): Promise<Outcome> {
  const changes: Change[] = []
  const diffs: Diff[] = []
  let staged = context
  const folderMode = { owner: params.owner, group: params.group, mode: params.directory_mode }
  for (const { name, source, content, mode: bits } of files) {
    const dest = posix.join(root, name)
    const above = await planParents(staged, dirname(dest), folderMode)
    if (above.failure !== undefined) return { failure: above.failure }
    staged = await stage(staged, above.changes)
    const wish = { ...params, mode: params.mode === 'preserve' ? modeText(bits) : params.mode }
    const outcome = await planOne(wish, staged, dest, content, source)
    if (outcome.failure !== undefined) return outcome
    changes.push(...above.changes, ...(outcome.changes ?? []))
    diffs.push(...(outcome.diffs ?? []))
  }
  return { changes, diffs, result: { dest: params.dest, src } }
}

/** A destination that is a folder means the file of the source's name in it. */
async function fileDestination(context: ModuleContext, dest: string, src: string): Promise<string> {
  if (dest.endsWith('/')) return posix.join(dest, basename(src))
  const state = await context.host.stat(dest, { follow: true })
  if (state instanceof Unknown || state?.type !== 'directory') return dest
  return posix.join(dest, basename(src))
}

async function planOne(
  params: Params,
  context: ModuleContext,
  dest: string,
  content: Buffer | Unknown,
  source: string,
): Promise<Outcome> {
  const wish: ContentWish = {
    path: dest,
    content,
    source,
    hasBackup: params.backup,
    validate: params.validate,
    isFollowed: params.follow,
    isForced: params.force,
    mode: params.mode,
    owner: params.owner,
    group: params.group,
  }
  return contentOutcome(wish, await planContent(context, wish))
}

// unarchive: what an archive of the controller or of the host holds, unpacked into a folder. The
// members are compared with what is there, so that a second run unpacks nothing.
import { posix } from 'node:path'
import * as z from 'zod'
import type { Effect } from '../host/change.ts'
import { setAttributes } from '../host/files.ts'
import type { ExecResult } from '../host/host.ts'
import { pathWord, quoteWord } from '../host/quote.ts'
import { splitWords } from '../host/words.ts'
import { Unknown } from '../value/value.ts'
import {
  type Archive,
  type ArchiveWish,
  archiveOf,
  compareScript,
  listScript,
  MAGIC_BYTES,
  membersOf,
  unpackScript,
} from './archive.ts'
import { attributeFields, attributeParams, planAttributes } from './attributes.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, path, text, words } from './params.ts'

const schema = z.object({
  src: text().describe('the archive: a file of the controller, or of the host with remote_src'),
  dest: path().describe('the folder on the host to unpack into; it must be there'),
  remote_src: bool().default(false).describe('src is on the host'),
  copy: bool().optional().describe('the opposite of remote_src, for old playbooks'),
  creates: path().optional().describe('nothing is done when this is there'),
  exclude: words().default([]).describe('members that are left out'),
  include: words().default([]).describe('the only members that are unpacked'),
  extra_opts: words().default([]).describe('further options for tar or unzip'),
  keep_newer: bool().default(false).describe('keep files that are newer than those of the archive'),
  list_files: bool().default(false).describe('tell the members'),
  decrypt: bool().default(true).describe('accepted for playbooks that set it'),
  validate_certs: bool().default(true).describe('accepted; an address as src is refused'),
  io_buffer_size: text().optional().describe('accepted; the programs have their own'),
  unsafe_writes: bool().default(false).describe('accepted; tar and unzip write as they do'),
  ...attributeParams,
})

type Params = z.output<typeof schema>

/** A larger archive of the controller is not sent to be compared in check mode. */
const CHECKED_BYTES_MAX = 8 * 1024 * 1024

/** Members of which check mode looks whether this run has planned something. */
const LOOKED_AT_MAX = 2000

export const unarchive = defineModule({
  name: 'unarchive',
  summary: 'Unpack an archive into a folder of the host.',
  params: schema,
  effect: 'changes',
  returns: {
    dest: 'the folder',
    src: 'the archive',
    handler: 'TgzArchive, TarArchive, TarBzipArchive, TarXzArchive, TarZstdArchive or ZipArchive',
    files: 'the members, with list_files',
    extract_results: 'what tar or unzip said: cmd, rc, out, err',
    owner: 'of the folder; so are group, mode, uid, gid, size and state',
  },
  examples: `- unarchive:
    src: tool-1.2.tar.gz
    dest: /opt
    owner: root
    group: root`,
  notes: ['The host needs GNU tar, or unzip for zip files, and the program that unpacks.'],
  probe: async (params, context) => {
    const { host } = context
    if (params.include.length > 0 && params.exclude.length > 0) {
      return { failure: 'include and exclude are mutually exclusive' }
    }
    if (params.creates !== undefined && known(await host.stat(params.creates)) !== null) {
      return { skipReason: `skipped, since ${params.creates} exists` }
    }
    const isRemote = params.copy === undefined ? params.remote_src : !params.copy
    if (/^(https?|ftp):\/\//.test(params.src)) {
      return { failure: `src cannot be an address: fetch ${params.src} by get_url first` }
    }
    const dest = known(await host.stat(params.dest, { follow: true }))
    if (dest?.type !== 'directory') {
      return { failure: `dest '${params.dest}' must be an existing dir` }
    }
    const source = isRemote
      ? await remoteHead(context, params.src)
      : ownContent(context, params.src)
    if (source === undefined) return { failure: `Source '${params.src}' does not exist` }
    const archive = archiveOf(source.head)
    if (archive === undefined) {
      return { failure: `${params.src} is no archive of tar or zip that is known` }
    }
    const { uid } = await host.identity()
    const wish = wishOf(
      params,
      archive,
      source.content === undefined ? pathWord(params.src) : '',
      uid,
    )
    const common = { dest: params.dest, src: params.src, handler: archive.handler }
    const situation = { params, context, wish, content: source.content }
    const result = { ...common, ...attributeFields(dest) }
    return host.isOverlay ? predict(situation, result) : unpack(situation, result)
  },
})

interface Situation {
  readonly params: Params
  readonly context: ModuleContext
  readonly wish: ArchiveWish
  /** Of the controller; undefined for an archive of the host. */
  readonly content: Buffer | undefined
}

interface Source {
  readonly head: Buffer
  readonly content: Buffer | undefined
}

async function remoteHead({ host }: ModuleContext, src: string): Promise<Source | undefined> {
  const state = known(await host.stat(src, { follow: true }))
  if (state === null) return undefined
  if (host.isOverlay) {
    // A planned archive has no content on the machine; one that is known may be small or large.
    const size = known(state.sizeBytes)
    if (size <= CHECKED_BYTES_MAX) {
      const content = known(await host.read(src)) ?? Buffer.alloc(0)
      return { head: content, content: state.inode === 0 ? content : undefined }
    }
  }
  const answer = await host.ask(`LC_ALL=C head -c ${MAGIC_BYTES} < ${pathWord(src)}`)
  return { head: answer.stdout, content: undefined }
}

function ownContent({ controller }: ModuleContext, src: string): Source {
  const content = controller.readFile(controller.findFile(src, 'files'))
  return { head: content, content }
}

function wishOf(params: Params, archive: Archive, source: string, uid: number): ArchiveWish {
  const ignored: ('Uid' | 'Gid' | 'Mode')[] = []
  if (uid !== 0 || params.owner !== undefined) ignored.push('Uid')
  if (uid !== 0 || params.group !== undefined) ignored.push('Gid')
  if (params.mode !== undefined) ignored.push('Mode')
  return {
    archive,
    source: source === '' ? '"$cos_upload"' : source,
    dest: params.dest,
    include: params.include,
    exclude: params.exclude,
    extraOptions: params.extra_opts,
    isNewerKept: params.keep_newer,
    ignored,
  }
}

/** Compares, unpacks when something differs, and lists, all in one go. */
function unpack(
  { params, context, wish, content }: Situation,
  result: Record<string, unknown>,
): Outcome {
  const { program } = wish.archive
  const script = [
    `command -v ${program} >/dev/null || { echo "the host needs ${program}: install it first" >&2; exit 1; }`,
    `export LC_ALL=C; d=$(${compareScript(wish)})`,
    `if [ -z "$d" ]; then echo same; else ${unpackScript(wish)} >/dev/null || exit 1; echo new; fi`,
    `${listScript(wish)} || :`,
  ].join('\n')
  const cmd = splitWords(unpackScript(wish))
  return {
    changes: [
      {
        summary: `unpack ${params.src} into ${params.dest}`,
        script,
        ...(content === undefined ? {} : { upload: content }),
        effects: [],
      },
    ],
    result,
    finish: async ([ran]) => {
      const { isNew, members } = readList(ran, wish.archive)
      const done = await setMembers(params, context, members)
      return {
        isChanged: isNew || done.isChanged,
        result: {
          ...(isNew ? { extract_results: { cmd, rc: 0, out: '', err: '' } } : {}),
          ...(params.list_files ? { files: members } : {}),
          ...(await folderFields(context, params.dest)),
        },
      }
    },
  }
}

function readList(ran: ExecResult | undefined, archive: Archive) {
  const said = ran?.stdout.toString('utf8') ?? ''
  const end = said.indexOf('\n')
  return {
    isNew: said.slice(0, Math.max(end, 0)) === 'new',
    members: membersOf(said.slice(end + 1), archive),
  }
}

async function folderFields({ host }: ModuleContext, folder: string) {
  const state = known(await host.stat(folder, { follow: true }))
  return state === null ? {} : attributeFields(state)
}

/** Owner, group and mode of all members, where they are not as wanted. */
async function setMembers(
  params: Params,
  { host }: ModuleContext,
  members: readonly string[],
): Promise<{ isChanged: boolean }> {
  const { owner, group, mode } = params
  if (owner === undefined && group === undefined && mode === undefined) return { isChanged: false }
  let isChanged = false
  for (const name of members) {
    const file = posix.join(params.dest, name).replace(/(?<=.)\/$/, '')
    const state = known(await host.stat(file))
    if (state === null) continue
    const { wish } = await planAttributes(host, file, state, { owner, group, mode }, false)
    if (wish === undefined) continue
    await host.apply(setAttributes(wish))
    isChanged = true
  }
  return { isChanged }
}

/** The same comparison as a question; the archive of the controller comes with it. */
async function predict(
  { params, context, wish, content }: Situation,
  result: Record<string, unknown>,
): Promise<Outcome> {
  const { host } = context
  const isZip = wish.archive.program === 'unzip'
  if (content !== undefined && (isZip || content.length > CHECKED_BYTES_MAX)) {
    const what = isZip ? 'a zip file' : 'a large archive'
    return { isChanged: new Unknown(`${what} is compared when it is on the host`, host.name) }
  }
  const piped = content === undefined ? wish : { ...wish, source: '-' }
  const prefix = content === undefined ? '' : 'printf %s "$b" | base64 -d | '
  const answer = await host.ask(
    [
      '( export LC_ALL=C',
      ...(content === undefined ? [] : [`b=${quoteWord(content.toString('base64'))}`]),
      `d=$(${compareScript(piped, prefix)})`,
      'if [ -z "$d" ]; then echo same; else echo new; fi',
      `${listScript(piped, prefix)} )`,
    ].join('\n'),
  )
  if (answer.rc !== 0) {
    const said = answer.stderr.toString('utf8').trim()
    return { isChanged: new Unknown(`the archive cannot be read now: ${said}`, host.name) }
  }
  const { isNew, members } = readList(answer, wish.archive)
  const paths = members.map((name) => posix.join(params.dest, name).replace(/(?<=.)\/$/, ''))
  const isMissing = !isNew && (await isAnyMissing(context, paths))
  const files = params.list_files ? { files: members } : {}
  if (!isNew && !isMissing) return withAttributes(params, context, paths, { ...result, ...files })
  const reason = new Unknown(`unpacked from ${params.src}`, host.name)
  const effects: Effect[] = [{ kind: 'taint', words: paths, reason }]
  return {
    changes: [{ summary: `unpack ${params.src} into ${params.dest}`, script: 'exit 1', effects }],
    result: { ...result, ...files },
  }
}

async function isAnyMissing({ host }: ModuleContext, paths: readonly string[]): Promise<boolean> {
  const states = await Promise.all(paths.slice(0, LOOKED_AT_MAX).map((file) => host.stat(file)))
  return states.some((state) => known(state) === null)
}

async function withAttributes(
  params: Params,
  { host }: ModuleContext,
  paths: readonly string[],
  result: Record<string, unknown>,
): Promise<Outcome> {
  const { owner, group, mode } = params
  const changes = []
  for (const file of paths) {
    const state = known(await host.stat(file))
    if (state === null) continue
    const { wish } = await planAttributes(host, file, state, { owner, group, mode }, false)
    if (wish !== undefined) changes.push(setAttributes(wish))
  }
  return { changes, result }
}

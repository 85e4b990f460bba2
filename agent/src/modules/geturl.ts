// get_url: a file of the host with the content of an address. The host fetches it, in check mode
// too, where the content is looked at and thrown away.
import { posix } from 'node:path'
import * as z from 'zod'
import type { Algorithm, FileState, Host } from '../host/host.ts'
import { Unknown } from '../value/value.ts'
import { attributeFields, attributeParams } from './attributes.ts'
import { contentOutcome, planContent } from './content.ts'
import { linesOf } from './editing.ts'
import { exchange, type HttpAnswer } from './http.ts'
import { answerWords, checkUrl, httpParams, requestOf } from './httpparams.ts'
import { defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, path, text, unsafeWrites } from './params.ts'

const schema = z.object({
  ...httpParams,
  dest: path().describe('the file on the host, or a folder to put it into'),
  checksum: text().optional().describe('ALGORITHM:DIGEST, or ALGORITHM:ADDRESS of a list of them'),
  backup: bool().default(false).describe('keep the old file beside the new one'),
  tmp_dest: path().optional().describe('the folder that the file lies in until it is complete'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

type Params = z.output<typeof schema>

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const

/** A download may take hours; `timeout:` of the task ends it before. */
const DOWNLOAD_LIMIT_MS = 6 * 3600 * 1000

export const getUrl = defineModule({
  name: 'get_url',
  summary: 'Fetch a file from an address to the host.',
  params: schema,
  aliases: { username: 'url_username', password: 'url_password', thirsty: 'force' },
  effect: 'runs',
  returns: {
    dest: 'the file',
    url: 'the address that answered',
    status_code: 'status of the answer',
    msg: 'the words of the answer',
    checksum_src: 'SHA-1 of what was fetched',
    checksum_dest: 'SHA-1 of what stood there before',
    md5sum: 'MD5 of what was fetched',
    elapsed: 'seconds that it took',
    backup_file: 'name of the old file, with backup',
    size: 'bytes',
    mode: 'permission bits, as 0644',
  },
  examples: `- get_url:
    url: https://example.org/tool.tar.gz
    dest: /opt/tool.tar.gz
    checksum: sha256:https://example.org/SHA256SUMS`,
  notes: [
    'The host needs curl, wget or python3. Neither the address nor a password is among the ' +
      'arguments of a program.',
    'A content whose checksum is another leaves the old file as it is.',
  ],
  probe: async (params, context) => {
    const refused = checkUrl(params.url)
    if (refused !== undefined) return { failure: refused, result: { url: params.url } }
    const { host } = context
    const state = known(await host.stat(params.dest, { follow: true }))
    const isFolder = state?.type === 'directory'
    const wanted = await wantedDigest(params, context)
    if (!('algorithm' in wanted)) return wanted
    if (state !== null && !isFolder && !params.force) {
      if (wanted.digest !== undefined && (await hasDigest(host, params.dest, wanted))) {
        return keep(params, context, state)
      }
    }
    if (state === null) {
      const parent = known(await host.stat(posix.dirname(params.dest), { follow: true }))
      if (parent === null) {
        return { failure: `Destination ${posix.dirname(params.dest)} does not exist` }
      }
    }
    return download(params, context, { isFolder, wanted, state })
  },
})

interface Digest {
  readonly algorithm: Algorithm
  /** Undefined when any content will do. */
  readonly digest: string | undefined
}

async function hasDigest(host: Host, file: string, { algorithm, digest }: Digest) {
  return known(await host.checksum(file, algorithm)) === digest
}

async function wantedDigest(params: Params, context: ModuleContext): Promise<Digest | Outcome> {
  if (params.checksum === undefined || params.checksum === '') {
    return { algorithm: 'sha1', digest: undefined }
  }
  const [, name, value = ''] = /^(\w+):(.*)$/s.exec(params.checksum.trim()) ?? []
  const algorithm = ALGORITHMS.find((known) => known === name?.toLowerCase())
  if (algorithm === undefined) {
    return { failure: `checksum is ALGORITHM:DIGEST, with one of ${ALGORITHMS.join(', ')}` }
  }
  if (!/^https?:/.test(value)) {
    const digest = value.replaceAll(/\W+/g, '').toLowerCase()
    if (/^[0-9a-f]+$/.test(digest)) return { algorithm, digest }
    return { failure: 'the digest of checksum is a hexadecimal number' }
  }
  const request = { ...requestOf({ ...params, url: value }), isTold: true }
  const answer = await fetchFrom(context, request)
  if (answer.status !== 200) return refusedOutcome(params, context, answer)
  const digest = digestInList(answer.body.toString('utf8'), nameOf(params.url))
  if (digest === undefined) {
    return { failure: `Unable to find a checksum for file '${nameOf(params.url)}' in '${value}'` }
  }
  return { algorithm, digest }
}

/** A list has a digest and a name in each line; a digest alone is that of the file. */
function digestInList(list: string, name: string): string | undefined {
  const rows = linesOf(list).map((line) => line.trim().split(/\s+/))
  if (rows.length === 1 && rows[0]?.length === 1) return rows[0][0]?.toLowerCase()
  const row = rows.find(([, file]) => file?.replace(/^[*.]?\/*/, '') === name)
  return row?.[0]?.toLowerCase()
}

function nameOf(url: string): string {
  const name = posix.basename(new URL(url).pathname)
  return name === '' ? 'index.html' : name
}

async function fetchFrom(
  { host, environment }: ModuleContext,
  request: Parameters<typeof exchange>[1],
  unredirected: readonly string[] = [],
): Promise<HttpAnswer> {
  const send = (script: string) => host.ask(script, DOWNLOAD_LIMIT_MS)
  const answer = await exchange(send, request, { follow: 'urllib2', environment, unredirected })
  if (answer === undefined) throw new Error('a question is always answered')
  return answer
}

async function keep(params: Params, context: ModuleContext, state: FileState): Promise<Outcome> {
  const wish = {
    ...params,
    path: params.dest,
    content: Buffer.alloc(0),
    source: params.url,
    hasBackup: false,
    validate: undefined,
    isFollowed: true,
    isForced: false,
  }
  const plan = await planContent(context, wish)
  const isOff = plan.changes.length > 0
  return {
    changes: plan.changes,
    diffs: plan.diffs,
    result: {
      ...attributeFields(plan.changes.length > 0 ? plan.after : state),
      dest: params.dest,
      url: params.url,
      msg: `file already exists${isOff ? ' but file attributes changed' : ''}`,
      elapsed: 0,
    },
  }
}

interface Situation {
  readonly isFolder: boolean
  readonly wanted: Digest
  readonly state: FileState | null
}

async function download(
  params: Params,
  context: ModuleContext,
  { isFolder, wanted, state }: Situation,
): Promise<Outcome> {
  const { host } = context
  const before = isFolder ? null : known(await host.checksum(params.dest, 'sha1'))
  const folder = params.tmp_dest ?? (isFolder ? params.dest : posix.dirname(params.dest))
  const plain = requestOf(params)
  const isConditional = before !== null && !params.force && wanted.digest === undefined
  const since = isConditional && state !== null ? [ifModified(state)] : []
  const request = {
    ...plain,
    headers: [...plain.headers, ...since],
    algorithm: wanted.algorithm,
    ...(host.isOverlay ? {} : { keepIn: folder }),
    ...(before === null ? {} : { unlessSha1: before }),
  }
  const answer = await fetchFrom(context, request, params.unredirected_headers)
  if (answer.status === 304 && state !== null) {
    const kept = await keep(params, context, state)
    const msg = `HTTP Error 304: ${answer.reason}`
    return dropping(context, answer, {
      ...kept,
      result: { ...kept.result, status_code: 304, msg, elapsed: answer.elapsedSeconds },
    })
  }
  if (answer.status !== 200)
    return dropping(context, answer, refusedOutcome(params, context, answer))
  if (wanted.digest !== undefined && wanted.digest !== answer.digest) {
    const words = `did not match ${wanted.digest}; it was ${answer.digest}.`
    const failure = `The checksum for ${params.dest} ${words}`
    return dropping(context, answer, { failure, result: { dest: params.dest, url: params.url } })
  }
  const file = isFolder ? posix.join(params.dest, givenName(answer)) : params.dest
  const wish = {
    ...params,
    path: file,
    content: {
      path: answer.keptAt,
      sha1: answer.sha1,
      md5: answer.md5,
      sizeBytes: answer.sizeBytes,
    },
    source: params.url,
    hasBackup: params.backup,
    validate: undefined,
    isFollowed: true,
    isForced: true,
  }
  const plan = await planContent(context, wish)
  const there = isFolder ? known(await host.checksum(file, 'sha1')) : before
  const outcome = contentOutcome(wish, plan, {
    dest: file,
    url: params.url,
    status_code: answer.status,
    msg: answerWords(answer.reason, answer.headers.get('content-length')),
    checksum_src: answer.sha1,
    checksum_dest: there,
    md5sum: answer.md5,
    elapsed: answer.elapsedSeconds,
    size: answer.sizeBytes,
  })
  if (plan.isContentChanged && plan.failure === undefined) return outcome
  return dropping(context, answer, outcome)
}

/** Without force only what is newer than the file is fetched. */
function ifModified(state: FileState): readonly [string, string] {
  return ['If-Modified-Since', new Date(known(state.modifyTime) * 1000).toUTCString()]
}

/** What was kept and is not wanted is removed again. */
async function dropping(
  { host }: ModuleContext,
  { keptAt }: HttpAnswer,
  outcome: Outcome,
): Promise<Outcome> {
  if (keptAt !== '') {
    await host.apply({ summary: `remove ${keptAt}`, script: removal(keptAt), effects: [] })
  }
  return outcome
}

function removal(file: string): string {
  return `rm -f -- '${file.replaceAll("'", `'\\''`)}'`
}

/** The server's own name for the file, without the folders that it may put before. */
function givenName(answer: HttpAnswer): string {
  const disposition = answer.headers.get('content-disposition') ?? ''
  const named = /filename="?([^";]+)"?/i.exec(disposition)?.[1]
  const name = posix.basename((named ?? nameOf(answer.url)).replaceAll('\\', '/'))
  return name === '' || name === '.' || name === '..' ? 'index.html' : name
}

/** In check mode a server that an earlier task would start does not answer yet. */
function refusedOutcome(params: Params, { host }: ModuleContext, answer: HttpAnswer): Outcome {
  const response =
    answer.status < 0
      ? `Request failed: ${answer.error}`
      : `HTTP Error ${answer.status}: ${answer.reason}`
  if (host.isOverlay) {
    return { isChanged: new Unknown(`${params.url} cannot be fetched now: ${response}`, host.name) }
  }
  return {
    failure: 'Request failed',
    result: {
      dest: params.dest,
      url: params.url,
      status_code: answer.status,
      response,
      elapsed: answer.elapsedSeconds,
    },
  }
}

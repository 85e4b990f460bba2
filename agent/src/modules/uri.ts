// uri: a request to a web server and its answer. Check mode sends none, so its result is unknown.
import { posix } from 'node:path'
import * as z from 'zod'
import type { ExecRequest, ExecResult } from '../host/host.ts'
import { quoteWord } from '../host/quote.ts'
import { fromJson, toJson } from '../template/filters/data.ts'
import { str } from '../value/python.ts'
import { Unknown, type Value } from '../value/value.ts'
import { attributeParams } from './attributes.ts'
import { contentOutcome, planContent } from './content.ts'
import { exchange, type Follow, type HttpAnswer } from './http.ts'
import { answerWords, checkUrl, httpParams, requestOf } from './httpparams.ts'
import type { HttpRequest } from './httpscript.ts'
import { type Completion, defineModule, known, type ModuleContext, type Outcome } from './module.ts'
import { bool, choice, path, raw, text, unsafeWrites, words } from './params.ts'

const schema = z.object({
  ...httpParams,
  method: text().default('GET').describe('GET, POST, PUT, ...'),
  body: raw().optional().describe('the body: a text, or a structure with body_format'),
  body_format: choice(['raw', 'json', 'form-urlencoded'])
    .default('raw')
    .describe('how a structure is written'),
  src: text().optional().describe('a file of the controller that is the body'),
  remote_src: bool().default(false).describe('src is on the host'),
  status_code: words().default(['200']).describe('the statuses that are a success'),
  return_content: bool().default(false).describe('tell the content'),
  follow_redirects: choice(['safe', 'all', 'none', 'urllib2', 'yes', 'no'])
    .default('safe')
    .describe('which redirects are followed; safe: those of GET and HEAD'),
  dest: path().optional().describe('a file or folder of the host to keep the content in'),
  creates: path().optional().describe('nothing is sent when this is there'),
  removes: path().optional().describe('nothing is sent unless this is there'),
  unix_socket: path().optional().describe('the socket of a server on the host; needs curl'),
  unsafe_writes: unsafeWrites(),
  ...attributeParams,
})

type Params = z.output<typeof schema>

const JSON_STYLE = { indent: undefined, item: ', ', key: ': ', sort: false, ascii: true }

export const uri = defineModule({
  name: 'uri',
  summary: 'Send a request to a web server.',
  params: schema,
  aliases: { user: 'url_username', password: 'url_password' },
  effect: 'runs',
  returns: {
    status: 'status of the answer; -1 without one',
    url: 'the address that answered',
    msg: 'the words of the answer',
    redirected: 'whether that is another than was asked',
    content: 'the content, with return_content',
    json: 'the content as a value, when it is JSON',
    cookies: 'cookies by name',
    cookies_string: 'the same as a header has them',
    elapsed: 'seconds that it took',
    path: 'where the content was kept, with dest',
    content_type: 'and all other headers, in lower case with underscores',
  },
  examples: `- uri:
    url: http://localhost:8080/health
    return_content: true
  register: health
  until: health.status == 200
  retries: 10
  delay: 1`,
  notes: [
    'The host needs curl, wget or python3. Neither the address nor the body nor a password is ' +
      'among the arguments of a program.',
    'A redirect to another server gets neither password nor cookies.',
  ],
  probe: async (params, context) => {
    const refused = refuse(params)
    if (refused !== undefined) return { failure: refused, result: { url: params.url } }
    const decided = await decide(params, context)
    if (decided !== undefined) return decided
    const body = await bodyOf(params, context)
    if (body instanceof Unknown) return { isChanged: body }
    if (typeof body === 'string') return { failure: body }
    const request = await withDestination(params, context, complete(params, body))
    const options = {
      follow: followOf(params),
      environment: context.environment,
      unredirected: params.unredirected_headers,
    }
    let first: string | undefined
    // The first script is what the runner runs; the rest of the exchange begins with its answer.
    await exchange(
      (script) => {
        first = script
        return Promise.resolve(undefined)
      },
      request,
      options,
    )
    return {
      run: shellOf(first ?? ''),
      isChanged: false,
      finish: async ([ran]) => {
        const waiting = ran === undefined ? [] : [ran]
        const send = (script: string) => waiting.pop() ?? runNow(context, script)
        const answer = await exchange(async (script) => send(script), request, options)
        if (answer === undefined) return { failure: 'the redirect was not followed' }
        return judge(params, context, answer)
      },
    }
  },
})

/** The script comes by standard input: no other user of the host sees it. */
function shellOf(script: string): ExecRequest {
  return { argv: ['/bin/sh', '-s'], stdin: script }
}

async function runNow({ host }: ModuleContext, script: string): Promise<ExecResult | undefined> {
  const ran = await host.exec(shellOf(script))
  return ran instanceof Unknown ? undefined : ran
}

function refuse(params: Params): string | undefined {
  if (!/^[A-Za-z]+$/.test(params.method)) return 'method holds only letters'
  if (params.body !== undefined && params.src !== undefined)
    return 'body and src exclude each other'
  const wrong = params.status_code.find((code) => !/^\d+$/.test(code))
  if (wrong !== undefined) return `status_code is a list of numbers; ${wrong} is none`
  return checkUrl(params.url)
}

function followOf({ follow_redirects: follow }: Params): Follow {
  if (follow === 'yes') return 'all'
  return follow === 'no' ? 'none' : follow
}

function skip(file: string, state: string): Outcome {
  const msg = `skipped, since '${file}' ${state}`
  return { isChanged: false, result: { stdout: msg, stdout_lines: [msg], msg } }
}

async function decide(params: Params, { host }: ModuleContext): Promise<Outcome | undefined> {
  if (params.creates !== undefined) {
    const state = known(await host.stat(params.creates))
    if (state !== null) return skip(params.creates, 'exists')
  }
  if (params.removes !== undefined) {
    const state = known(await host.stat(params.removes))
    if (state === null) return skip(params.removes, 'does not exist')
  }
  return undefined
}

/** The bytes to send, or the words of a mistake. */
async function bodyOf(
  params: Params,
  { controller, host }: ModuleContext,
): Promise<Buffer | undefined | string | Unknown> {
  if (params.src !== undefined) {
    if (!params.remote_src) return controller.readFile(controller.findFile(params.src, 'files'))
    const content = await host.read(params.src)
    return content ?? `there is no file ${params.src} on the host`
  }
  const body = params.body as Value | undefined
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string') return Buffer.from(body, 'utf8')
  if (params.body_format === 'json') return Buffer.from(toJson(body, JSON_STYLE), 'utf8')
  if (params.body_format === 'form-urlencoded') {
    const pairs = pairsOf(body)
    return pairs === undefined
      ? 'a form is a dict, or a list of pairs'
      : Buffer.from(new URLSearchParams(pairs).toString(), 'latin1')
  }
  return 'a body that is no text needs body_format json or form-urlencoded'
}

/** A list among the values gives its name several times. */
function pairsOf(body: Value): [string, string][] | undefined {
  const rows = body instanceof Map ? [...body] : body
  if (!Array.isArray(rows)) return undefined
  const pairs: [string, string][] = []
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== 2) return undefined
    const [name, value] = row as [Value, Value]
    for (const one of Array.isArray(value) ? value : [value]) pairs.push([str(name), str(one)])
  }
  return pairs
}

function complete(params: Params, body: Buffer | undefined): HttpRequest {
  const base = requestOf(params)
  const types = { raw: undefined, json: 'application/json' } as const
  const type =
    params.body_format === 'form-urlencoded'
      ? 'application/x-www-form-urlencoded'
      : (types[params.body_format] ?? 'application/x-www-form-urlencoded')
  const has = base.headers.some(([name]) => name.toLowerCase() === 'content-type')
  const isTyped = has || (body === undefined && params.body_format === 'raw')
  return {
    ...base,
    method: params.method.toUpperCase(),
    headers: isTyped ? base.headers : [...base.headers, ['Content-Type', type]],
    body,
    unixSocket: params.unix_socket,
    isTold: true,
  }
}

async function withDestination(
  params: Params,
  { host }: ModuleContext,
  request: HttpRequest,
): Promise<HttpRequest> {
  if (params.dest === undefined) return request
  const state = known(await host.stat(params.dest, { follow: true }))
  const isFolder = state?.type === 'directory'
  const folder = isFolder ? params.dest : posix.dirname(params.dest)
  if (isFolder || state === null || params.force) return { ...request, keepIn: folder }
  const since = new Date(known(state.modifyTime) * 1000).toUTCString()
  return { ...request, keepIn: folder, headers: [...request.headers, ['If-Modified-Since', since]] }
}

async function judge(
  params: Params,
  context: ModuleContext,
  answer: HttpAnswer,
): Promise<Completion> {
  const isNew = answer.status !== 304 || params.dest === undefined
  const isWanted = params.status_code.includes(String(answer.status)) || !isNew
  const result = fieldsOf(params, answer)
  if (isWanted && params.dest !== undefined && answer.keptAt !== '' && isNew) {
    return withFile(params, context, answer, result)
  }
  if (answer.keptAt !== '') await remove(context, answer.keptAt)
  if (isWanted) return { result }
  const said = String(result['msg'])
  const wanted = `[${params.status_code.join(', ')}]`
  return { result, failure: `Status code was ${answer.status} and not ${wanted}: ${said}` }
}

function fieldsOf(params: Params, answer: HttpAnswer): Record<string, unknown> {
  const headers = [...answer.headers].map(([name, value]) => [name.replaceAll('-', '_'), value])
  const type = answer.headers.get('content-type') ?? ''
  const content = answer.body.toString(/iso-8859-1|latin-?1/i.test(type) ? 'latin1' : 'utf8')
  const location = answer.headers.get('location')
  const ok = answerWords(answer.reason, answer.headers.get('content-length'))
  const said =
    answer.status < 0
      ? `Request failed: ${answer.error}`
      : answer.status >= 300
        ? `HTTP Error ${answer.status}: ${answer.reason}`
        : ok
  return {
    ...Object.fromEntries(headers as [string, string][]),
    ...(location === undefined || !URL.canParse(location, answer.url)
      ? {}
      : { location: new URL(location, answer.url).href }),
    ...(answer.status < 0
      ? {}
      : {
          cookies: Object.fromEntries(answer.cookies),
          cookies_string: [...answer.cookies].map(([name, v]) => `${name}=${v}`).join('; '),
        }),
    ...jsonOf(type, content),
    ...(params.return_content ? { content } : {}),
    status: answer.status,
    url: answer.url,
    msg: said,
    redirected: answer.url !== params.url,
    elapsed: answer.elapsedSeconds,
  }
}

function jsonOf(type: string, content: string): Record<string, unknown> {
  const kind = type.split(';')[0]?.split('/')[1] ?? ''
  if (!/json|javascript/.test(kind)) return {}
  try {
    return { json: fromJson(content) }
  } catch {
    return {}
  }
}

async function withFile(
  params: Params,
  context: ModuleContext,
  answer: HttpAnswer,
  result: Record<string, unknown>,
): Promise<Completion> {
  const { host } = context
  const dest = params.dest ?? ''
  const state = known(await host.stat(dest, { follow: true }))
  const last = posix.basename(new URL(answer.url).pathname)
  const file = state?.type === 'directory' ? posix.join(dest, last || 'index.html') : dest
  const { keptAt, sha1, md5, sizeBytes } = answer
  const wish = {
    ...params,
    path: file,
    content: { path: keptAt, sha1, md5, sizeBytes },
    source: params.url,
    hasBackup: false,
    validate: undefined,
    isFollowed: true,
    isForced: true,
  }
  const plan = await planContent(context, wish)
  for (const change of plan.changes) await host.apply(change)
  if (!plan.isContentChanged) await remove(context, keptAt)
  const outcome = contentOutcome(wish, plan)
  const { failure } = outcome
  const { src: _, dest: __, md5sum: ___, checksum: ____, ...attributes } = outcome.result ?? {}
  return {
    ...(failure === undefined ? {} : { failure }),
    isChanged: plan.changes.length > 0,
    result: { ...attributes, ...result, path: file },
  }
}

async function remove({ host }: ModuleContext, file: string): Promise<void> {
  const script = `rm -f -- ${quoteWord(file)}`
  await host.apply({ summary: `remove ${file}`, script, effects: [] })
}

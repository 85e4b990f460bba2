// HTTP from the host: an exchange, redirects by the rule that a task chooses, and the answer as
// data. Every hop is a request of its own, so that all clients follow alike. Not here: the clients
// (httpscript.ts), and what a module makes of the answer.
import type { ExecResult } from '../host/host.ts'
import { type HttpRequest, requestScript } from './httpscript.ts'

export interface HttpAnswer {
  /** 0 when the server was reached. */
  readonly rc: number
  readonly error: string
  /** -1 without an answer. */
  readonly status: number
  readonly reason: string
  /** Lower-case names; values of the same name joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly cookies: ReadonlyMap<string, string>
  readonly elapsedSeconds: number
  readonly sizeBytes: number
  readonly sha1: string
  readonly md5: string
  /** In the algorithm that was asked for. */
  readonly digest: string
  /** Where the content was kept on the host; empty when it was not. */
  readonly keptAt: string
  readonly body: Buffer
  /** The address that answered in the end. */
  readonly url: string
}

export type Follow = 'all' | 'none' | 'safe' | 'urllib2'

/** Sends a script to the host; undefined where check mode does not. */
export type Send = (script: string) => Promise<ExecResult | undefined>

/** As many as Python's own client follows. */
const REDIRECTS_MAX = 10

export async function exchange(
  send: Send,
  request: HttpRequest,
  options: {
    readonly follow: Follow
    readonly environment: Readonly<Record<string, string>>
    /** Headers that another address does not get. */
    readonly unredirected?: readonly string[]
  },
): Promise<HttpAnswer | undefined> {
  let at = request
  let elapsedSeconds = 0
  const cookies = new Map<string, string>()
  // What goes back to the server that set it; another one begins with none.
  const jar = new Map<string, string>()
  for (let hops = 0; ; hops += 1) {
    const ran = await send(requestScript(withCookies(at, jar), options.environment))
    if (ran === undefined) return undefined
    const answer = readAnswer(ran, at.url)
    elapsedSeconds += answer.elapsedSeconds
    for (const [name, value] of answer.cookies) {
      cookies.set(name, value)
      jar.set(name, value)
    }
    const next = redirected(at, answer, options.follow, options.unredirected ?? [])
    if (next === undefined) return { ...answer, elapsedSeconds, cookies }
    if (hops === REDIRECTS_MAX) {
      return { ...answer, elapsedSeconds, rc: 1, status: -1, error: 'too many redirects' }
    }
    if (new URL(next.url).origin !== new URL(at.url).origin) jar.clear()
    at = next
  }
}

function withCookies(request: HttpRequest, cookies: ReadonlyMap<string, string>): HttpRequest {
  if (cookies.size === 0) return request
  const text = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return { ...request, headers: [...request.headers, ['Cookie', text]] }
}

/** The request that follows a redirect, or undefined when the answer is the last. */
function redirected(
  request: HttpRequest,
  { status, headers }: HttpAnswer,
  follow: Follow,
  unredirected: readonly string[],
): HttpRequest | undefined {
  const location = headers.get('location')
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  if (follow === 'none' || (follow === 'safe' && !isSafe)) return undefined
  if (follow === 'urllib2' && !isSafe && (request.method !== 'POST' || status > 303)) {
    return undefined
  }
  const url = URL.canParse(location, request.url) ? new URL(location, request.url) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  const becomesGet =
    (status === 301 && request.method === 'POST') ||
    ((status === 302 || status === 303) && request.method !== 'HEAD')
  const isElsewhere = url.origin !== new URL(request.url).origin
  const left = new Set(unredirected.map((name) => name.toLowerCase()))
  // What another server may not learn: Ansible's own client would tell it.
  if (isElsewhere) left.add('authorization').add('cookie')
  const bodyless = new Set(['content-type', 'content-length'])
  const kept = request.headers.filter(([name]) => {
    const lower = name.toLowerCase()
    return !left.has(lower) && !(becomesGet && bodyless.has(lower))
  })
  return {
    ...request,
    url: url.href,
    headers: kept,
    method: becomesGet ? 'GET' : request.method,
    body: becomesGet ? undefined : request.body,
    ...(isElsewhere ? { user: undefined, password: undefined } : {}),
  }
}

/** What the script printed: a line of numbers, the kept file's path, headers and content. */
function readAnswer(ran: ExecResult, url: string): HttpAnswer {
  const { stdout } = ran
  const lineEnd = stdout.indexOf(10)
  const pathEnd = stdout.indexOf(10, lineEnd + 1)
  const numbers = stdout.toString('latin1', 0, Math.max(lineEnd, 0)).split(/\s+/)
  const [rc = '1', elapsed, headerBytes = '0', size, sha1 = '', md5 = '', , digest = ''] = numbers
  const headerEnd = pathEnd + 1 + Number(headerBytes)
  const head = readHead(stdout.toString('utf8', pathEnd + 1, headerEnd))
  const isReached = ran.rc === 0 && Number(rc) === 0 && head.status > 0
  const said = ran.stderr.toString('utf8').trim()
  return {
    ...head,
    status: isReached ? head.status : -1,
    rc: isReached ? 0 : 1,
    error: isReached ? '' : said === '' ? 'the server did not answer' : said,
    elapsedSeconds: Number(elapsed ?? 0),
    sizeBytes: Number(size ?? 0),
    sha1,
    md5,
    digest,
    keptAt: stdout.toString('utf8', lineEnd + 1, Math.max(pathEnd, lineEnd + 1)),
    body: stdout.subarray(headerEnd),
    url,
  }
}

/** The last head among those of proxies, challenges and interim answers. */
function readHead(text: string) {
  const lines = text.split(/\r?\n/)
  const start = lines.findLastIndex((line) => /^HTTP\/[\d.]+ \d+/.test(line))
  const [, code = '-1', reason = ''] = /^HTTP\/[\d.]+ (\d+)\s*(.*)$/.exec(lines[start] ?? '') ?? []
  const headers = new Map<string, string>()
  const cookies = new Map<string, string>()
  for (const line of lines.slice(start + 1)) {
    const [, name, value = ''] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) continue
    const key = name.toLowerCase()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value : `${before}, ${value}`)
    const cookie = key === 'set-cookie' ? /^([^=;\s]+)=([^;]*)/.exec(value) : null
    if (cookie !== null) cookies.set(cookie[1] ?? '', cookie[2] ?? '')
  }
  return { status: Number(code), reason, headers, cookies }
}

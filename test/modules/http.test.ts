// Goal: curl, wget and python3 do the same for get_url and uri, and no secret is among a program's
// arguments. Method: a server of our own on loopback, and this machine's shell with one client each.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { exchange, type Follow } from '../../agent/src/modules/http.ts'
import type { HttpRequest } from '../../agent/src/modules/httpscript.ts'
import { suite } from '../harness.ts'

const test = suite('modules/http')

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let seen: Seen[] = []
let base = ''
let folder = ''

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') })
    answer(url, headers, response)
  })
})

function answer(url: string, headers: IncomingMessage['headers'], response: ServerResponse): void {
  if (url === '/moved') response.writeHead(302, { Location: '/there', 'Set-Cookie': 'c=1; Path=/' })
  else if (url === '/away') {
    const elsewhere = base.replace('127.0.0.1', 'localhost')
    response.writeHead(302, { Location: `${elsewhere}/there`, 'Set-Cookie': 'c=1' })
  } else if (url === '/kept') response.writeHead(307, { Location: '/there' })
  else if (url === '/round') response.writeHead(302, { Location: '/round' })
  else if (url === '/locked' && headers.authorization === undefined) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' })
  } else if (url === '/none') response.writeHead(404, { 'Content-Type': 'text/plain' })
  else response.writeHead(200, { 'X-Two-Words': 'a b', 'Set-Cookie': ['d=2; Path=/', 'e=3'] })
  response.end('a body')
}

/** A folder of programs with one HTTP client among them. */
function programs(client: string): string {
  const own = join(folder, client)
  mkdirSync(own)
  const path = (process.env['PATH'] ?? '').split(delimiter)
  const names = 'sh mktemp rm cat date sha1sum sha256sum md5sum wc mv ln cp base64 grep sed printf'
  for (const name of [...names.split(' '), client]) {
    const at = path.filter((one) => !one.includes('shims')).find((one) => has(one, name))
    if (at !== undefined) symlinkSync(join(at, name), join(own, name))
  }
  return own
}

function has(at: string, name: string): boolean {
  try {
    return readdirSync(at).includes(name)
  } catch {
    return false
  }
}

const CLIENTS = ['curl', 'wget', 'python3']

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cos-http-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const client of CLIENTS) programs(client)
})

test.after(async () => {
  rmSync(folder, { recursive: true })
  await new Promise((resolve) => server.close(resolve))
})

function plain(path: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    url: `${base}${path}`,
    headers: [['User-Agent', 'ours']],
    body: undefined,
    timeoutSeconds: 5,
    isVerified: true,
    hasProxy: false,
    hasNetrc: false,
    isDecompressed: false,
    algorithm: 'sha256',
    isTold: true,
    ...more,
  }
}

async function ask(client: string, request: HttpRequest, follow: Follow = 'all') {
  seen = []
  const send = (script: string) =>
    new Promise<{ rc: number; stdout: Buffer; stderr: Buffer }>((resolve) => {
      const environment = { PATH: join(folder, client), TMPDIR: folder }
      const options = { env: environment, encoding: 'buffer' as const }
      const child = execFile('/bin/sh', ['-s'], options, (error, stdout, stderr) => {
        resolve({ rc: error === null ? 0 : 1, stdout, stderr })
      })
      child.stdin?.end(script)
    })
  const told = await exchange(send, request, { follow, environment: {} })
  assert.ok(told !== undefined)
  return told
}

for (const client of CLIENTS) {
  test(`${client} tells status, headers, cookies and content`, async () => {
    const told = await ask(client, plain('/a?b=c%20d'))
    assert.equal(told.status, 200, told.error)
    assert.equal(told.reason, 'OK')
    assert.equal(told.body.toString('utf8'), 'a body')
    assert.equal(told.headers.get('x-two-words'), 'a b')
    assert.deepEqual(
      [...told.cookies],
      [
        ['d', '2'],
        ['e', '3'],
      ],
    )
    assert.equal(told.sizeBytes, 6)
    assert.equal(told.digest.length, 64)
    assert.equal(seen[0]?.url, '/a?b=c%20d')
    assert.equal(seen[0]?.headers['user-agent'], 'ours')
  })

  test(`${client} sends a body as it is, by any method`, async () => {
    const body = Buffer.from('{"a": "ü\\n\'x\'"}\n')
    const headers = [['Content-Type', 'application/json']] as const
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const told = await ask(client, plain('/x', { method, body, headers }))
      assert.equal(told.status, 200, told.error)
      assert.equal(seen[0]?.method, method)
      assert.equal(seen[0]?.body, body.toString('utf8'))
      assert.equal(seen[0]?.headers['content-type'], 'application/json')
    }
  })

  test(`${client} says that a request without a body has none`, async () => {
    await ask(client, plain('/x', { method: 'POST' }))
    assert.equal(seen[0]?.headers['content-length'], '0')
    const told = await ask(client, plain('/x', { method: 'HEAD' }))
    assert.equal(told.status, 200, told.error)
    assert.equal(seen[0]?.method, 'HEAD')
  })

  test(`${client} follows redirects by our rules`, async () => {
    const moved = await ask(client, plain('/moved', { method: 'POST', body: Buffer.from('b') }))
    assert.deepEqual([moved.status, moved.url], [200, `${base}/there`])
    assert.deepEqual(
      seen.map(({ method, url, body }) => [method, url, body]),
      [
        ['POST', '/moved', 'b'],
        ['GET', '/there', ''],
      ],
    )
    assert.equal(seen[1]?.headers.cookie, 'c=1')
    await ask(client, plain('/kept', { method: 'PUT', body: Buffer.from('b') }))
    assert.deepEqual(seen[1]?.body, 'b')
    assert.equal((await ask(client, plain('/moved'), 'none')).status, 302)
    const post = plain('/moved', { method: 'POST', body: Buffer.from('b') })
    assert.equal((await ask(client, post, 'safe')).status, 302)
    assert.equal((await ask(client, plain('/kept', { method: 'PUT' }), 'urllib2')).status, 307)
    const round = await ask(client, plain('/round'))
    assert.deepEqual([round.status, round.error, seen.length], [-1, 'too many redirects', 11])
  })

  test(`${client} sends a password when it is asked for one`, async () => {
    const told = await ask(client, plain('/locked', { user: 'u', password: 'p"\\ x' }))
    assert.equal(told.status, 200, told.error)
    const word = Buffer.from('u:p"\\ x').toString('base64')
    assert.equal(seen.at(-1)?.headers.authorization, `Basic ${word}`)
    assert.equal((await ask(client, plain('/locked'))).status, 401)
  })

  test(`${client} tells the content of a refusal, and why there is no answer`, async () => {
    const none = await ask(client, plain('/none'))
    assert.deepEqual([none.status, none.body.toString('utf8')], [404, 'a body'])
    const gone = await ask(client, plain('/', { url: 'http://127.0.0.1:9/' }))
    assert.equal(gone.status, -1)
    assert.match(gone.error, /refused|connect/i)
  })

  test(`${client} keeps the content in a folder and leaves nothing else behind`, async () => {
    const kept = await ask(client, plain('/x', { keepIn: folder, isTold: false }))
    assert.equal(readFileSync(kept.keptAt, 'utf8'), 'a body')
    rmSync(kept.keptAt)
    const same = await ask(client, plain('/x', { keepIn: folder, unlessSha1: kept.sha1 }))
    assert.equal(same.keptAt, '')
    assert.deepEqual(readdirSync(folder).toSorted(), [...CLIENTS].toSorted())
  })
}

test('another server gets neither password nor cookies', async () => {
  const headers = [
    ['Authorization', 'Basic x'],
    ['X-Own', 'y'],
  ] as const
  const told = await ask('curl', plain('/away', { headers }))
  assert.equal(told.status, 200, told.error)
  const sent = seen[1]?.headers
  assert.ok(sent !== undefined)
  assert.deepEqual([sent.authorization, sent.cookie, sent['x-own']], [undefined, undefined, 'y'])
})

test('a line break in a header is refused, and begins no other', async () => {
  const headers = [['X', 'a\nY: b']] as const
  await assert.rejects(ask('curl', plain('/x', { headers })), /line break/)
  await assert.rejects(ask('curl', plain('/x\r\nX: y')), /line break/)
})

test.run()

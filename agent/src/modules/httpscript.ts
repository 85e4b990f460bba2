// One HTTP exchange as a script for the host, by the client that is there: curl, else wget, else
// python3. What may be secret (address, headers, body, password) goes through standard input and
// private files, never through a program's arguments. Not here: redirects, and what an answer means
// (http.ts).
import { ClusterError } from '../errors.ts'
import type { Algorithm } from '../host/host.ts'
import { exportLines, quoteWord } from '../host/quote.ts'

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly timeoutSeconds: number
  readonly isVerified: boolean
  readonly hasProxy: boolean
  /** Whether ~/.netrc may know the password. */
  readonly hasNetrc: boolean
  readonly isDecompressed: boolean
  readonly clientCert?: string | undefined
  readonly clientKey?: string | undefined
  readonly caPath?: string | undefined
  readonly unixSocket?: string | undefined
  /** The digest that the answer tells besides SHA-1 and MD5. */
  readonly algorithm: Algorithm
  /** The content comes back with the answer. */
  readonly isTold: boolean
  /** A folder in which a content with another SHA-1 than `unlessSha1` is kept. */
  readonly keepIn?: string | undefined
  readonly unlessSha1?: string | undefined
}

/** Stops at redirects as the other clients do, and writes what they write. */
const PYTHON = `import json, shutil, ssl, sys, urllib.error, urllib.request as u
folder = sys.argv[1]
w = json.load(open(folder + '/request'))
class Stay(u.HTTPRedirectHandler):
    def redirect_request(self, *rest):
        return None
class Take(u.HTTPErrorProcessor):
    def http_response(self, request, response):
        if response.code == 401 and w.get('user') is not None:
            return super().http_response(request, response)
        return response
    https_response = http_response
tls = ssl.create_default_context(cafile=w.get('ca'))
if not w['verify']:
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
if w.get('cert') is not None:
    tls.load_cert_chain(w['cert'], w.get('key'))
chain = [Stay, Take, u.HTTPSHandler(context=tls)]
if not w['proxy']:
    chain.append(u.ProxyHandler({}))
if w.get('user') is not None:
    known = u.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, w['url'], w['user'], w.get('password') or '')
    chain += [u.HTTPBasicAuthHandler(known), u.HTTPDigestAuthHandler(known)]
data = open(folder + '/in', 'rb').read() if w['data'] else None
q = u.Request(w['url'], data=data, headers=dict(w['headers']), method=w['method'])
try:
    r = u.build_opener(*chain).open(q, timeout=w['timeout'])
except urllib.error.HTTPError as e:
    r = e
except (OSError, ValueError) as e:
    sys.stderr.write(str(e))
    sys.exit(1)
with open(folder + '/headers', 'w') as out:
    out.write('HTTP/1.1 %s %s\\n' % (r.code, r.msg))
    for name, value in r.headers.items():
        out.write('%s: %s\\n' % (name, ' '.join(value.split())))
with open(folder + '/body', 'wb') as out:
    shutil.copyfileobj(r, out)
`

const PYTHON_LACKS = ['unixSocket'] as const

export function requestScript(
  request: HttpRequest,
  environment: Readonly<Record<string, string>>,
): string {
  refuseBreaks(request)
  const folder = quoteWord(request.keepIn ?? '')
  return [
    '(',
    ...exportLines(environment),
    'umask 077; t=$(mktemp -d "${TMPDIR:-/tmp}/.cluster-os.XXXXXXXX") || exit 1',
    `trap 'rm -rf -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
    ': > "$t/body"; : > "$t/headers"; : > "$t/errors"; s=$(date +%s)',
    ...bodyLines(request.body),
    'if command -v curl >/dev/null 2>&1; then',
    curl(request),
    'elif command -v wget >/dev/null 2>&1 && wget --version 2>/dev/null | grep -q GNU; then',
    wget(request),
    'elif command -v python3 >/dev/null 2>&1; then',
    python(request),
    'else echo "the host needs curl, wget or python3" > "$t/errors"; false; fi',
    'rc=$?; e=$(( $(date +%s) - s ))',
    'sum=$(sha1sum < "$t/body"); sum=${sum%% *}; k=',
    `own=$(${request.algorithm}sum < "$t/body")`,
    ...(request.keepIn === undefined
      ? []
      : [
          `if [ "$rc" = 0 ] && [ "$sum" != ${quoteWord(request.unlessSha1 ?? '-')} ]; then`,
          `k=$(mktemp ${folder}/.cluster-os.XXXXXXXX) && mv -f -- "$t/body" "$k" || exit 1`,
          'ln -- "$k" "$t/body" 2>/dev/null || cp -- "$k" "$t/body"; fi',
        ]),
    'echo "$rc $e $(wc -c < "$t/headers") $(wc -c < "$t/body") $sum $(md5sum < "$t/body") $own"',
    'printf "%s\\n" "$k"; cat "$t/headers"',
    ...(request.isTold ? ['cat "$t/body"'] : []),
    'cat "$t/errors" >&2',
    ')',
  ].join('\n')
}

/** A break in a name or value would begin another header, or another setting. */
function refuseBreaks(request: HttpRequest): void {
  const words = [request.url, request.method, request.user ?? '', request.password ?? '']
  for (const word of [...words, ...request.headers.flat()]) {
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    if (!/[\u0000\r\n]/.test(word)) continue
    throw new ClusterError('TASK_FAILED', 'a line break cannot be part of an HTTP request', {
      hint: 'check url, headers, url_username and url_password',
    })
  }
}

function bodyLines(body: Buffer | undefined): string[] {
  if (body === undefined) return []
  return [`base64 -d > "$t/in" <<'COS_END' || exit 1\n${body.toString('base64')}\nCOS_END`]
}

/** A text in quotes as curl's configuration has it. */
function text(value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\t', '\\t')
  return `"${escaped}"`
}

function plain(value: string): string {
  return value
}

function curl(request: HttpRequest): string {
  const { method, timeoutSeconds, user } = request
  const lines = [
    `url = ${text(request.url)}`,
    'silent',
    'show-error',
    'globoff',
    'path-as-is',
    'proto = "=http,https"',
    `connect-timeout = ${timeoutSeconds}`,
    'speed-limit = 1',
    `speed-time = ${timeoutSeconds}`,
    ...request.headers.map(([name, value]) => {
      // Without a value curl would take the header away.
      return `header = ${text(value === '' ? `${name};` : `${name}: ${value}`)}`
    }),
    ...(user === undefined
      ? []
      : [`user = ${text(`${user}:${request.password ?? ''}`)}`, 'anyauth']),
    ...(request.isVerified ? [] : ['insecure']),
    ...(request.hasProxy ? [] : ['noproxy = "*"']),
    ...(request.hasNetrc && user === undefined ? ['netrc-optional'] : []),
    ...(request.isDecompressed ? ['compressed'] : []),
    ...option('cert', request.clientCert, text),
    ...option('key', request.clientKey, text),
    ...option('cacert', request.caPath, text),
    ...option('unix-socket', request.unixSocket, text),
    ...(method === 'HEAD' ? ['head'] : [`request = ${text(method)}`]),
    ...(needsLength(request) ? ['header = "Content-Length: 0"'] : []),
  ]
  const data = request.body === undefined ? '' : ' --data-binary "@$t/in"'
  return (
    `curl -q -K - -D "$t/headers" -o "$t/body"${data} 2>"$t/errors" <<'COS_END'\n` +
    `${lines.join('\n')}\nCOS_END`
  )
}

function option(
  name: string,
  value: string | undefined,
  spelled: (value: string) => string,
): string[] {
  return value === undefined ? [] : [`${name} = ${spelled(value)}`]
}

/** A request that could have a body says that it has none. */
function needsLength({ method, body }: HttpRequest): boolean {
  return body === undefined && ['POST', 'PUT', 'PATCH'].includes(method)
}

function wget(request: HttpRequest): string {
  if (request.unixSocket !== undefined) return lacking('wget')
  const lines = [
    `timeout = ${request.timeoutSeconds}`,
    'tries = 1',
    ...request.headers.map(([name, value]) => `header = ${name}: ${value}`),
    ...option('http_user', request.user, plain),
    ...option('http_password', request.user === undefined ? undefined : request.password, plain),
    ...(request.isVerified ? [] : ['check_certificate = off']),
    ...(request.hasProxy ? [] : ['use_proxy = off']),
    ...(request.hasNetrc ? [] : ['netrc = off']),
    ...option('certificate', request.clientCert, plain),
    ...option('private_key', request.clientKey, plain),
    ...option('ca_certificate', request.caPath, plain),
    ...(needsLength(request) ? ['header = Content-Length: 0'] : []),
  ]
  const data = request.body === undefined ? '' : ' --body-file="$t/in"'
  const flags = '--max-redirect=0 --content-on-error -S -O "$t/body" -i "$t/url"'
  return [
    `printf '%s\\n' ${quoteWord(request.url)} > "$t/url"`,
    `cat > "$t/request" <<'COS_END'\n${lines.join('\n')}\nCOS_END`,
    `wget --config="$t/request" --method=${quoteWord(request.method)}${data} ${flags} 2>"$t/errors"`,
    'rc=$?; sed -n "s/^  //p" "$t/errors" > "$t/headers"',
    // 6 and 8 say that the server refused; the status tells more.
    '[ "$rc" = 0 ] || { [ "$rc" = 6 -o "$rc" = 8 ] && grep -q ^HTTP "$t/headers"; }',
  ].join('\n')
}

function python(request: HttpRequest): string {
  if (PYTHON_LACKS.some((name) => request[name] !== undefined)) return lacking('python3')
  const wish = {
    url: request.url,
    method: request.method,
    headers: request.headers,
    data: request.body !== undefined,
    user: request.user,
    password: request.password,
    timeout: request.timeoutSeconds,
    verify: request.isVerified,
    proxy: request.hasProxy,
    cert: request.clientCert,
    key: request.clientKey,
    ca: request.caPath,
  }
  return [
    `cat > "$t/request" <<'COS_END'\n${JSON.stringify(wish)}\nCOS_END`,
    `python3 - "$t" 2>"$t/errors" <<'COS_END'\n${PYTHON}COS_END`,
  ].join('\n')
}

function lacking(client: string): string {
  return `echo "unix_socket needs curl; the host has ${client}" > "$t/errors"; false`
}

// The arguments that get_url and uri share, and the request that they make. Not here: the sending.
import * as z from 'zod'
import { fromPlain } from '../value/plain.ts'
import { str } from '../value/python.ts'
import type { HttpRequest } from './httpscript.ts'
import { bool, dict, int, path, text, words } from './params.ts'

export const httpParams = {
  url: text().describe('the address, http or https'),
  headers: dict().default({}).describe('headers of the request'),
  url_username: text().optional().describe('user name for the server'),
  url_password: text().optional().describe('password for the server'),
  force_basic_auth: bool().default(false).describe('send the password before it is asked for'),
  timeout: int().default(10).describe('seconds without an answer'),
  validate_certs: bool().default(true).describe('refuse a server whose certificate is not valid'),
  client_cert: path().optional().describe("the client's certificate, on the host"),
  client_key: path().optional().describe('its key'),
  ca_path: path().optional().describe('certificates of authorities to trust, on the host'),
  use_proxy: bool().default(true).describe('use the proxy that the environment names'),
  use_netrc: bool().default(true).describe('take passwords from ~/.netrc'),
  http_agent: text().default('ansible-httpget').describe('the name in the header User-Agent'),
  decompress: bool().default(true).describe('unpack what the server has compressed'),
  unredirected_headers: words().default([]).describe('headers that are not sent on by redirects'),
  force: bool().default(false).describe('ask for a fresh copy'),
}

export type HttpParams = z.output<z.ZodObject<typeof httpParams>>

export function checkUrl(url: string): string | undefined {
  const isKnown = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  return isKnown ? undefined : `url is an address with http:// or https://, not ${url}`
}

/** The part of a request that the shared arguments say. */
export function requestOf(params: HttpParams): HttpRequest {
  // As Python's urllib has it, a name and password may stand in the address.
  const url = new URL(params.url)
  const user = params.url_username ?? (url.username === '' ? undefined : decoded(url.username))
  const password = params.url_password ?? decoded(url.password)
  url.username = ''
  url.password = ''
  const given = Object.entries(params.headers).map(
    ([name, value]) => [name, str(fromPlain(value))] as const,
  )
  const has = (name: string): boolean => given.some(([own]) => own.toLowerCase() === name)
  const own: (readonly [string, string])[] = []
  if (!has('user-agent')) own.push(['User-Agent', params.http_agent])
  if (params.force && !has('cache-control')) own.push(['Cache-Control', 'no-cache'])
  const isForced = params.force_basic_auth && user !== undefined && !has('authorization')
  if (isForced) own.push(basicAuthorization(user, password))
  return {
    method: 'GET',
    url: params.url.includes('@') ? url.href : params.url,
    headers: [...own, ...given],
    body: undefined,
    user: isForced ? undefined : user,
    password: isForced ? undefined : password,
    timeoutSeconds: params.timeout,
    isVerified: params.validate_certs,
    hasProxy: params.use_proxy,
    hasNetrc: params.use_netrc,
    isDecompressed: params.decompress,
    clientCert: params.client_cert,
    clientKey: params.client_key,
    caPath: params.ca_path,
    algorithm: 'sha1',
    isTold: false,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function basicAuthorization(user: string, password: string): readonly [string, string] {
  return ['Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`]
}

/** `OK (12 bytes)`, as Ansible tells an answer. */
export function answerWords(reason: string, length: string | undefined): string {
  return `${reason === '' ? 'OK' : reason} (${length ?? 'unknown'} bytes)`
}

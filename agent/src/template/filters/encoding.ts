// Filters that hash and encode text, and times.
import { createHash, type Hash } from 'node:crypto'
import { ClusterError } from '../../errors.ts'
import { numeric, toNumber } from '../../value/number.ts'
import { asDict, str, truth, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import type { Arg, Filters } from '../plugin.ts'
import { strftime, strptime } from '../time.ts'
import { asText, textOr } from './arguments.ts'

const HASHES = new Set(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])

function hash(input: Value, name: string): string {
  if (!HASHES.has(name)) throw typeError(`no hash is named '${name}'`)
  const digest: Hash = createHash(name)
  return digest.update(str(input), 'utf8').digest('hex')
}

/** What C calls the zone of gmtime. */
const GMT = { offsetMinutes: 0, name: 'GMT' }

const ENCODINGS: ReadonlyMap<string, BufferEncoding> = new Map(
  Object.entries<BufferEncoding>({
    'utf-8': 'utf8',
    utf8: 'utf8',
    'utf-16-le': 'utf16le',
    'utf-16le': 'utf16le',
    ascii: 'ascii',
    latin1: 'latin1',
    'latin-1': 'latin1',
  }),
)

function encoding(name: Arg): BufferEncoding {
  const found = ENCODINGS.get(textOr(name, 'utf-8').toLowerCase())
  if (found === undefined) throw typeError(`the encoding '${textOr(name, '')}' is not supported`)
  return found
}

/** Ansible's own namespace for to_uuid. */
const UUID_NAMESPACE = '361e6d51-faec-444a-9079-341386da8e2e'

function uuid(text: string, namespace: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex')
  if (space.length !== 16) throw typeError(`'${namespace}' is no UUID`)
  const bytes = createHash('sha1').update(space).update(text, 'utf8').digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Percent-encodes as Python's urllib does; `/` stays unless it is part of a query. */
function percent(text: string, keep: string): string {
  return encodeURIComponent(text).replace(/[!'()*]|%2F/g, (mark) => {
    if (mark === '%2F') return keep.includes('/') ? '/' : mark
    return `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
  })
}

function urlencode(input: Value): string {
  const dict = asDict(input)
  const plus = (text: string): string => percent(text, '').replaceAll('%20', '+')
  const line = (key: Value, item: Value): string => `${plus(str(key))}=${plus(str(item))}`
  if (dict !== undefined) return [...dict].map(([key, item]) => line(key, item)).join('&')
  if (!Array.isArray(input)) return percent(str(input), '/')
  return input
    .map((pair) => (Array.isArray(pair) ? line(pair[0] ?? '', pair[1] ?? '') : ''))
    .join('&')
}

const URL_PARTS = /^(?:([a-zA-Z][\w+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

function urlsplit(text: string, wanted: string): Value {
  const [, scheme = '', netloc = '', path = '', query = '', fragment = ''] =
    URL_PARTS.exec(text) ?? []
  const [, user, password, host = '', port] =
    /^(?:([^:@]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(netloc) ?? []
  const parts = new Map<Value, Value>([
    ['fragment', fragment],
    ['hostname', host === '' ? null : host.replace(/^\[|\]$/g, '').toLowerCase()],
    ['netloc', netloc],
    ['password', password ?? null],
    ['path', path],
    ['port', port === undefined ? null : Number(port)],
    ['query', query],
    ['scheme', scheme.toLowerCase()],
    ['username', user ?? null],
  ])
  if (wanted === '') return parts
  const part = parts.get(wanted)
  if (part === undefined) throw typeError(`urlsplit: unknown URL component: ${wanted}`)
  return part
}

export const ENCODINGS_AND_TIMES: Filters = {
  hash: { params: 'hashtype', run: (input, [name]) => hash(input, textOr(name, 'sha1')) },
  checksum: { run: (input) => hash(input, 'sha1') },
  sha1: { run: (input) => hash(input, 'sha1') },
  md5: { run: (input) => hash(input, 'md5') },
  b64encode: {
    params: 'encoding',
    run: (input, [name]) => Buffer.from(str(input), encoding(name)).toString('base64'),
  },
  b64decode: {
    params: 'encoding',
    run: (input, [name]) => {
      const text = asText(input, 'what b64decode reads')
      if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw typeError('the text is no base64')
      return Buffer.from(text, 'base64').toString(encoding(name))
    },
  },
  to_uuid: {
    params: 'namespace',
    run: (input, [namespace]) => uuid(str(input), textOr(namespace, UUID_NAMESPACE)),
  },
  urlencode: { run: urlencode },
  urlsplit: {
    params: 'query alias',
    run: (input, [wanted]) => urlsplit(asText(input), textOr(wanted, '')),
  },
  urldecode: { run: (input) => decodeURIComponent(asText(input).replaceAll('+', ' ')) },
  strftime: {
    params: 'second utc',
    run: (input, [second, utc], { engine }) => {
      const given = second === undefined || second === null ? undefined : numeric(second)
      const ms = given === undefined ? engine.context.now?.() : toNumber(given) * 1000
      if (ms === undefined) throw new ClusterError('TEMPLATE_REFUSED', 'there is no clock here')
      const { zone } = engine.context
      const isUtc = utc !== undefined && truth(utc)
      return strftime(str(input), ms, isUtc ? GMT : zone?.(ms))
    },
  },
  to_datetime: {
    params: 'format',
    run: (input, [format]) => strptime(str(input), textOr(format, '%Y-%m-%d %H:%M:%S')),
  },
  fileglob: {
    run: (input, _args, { engine }) => {
      const { lookup } = engine.context
      if (lookup === undefined)
        throw new ClusterError('TEMPLATE_REFUSED', 'no files can be listed here')
      const at = { file: '', line: 1, column: 1 }
      return lookup('fileglob', [input], new Map<string, Value>([['wantlist', true]]), at)
    },
  },
}

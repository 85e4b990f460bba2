// known_hosts files as OpenSSH reads them: plain, wildcard and hashed names, ports, @revoked. Not
// here: certificate authorities, which are refused by being unknown.
import { createHmac } from 'node:crypto'

export const SSH_PORT = 22

export interface KnownKey {
  readonly type: string
  /** Base64 of the key blob. */
  readonly key: string
  readonly isRevoked: boolean
  readonly file: string
  /** `file:line`, for messages. */
  readonly origin: string
}

/** What known_hosts calls a host; an alias stands there without a port, as with OpenSSH. */
export function knownName(host: {
  readonly address: string
  readonly port: number
  readonly hostKeyAlias?: string | undefined
}): string {
  const { address, port, hostKeyAlias } = host
  const name = hostKeyAlias ?? (port === SSH_PORT ? address : `[${address}]:${port}`)
  return name.toLowerCase()
}

/** The keys that the file's text gives for a host of this name, which is one of `knownName`. */
export function knownKeys(text: string, file: string, name: string): KnownKey[] {
  const found: KnownKey[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '' || fields[0]?.startsWith('#') === true) continue
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined
    const [names, type, key] = fields
    if (names === undefined || type === undefined || key === undefined) continue
    if (marker !== undefined && marker !== '@revoked') continue
    if (!namesMatch(names, name)) continue
    found.push({
      type,
      key,
      isRevoked: marker === '@revoked',
      file,
      origin: `${file}:${index + 1}`,
    })
  }
  return found
}

/** Whether the first field of a line, plain or hashed, means the host. */
export function namesMatch(names: string, asked: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = names.split('|')
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(asked).digest('base64') === hash
  }
  let isMatch = false
  for (const pattern of names.toLowerCase().split(',')) {
    const isNegated = pattern.startsWith('!')
    if (!globMatches(isNegated ? pattern.slice(1) : pattern, asked)) continue
    if (isNegated) return false
    isMatch = true
  }
  return isMatch
}

function globMatches(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`).test(text)
}

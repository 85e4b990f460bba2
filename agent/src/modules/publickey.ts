// What a public SSH key says of itself: its kind, bits and fingerprint (RFC 4253, 6.6; RFC 5656,
// 3.1; RFC 8709). Not here: private keys, which only ssh-keygen on the host reads.
import { createHash } from 'node:crypto'

export interface PublicKey {
  /** As the line has it: ssh-rsa, ecdsa-sha2-nistp256. */
  readonly algorithm: string
  /** As ssh-keygen names it: rsa, ecdsa. */
  readonly type: string
  readonly size: number
  /** Base64. */
  readonly blob: string
  readonly comment: string
}

const TYPES: Readonly<Record<string, string>> = {
  'ssh-rsa': 'rsa',
  'ssh-dss': 'dsa',
  'ssh-ed25519': 'ed25519',
}

/** A line `ALGORITHM BASE64 COMMENT`; undefined for what is none. */
export function parsePublicKey(line: string): PublicKey | undefined {
  const [, algorithm = '', blob = '', comment = ''] =
    /^(\S+) ([A-Za-z0-9+/]+=*)(?: ([^\r\n]*))?/.exec(line) ?? []
  const fields = fieldsOf(Buffer.from(blob, 'base64'))
  const type = TYPES[algorithm] ?? (algorithm.startsWith('ecdsa-sha2-') ? 'ecdsa' : undefined)
  if (type === undefined || fields[0]?.toString('latin1') !== algorithm) return undefined
  return { algorithm, type, size: sizeOf(type, algorithm, fields), blob, comment: comment.trim() }
}

/** Strings with their lengths before them, as all of SSH writes them. */
function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = []
  let at = 0
  while (at + 4 <= blob.length) {
    const length = blob.readUInt32BE(at)
    if (at + 4 + length > blob.length) return []
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return fields
}

/** Bits of the modulus n of RSA and p of DSA, or those of the curve. */
function sizeOf(type: string, algorithm: string, fields: readonly Buffer[]): number {
  if (type === 'ed25519') return 256
  if (type === 'ecdsa') return Number(/\d+$/.exec(algorithm)?.[0] ?? 0)
  const number = fields[type === 'rsa' ? 2 : 1] ?? Buffer.alloc(0)
  return BigInt(`0x0${number.toString('hex')}`)
    .toString(2)
    .replace(/^0$/, '').length
}

/** The fields of a result. */
export function publicFields({ algorithm, blob, comment }: PublicKey): Record<string, unknown> {
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64')
  return {
    public_key: `${algorithm} ${blob}`,
    fingerprint: `SHA256:${digest.replace(/=+$/, '')}`,
    comment,
  }
}

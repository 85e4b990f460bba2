// The format of Ansible's vault: a line that says what it is, then hexadecimal lines of salt, check
// and cipher text. AES-256-CTR, keys by PBKDF2-HMAC-SHA256, checked by HMAC-SHA256 before anything
// is decrypted. Not here: which password opens what (keyring.ts).
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  pbkdf2Sync,
  timingSafeEqual,
} from 'node:crypto'

const VAULT_MARK = '$ANSIBLE_VAULT;'

/** The numbers of the format; they are the same in versions 1.1 and 1.2. */
const ROUNDS = 10_000
const KEY_BYTES = 32
const COUNTER_BYTES = 16
const BLOCK_BYTES = 16
const LINE_LENGTH = 80

/** The bytes of a salt; whoever seals brings fresh random ones. */
export const SALT_BYTES = 32

export interface Envelope {
  /** The vault id of version 1.2; undefined in 1.1. */
  readonly label: string | undefined
  readonly salt: Buffer
  readonly check: Buffer
  readonly cipher: Buffer
}

/** What is wrong with a text that begins as a vault does. */
export class BadEnvelope extends Error {}

export function isVault(text: string | Buffer): boolean {
  const start = typeof text === 'string' ? text : text.subarray(0, VAULT_MARK.length).toString()
  return start.startsWith(VAULT_MARK)
}

/** Reads the envelope. Throws BadEnvelope, whose message says what is wrong. */
export function readEnvelope(text: string): Envelope {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const [, version, cipher, label] = header.trim().split(';')
  if (version !== '1.1' && version !== '1.2') {
    throw new BadEnvelope(`its format ${JSON.stringify(version)} is neither 1.1 nor 1.2`)
  }
  if (cipher !== 'AES256')
    throw new BadEnvelope(`its cipher ${JSON.stringify(cipher)} is not AES256`)
  const body = unhex(lines.map((line) => line.trim()).join('')).toString('latin1')
  const [salt, check, sealed] = body.split('\n').map((part) => unhex(part))
  if (salt === undefined || check === undefined || sealed === undefined) {
    throw new BadEnvelope('it is cut off')
  }
  return { label: version === '1.2' ? label : undefined, salt, check, cipher: sealed }
}

function unhex(text: string): Buffer {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new BadEnvelope('its text is not hexadecimal')
  return Buffer.from(text, 'hex')
}

/** The content, or undefined when the password is another one. */
export function openEnvelope(envelope: Envelope, password: Buffer): Buffer | undefined {
  const keys = keysOf(password, envelope.salt)
  const check = createHmac('sha256', keys.check).update(envelope.cipher).digest()
  if (check.length !== envelope.check.length || !timingSafeEqual(check, envelope.check)) {
    return undefined
  }
  const decipher = createDecipheriv('aes-256-ctr', keys.cipher, keys.counter)
  const padded = Buffer.concat([decipher.update(envelope.cipher), decipher.final()])
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0))
}

/** The text of a vault: version 1.2 with a label, 1.1 without. Lines of 80, a newline at the end. */
export function seal(
  content: Buffer,
  password: Buffer,
  salt: Buffer,
  label: string | undefined,
): string {
  const keys = keysOf(password, salt)
  // PKCS7 fills up the last block although a counter mode does not need it: the format has it.
  const fill = BLOCK_BYTES - (content.length % BLOCK_BYTES)
  const cipher = createCipheriv('aes-256-ctr', keys.cipher, keys.counter)
  const sealed = Buffer.concat([
    cipher.update(Buffer.concat([content, Buffer.alloc(fill, fill)])),
    cipher.final(),
  ])
  const check = createHmac('sha256', keys.check).update(sealed).digest()
  const parts = [salt, check, sealed].map((part) => part.toString('hex'))
  const body = Buffer.from(parts.join('\n'), 'latin1').toString('hex')
  const named = label !== undefined && label !== 'default'
  const header = named ? `${VAULT_MARK}1.2;AES256;${label}` : `${VAULT_MARK}1.1;AES256`
  const lines = body.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? []
  return `${[header, ...lines].join('\n')}\n`
}

function keysOf(
  password: Buffer,
  salt: Buffer,
): { cipher: Buffer; check: Buffer; counter: Buffer } {
  const bytes = pbkdf2Sync(password, salt, ROUNDS, 2 * KEY_BYTES + COUNTER_BYTES, 'sha256')
  return {
    cipher: bytes.subarray(0, KEY_BYTES),
    check: bytes.subarray(KEY_BYTES, 2 * KEY_BYTES),
    counter: bytes.subarray(2 * KEY_BYTES),
  }
}

// A secret key in a file that only a password opens: scrypt makes the key, AES-256-GCM seals. The
// public half stands beside it, is sealed in as associated data, and must fit what comes out. Not
// here: where the password comes from (commands/secretline.ts), and vaults of playbooks (vault/).
import { scryptSync } from 'node:crypto'
import { ClusterError } from '../errors.ts'
import { randomBuffer } from '../sys/random.ts'
import type { Value } from '../value/value.ts'
import { nodeIdOf } from '../wire/id.ts'
import { suite } from '../wire/suite.ts'
import { dumpYaml } from '../yaml/dump.ts'
import { base64Text, bytesOf, type FileKind, keyText, parseFields, plainText } from './fields.ts'
import { publicKeyOf, SEED_BYTES } from './keys.ts'

export type SealedKind = 'root' | 'operator'

/** RFC 7914; 128 MiB and some 0.4 s for each try, so that a short password is not guessed at once. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16

const KIND: FileKind = {
  code: 'ADMISSION',
  what: 'key',
  hint: 'restore the file from a copy; without it the key is lost',
  names: ['kind', 'key', 'salt', 'nonce', 'ciphertext'],
}

/** The text of the file: a secret of 32 bytes, sealed with the password. */
export function sealKey(kind: SealedKind, secret: Uint8Array, password: string): string {
  const key = publicKeyOf(secret)
  const salt = new Uint8Array(randomBuffer(SALT_BYTES))
  const nonce = new Uint8Array(randomBuffer(NONCE_BYTES))
  const sealed = suite.seal(keyOf(password, salt), nonce, associated(kind, key), secret)
  const entries: [string, Value][] = [
    ['version', 1],
    ['kind', kind],
    ['key', nodeIdOf(key)],
    ['salt', base64Text(salt)],
    ['nonce', base64Text(nonce)],
    ['ciphertext', base64Text(sealed)],
  ]
  const yaml = dumpYaml(new Map(entries), { sortKeys: false })
  return `# The ${kind} key of a cluster, sealed with a password.\n${yaml}`
}

/** The public half that a sealed file names, without opening it. */
export function sealedKeyOf(text: string, file: string, kind: SealedKind): Uint8Array {
  return read(text, file, kind).key
}

/** Opens a file of that kind. ADMISSION for a wrong password, and for any damage. */
export function openKey(
  text: string,
  file: string,
  kind: SealedKind,
  password: string,
): Uint8Array {
  const { fields, key, salt, nonce, ciphertext } = read(text, file, kind)
  const secret = suite.open(keyOf(password, salt), nonce, associated(kind, key), ciphertext)
  if (secret === undefined) {
    throw new ClusterError('ADMISSION', `the password does not open ${file}`, {
      hint: 'type it again; if it is right, the file is damaged: restore it from a copy',
    })
  }
  if (Buffer.compare(publicKeyOf(secret), key) === 0) return secret
  throw fields.fail('key', 'the secret in the file belongs to another key')
}

function read(text: string, file: string, kind: SealedKind) {
  const fields = parseFields(text, file, KIND)
  const found = fields.get('kind', plainText)
  if (found !== kind) {
    throw fields.fail('kind', `${file} is no ${kind} key, but one of kind ${found}`, {
      hint: `name the file of the ${kind} key`,
    })
  }
  return {
    fields,
    key: fields.get('key', keyText),
    salt: fields.get('salt', bytesOf(SALT_BYTES)),
    nonce: fields.get('nonce', bytesOf(NONCE_BYTES)),
    ciphertext: fields.get('ciphertext', bytesOf(SEED_BYTES + TAG_BYTES)),
  }
}

/** By the password as it is typed everywhere: accents may come composed or not. */
function keyOf(password: string, salt: Uint8Array): Uint8Array {
  return new Uint8Array(scryptSync(password.normalize('NFC'), salt, SEED_BYTES, SCRYPT))
}

/** A file cannot be passed off as one of another kind or of another key. */
function associated(kind: SealedKind, key: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`cluster-os/1 sealed ${kind} `), key])
}

// Seals what hosts and vaults have told, so that a journal that is copied away tells nothing:
// AES-256-GCM with a key that lies beside the journals. Not here: which parts of an entry are
// sealed (entry.ts), and vaults, which are for people's own secrets (vault/).
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { join } from 'node:path'
import { ClusterError } from '../errors.ts'
import { makeFolders, readTextIfThere, writeOnce } from '../sys/files.ts'
import { randomBuffer } from '../sys/random.ts'

const KEY_BYTES = 32
/** Of a GCM nonce; chosen at random, as a key seals far fewer than 2^32 entries. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

export class Seal {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  /** `about` is not sealed, but what comes out is of no use with another. */
  close(text: string, about: string): string {
    const nonce = randomBuffer(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    cipher.setAAD(Buffer.from(about))
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
  }

  /** Throws JOURNAL when the text was not sealed by this key and about the same. */
  open(sealed: string, about: string): string {
    const bytes = Buffer.from(sealed, 'base64')
    try {
      const cipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES))
      cipher.setAAD(Buffer.from(about))
      cipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES)
      return Buffer.concat([cipher.update(body), cipher.final()]).toString('utf8')
    } catch (cause) {
      throw new ClusterError('JOURNAL', 'an entry of the journal cannot be opened', {
        hint: 'the key beside the journals is another, or the file was changed: start anew',
        cause,
      })
    }
  }
}

/** The key of a state folder, made when there is none: two runs that begin at once share one. */
export function sealOf(folder: string): Seal {
  const path = join(folder, 'journal.key')
  const text = readTextIfThere(path) ?? newKey(folder, path)
  return new Seal(Buffer.from(text.trim(), 'base64'))
}

function newKey(folder: string, path: string): string {
  const key = randomBuffer(KEY_BYTES)
  makeFolders(folder)
  return writeOnce(path, Buffer.from(`${key.toString('base64')}\n`)).toString('utf8')
}

// The passwords of a run, each with its vault id, and what they open. Readers tell `keepSecret` what
// came out, so that it can be kept out of what is printed. Not here: where passwords come from
// (passwords.ts) and the format (envelope.ts).
import { ClusterError, type Position } from '../errors.ts'
import { BadEnvelope, type Envelope, isVault, openEnvelope, readEnvelope } from './envelope.ts'

export interface VaultPassword {
  /** The vault id; `default` when none was given. */
  readonly id: string
  readonly password: Buffer
}

export interface Opened {
  readonly content: Buffer
  /** The password that opened it. */
  readonly by: VaultPassword
  readonly label: string | undefined
}

const HINT = 'give --vault-password-file FILE, --vault-id LABEL@FILE or --ask-vault-pass'

export class Keyring {
  readonly passwords: readonly VaultPassword[]
  readonly keepSecret: (text: string) => void
  /** Keys take milliseconds to make, and one file may be asked for by many hosts. */
  readonly #opened = new Map<string, Opened>()

  constructor(
    passwords: readonly VaultPassword[] = [],
    keepSecret: (text: string) => void = () => {},
  ) {
    this.passwords = passwords
    this.keepSecret = keepSecret
  }

  /** The text of a vault, or the text itself when it is none. Throws VAULT. */
  readonly openText = (text: string, where: Position): string =>
    isVault(text) ? this.open(text, where).content.toString('utf8') : text

  /** The content of a file, decrypted when it is a vault. Throws VAULT. */
  openBytes(content: Buffer, where: Position): Buffer {
    return isVault(content) ? this.open(content.toString('latin1'), where).content : content
  }

  open(text: string, where: Position): Opened {
    const known = this.#opened.get(text)
    if (known !== undefined) return known
    const envelope = read(text, where)
    if (this.passwords.length === 0) {
      throw new ClusterError('VAULT', `${named(envelope)} needs a password, and none was given`, {
        where,
        hint: HINT,
      })
    }
    const opened = this.#try(envelope, where)
    this.#opened.set(text, opened)
    return opened
  }

  #try(envelope: Envelope, where: Position): Opened {
    const { label } = envelope
    // The password of the same id first; the others too, as a label is only a hint.
    const own = this.passwords.filter(({ id }) => id === (label ?? 'default'))
    for (const by of [...own, ...this.passwords.filter((other) => !own.includes(other))]) {
      const content = openEnvelope(envelope, by.password)
      if (content !== undefined) return { content, by, label }
    }
    const ids = this.passwords.map(({ id }) => id).join(', ')
    throw new ClusterError('VAULT', `${named(envelope)} is not opened by the passwords given`, {
      where,
      hint: `tried those of the vault ids ${ids}; check the password, or that the text is whole`,
    })
  }
}

function named({ label }: Envelope): string {
  return label === undefined ? 'this vault' : `the vault with the id ${label}`
}

function read(text: string, where: Position): Envelope {
  try {
    return readEnvelope(text)
  } catch (error) {
    if (!(error instanceof BadEnvelope)) throw error
    throw new ClusterError('VAULT', `this vault cannot be read: ${error.message}`, {
      where,
      hint: 'copy it again from where it was made, or encrypt the content anew',
    })
  }
}

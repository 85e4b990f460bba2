// Filters that hash passwords, and that seal and open texts as vaults. Not here: the hashes
// themselves (crypt.ts) and the format of vaults (vault/).
import { hashSync } from 'bcryptjs'
import { ClusterError } from '../../errors.ts'
import { str, typeError } from '../../value/python.ts'
import type { Value } from '../../value/value.ts'
import {
  BadEnvelope,
  isVault,
  openEnvelope,
  readEnvelope,
  SALT_BYTES,
  seal,
} from '../../vault/envelope.ts'
import type { Arg, Call, Filters } from '../plugin.ts'
import { asText, intOr, textOr } from './arguments.ts'
import { isSalt, md5Crypt, SHA_ROUNDS_SILENT, saltFrom, shaCrypt } from './crypt.ts'

interface Scheme {
  readonly name: string
  readonly saltLengthMax: number
  /** What passlib, which Ansible asks, does when nobody says how many. */
  readonly rounds: number
  readonly roundsMin: number
  readonly roundsMax: number
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  md5: { name: 'md5', saltLengthMax: 8, rounds: 1000, roundsMin: 1000, roundsMax: 1000 },
  sha256: {
    name: 'sha256',
    saltLengthMax: 16,
    rounds: 535_000,
    roundsMin: 1000,
    roundsMax: 999_999_999,
  },
  sha512: {
    name: 'sha512',
    saltLengthMax: 16,
    rounds: 656_000,
    roundsMin: 1000,
    roundsMax: 999_999_999,
  },
  bcrypt: { name: 'bcrypt', saltLengthMax: 22, rounds: 12, roundsMin: 4, roundsMax: 31 },
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  blowfish: 'bcrypt',
  md5_crypt: 'md5',
  sha256_crypt: 'sha256',
  sha512_crypt: 'sha512',
}

/** The same hash is asked for by many hosts and takes up to a second to make. */
const made = new Map<string, string>()
const MADE_MAX = 500

export interface HashWish {
  readonly salt?: string | undefined
  readonly rounds?: number | undefined
  readonly ident?: string | undefined
}

function schemeOf(type: string): Scheme {
  const name = OTHER_NAMES[type] ?? type
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  if (scheme !== undefined) return scheme
  const known = Object.keys(SCHEMES).join(', ')
  throw typeError(`no password hash is named '${type}'`, `one of ${known}`)
}

/** A secret hashed as passwd has it. `random` makes the salt that is not given. */
export function hashPassword(
  secret: string,
  type: string,
  wish: HashWish,
  random: (() => number) | undefined,
): string {
  const scheme = schemeOf(type)
  const salt = wish.salt ?? newSalt(scheme, random)
  if (!isSalt(salt)) throw typeError('a salt has letters, digits, dots and slashes only')
  if (salt.length > scheme.saltLengthMax || (scheme.name === 'bcrypt' && salt.length !== 22)) {
    const limit = scheme.name === 'bcrypt' ? 'exactly 22' : `at most ${scheme.saltLengthMax}`
    throw typeError(`a salt of ${scheme.name} has ${limit} characters, not ${salt.length}`)
  }
  const rounds = wish.rounds ?? scheme.rounds
  if (rounds < scheme.roundsMin || rounds > scheme.roundsMax) {
    throw typeError(`rounds of ${scheme.name} are ${scheme.roundsMin} to ${scheme.roundsMax}`)
  }
  const key = JSON.stringify([secret, scheme.name, salt, rounds, wish.ident])
  const known = made.get(key)
  if (known !== undefined) return known
  if (made.size >= MADE_MAX) made.clear()
  const hashed = spelt(scheme, secret, salt, rounds, wish.ident)
  made.set(key, hashed)
  return hashed
}

/** A salt of the length that a hash takes. */
export function newSaltFor(type: string, random: () => number): string {
  return newSalt(schemeOf(type), random)
}

function newSalt(scheme: Scheme, random: (() => number) | undefined): string {
  if (random !== undefined) return saltFrom(random, scheme.saltLengthMax)
  throw new ClusterError('TEMPLATE_REFUSED', 'a random salt is refused here', {
    hint: 'give one: password_hash("sha512", salt)',
  })
}

function spelt(
  scheme: Scheme,
  secret: string,
  salt: string,
  rounds: number,
  ident: string | undefined,
): string {
  const [bytes, salted] = [Buffer.from(secret, 'utf8'), Buffer.from(salt, 'latin1')]
  if (scheme.name === 'md5') return `$1$${salt}$${md5Crypt(bytes, salted)}`
  if (scheme.name === 'bcrypt') {
    const cost = String(rounds).padStart(2, '0')
    // The library knows one spelling; the others mean the same hash.
    const hashed = hashSync(secret, `$2b$${cost}$${salt}`)
    return `$${ident ?? '2b'}${hashed.slice(3)}`
  }
  const name = scheme.name === 'sha512' ? 'sha512' : 'sha256'
  const mark = name === 'sha512' ? '$6$' : '$5$'
  const said = rounds === SHA_ROUNDS_SILENT ? '' : `rounds=${rounds}$`
  return `${mark}${said}${salt}$${shaCrypt(name, bytes, salted, rounds)}`
}

function passwordHash(input: Value, args: Arg[], { engine }: Call): Value {
  const [type, salt, , rounds, ident] = args
  const wish = {
    salt: salt === undefined || salt === null ? undefined : str(salt),
    rounds: rounds === undefined || rounds === null ? undefined : intOr(rounds, 0),
    ident: ident === undefined || ident === null ? undefined : str(ident),
  }
  return hashPassword(
    asText(input, 'a password'),
    textOr(type, 'sha512'),
    wish,
    engine.context.random,
  )
}

function vault(input: Value, args: Arg[], { engine }: Call): Value {
  const [secret, salt, id] = args
  const { random } = engine.context
  if (salt === undefined && random === undefined) {
    throw new ClusterError('TEMPLATE_REFUSED', 'a random salt is refused here', {
      hint: 'give one: vault(secret, salt)',
    })
  }
  const bytes =
    salt === undefined
      ? Buffer.from(Array.from({ length: SALT_BYTES }, () => Math.floor((random?.() ?? 0) * 256)))
      : Buffer.from(asText(salt, 'a salt'), 'utf8')
  const label = textOr(id, 'filter_default')
  return seal(Buffer.from(asText(input)), Buffer.from(asText(secret, 'the secret')), bytes, label)
}

function unvault(input: Value, [secret]: Arg[]): Value {
  const text = asText(input)
  if (!isVault(text)) return text
  try {
    const opened = openEnvelope(readEnvelope(text), Buffer.from(asText(secret, 'the secret')))
    if (opened !== undefined) return opened.toString('utf8')
  } catch (error) {
    if (!(error instanceof BadEnvelope)) throw error
    throw new ClusterError('VAULT', `what unvault reads is no vault: ${error.message}`)
  }
  throw new ClusterError('VAULT', 'the secret of unvault does not open it', {
    hint: 'check which password it was made with',
  })
}

export const PASSWORDS: Filters = {
  password_hash: { params: 'hashtype salt salt_size rounds ident', run: passwordHash },
  vault: { params: 'secret salt vault_id wrap_object', run: vault },
  unvault: { params: 'secret vault_id', run: unvault },
}

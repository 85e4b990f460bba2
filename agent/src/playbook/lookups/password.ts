// The lookup password: a random one, kept in a file of the controller so that the next run has the
// same. Not here: how a password is hashed (template/filters/password.ts).
import { dirname, isAbsolute, resolve } from 'node:path'
import { ClusterError } from '../../errors.ts'
import { makeFolders, readTextIfThere, writeAtomic } from '../../sys/files.ts'
import { hashPassword, newSaltFor } from '../../template/filters/password.ts'
import { str } from '../../value/python.ts'
import { Unknown, type Value } from '../../value/value.ts'
import type { LookupCall } from './lookup.ts'

const LENGTH = 20
const LENGTH_MAX = 10_000

/** Names of sets of characters, as Python's module string has them. */
const SETS: Readonly<Record<string, string>> = {
  ascii_lowercase: 'abcdefghijklmnopqrstuvwxyz',
  ascii_uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ascii_letters: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789abcdefABCDEF',
  octdigits: '01234567',
  punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
}

const NAMES = ['length', 'chars', 'encrypt', 'ident', 'seed']

const DEFAULT_CHARACTERS = ['ascii_letters', 'digits', '.,:-_']

interface Wish {
  readonly path: string
  readonly options: ReadonlyMap<string, Value>
}

/** `path length=12 chars=digits`: the words at the end that name an option. */
function readTerm(term: Value, call: LookupCall): Wish {
  const options = new Map(call.options)
  const words = str(term).split(' ')
  for (;;) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(words.at(-1) ?? '') ?? []
    if (!NAMES.includes(name)) break
    options.set(name, value)
    words.pop()
  }
  for (const name of options.keys()) {
    if (!NAMES.includes(name)) throw refused(call, `it has no option ${name}`, NAMES.join(', '))
  }
  const path = words.join(' ')
  return { path: isAbsolute(path) ? path : resolve(call.folder, path), options }
}

function refused(call: LookupCall, why: string, hint: string): ClusterError {
  return new ClusterError('TEMPLATE_REFUSED', `the lookup password: ${why}`, {
    where: call.at,
    hint,
  })
}

function characters(given: Value | undefined): string {
  const parts =
    given === undefined || given === null
      ? DEFAULT_CHARACTERS
      : Array.isArray(given)
        ? given.map((part) => str(part))
        : // A comma that is meant stands doubled.
          str(given).replaceAll(',,', '\0').split(',')
  const text = parts.map((part) => SETS[part] ?? part.replaceAll('\0', ',')).join('')
  return [...new Set(text.replaceAll(/['"]/g, ''))].join('')
}

/** A file has the password, then `salt=` and `ident=` where it was hashed before. */
function readKept(text: string): { secret: string; salt: string | undefined } {
  const [, secret = '', salt] = /^(.*?)(?: salt=(\S+))?(?: ident=\S+)?$/s.exec(text.trimEnd()) ?? []
  return { secret, salt }
}

function randomSecret(call: LookupCall, { options }: Wish): string {
  const length = Number(str(options.get('length') ?? LENGTH))
  if (!Number.isInteger(length) || length < 1 || length > LENGTH_MAX) {
    throw refused(call, `length cannot be ${str(options.get('length') ?? '')}`, 'a number above 0')
  }
  const from = characters(options.get('chars'))
  if (from === '') throw refused(call, 'chars leaves no character', 'for instance chars=digits')
  return Array.from({ length }, () => from[Math.floor(call.random() * from.length)]).join('')
}

export function password(call: LookupCall): Value {
  return call.terms.map((term) => {
    const wish = readTerm(term, call)
    if (wish.options.has('seed')) {
      throw refused(call, 'seed is not supported', "the choice of Python's generator is its own")
    }
    const isKept = wish.path !== '/dev/null'
    const text = isKept ? readTextIfThere(wish.path) : undefined
    if (text === undefined && call.isCheck && isKept) {
      call.sources.planned?.plan(wish.path, undefined)
      return new Unknown('the password is not made yet', `lookup password ${wish.path}`)
    }
    const kept =
      text === undefined ? undefined : readKept(call.sources.keyring.openText(text, call.at))
    return settled(call, wish, kept, isKept)
  })
}

function settled(
  call: LookupCall,
  wish: Wish,
  kept: ReturnType<typeof readKept> | undefined,
  isKept: boolean,
): string {
  const secret = kept?.secret ?? randomSecret(call, wish)
  const encrypt = wish.options.get('encrypt')
  const type = encrypt === undefined || encrypt === null ? undefined : str(encrypt)
  const salt = kept?.salt ?? (type === undefined ? undefined : newSaltFor(type, call.random))
  const isNew = kept === undefined || salt !== kept.salt
  if (isNew && isKept && !call.isCheck) {
    makeFolders(dirname(wish.path))
    const line = salt === undefined ? `${secret}\n` : `${secret} salt=${salt}\n`
    writeAtomic(wish.path, Buffer.from(line, 'utf8'), 0o600)
  }
  if (type === undefined) return secret
  const ident = wish.options.get('ident')
  return hashPassword(secret, type, { salt, ident: ident ? str(ident) : undefined }, call.random)
}

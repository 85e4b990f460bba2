// Which names sound as if their values were secret. Plans, explain, journals and lint go by this;
// what is known to be secret, out of a vault or under no_log, needs no such name. Not here: texts
// that hold secrets (plan/private.ts).

/** `maybe`: a name that is not told where that costs little, and shown where it would be missed. */
export type NameSecrecy = 'yes' | 'maybe' | 'no'

/** Within a word, as in `dbpassword`. */
const STEM =
  /passw(?:or)?d|passphrase|passcode|secret|token|credential|(?:api|private|priv|auth|preshared)key/

/** Whole words, in the singular or plural. */
const WORD = /^(?:(?!by|com)[a-z]*pass|pwd|psk|community)(?:e?s)?$/

/** In front of `key`. */
const KEY_OF = /^(?:api|private|priv|auth|access|encryption|signing|preshared|shared|master)$/

/** At the end: the value describes the secret, or says where it lies. A hash of it can be tried. */
const ABOUT = new Set(
  'file files path dir folder length days ttl age expires expiry name id url lock policy min max'.split(
    ' ',
  ),
)

const MAYBE = /pass|secret|token|key|credential|private|auth/i

export function nameSecrecy(name: string): NameSecrecy {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const isSecret = words.some((word, index) => {
    const before = words[index - 1]
    const isKey = /^keys?$/.test(word) && before !== undefined && KEY_OF.test(before)
    return STEM.test(word) || WORD.test(word) || isKey
  })
  if (isSecret && !ABOUT.has(words.at(-1) ?? '')) return 'yes'
  return isSecret || MAYBE.test(name) ? 'maybe' : 'no'
}

export function isSecretName(name: string): boolean {
  return nameSecrecy(name) === 'yes'
}

// Which 32 bytes are a public key: the canonical spelling of a point that is not of small order
// (docs/PROTOCOL.md, section 2). Whether they lie on the curve is seen when they are used. Not
// here: signatures and agreement (suite.ts).

/** The field's prime is 2^255 - 19, little-endian: `ed`, thirty times `ff`, `7f`. */
const PRIME_LOWEST_BYTE = 0xed

const MINUS_ONE = `ec${'ff'.repeat(30)}7f`
const ONE = `01${'00'.repeat(31)}`
const ZERO = '00'.repeat(32)

/** The y of the eight points of small order of edwards25519; each x may have either sign. */
const EDWARDS_SMALL = [
  ZERO,
  ONE,
  MINUS_ONE,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((text) => Buffer.from(text, 'hex'))

/** The u of the points of small order of curve25519 and its twist (RFC 7748, section 6.1). */
const MONTGOMERY_SMALL = [
  ZERO,
  ONE,
  MINUS_ONE,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map((text) => Buffer.from(text, 'hex'))

/** Ed25519: y below the prime, with the sign of x in the highest bit. */
export function isEdwardsKey(key: Uint8Array): boolean {
  return isBelowPrime(key) && !EDWARDS_SMALL.some((small) => isSameNumber(key, small))
}

/** X25519: u below the prime, the highest bit 0. */
export function isMontgomeryKey(key: Uint8Array): boolean {
  if (!isBelowPrime(key) || (key[31] ?? 0) > 0x7f) return false
  return !MONTGOMERY_SMALL.some((small) => isSameNumber(key, small))
}

/** Of 255 bits; the highest of the 256 is left out. */
function isBelowPrime(key: Uint8Array): boolean {
  if (key.length !== 32) return false
  if (((key[31] ?? 0) & 0x7f) !== 0x7f) return true
  for (let index = 30; index > 0; index--) if (key[index] !== 0xff) return true
  return (key[0] ?? 0) < PRIME_LOWEST_BYTE
}

function isSameNumber(key: Uint8Array, small: Uint8Array): boolean {
  for (let index = 0; index < 31; index++) if (key[index] !== small[index]) return false
  return ((key[31] ?? 0) & 0x7f) === small[31]
}

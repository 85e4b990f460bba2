// The types of the package siphash 1.2.0, which brings none. Not here: how it is used (suite.ts).
declare module 'siphash' {
  interface SipHash {
    /** SipHash-2-4; the key is four words of 32 bits, low words first. */
    hash(key: readonly number[], bytes: Uint8Array): { readonly h: number; readonly l: number }
  }
  const siphash: SipHash
  export default siphash
}

// Texts as the protocol lets them through: UTF-8 without characters that steer a terminal or turn
// the direction of a line, for names and roles of others are shown to people. Not here: how long a
// text may be (codec.ts).
import { isUtf8 } from 'node:buffer'

/** Control characters, line and paragraph separators, and the marks that turn the direction. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const ROLE = /^[a-z][a-z0-9-]*$/

/** A label of RFC 1123 or several with dots between. */
const HOSTNAME =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/

export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !UNPRINTABLE.test(text)
}

export function isRole(text: string): boolean {
  return ROLE.test(text)
}

/** A name whose last label is a number is an address to most programs: `10.1`, `0x7f000001`. */
const NUMBER_AT_END = /(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$/

export function isHostname(text: string): boolean {
  return HOSTNAME.test(text) && !NUMBER_AT_END.test(text)
}

/** Undefined when the bytes are not UTF-8 or hold what is not let through. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return UNPRINTABLE.test(text) ? undefined : text
}

export function encodeText(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

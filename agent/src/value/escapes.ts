// The escapes of Python's strings. Not here: which text has them, and which of them count there.

/** What stands behind the backslash, for those of one letter. */
export const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** Where Unicode ends. */
const LAST_CHARACTER = 0x10ffff

/** The character of a number in hexadecimal digits; undefined beyond the end of Unicode. */
export function characterOf(digits: string): string | undefined {
  const code = Number.parseInt(digits, 16)
  return code <= LAST_CHARACTER ? String.fromCodePoint(code) : undefined
}

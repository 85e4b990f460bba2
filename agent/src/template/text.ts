// Text as Python counts it: by code points, where JavaScript counts UTF-16 units.

export function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the range is what ASCII is
  return /^[\x00-\x7f]*$/.test(text)
}

/** The characters of a text. */
export function characters(text: string): string[] {
  return isAscii(text) ? text.split('') : Array.from(text)
}

// Text from hosts made safe for a terminal: what would move the cursor, change colours or turn the
// writing direction is shown as its code instead. Not here: quoting for shells or files.

/**
 * C0 and C1 controls but newline and tab, the marks and overrides of direction (U+061C, U+200E..F,
 * U+202A..E, U+2066..9), the line and paragraph separators, and lone surrogates.
 */
const UNSAFE = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

export function escapeText(text: string): string {
  return text.replaceAll(UNSAFE, (mark) => {
    const code = mark.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** JSON of the same meaning, safe for a terminal; such marks stand only within its strings. */
export function escapeJson(json: string): string {
  return json.replaceAll(UNSAFE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** For one line of output: newlines are shown too. */
export function escapeLine(text: string): string {
  return escapeText(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

// Output cut into lines where Python's str.splitlines cuts. Not here: lines of files.

/** Line feeds, separators of records (U+001C to U+001E), NEL and the two of Unicode. */
// oxlint-disable-next-line no-control-regex -- these are the characters that Python splits at
const ENDS = /\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/

/** Lines without their ends; an end after the last line begins no other. */
export function splitLines(text: string): string[] {
  const lines = text.split(ENDS)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

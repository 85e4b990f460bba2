// Word wrapping with the rules of Python's textwrap: each line of the text on its own, blanks kept
// inside a line and dropped at its end.

/** Wraps at `width` columns; lines of one paragraph are joined by `mark`. */
export function wrap(
  text: string,
  width: number,
  breaksWords: boolean,
  mark: string,
  breaksHyphens: boolean,
): string {
  const size = Math.max(1, width)
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => wrapLine(line, size, breaksWords, breaksHyphens).join(mark)).join(mark)
}

function wrapLine(line: string, width: number, breaksWords: boolean, hyphens: boolean): string[] {
  const chunks = splitChunks(line, hyphens)
  const lines: string[] = []
  let current = ''
  while (chunks.length > 0) {
    const chunk = chunks.shift() as string
    if (current === '' && lines.length > 0 && chunk.trim() === '') continue
    if (current.length + chunk.length <= width) {
      current += chunk
    } else if (chunk.length > width && breaksWords) {
      const room = Math.max(1, width - current.length)
      current += chunk.slice(0, room)
      chunks.unshift(chunk.slice(room))
      lines.push(current)
      current = ''
    } else if (current === '') {
      lines.push(chunk)
    } else {
      lines.push(current.trimEnd())
      current = ''
      chunks.unshift(chunk)
    }
  }
  if (current.trim() !== '') lines.push(current.trimEnd())
  return lines
}

// Words and the blanks between them; a word may also end behind a hyphen between letters.
function splitChunks(line: string, hyphens: boolean): string[] {
  const words = line.split(/(\s+)/).filter((chunk) => chunk !== '')
  if (!hyphens) return words
  return words.flatMap((word) => word.split(/(?<=[\p{L}_][^\s-]*-)(?=\p{L})/u))
}

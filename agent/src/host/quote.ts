// POSIX shell quoting. Not zx's: that writes $'...', which dash refuses.

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One word of /bin/sh that reads back as `text`; `text` holds no NUL. */
export function quoteWord(text: string): string {
  if (SAFE.test(text)) return text
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ')
}

/** A path as one word that no program takes for an option. */
export function pathWord(path: string): string {
  return quoteWord(path.startsWith('-') ? `./${path}` : path)
}

// A command's text cut into words as a POSIX shell would, without any expansion: what Python's
// shlex.split does. Not here: quoting (quote.ts).

/** Words of a text; quotes group, a backslash keeps the next character. */
export function splitWords(text: string): string[] {
  const found: string[] = []
  let word: string | undefined
  for (const [token] of text.matchAll(/\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\s+|[^\\'"\s]+/g)) {
    if (/^\s/.test(token)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else {
      word = (word ?? '') + bare(token)
    }
  }
  return word === undefined ? found : [...found, word]
}

function bare(token: string): string {
  if (token.startsWith('\\')) return token.slice(1)
  if (token.startsWith("'")) return token.slice(1, -1)
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll(/\\(["\\$`\n])/g, '$1')
  return token
}

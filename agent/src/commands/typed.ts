// What somebody has typed so far, as the words that the shell would make of it: quotes may still be
// open. Not here: what may stand next (completion.ts).

export interface Typed {
  /** The last one is under way, and may be empty. */
  readonly words: readonly string[]
  /** So much of the last word stands before a character at which bash begins a word of its own. */
  readonly kept: number
}

/** `breaks` are bash's COMP_WORDBREAKS. */
export function typedWords(line: string, breaks = ''): Typed {
  const words: string[] = []
  let word: string | undefined
  let kept = 0
  let quote = ''
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at] as string
    if (sign === '\\' && quote !== "'") {
      const next = line[(at += 1)] ?? ''
      word = (word ?? '') + (quote === '"' && !/["\\$`]/.test(next) ? sign + next : next)
    } else if (quote === '' ? /["']/.test(sign) : sign === quote) {
      quote = quote === '' ? sign : ''
      word ??= ''
      kept = breaks.includes(sign) ? word.length : kept
    } else if (quote === '' && /\s/.test(sign)) {
      if (word !== undefined) words.push(word)
      word = undefined
      kept = 0
    } else {
      word = (word ?? '') + sign
      if (quote === '' && breaks.includes(sign)) kept = word.length
    }
  }
  return { words: [...words, word ?? ''], kept }
}

// POSIX shell quoting. Not zx's: that writes $'...', which dash refuses.
import { ClusterError } from '../errors.ts'

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One word of /bin/sh that reads back as `text`. TASK_FAILED for a NUL: no shell holds it. */
export function quoteWord(text: string): string {
  if (SAFE.test(text)) return text
  if (text.includes('\0')) {
    const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text)
    throw new ClusterError('TASK_FAILED', `a NUL cannot be part of a command or path: ${shown}`, {
      hint: 'check where the value comes from',
    })
  }
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ')
}

/** A path as one word that no program takes for an option. */
export function pathWord(path: string): string {
  return quoteWord(path.startsWith('-') ? `./${path}` : path)
}

/** Lines that set environment variables for what follows in a script. */
export function exportLines(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => {
    refuseName(name)
    return `export ${name}=${quoteWord(value)}`
  })
}

/** The shell reads the name unquoted, so only what is a name may stand there. */
function refuseName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return
  throw new ClusterError('TASK_FAILED', `environment: ${JSON.stringify(name)} is not a name`, {
    hint: 'letters, digits and underscores, no digit first',
  })
}

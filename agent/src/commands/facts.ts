// cluster-os facts: what hosts tell about themselves.
import { splitWords } from '../host/words.ts'
import type { CommandContext } from './context.ts'
import { type ExecFlags, execCommand } from './exec.ts'

/** `words` are a pattern of hosts and, behind it, names of facts, in which * fits anything. */
export function factsCommand(
  words: readonly string[],
  flags: ExecFlags & { filter?: string },
  context: CommandContext,
): Promise<number> {
  const [pattern = 'all', ...names] = words
  // Of the arguments of setup, those without a name are names of facts.
  const given = splitWords(flags.args ?? '')
  const filters = [flags.filter ?? [], names, given.flatMap((word) => filterOf(word) ?? [])].flat()
  const args = given.filter((word) => filterOf(word) === undefined)
  if (filters.length > 0) args.push(`filter=${filters.join(',')}`)
  return execCommand(pattern, { ...flags, moduleName: 'setup', args: args.join(' ') }, context)
}

function filterOf(word: string): string | undefined {
  const [, value] = /^filter=(.*)$/s.exec(word) ?? []
  return word.includes('=') ? value : word
}

// cluster-os facts: what hosts tell about themselves.
import { type NamedWord, namedWords } from '../playbook/keyvalues.ts'
import type { CommandContext } from './context.ts'
import { type ExecFlags, execCommand } from './exec.ts'

/** `words` are a pattern of hosts and, behind it, names of facts, in which * fits anything. */
export function factsCommand(
  words: readonly string[],
  flags: ExecFlags & { filter?: string },
  context: CommandContext,
): Promise<number> {
  const [pattern = 'all', ...names] = words
  const given = namedWords(flags.args ?? '', { file: '-a', line: 1, column: 1 })
  const wanted = given.filter(isOfFacts).map(({ text }) => text)
  const filters = [flags.filter ?? [], names, wanted].flat()
  const others = given.filter((word) => !isOfFacts(word)).map(({ name, text }) => [name, text])
  const all = filters.length === 0 ? others : [...others, ['filter', filters.join(',')]]
  return execCommand(pattern, { ...flags, moduleName: 'setup' }, context, Object.fromEntries(all))
}

/** Of the arguments of setup, those without a name are names of facts. */
function isOfFacts({ name }: NamedWord): boolean {
  return name === undefined || name === 'filter'
}

// cluster-os facts: what hosts tell about themselves.
import type { CommandContext } from './context.ts'
import { type ExecFlags, execCommand } from './exec.ts'

export function factsCommand(
  pattern: string | undefined,
  flags: ExecFlags & { filter?: string },
  context: CommandContext,
): Promise<number> {
  const args = flags.filter === undefined ? '' : `filter=${flags.filter}`
  return execCommand(pattern ?? 'all', { ...flags, moduleName: 'setup', args }, context)
}

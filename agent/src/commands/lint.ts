// cluster-os lint: every mistake that can be found without a host, in as many playbooks as given.
import { ClusterError } from '../errors.ts'
import { formatError } from '../output/failure.ts'
import { loadPlaybook } from '../playbook/load.ts'
import type { CommandContext } from './context.ts'
import { type Flags, keyringOf, sourceOptionsOf } from './flags.ts'

export async function lintCommand(
  files: readonly string[],
  flags: Flags,
  context: CommandContext,
): Promise<number> {
  if (files.length === 0) {
    throw new ClusterError('USAGE', 'lint needs a playbook', { hint: 'cluster-os lint site.yml' })
  }
  const keyring = await keyringOf(flags, context)
  let mistakes = 0
  for (const file of files) {
    try {
      loadPlaybook(file, sourceOptionsOf(flags, keyring))
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      mistakes += 1
      context.writeError(formatError(error, context.paint))
    }
  }
  const count = `${files.length} ${files.length === 1 ? 'playbook' : 'playbooks'}`
  context.write(mistakes === 0 ? `${count}: nothing to complain about\n` : '')
  return mistakes === 0 ? 0 : 65
}

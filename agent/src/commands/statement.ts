// cluster-os statement add FILE...: hands statements that an operator has signed to the agent of
// this machine, which checks them and tells all members. Not here: making them (operator commands).
import { ClusterError } from '../errors.ts'
import { readFile } from '../sys/files.ts'
import { type AskFlags, askOnce } from './asking.ts'
import type { CommandContext } from './context.ts'

export async function statementCommand(
  action: string | undefined,
  files: readonly string[],
  flags: AskFlags,
  context: CommandContext,
): Promise<number> {
  if (action !== 'add' || files.length === 0) {
    throw new ClusterError('USAGE', 'statement takes "add" and files', {
      hint: 'cluster-os statement add revocation.statement',
    })
  }
  const statements = files.map((file) => readFile(file).toString('base64'))
  const { taken } = await askOnce<{ taken: readonly string[] }>(
    { ask: 'add', statements },
    flags,
    context,
  )
  for (const [index, file] of files.entries()) context.write(`${file}: ${taken[index]}\n`)
  return taken.every((word) => word === 'taken' || word === 'known') ? 0 : 1
}

/** Has the agent read its settings anew. */
export async function reloadCommand(flags: AskFlags, context: CommandContext): Promise<number> {
  await askOnce({ ask: 'reload' }, flags, context)
  return 0
}

/** The agent's figures, as Prometheus reads them. */
export async function metricsCommand(flags: AskFlags, context: CommandContext): Promise<number> {
  const { text } = await askOnce<{ text: string }>({ ask: 'metrics' }, flags, context)
  context.write(text)
  return 0
}

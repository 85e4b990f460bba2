// cluster-os agent: the node's own process, as systemd starts it. Not here: what it does (daemon/).
import { runAgent } from '../daemon/agent.ts'
import { joinByFile } from '../daemon/joining.ts'
import { readSettings, SETTINGS_FILE } from '../daemon/settings.ts'
import { runLean } from '../sys/engine.ts'
import type { CommandContext } from './context.ts'
import { programDigest } from './digest.ts'

export interface AgentFlags {
  readonly settings?: string | undefined
}

/** Of an agent that was told to leave: systemd does not start it again (cluster-os.service). */
export const LEFT_EXIT_CODE = 80

/** Answers the exit code. */
export async function agentCommand(
  flags: AgentFlags,
  program: string,
  context: Pick<CommandContext, 'writeError' | 'signal'>,
): Promise<number> {
  runLean()
  const settings = () => readSettings(flags.settings ?? SETTINGS_FILE)
  const log = (line: string): void => context.writeError(`${line}\n`)
  const end = await runAgent({
    settings,
    log,
    signal: context.signal,
    join: (store) => joinByFile(store, settings(), log),
    digest: Buffer.from(programDigest(program) ?? '', 'hex'),
  })
  return end === 'left' ? LEFT_EXIT_CODE : 0
}

// The agent's process, as systemd starts it: a program of its own, so that a machine that only
// takes part does not carry the whole command line in memory. Not here: what the agent does
// (daemon/).
import { parseArgs } from 'node:util'
import { agentCommand } from './commands/agent.ts'
import { ClusterError, formatWhere } from './errors.ts'

let exitCode = 0
const abort = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => abort.abort())

try {
  const { values } = parseArgs({ options: { settings: { type: 'string' } } })
  exitCode = await agentCommand(values, process.argv[1] ?? '', {
    writeError: (text) => process.stderr.write(text),
    signal: abort.signal,
  })
} catch (error) {
  if (!(error instanceof ClusterError)) throw error
  const where = error.where === undefined ? '' : ` at ${formatWhere(error.where)}`
  process.stderr.write(`agent: cannot start: ${error.message}${where}; ${error.hint ?? ''}\n`)
  process.exit(error.exitCode)
}
process.exit(exitCode)

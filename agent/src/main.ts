// The process: its streams, its signals and its end. The only place that exits. Not here: anything
// that a command does.
import { runCli } from './cli.ts'
import { type CommandContext, paintFor } from './commands/context.ts'
import { ClusterError } from './errors.ts'
import { formatError } from './output/failure.ts'
import { systemClock } from './sys/clock.ts'
import { environment, stateFolder } from './sys/env.ts'
import { askSecret, lineAsker, terminalAsker } from './sys/terminal.ts'
import { Secrets } from './vault/secrets.ts'

const COLUMNS_DEFAULT = 79

/** Nobody presses Ctrl-C twice on purpose within this. */
const SAME_SIGNAL_MS = 500

/** 128 + the number of the signal. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** As of a program that SIGPIPE has ended, which node itself passes over. */
const SIGPIPE_CODE = 141

let signalCode: number | undefined
let signalledAtMs = 0
const abort = new AbortController()

for (const [signal, code] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    // The second time means now. A terminal signals the whole group, and a launcher passes the
    // signal on: twice within a moment is once.
    const now = systemClock.now()
    if (signalCode !== undefined && now - signalledAtMs > SAME_SIGNAL_MS) process.exit(code)
    if (signalCode !== undefined) return
    signalledAtMs = now
    signalCode = code
    process.stderr.write(`\n${signal}: ending what runs on the hosts; once more to leave at once\n`)
    abort.abort(code)
  })
}

// A launcher that was killed takes the run with it, as if they were one process: what nobody can
// stop any more must not go on. Its channel alone keeps nothing alive.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.channel?.unref()

/**
 * A reader that has gone (a pipe into head) ends the run as a signal does: nobody sees any more
 * what it does.
 */
function endUnread(error: NodeJS.ErrnoException): void {
  if (signalCode !== undefined) return
  signalCode = error.code === 'EPIPE' ? SIGPIPE_CODE : 1
  if (signalCode === 1) process.stderr.write(`error: cannot write the output: ${error.message}\n`)
  abort.abort(signalCode)
}
process.stdout.on('error', endUnread)
process.stderr.on('error', endUnread)

const isTerminal = process.stdout.isTTY
const secrets = new Secrets()
const context: CommandContext = {
  write: (text) => process.stdout.write(secrets.hide(text)),
  writeError: (text) => process.stderr.write(secrets.hide(text)),
  secrets,
  isTerminal,
  isInputTerminal: process.stdin.isTTY,
  columns: Math.min(process.stdout.columns || COLUMNS_DEFAULT, 120),
  paint: paintFor(isTerminal, environment),
  signal: abort.signal,
  environment,
  stateFolder: stateFolder(),
  askSecret,
  ask: terminalAsker(),
  askLine: lineAsker(),
}

let exitCode: number
try {
  exitCode = await runCli(process.argv.slice(2), context)
} catch (error) {
  const shown = formatError(error, paintFor(process.stderr.isTTY, environment))
  process.stderr.write(secrets.hide(shown))
  exitCode = error instanceof ClusterError ? error.exitCode : 70
}
await new Promise<void>((resolve) => {
  process.stdout.write('', (error) => {
    if (error) endUnread(error)
    resolve()
  })
})
if (exitCode === SIGPIPE_CODE) {
  process.stderr.write('nobody reads the output: what ran on the hosts was ended\n')
}
process.exit(signalCode ?? exitCode)

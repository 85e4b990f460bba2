// The command line called in this process: its words, its exit code and the error that ended it.
import { runCli } from '../../agent/src/cli.ts'
import { makePaint } from '../../agent/src/output/paint.ts'
import { Secrets } from '../../agent/src/vault/secrets.ts'

export interface Called {
  /** Undefined when an error ended it. */
  readonly exitCode: number | undefined
  readonly error: unknown
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly environment?: (name: string) => string | undefined
  readonly askSecret?: (question: string) => Promise<string>
  readonly ask?: (question: string, isHidden: boolean) => Promise<string>
}

export async function callCli(
  argv: readonly string[],
  surroundings: Surroundings = {},
): Promise<Called> {
  const said = { stdout: '', stderr: '' }
  const secrets = new Secrets()
  const context = {
    write: (text: string) => {
      said.stdout += secrets.hide(text)
    },
    writeError: (text: string) => {
      said.stderr += secrets.hide(text)
    },
    secrets,
    isTerminal: false,
    isInputTerminal: false,
    columns: 79,
    paint: makePaint(false, true, false),
    signal: new AbortController().signal,
    environment: surroundings.environment ?? (() => undefined),
    askSecret: surroundings.askSecret ?? (() => Promise.reject(new Error('nobody to ask'))),
    ask: surroundings.ask,
  }
  try {
    return { exitCode: await runCli(argv, context), error: undefined, ...said }
  } catch (error) {
    return { exitCode: undefined, error, ...said }
  }
}

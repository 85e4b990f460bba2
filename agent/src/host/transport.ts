// What reaching a machine means: shells opened on it, and an end. ssh.ts and local.ts are the two
// ways. Not here: what is said to a shell (real.ts).
import type { ShellStreams } from './shell.ts'

/** How long connecting may take where nobody says more, as in Ansible. */
export const CONNECT_LIMIT_MS = 10_000

export interface Transport {
  /** The host's name, for messages. */
  readonly name: string
  /**
   * Starts a command that becomes /bin/sh and answers with its streams. Rejects with UNREACHABLE
   * when the machine cannot be reached.
   */
  openShell(command: string): Promise<ShellStreams>
  close(): void
}

/** Who a host's shells work as. */
export interface Become {
  readonly method: 'sudo' | 'su' | 'doas'
  readonly user: string
  /** Sent on standard input, never as an argument. */
  readonly password: string | undefined
  /** Another program instead of the one that the method is named after. */
  readonly program?: string | undefined
  /** Flags instead of the usual `-H` of sudo. */
  readonly flags?: readonly string[] | undefined
}

// Asking the agent of this machine, by its socket. Every command about the cluster goes through
// here, so that a missing agent is told of in one way. Not here: what is asked and how it is shown.
import type { Request } from '../daemon/control.ts'
import { socketOf } from '../daemon/settings.ts'
import { ClusterError } from '../errors.ts'
import { askUnix } from '../sys/unix.ts'
import type { CommandContext } from './context.ts'

export interface AskFlags {
  readonly socket?: string
}

/** Where the agent of this machine listens: as said, as the environment says, as it is set to. */
export function agentSocket(flags: AskFlags, context: CommandContext): string {
  return flags.socket ?? context.environment('CLUSTER_OS_SOCKET') ?? socketOf()
}

/**
 * Each line of the agent's answer, read as JSON. AGENT when there is none or it may not be asked.
 */
export async function* ask<T>(
  request: Request,
  flags: AskFlags,
  context: CommandContext,
): AsyncGenerator<T> {
  const path = agentSocket(flags, context)
  try {
    for await (const line of askUnix(path, JSON.stringify(request), context.signal)) {
      const answer: unknown = JSON.parse(line)
      const error = (answer as { error?: unknown }).error
      if (typeof error === 'string') throw failed(`the agent refused: ${error}`)
      yield answer as T
    }
  } catch (error) {
    throw error instanceof ClusterError ? error : unreachable(path, error)
  }
}

/** The only line of an answer. */
export async function askOnce<T>(
  request: Request,
  flags: AskFlags,
  context: CommandContext,
): Promise<T> {
  for await (const answer of ask<T>(request, flags, context)) return answer
  throw failed('the agent ended without an answer')
}

function failed(message: string): ClusterError {
  return new ClusterError('AGENT', message, {
    hint: 'journalctl -u cluster-os has its words',
  })
}

function unreachable(path: string, cause: unknown): ClusterError {
  const { code } = cause as { code?: string }
  if (code === 'EACCES') {
    return new ClusterError('AGENT', `${path} may not be opened by this user`, {
      hint: 'ask as root',
      cause,
    })
  }
  return new ClusterError('AGENT', `no agent answers at ${path}`, {
    hint: 'is it running? systemctl status cluster-os; why not: cluster-os doctor',
    cause,
  })
}

// cluster-os version: what this is, to the byte.
import type { CommandContext } from './context.ts'
import { programDigest } from './digest.ts'

/** Filled in by the build; a checkout says so. */
declare const CLUSTER_OS_VERSION: string | undefined

export function versionText(): string {
  return typeof CLUSTER_OS_VERSION === 'string' ? CLUSTER_OS_VERSION : 'checkout'
}

export function versionCommand(
  flags: { digest?: boolean },
  program: string,
  context: CommandContext,
): number {
  const digest = flags.digest === true ? programDigest(program) : undefined
  if (digest !== undefined) {
    context.write(`${digest}\n`)
    return 0
  }
  context.write(`cluster-os ${versionText()}\n`)
  return 0
}

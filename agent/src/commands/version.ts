// cluster-os version: what this is, to the byte.
import { createHash } from 'node:crypto'
import { readFile, readTextIfThere } from '../sys/files.ts'
import type { CommandContext } from './context.ts'

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
  if (flags.digest === true && readTextIfThere(program) !== undefined) {
    context.write(`${createHash('sha256').update(readFile(program)).digest('hex')}\n`)
    return 0
  }
  context.write(`cluster-os ${versionText()}\n`)
  return 0
}

// The engine as a person calls it, from tests: a process of its own, its exit code and its words.
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { ROOT } from '../../lab/site.ts'
import type { Ran } from './nodes.ts'

export const SITE = join(ROOT, 'playbooks/site.yml')

const RUN_LIMIT = '120s'

/** `cluster-os ARGS...`; it never throws for an exit code. */
export async function clusterOs(args: readonly string[]): Promise<Ran> {
  const main = join(ROOT, 'agent/src/main.ts')
  const { exitCode, stdout, stderr } = await $({
    nothrow: true,
    cwd: ROOT,
    timeout: RUN_LIMIT,
  })`${process.execPath} ${main} ${args}`
  return { exitCode: exitCode ?? -1, stdout, stderr }
}

export interface HostStats {
  readonly ok: number
  readonly changed: number
  readonly failures: number
  readonly unreachable: number
  readonly skipped: number
  readonly unknown?: number
}

/** `run PLAYBOOK` with the json report's stats by host. */
export async function runSite(
  inventory: string,
  options: readonly string[] = [],
): Promise<Ran & { stats: Readonly<Record<string, HostStats>> }> {
  const ran = await clusterOs(['run', SITE, '-i', inventory, '--output', 'json', ...options])
  try {
    return { ...ran, stats: JSON.parse(ran.stdout).stats }
  } catch {
    throw new Error(`no json report, exit code ${ran.exitCode}: ${ran.stdout}${ran.stderr}`)
  }
}

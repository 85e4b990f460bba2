// Programs that the lab calls, and the packages that bring them. As root on Debian or Ubuntu what
// is missing is installed, saying so; otherwise the error holds the command to run.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import { say } from './say.ts'

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

export function hasProgram(name: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, name)))
}

/** `needs` maps a program, or an absolute path of a file, to the package that brings it. */
export async function ensurePrograms(needs: Readonly<Record<string, string>>): Promise<void> {
  const isThere = (need: string) => (need.startsWith('/') ? existsSync(need) : hasProgram(need))
  const missing = Object.keys(needs).filter((need) => !isThere(need))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((need) => needs[need] ?? need))]
  const command = `apt-get install ${packages.join(' ')}`
  if (!hasProgram('apt-get')) {
    throw new ClusterError('LAB', `the lab needs ${missing.join(', ')}`, {
      hint: 'only Debian and Ubuntu are prepared by the lab itself; install it by hand',
    })
  }
  if (!isRoot()) {
    throw new ClusterError('LAB', `the lab needs ${missing.join(', ')} and root to install it`, {
      hint: `run: sudo ${command}`,
    })
  }
  await install(packages)
}

async function install(packages: string[]): Promise<void> {
  say(`installing ${packages.join(', ')}`)
  const options = { nothrow: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const update = await $(options)`apt-get update -q`
  // Newer Debian has docker's client in a package of its own.
  const client = packages.includes('docker.io') && !hasProgram('docker') ? ['docker-cli'] : []
  const known = await $(options)`apt-cache show ${client}`
  const all = [...packages, ...(known.exitCode === 0 ? client : [])]
  const installed = await $(options)`apt-get install -yq --no-install-recommends ${all}`
  if (installed.exitCode === 0) return
  console.error(`${update.stderr}${installed.stdout}${installed.stderr}`.trimEnd())
  throw new ClusterError('LAB', `apt-get could not install ${all.join(', ')}`, {
    hint: 'its own words stand above',
  })
}

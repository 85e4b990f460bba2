// Agents on the lab's nodes: the package as it is released, and a seed of a cluster made for this
// lab by the commands that an operator uses. Not here: nodes (containers.ts) and what agents do.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROGRAMS } from '../agent/src/commands/digest.ts'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import type { NodeDescription } from './node.ts'
import { say } from './say.ts'
import { type Lab, ROOT } from './site.ts'

const DIST = join(ROOT, 'dist')
const MAIN = join(ROOT, 'agent/src/main.ts')
const SEED = '/etc/cluster-os/seed.yml'

/** The newest file of these decides whether the package is built anew. */
const SOURCES = ['agent', 'playbooks', 'tasks']

/** `dist/cluster-os_VERSION_amd64.deb`, built when it is older than what it is made of. */
export async function ensurePackage(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string
  }
  const file = join(DIST, `cluster-os_${version}_amd64.deb`)
  const newest = Math.max(...SOURCES.map((folder) => newestIn(join(ROOT, folder))))
  if (existsSync(file) && statSync(file).mtimeMs > newest) return file
  say('building the package of a node')
  await $`${process.execPath} ${join(ROOT, 'agent/package.ts')}`
  return file
}

function newestIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, { parentPath, name }) => {
      return Math.max(newest, statSync(join(parentPath, name)).mtimeMs)
    }, 0)
}

/** What an operator of the lab's cluster has: a home with its keys, made at the first call. */
export class Operator {
  readonly #home: string
  readonly #password: string

  constructor(lab: Lab, name = 'operator') {
    this.#home = join(lab.folder, name)
    this.#password = join(this.#home, 'password')
    if (existsSync(this.#password)) return
    mkdirSync(this.#home, { recursive: true, mode: 0o700 })
    writeFileSync(this.#password, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 })
    this.#call(['cluster', 'init', '--name', 'lab'])
  }

  /** The text of a new seed. */
  seed(name: string, options: readonly string[] = []): string {
    const file = join(this.#home, `${name}.yml`)
    this.#call(['seed', 'create', name, '-o', file, '--force', ...options])
    return readFileSync(file, 'utf8')
  }

  /** Signs a revocation; the statement's bytes. */
  revoke(args: readonly string[]): Buffer {
    const said = this.#call(args)
    const path = /\S+\.statement/.exec(said)?.[0]
    if (path === undefined) throw new Error(`no statement was written: ${said}`)
    return readFileSync(path)
  }

  #call(args: readonly string[]): string {
    const words = [MAIN, ...args, '--password-file', this.#password]
    const ended = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      env: { ...process.env, HOME: this.#home },
    })
    if (ended.status === 0) return ended.stdout
    throw new ClusterError('LAB', `cluster-os ${args.join(' ')} failed: ${ended.stderr.trim()}`)
  }
}

/** Puts a seed and the package on a node; the agent starts with it. */
export async function installAgent(container: string, deb: string, seed?: string): Promise<void> {
  if (seed !== undefined) await putSeed(container, seed)
  const install =
    'cat > /root/agent.deb && dpkg -i /root/agent.deb >/dev/null && rm /root/agent.deb'
  await $({ input: readFileSync(deb) })`docker exec -i ${container} sh -c ${install}`
}

export async function putSeed(container: string, seed: string): Promise<void> {
  const put = `umask 077; mkdir -p /etc/cluster-os && cat > ${SEED}`
  await $({ input: seed })`docker exec -i ${container} sh -c ${put}`
}

/** Nodes whose program is not that of the package. */
export async function nodesWithout(
  deb: string,
  nodes: readonly NodeDescription[],
): Promise<NodeDescription[]> {
  const wanted =
    await $`dpkg-deb --fsys-tarfile ${deb} | tar -xO ${PROGRAMS.map((name) => `./usr/lib/cluster-os/${name}`)} | sha256sum`
  const digest = wanted.stdout.split(' ')[0]
  const found = await Promise.all(
    nodes.map(async (node) => {
      const asked = await $({
        nothrow: true,
      })`docker exec ${node.container} cluster-os version --digest`
      return asked.stdout.trim() === digest ? [] : [node]
    }),
  )
  return found.flat()
}

/** Waits until every node lists all of them as alive; milliseconds. */
export async function awaitMembers(
  nodes: readonly NodeDescription[],
  limitMs: number,
): Promise<number> {
  const names = nodes
    .map(({ name }) => name)
    .toSorted()
    .join(', ')
  const startMs = performance.now()
  for (;;) {
    const listed = await Promise.all(nodes.map(({ container }) => listedOn(container)))
    if (listed.every((list) => list === names)) return performance.now() - startMs
    if (performance.now() - startMs > limitMs) {
      const lists = listed.map((list, at) => `${nodes[at]?.name}: ${list || 'nobody'}`)
      throw new ClusterError('LAB', `not every agent lists all: ${lists.join('; ')}`, {
        hint: 'make logs shows their journals; cluster-os doctor on a node says more',
      })
    }
    await sleep(200)
  }
}

async function listedOn(container: string): Promise<string> {
  const asked = await $({ nothrow: true })`docker exec ${container} cluster-os members --json`
  if (asked.exitCode !== 0) return ''
  const members = JSON.parse(asked.stdout) as { hostname: string; state: string }[]
  return members
    .filter(({ state }) => state === 'alive')
    .map(({ hostname }) => hostname)
    .toSorted()
    .join(', ')
}

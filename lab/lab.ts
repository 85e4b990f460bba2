// The lab: systemd nodes in containers on this machine, for people (`make up`, `make down`,
// `make shell`, `make logs`) and, by the same node description, for tests. It is not part of the
// product: nothing in agent/ knows of it.
//
//   node lab/lab.ts up [NODES] [BASE] [BY] | down | shell [NODE] | logs [NODE]
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { ProcessOutput } from 'zx/core'
import { ClusterError } from '../agent/src/errors.ts'
import { listContainers, removeContainers, removeStale } from './containers.ts'
import { daemonAnswers } from './daemon.ts'
import { DEFAULT_BASE } from './image.ts'
import { removeNetwork } from './network.ts'
import { say } from './say.ts'
import { makeLab, RUN_UP } from './site.ts'
import { up } from './up.ts'

const DEFAULT_NODES = 3
const LOG_LINES = 100

async function main(args: readonly string[]): Promise<number> {
  const [verb, first, second, by = 'agent'] = args
  if (verb === 'up') {
    if (by !== 'hand' && by !== 'agent') {
      throw new ClusterError('USAGE', `BY=${by} is not known`, { hint: 'BY=agent or BY=hand' })
    }
    return up(Number(first ?? DEFAULT_NODES), second ?? DEFAULT_BASE, by)
  }
  if (verb === 'down') return down()
  if (verb === 'shell') return shell(first ?? '1')
  if (verb === 'logs') return logs(first)
  throw new ClusterError('USAGE', `the lab knows no verb ${verb ?? '(none)'}`, {
    hint: 'up [NODES] [BASE] [BY], down, shell [NODE], logs [NODE]',
  })
}

async function down(): Promise<number> {
  const lab = makeLab(RUN_UP)
  if (!(await daemonAnswers())) {
    throw new ClusterError('LAB', 'no docker daemon answers', { hint: 'then no node runs either' })
  }
  await removeStale()
  const mine = (await listContainers()).filter((container) => container.run === RUN_UP)
  await removeContainers(mine.map((container) => container.name))
  await removeNetwork(lab.name)
  rmSync(`${lab.folder}/nodes`, { recursive: true, force: true })
  rmSync(lab.inventory, { force: true })
  rmSync(lab.knownHosts, { force: true })
  say(`${mine.length} nodes removed`)
  return 0
}

async function shell(node: string): Promise<number> {
  const container = `${makeLab(RUN_UP).name}-node${node}`
  return (
    spawnSync('docker', ['exec', '-it', container, 'bash', '-l'], { stdio: 'inherit' }).status ?? 1
  )
}

async function logs(node: string | undefined): Promise<number> {
  const mine = (await listContainers()).filter((container) => container.run === RUN_UP)
  const wanted = mine.filter(({ name }) => node === undefined || name.endsWith(`-node${node}`))
  if (wanted.length === 0) throw new ClusterError('LAB', 'no such node runs', { hint: 'make up' })
  for (const { name } of wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    console.log(`== ${name}`)
    const journal = ['journalctl', '--no-pager', '-n', String(LOG_LINES)]
    spawnSync('docker', ['exec', name, ...journal], { stdio: 'inherit' })
  }
  return 0
}

function commandError(output: ProcessOutput): ClusterError {
  const said = output.stderr.trim() || `exit code ${output.exitCode}`
  return new ClusterError('LAB', `a command of the lab failed: ${said}`, { cause: output })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const known = error instanceof ProcessOutput ? commandError(error) : error
  if (!(known instanceof ClusterError)) throw known
  console.error(`lab: ${known.message}`)
  if (known.hint !== undefined) console.error(`hint: ${known.hint}`)
  process.exitCode = known.exitCode
}

// Playbooks timed beside their peers: whole processes in turns on the same hosts, with an equal end
// state as the gate. Not here: anything that passes or fails on a clock; people read the table.
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { $ } from '../../lab/command.ts'
import { say } from '../../lab/say.ts'
import { ROOT } from '../../lab/site.ts'
import { type Started, startNodes } from '../lab/nodes.ts'
import { type Job, OURS, ownCommand, type Peer, preparePeers, versions } from './peers.ts'
import { type Cost, type Figures, keepFigures, machine, summarize, tell } from './report.ts'
import { GROUNDS, ROWS, type Row } from './rows.ts'
import { EqualStates, timeInTurns } from './states.ts'
import {
  farTarget,
  nodeTargets,
  pyinfraHosts,
  sshdTargets,
  type Targets,
  writeTargets,
} from './targets.ts'

/** Debian 12: mitogen 0.3.3 does not start on the Python 3.13 of Debian 13. */
const BASE = 'debian12'

/** The row that needs no host. */
const START = 'start'

async function main(): Promise<void> {
  const [rounds = '5', wanted = '', wantedPeers = '', ...flags] = process.argv.slice(2)
  const isWriting = flags.includes('--write')
  if (isWriting && wantedPeers !== '') {
    throw new ClusterError('USAGE', 'a row without all its contenders is not written')
  }
  const ids = words(wanted)
  const rows = chooseRows(ids)
  const facts = { date: new Date().toISOString().slice(0, 10), machine: machine() }
  const lab = await startNodes(Math.max(1, ...rows.map(nodesOf)), { base: BASE })
  try {
    const folder = join(lab.lab.folder, 'bench')
    const peers = choosePeers(words(wantedPeers), await preparePeers(folder, pyinfraHosts(lab.lab)))
    const version = await versions()
    const keep = (id: string, title: string, costs: Costs): void => {
      const figures: Figures = { id, title, ...facts, versions: version, peers: summarize(costs) }
      process.stdout.write(tell([figures]))
      if (isWriting) keepFigures(figures)
    }
    for (const row of rows) {
      keep(row.id, row.title, await measureRow(row, lab, peers, Number(rounds)))
    }
    if (ids.length === 0 || ids.includes(START)) {
      keep(START, 'start of the CLI', await measureStart(Number(rounds)))
    }
  } finally {
    await lab.remove()
  }
}

type Costs = ReadonlyMap<string, readonly Cost[]>

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '')

/** We always take part: the ratios are to our time. */
function choosePeers(wanted: readonly string[], peers: readonly Peer[]): readonly Peer[] {
  if (wanted.length === 0) return peers
  return peers.filter(({ name }) => name === OURS || wanted.some((word) => name.startsWith(word)))
}

function chooseRows(ids: readonly string[]): readonly Row[] {
  const known = [...ROWS.map(({ id }) => id), START]
  const strange = ids.find((id) => !known.includes(id))
  if (strange !== undefined) {
    throw new ClusterError('USAGE', `there is no row ${strange}`, { hint: known.join(', ') })
  }
  return ids.length === 0 ? ROWS : ROWS.filter(({ id }) => ids.includes(id))
}

const nodesOf = ({ on }: Row): number => ('nodes' in on ? on.nodes : 1)

async function makeTargets({ on }: Row, lab: Started): Promise<Targets> {
  const [first] = lab.nodes
  if (first === undefined) throw new ClusterError('LAB', 'the lab has no node')
  if ('sshds' in on) return sshdTargets(first, on.sshds)
  if ('farMs' in on) return farTarget(first, on.farMs)
  return nodeTargets(lab.nodes.slice(0, on.nodes))
}

async function measureRow(
  row: Row,
  lab: Started,
  peers: readonly Peer[],
  wishedRounds: number,
): Promise<Costs> {
  const taking = peers.filter(({ name }) => row.without?.includes(name) !== true)
  const rounds = Math.min(wishedRounds, row.maxRounds ?? wishedRounds)
  const folder = join(lab.lab.folder, 'bench')
  const { playbook, isPlan = false } = row
  const job: Job = { playbook, isPlan, inventory: lab.lab.inventory, folder }
  const { reset, state } = GROUNDS[playbook]
  const targets = await makeTargets(row, lab)
  try {
    writeTargets(lab, targets)
    const gate = new EqualStates(row.title)
    await targets.read(reset)
    if (row.isFresh !== true) {
      await runOnce(peers[0], { ...job, isPlan: false })
      await gate.add(targets, state)
    }
    return await timeInTurns(taking, rounds, {
      run: async (peer, round) => {
        if (row.isFresh === true) await targets.read(reset)
        const cost = await runOnce(peer, job)
        say(`${row.title}, round ${round + 1}: ${peer.name} ${cost.wall.toFixed(2)} s`)
        return cost
      },
      gate: () => gate.add(targets, state),
    })
  } finally {
    await targets.close()
  }
}

async function runOnce(peer: Peer | undefined, job: Job): Promise<Cost> {
  const cost = await measure(peer?.argv(job) ?? [], peer?.env ?? {})
  if (cost.rc === 0) return cost
  throw new ClusterError('LAB', `${peer?.name} failed on ${job.playbook}: ${cost.output}`)
}

async function measureStart(rounds: number): Promise<Costs> {
  const programs: [string, readonly string[]][] = [
    [OURS, ownCommand('version')],
    ['node -e 0', [process.execPath, '-e', '0']],
  ]
  const costs = new Map<string, Cost[]>(programs.map(([name]) => [name, []]))
  for (let round = 0; round < rounds * 2; round += 1) {
    for (const [name, argv] of programs) costs.get(name)?.push(await measure(argv, {}))
  }
  return costs
}

async function measure(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Cost> {
  const script = join(ROOT, 'test/bench/measure.py')
  const { stdout } = await $({
    env: { ...process.env, ...env },
  })`/usr/bin/python3 ${script} ${argv}`
  return JSON.parse(stdout) as Cost
}

await main()

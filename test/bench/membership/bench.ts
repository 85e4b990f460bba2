// Membership beside serf: both through the same scripts, trial by trial in turns, each in a network
// namespace of its own. Not here: anything that passes or fails on a clock; people read the table.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../../../agent/src/errors.ts'
import { $ } from '../../../lab/command.ts'
import { ensurePrograms } from '../../../lab/programs.ts'
import { say } from '../../../lab/say.ts'
import { ROOT } from '../../../lab/site.ts'
import { machine, median } from '../report.ts'
import { combine, type Found, keep, tell } from './page.ts'
import { ROWS, type Row } from './rows.ts'
import { ensureSerf, serfVersion } from './serf.ts'
import type { Figures } from './steps.ts'

async function main(): Promise<void> {
  const [wishedRounds = '3', wanted = '', ...flags] = process.argv.slice(2)
  const rows = chooseRows(wanted.split(/\s+/).filter((word) => word !== ''))
  await ensurePrograms({ nft: 'nftables', ip: 'iproute2', unshare: 'util-linux' })
  const program = await ensureSerf()
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: `${await serfVersion(program)}, Node ${process.version}`,
  }
  for (const row of rows) {
    const rounds = row.rounds ?? Number(wishedRounds)
    const contenders = await measureRow(row, rounds, program)
    const found: Found = { id: row.id, ...facts, rounds, contenders }
    process.stdout.write(tell([found]))
    if (flags.includes('--write')) keep(found)
  }
}

function chooseRows(ids: readonly string[]): readonly Row[] {
  const strange = ids.find((id) => !ROWS.some((row) => row.id === id))
  if (strange !== undefined) {
    const hint = ROWS.map(({ id }) => id).join(', ')
    throw new ClusterError('USAGE', `there is no row ${strange}`, { hint })
  }
  return ids.length === 0 ? ROWS : ROWS.filter(({ id }) => ids.includes(id))
}

async function measureRow(row: Row, rounds: number, program: string): Promise<Found['contenders']> {
  const names = row.isOursAlone === true ? ['cluster-os'] : ['cluster-os', 'serf']
  const trials = new Map<string, Figures[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [name, list] of trials) {
      const figures = await runTrial(name, row, program)
      list.push(figures)
      say(`${row.title}, round ${round}: ${name} ${JSON.stringify(figures)}`)
    }
  }
  // Of those that start together the slowest counts: all trials must get there.
  const by = row.id === 'together' ? (values: readonly number[]) => Math.max(...values) : median
  return Object.fromEntries([...trials].map(([name, list]) => [name, combine(list, by)]))
}

async function runTrial(name: string, { script }: Row, program: string): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-membership-'))
  try {
    const trial = join(ROOT, 'test/bench/membership/one.ts')
    const who = name === 'serf' ? 'serf' : 'ours'
    const args = [process.execPath, trial, who, JSON.stringify(script), folder, program]
    const { stdout } = await $`unshare --net ${args}`
    return JSON.parse(stdout) as Figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}

await main()

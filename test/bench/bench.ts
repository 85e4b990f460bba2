// Playbook A timed beside its peers: pipelined ansible-core and mitogen, run in turns on the same
// nodes, whole processes, with an equal end state as the gate. Writes docs/benchmarks.md when
// asked. Not here: anything that passes or fails on a clock; people read the table.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { writeInventory } from '../../lab/inventory.ts'
import { ensurePrograms } from '../../lab/programs.ts'
import { say } from '../../lab/say.ts'
import { ROOT } from '../../lab/site.ts'
import { type Started, startNodes, type TestNode } from '../lab/nodes.ts'

const PLAYBOOK = join(ROOT, 'test/bench/a.yml')
const BUNDLE = join(ROOT, 'dist/cluster-os.mjs')
const HOSTS = 10

/** Ansible takes a minute for a fresh run on all hosts. */
const FRESH_ROUNDS = 2

/** Debian 12: mitogen 0.3.3 does not start on the Python 3.13 of Debian 13. */
const BASE = 'debian12'

interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly peakMib: number
  readonly rc: number
  readonly output: string
}

interface Contender {
  readonly name: string
  readonly argv: (inventory: string) => readonly string[]
  readonly env: Readonly<Record<string, string>>
}

async function main(): Promise<void> {
  const rounds = Number(process.argv[2] ?? 5)
  await ensurePrograms({ 'ansible-playbook': 'ansible', python3: 'python3' })
  await $`test -d /usr/share/doc/ansible-mitogen`.nothrow().then(async ({ exitCode }) => {
    if (exitCode !== 0) await $`apt-get install -y -q ansible-mitogen`
  })
  const lab = await startNodes(HOSTS, { base: BASE })
  try {
    const rows = await measureAll(lab, rounds)
    const text = report(rows, rounds, await versions())
    process.stdout.write(text)
    if (process.argv.includes('--write')) {
      writeFileSync(join(ROOT, 'docs/benchmarks.md'), text)
    }
  } finally {
    await lab.remove()
  }
}

const contenders = (folder: string): readonly Contender[] => [
  {
    name: 'cluster-os',
    argv: (inventory) => [process.execPath, BUNDLE, 'run', PLAYBOOK, '-i', inventory, '-f', '50'],
    env: {},
  },
  { name: 'mitogen', argv: ansibleArgv, env: { ANSIBLE_CONFIG: join(folder, 'mitogen.cfg') } },
  {
    name: 'ansible, pipelined',
    argv: ansibleArgv,
    env: { ANSIBLE_CONFIG: join(folder, 'pipelined.cfg') },
  },
]

function ansibleArgv(inventory: string): readonly string[] {
  return ['ansible-playbook', PLAYBOOK, '-i', inventory]
}

function writeConfigs(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const common = '[defaults]\nforks = 50\nretry_files_enabled = False\n'
  const ssh = '[ssh_connection]\npipelining = True\n'
  const plugins = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy'
  writeFileSync(join(folder, 'pipelined.cfg'), common + ssh)
  writeFileSync(
    join(folder, 'mitogen.cfg'),
    `${common}strategy_plugins = ${plugins}\nstrategy = mitogen_linear\n${ssh}`,
  )
}

interface Row {
  readonly name: string
  readonly costs: ReadonlyMap<string, readonly Cost[]>
}

async function measureAll(lab: Started, rounds: number): Promise<Row[]> {
  const folder = join(lab.lab.folder, 'bench')
  writeConfigs(folder)
  const all = contenders(folder)
  const rows: Row[] = []
  for (const count of [1, HOSTS]) {
    const nodes = lab.nodes.slice(0, count)
    writeInventory(lab.lab, nodes)
    const title = count === 1 ? '1 host' : `${count} hosts`
    rows.push(
      await measureRow(
        `A fresh, ${title}`,
        all,
        nodes,
        lab,
        count === 1 ? rounds : FRESH_ROUNDS,
        true,
      ),
    )
    rows.push(await measureRow(`A converged, ${title}`, all, nodes, lab, rounds, false))
  }
  rows.push(await measureStart(rounds))
  return rows
}

async function measureRow(
  name: string,
  all: readonly Contender[],
  nodes: readonly TestNode[],
  lab: Started,
  rounds: number,
  isFresh: boolean,
): Promise<Row> {
  const costs = new Map<string, Cost[]>(all.map((contender) => [contender.name, []]))
  const states = new Set<string>()
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of all) {
      if (isFresh) await Promise.all(nodes.map((node) => node.sh('rm -rf /srv/bench')))
      const cost = await measure(contender.argv(lab.lab.inventory), contender.env)
      if (cost.rc !== 0) throw new Error(`${contender.name} failed: ${cost.output}`)
      costs.get(contender.name)?.push(cost)
      for (const node of nodes) states.add(`${node.name} ${await endState(node)}`)
      say(`${name}, round ${round + 1}: ${contender.name} ${cost.wall.toFixed(2)} s`)
    }
  }
  // Equal work is the gate: every contender leaves the same tree on each node.
  if (states.size !== nodes.length) throw new Error(`${name}: the end states differ`)
  return { name, costs }
}

/** A digest of the tree: names, modes, owners and contents. */
async function endState(node: TestNode): Promise<string> {
  return node.read(
    'cd /srv/bench && find . | sort | while read -r f; do stat -c \'%n %a %U %G\' "$f"; [ -f "$f" ] && cat "$f"; done | sha256sum',
  )
}

async function measureStart(rounds: number): Promise<Row> {
  const costs = new Map<string, Cost[]>([
    ['cluster-os', []],
    ['node -e 0', []],
  ])
  for (let round = 0; round < rounds * 2; round += 1) {
    costs.get('cluster-os')?.push(await measure([process.execPath, BUNDLE, 'version'], {}))
    costs.get('node -e 0')?.push(await measure([process.execPath, '-e', '0'], {}))
  }
  return { name: 'start of the CLI', costs }
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

async function versions(): Promise<string> {
  const ansible = (await $`ansible --version`).stdout.split('\n')[0] ?? ''
  const mitogen = (await $`dpkg-query -W -f ${'${Version}'} ansible-mitogen`).stdout
  return `${ansible}, mitogen ${mitogen}, Node ${process.version}`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

/** What the goals ask: our time multiplied by this is at most that of mitogen. */
const GOALS: Readonly<Record<string, number>> = {
  'A converged, 1 host': 3,
  'A converged, 10 hosts': 8,
  'A fresh, 1 host': 3,
  'A fresh, 10 hosts': 3,
}

function report(rows: readonly Row[], rounds: number, version: string): string {
  const lines = [
    '# Benchmarks',
    '',
    'Whole processes, run in turns on the same nodes; medians. Times are of one machine on one day:',
    'read the ratios. `make bench` repeats it, `make bench WRITE=1` renews this page.',
    '',
    `- ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${rounds} rounds (${FRESH_ROUNDS} of fresh runs on ${HOSTS} hosts)`,
    `- ${version}`,
    `- nodes: ${BASE} containers with an sshd each; forks 50, host keys checked, no facts, root`,
    '- equal end state (names, modes, owners, contents) of every node after every run is the gate',
    '',
    '| | contender | wall s (min, max) | CPU s | peak MiB | ours is faster by | goal |',
    '|---|---|---|---|---|---|---|',
  ]
  for (const { name, costs } of rows) {
    const ours = median((costs.get('cluster-os') ?? []).map(({ wall }) => wall))
    for (const [contender, list] of costs) {
      const walls = list.map(({ wall }) => wall)
      const isOurs = contender === 'cluster-os'
      const ratio = median(walls) / ours
      const goal = contender === 'mitogen' ? GOALS[name] : undefined
      const verdict =
        goal === undefined ? '' : ratio >= goal ? `${goal}x: met` : `${goal}x: **missed**`
      const span = `${Math.min(...walls).toFixed(2)}, ${Math.max(...walls).toFixed(2)}`
      lines.push(
        `| ${name} | ${contender} | ${median(walls).toFixed(2)} (${span}) | ${median(list.map(({ cpu }) => cpu)).toFixed(2)} | ${Math.round(median(list.map(({ peakMib }) => peakMib)))} | ${isOurs ? '' : `${ratio.toFixed(1)}x`} | ${verdict} |`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

await main()

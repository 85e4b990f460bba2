// Who is timed: this engine, ansible-core pipelined and with mitogen, and pyinfra in an environment
// of its own. Not here: on which hosts and what (rows.ts).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { ensurePrograms } from '../../lab/programs.ts'
import { ROOT } from '../../lab/site.ts'

const BENCH = join(ROOT, 'test/bench')
const BUNDLE = join(ROOT, 'dist/cluster-os.mjs')
const PYINFRA = '3.10.0'
const PYINFRA_FOLDER = join(ROOT, '.cache/bench', `pyinfra-${PYINFRA}`)
const FORKS = '50'

export const OURS = 'cluster-os'

/** The names are headings of the table. */
export type PeerName = typeof OURS | 'mitogen' | 'ansible, pipelined' | 'pyinfra'

export interface Job {
  readonly playbook: 'a' | 'b' | 'e'
  /** Predicts instead of doing: plan, --check, --dry. */
  readonly isPlan: boolean
  readonly inventory: string
  /** Where contenders may write. */
  readonly folder: string
}

export interface Peer {
  readonly name: PeerName
  readonly argv: (job: Job) => readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Installs what is missing, and gives the contenders in the order of their turns. */
export async function preparePeers(folder: string, hosts: string): Promise<readonly Peer[]> {
  await ensurePrograms({
    'ansible-playbook': 'ansible',
    '/usr/bin/python3': 'python3',
    '/usr/share/doc/ansible-mitogen': 'ansible-mitogen',
    '/usr/share/doc/python3-venv': 'python3-venv',
  })
  if (!existsSync(join(PYINFRA_FOLDER, 'bin/pyinfra'))) {
    await $`/usr/bin/python3 -m venv ${PYINFRA_FOLDER}`
    await $`${PYINFRA_FOLDER}/bin/pip install -q ${`pyinfra==${PYINFRA}`}`
  }
  writeConfigs(folder)
  return [
    { name: OURS, argv: ownArgv, env: {} },
    { name: 'mitogen', argv: ansibleArgv, env: { ANSIBLE_CONFIG: join(folder, 'mitogen.cfg') } },
    {
      name: 'ansible, pipelined',
      argv: ansibleArgv,
      env: { ANSIBLE_CONFIG: join(folder, 'pipelined.cfg') },
    },
    { name: 'pyinfra', argv: pyinfraArgv, env: { BENCH_HOSTS: hosts } },
  ]
}

export const ownCommand = (...words: readonly string[]): readonly string[] => [
  process.execPath,
  BUNDLE,
  ...words,
]

function ownArgv({ playbook, isPlan, inventory, folder }: Job): readonly string[] {
  const words = [join(BENCH, `${playbook}.yml`), '-i', inventory, '-f', FORKS]
  if (!isPlan) return ownCommand('run', ...words)
  return ownCommand('plan', ...words, '-o', join(folder, 'plan.json'))
}

function ansibleArgv({ playbook, isPlan, inventory }: Job): readonly string[] {
  const check = isPlan ? ['--check'] : []
  return ['ansible-playbook', join(BENCH, `${playbook}.yml`), '-i', inventory, ...check]
}

function pyinfraArgv({ playbook, isPlan }: Job): readonly string[] {
  const program = join(PYINFRA_FOLDER, 'bin/pyinfra')
  const files = ['inventory', playbook].map((name) => join(BENCH, `pyinfra/${name}.py`))
  return [program, '--parallel', FORKS, isPlan ? '--dry' : '--yes', ...files]
}

function writeConfigs(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const common = `[defaults]\nforks = ${FORKS}\nretry_files_enabled = False\n`
  const ssh = '[ssh_connection]\npipelining = True\n'
  const plugins = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy'
  writeFileSync(join(folder, 'pipelined.cfg'), common + ssh)
  writeFileSync(
    join(folder, 'mitogen.cfg'),
    `${common}strategy_plugins = ${plugins}\nstrategy = mitogen_linear\n${ssh}`,
  )
}

export async function versions(): Promise<string> {
  const ansible = (await $`ansible --version`).stdout.split('\n')[0] ?? ''
  const mitogen = (await $`dpkg-query -W -f ${'${Version}'} ansible-mitogen`).stdout
  return `${ansible}, mitogen ${mitogen}, pyinfra ${PYINFRA}, Node ${process.version}`
}

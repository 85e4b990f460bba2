// Goal: nobody is taken for dead because machines have much to do. Method: on each node something
// spins on all cores and something else fills and frees its memory, under the agent's unit as it
// is shipped. The campaign goes on for ten minutes: SECONDS.
import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { pause, systemClock } from '../../agent/src/sys/clock.ts'
import { ensurePackage, installAgent, Operator, putSeed } from '../../lab/agents.ts'
import { labSuite } from '../harness.ts'
import { tellTried } from '../tried.ts'
import { saidSince, untilAllList } from './agents.ts'
import { LAB_LIMIT_MS, type Started, startNodes } from './nodes.ts'

const SECONDS = Number(process.env['SECONDS'] ?? 20)
const NODES = 5

const test = labSuite('lab/pressure', {
  costSeconds: 55,
  timeoutMs: LAB_LIMIT_MS + SECONDS * 1000,
})

let lab: Started

test.before(async () => {
  const deb = await ensurePackage()
  lab = await startNodes(NODES)
  await Promise.all(lab.nodes.map((one) => installAgent(one.container, deb)))
  const seed = new Operator(lab.lab).seed('stick')
  await Promise.all(lab.nodes.map((one) => putSeed(one.container, seed)))
  await Promise.all(lab.nodes.map((one) => one.read('systemctl start cluster-os')))
  await untilAllList(lab.nodes, lab.nodes, 40_000)
})

test.after(async () => {
  await lab.remove()
})

/** Units of systemd that take what a node has: each core, and memory up to a bound, again and again. */
const SPIN = 'while :; do :; done'
const FILL = 'while :; do head -c 512M /dev/zero | tail >/dev/null; done'

test('with all cores spinning and memory short nobody is taken for dead', async () => {
  await pause(systemClock, 5000)
  const sinceS = Date.now() / 1000
  const cores = cpus().map((_, core) => `systemd-run -q --unit spin${core} sh -c '${SPIN}'`)
  const filling = `systemd-run -q --unit fill -p MemoryHigh=300M -p MemoryMax=400M sh -c '${FILL}'`
  await Promise.all(lab.nodes.map((one) => one.read([...cores, filling].join(' && '))))
  await pause(systemClock, SECONDS * 1000)
  const units = [...cpus().map((_, core) => `spin${core}`), 'fill'].join(' ')
  await Promise.all(lab.nodes.map((one) => one.sh(`systemctl kill -s KILL ${units}`)))
  const deaths = await Promise.all(lab.nodes.map((one) => saidSince(one, sinceS, 'is dead')))
  tellTried({ nodes: NODES, seconds: SECONDS, failures: deaths.flat().length })
  assert.deepEqual(
    deaths,
    lab.nodes.map(() => []),
  )
  await untilAllList(lab.nodes, lab.nodes, 10_000)
})

test.run()

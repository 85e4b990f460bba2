// Goal: reboot waits until its host is there under another boot, and wait_for_connection until it
// can be reached at all. Method: sshd of a node is ended with every connection and started again
// later; a file stands for the boot's number, as a container keeps that of its kernel.
import assert from 'node:assert/strict'
import { labSuite } from '../harness.ts'
import { LAB_LIMIT_MS, type Started, startNodes, type TestNode } from './nodes.ts'
import { rowOf, type Tried, tryOut } from './trial.ts'

const test = labSuite('lab/reboot', { costSeconds: 15, timeoutMs: LAB_LIMIT_MS })

const BOOT = { boot_time_command: 'cat /run/boot-number' }

/** Takes the way to the node away for some seconds, and then makes it another boot. */
const OUTAGE = [
  'systemd-run --quiet --collect sh -c',
  "'systemctl stop ssh; pkill sshd; sleep 3; echo two > /run/boot-number; systemctl start ssh'",
].join(' ')

let lab: Started

test.before(async () => {
  lab = await startNodes(1)
})

test.after(async () => {
  await lab.remove()
})

function node(): TestNode {
  const [found] = lab.nodes
  assert.ok(found)
  return found
}

function tryTasks(tasks: readonly object[]): Promise<Tried> {
  const hosts = { [node().name]: { ansible_host: node().ipv4 } }
  return tryOut(lab.lab, { hosts, plays: [{ tasks }] })
}

test('a host that goes away and comes back under another boot was rebooted', async () => {
  const tried = await tryTasks([
    { name: 'first', shell: 'echo one > /run/boot-number' },
    { name: 'reboot', reboot: { ...BOOT, reboot_command: OUTAGE, reboot_timeout: 60 } },
    { name: 'after', shell: 'cat /run/boot-number' },
  ])
  const row = rowOf(tried, node().name, 'reboot')
  assert.equal(row.status, 'changed', row.msg)
  assert.ok(Number(row.result['elapsed']) >= 2)
  assert.equal(rowOf(tried, node().name, 'after').result['stdout'], 'two')
})

test('a host that stays as it was was not rebooted', async () => {
  const reboot = { ...BOOT, reboot_command: 'true', reboot_timeout: 3 }
  const tried = await tryTasks([{ name: 'reboot', reboot }])
  const row = rowOf(tried, node().name, 'reboot')
  assert.equal(row.status, 'failed')
  assert.equal(row.result['rebooted'], false)
})

test('a task may wait for a host that cannot be reached yet', async () => {
  await node().read(OUTAGE)
  const wait = { name: 'wait', wait_for_connection: { timeout: 60 } }
  const tried = await tryTasks([wait])
  const row = rowOf(tried, node().name, 'wait')
  assert.equal(row.status, 'ok', row.msg)
  assert.ok(Number(row.result['elapsed']) >= 1)
})

test.run()

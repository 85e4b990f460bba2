// Goal: one run holds a machine, and what a dead process leaves holds nothing. Method: shells on
// this machine with a folder of its own for the lease. Not here: runs that refuse each other
// (test/lab).
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../../agent/src/errors.ts'
import type { LeaseWish } from '../../agent/src/host/lease.ts'
import { localTransport } from '../../agent/src/host/local.ts'
import { RealHost } from '../../agent/src/host/real.ts'
import { Session } from '../../agent/src/host/session.ts'
import type { Transport } from '../../agent/src/host/transport.ts'
import { Links, type Reach } from '../../agent/src/playbook/links.ts'
import { suite } from '../harness.ts'

const test = suite('host/lease', { timeoutMs: 30_000 })

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-lease-'))
const transports: Transport[] = []
let unheld = 0

test.after(() => {
  for (const transport of transports) transport.close()
  rmSync(folder, { recursive: true })
})

function onNone(): void {
  unheld += 1
}

function wishOf(name: string, run: string, process: string, waitSeconds: number): LeaseWish {
  const since = '2024-01-02T03:04:05Z'
  return { run, process, who: 'alice@laptop', since, waitSeconds, folder: join(folder, name) }
}

/** A shell whose lease lies in a folder of the test's own, whoever runs the test. */
function shell(name: string, run: string, process: string, waitSeconds = 0) {
  const wish = wishOf(name, run, process, waitSeconds)
  const local = localTransport('here')
  const home = `HOME=${join(folder, name)}; export HOME; mkdir -p "$HOME"; `
  const transport = { ...local, openShell: (command: string) => local.openShell(home + command) }
  transports.push(transport)
  const session = new Session(transport, undefined, { wish, onNone })
  const host = new RealHost(session, 'here')
  return { session, host, ask: () => host.ask('echo here') }
}

function leaseFile(name: string): string {
  const isRoot = process.getuid?.() === 0
  return join(folder, name, isRoot ? 'lease' : '.cluster-os.lease')
}

function isLease(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    error.code === 'LEASE' &&
    error.message === 'the host is held by the run one of alice@laptop since 2024-01-02T03:04:05Z'
  )
}

test('a second run is refused and told who holds the host', async () => {
  const one = shell('second', 'one', 'p1')
  await one.ask()
  await assert.rejects(shell('second', 'two', 'p2').ask(), isLease)
  assert.equal(unheld, 0)
})

test('the shells of one run share its lease', async () => {
  const shells = [1, 2, 3].map(() => shell('shared', 'one', 'p1'))
  const answers = await Promise.all(shells.map((each) => each.ask()))
  assert.deepEqual(new Set(answers.map(({ stdout }) => stdout.toString())), new Set(['here\n']))
})

test('a shell that follows another of its run has the lease at once when that goes', async () => {
  const first = shell('follows', 'one', 'p1')
  await first.ask()
  const second = shell('follows', 'one', 'p1')
  await second.ask()
  const other = shell('follows', 'two', 'p2', 3).ask()
  first.session.close()
  await assert.rejects(other, isLease)
  second.session.close()
  await shell('follows', 'three', 'p3', 20).ask()
})

test('a connection that is reset keeps the lease until the next one has it', async () => {
  const name = 'reset'
  mkdirSync(join(folder, name))
  process.env['HOME'] = join(folder, name)
  const { session: other, ask } = shell(name, 'two', 'p2', 1)
  const reach: Reach = {
    host: 'here',
    owner: 'here',
    connection: 'local',
    ssh: {},
    become: undefined,
  }
  const links = new Links({ lease: wishOf(name, 'one', 'p1', 0) })
  await (await links.real(reach)).ask(':')
  await links.reset('here')
  await assert.rejects(ask(), isLease)
  await (await links.real(reach)).ask(':')
  await assert.rejects(ask(), isLease)
  links.close()
  other.close()
  await shell(name, 'three', 'p3', 20).ask()
})

test('the lease goes with the shell, and a run that waits gets it then', async () => {
  const one = shell('waits', 'one', 'p1')
  await one.ask()
  const two = shell('waits', 'two', 'p2', 20).ask()
  one.session.close()
  assert.equal((await two).stdout.toString(), 'here\n')
})

test('what tasks start does not keep the lease', async () => {
  const one = shell('daemon', 'one', 'p1')
  await one.host.exec({ script: 'sleep 60 >/dev/null 2>&1 & echo $! > "$HOME/pid"' })
  one.session.close()
  await shell('daemon', 'two', 'p2').ask()
  process.kill(Number(readFileSync(join(folder, 'daemon/pid'), 'utf8')))
})

test('what a killed process of the same run left running is ended and taken over', async () => {
  const one = shell('taken', 'one', 'p1')
  await one.ask()
  const long = one.host.exec({ script: 'sleep 61' }).catch((error: unknown) => error)
  await shell('taken', 'one', 'p2').ask()
  assert.ok((await long) instanceof ClusterError)
  assert.match(readFileSync(leaseFile('taken'), 'utf8'), /^one\.p2 \d+ alice@laptop since /)
})

test.run()

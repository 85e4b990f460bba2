// Goal: an agent answers whatever it is asked, and ends only when it is told to. Method: the agent
// itself, alone on loopback. Clusters of them are in test/lab/membership.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import os from 'node:os'
import { resolve } from 'node:path'
import { LEFT_EXIT_CODE } from '../../agent/src/commands/agent.ts'
import type { AgentSettings } from '../../agent/src/daemon/settings.ts'
import type { MemberView } from '../../agent/src/daemon/view.ts'
import { askUnix } from '../../agent/src/sys/unix.ts'
import { suite } from '../harness.ts'
import { launchAgent, startAgent } from './running.ts'

const test = suite('daemon/agent')

test('an agent that was told to leave says so when it ends', async () => {
  const agent = await startAgent()
  assert.deepEqual(await agent.ask({ ask: 'leave' }), [{ left: true }])
  assert.equal(await agent.ended, 'left')
  await agent.stop()
})

test('an agent that was told to stop has not left', async () => {
  const agent = await startAgent()
  await agent.stop()
  assert.equal(await agent.ended, 'stopped')
})

for (const isStoppedJoining of [true, false]) {
  const when = isStoppedJoining ? 'takes its papers' : 'opens its sockets'
  test(`a signal that comes while the agent ${when} ends it all the same`, async () => {
    const agent = await launchAgent({ isStoppedJoining })
    if (!isStoppedJoining) agent.abort()
    assert.equal(await agent.ended, 'stopped')
    assert.equal(existsSync(agent.settings.socket), false)
    agent.removeFolder()
  })
}

test('an agent that cannot have its port for metrics goes on without, and says so', async () => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const agent = await startAgent({ settings: { metricsPort: port } })
  const said = new RegExp(`cannot listen on TCP port ${port} \\(setting metrics_port\\); another`)
  const [status] = (await agent.ask({ ask: 'status' })) as [{ warnings: string[] }]
  assert.match(status.warnings.join('\n'), said)
  assert.match(agent.logged.join('\n'), said)
  await agent.stop()
  server.close()
})

test('a seed that is still there is a warning', async () => {
  const agent = await startAgent({ settings: { seed: import.meta.filename } })
  const [status] = (await agent.ask({ ask: 'status' })) as [{ warnings: string[] }]
  assert.match(status.warnings.join('\n'), /agent\.test\.ts is still there/)
  await agent.stop()
})

const CANNOT: readonly [string, Partial<AgentSettings>, object][] = [
  [
    'a socket whose folder is not there',
    { socket: '/nowhere/agent.sock' },
    {
      code: 'PORT',
      message: /\/nowhere\/agent\.sock: its folder is not there \(setting socket\)/,
      hint: /make its folder/,
    },
  ],
  [
    'a folder where its socket is to be',
    { socket: '/proc' },
    { code: 'PORT', message: /the socket \/proc: .*\(setting socket\)/ },
  ],
  [
    'a state that cannot be read',
    { state: import.meta.filename },
    { code: 'FILE_UNREADABLE', message: /\/peers \(setting state\): ENOTDIR/, hint: /disk/ },
  ],
]

for (const [what, settings, error] of CANNOT) {
  test(`an agent with ${what} does not start, and names the setting`, async () => {
    const mask = process.umask()
    const agent = await launchAgent({ settings })
    await assert.rejects(agent.ended, error)
    assert.equal(process.umask(), mask)
    agent.removeFolder()
    // Nothing of it is left: another has the same port at once.
    await (await startAgent({ settings: { port: agent.settings.port } })).stop()
  })
}

function setLoad(loadavg: () => number[]): void {
  os.loadavg = loadavg
  syncBuiltinESMExports()
}

test('a reload changes roles and labels, and makes no sick node well', async () => {
  const { loadavg } = os
  setLoad(() => [9999, 9999, 9999])
  try {
    const agent = await startAgent({ reread: () => ({ roles: ['web'], labels: { rack: 'a1' } }) })
    setLoad(() => [0, 0, 0])
    assert.deepEqual(await agent.ask({ ask: 'reload' }), [{ reloaded: true }])
    const [member] = (await agent.ask({ ask: 'members' })) as [MemberView]
    assert.deepEqual(member.roles, ['web'])
    assert.deepEqual(member.details?.labels, { rack: 'a1' })
    assert.ok(member.health.includes('loaded'), member.health.join())
    await agent.stop()
  } finally {
    setLoad(loadavg)
  }
})

function failing(): never {
  throw new RangeError('a disk that is gone')
}

test('a request that fails is answered with an error, and the agent goes on', async () => {
  const agent = await startAgent({ reread: failing })
  const [answer] = (await agent.ask({ ask: 'reload' })) as [{ error: string }]
  assert.match(answer.error, /^reload failed: .*a disk that is gone/)
  assert.equal((await agent.ask({ ask: 'status' })).length, 1)
  await agent.stop()
})

test('one listener to events more than may is told so', async () => {
  const agent = await startAgent()
  const listeners = Array.from({ length: 257 }, () =>
    askUnix(agent.socket, JSON.stringify({ ask: 'events' })),
  )
  const firsts = listeners.map((lines) => lines.next())
  const { value } = await Promise.race(firsts)
  assert.match(String(value), /"error":"as many listen to events already as may"/)
  await agent.stop()
  const rest = await Promise.all(firsts)
  assert.equal(rest.filter(({ done }) => done).length, 256)
})

test('systemd takes leaving for a good end and starts nothing after it', () => {
  const file = resolve(import.meta.dirname, '../../agent/package/cluster-os.service')
  const lines = readFileSync(file, 'utf8').split('\n')
  const wordsOf = (name: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${name}=`) ? line.slice(name.length + 1) : []))
  assert.deepEqual(wordsOf('RestartPreventExitStatus'), [`${LEFT_EXIT_CODE}`])
  assert.ok(wordsOf('SuccessExitStatus')[0]?.split(' ').includes(`${LEFT_EXIT_CODE}`))
})

test.run()

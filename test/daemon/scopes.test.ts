// Goal: nobody but members says behind which interface a link-local address is, for longer than an
// answer takes. Method: the driver with the core of a simulated node and sockets of the test.
import assert from 'node:assert/strict'
import { Driver } from '../../agent/src/daemon/driver.ts'
import { HEARD_MOST, PROVEN_MOST, Scopes } from '../../agent/src/daemon/scopes.ts'
import { encodeMessages } from '../../agent/src/wire/message.ts'
import { Mouth } from '../gossip/forge.ts'
import { Stage } from '../gossip/stage.ts'
import { suite } from '../harness.ts'

const test = suite('daemon/scopes', { timeoutMs: 60_000 })

test('a captured datagram from another interface does not move a member', () => {
  const stage = new Stage()
  const [receiver, member] = [stage.node(0), stage.node(2)]
  const { gossip } = receiver
  const record = member.gossip?.record
  assert.ok(gossip && record)
  let nowMs = receiver.offsetMs + stage.world.nowMs
  const hosts: string[] = []
  const udp = {
    send: ({ host }: { host: string }) => hosts.push(host),
    join: () => undefined,
    close: async () => undefined,
    failures: new Map(),
  }
  const clock = { now: () => nowMs, wall: () => 1_800_000_020_000, after: () => () => undefined }
  const driver = new Driver(gossip, udp, clock, {
    afterReading: (callback) => callback(),
    keepBoot: () => undefined,
    keep: () => undefined,
    event: () => undefined,
  })
  const mouth = new Mouth(stage.world, record.body.salt)
  const ping = encodeMessages([{ type: 'ping', sequence: 1, view: gossip.view }])
  const bytes = mouth.say(member, record, receiver, ping)
  driver.received({ family: 6, host: 'fe80::2%eth0', port: 4665 }, bytes)
  assert.ok(hosts.includes('fe80::2%eth0'), hosts.join(' '))
  driver.received({ family: 6, host: 'fe80::2%eth9', port: 4665 }, bytes)
  hosts.length = 0
  for (let ms = 0; ms < 5000; ms += 10) {
    nowMs += 10
    driver.input({ kind: 'wake' })
  }
  const there = hosts.filter((host) => host.startsWith('fe80::2'))
  assert.ok(there.length > 0)
  assert.deepEqual([...new Set(there)], ['fe80::2%eth0'])
})

test('of ten thousand sources that no member has vouched for some hundred are remembered', () => {
  const scopes = new Scopes(() => false)
  scopes.prove('fe80::a', 'eth0')
  for (let index = 0; index < 10_000; index++) scopes.heard(`fe80::1:${index}`, 'eth1')
  assert.equal(scopes.size, HEARD_MOST + 1)
  assert.equal(scopes.of('fe80::1:9999'), 'eth1')
  assert.equal(scopes.of('fe80::a'), 'eth0')
})

test('a member that says to be everywhere takes no interface from those that are there', () => {
  const scopes = new Scopes((host) => host === 'fe80::a')
  scopes.prove('fe80::a', 'eth0')
  for (let index = 0; index < 10_000; index++) scopes.prove(`fe80::1:${index}`, 'eth1')
  assert.ok(scopes.size <= PROVEN_MOST, `${scopes.size} scopes`)
  assert.equal(scopes.of('fe80::a'), 'eth0')
})

test('a member is where it was heard last', () => {
  const scopes = new Scopes(() => true)
  scopes.prove('fe80::a', 'eth0')
  scopes.prove('fe80::a', 'wlan0')
  assert.equal(scopes.of('fe80::a'), 'wlan0')
})

test.run()

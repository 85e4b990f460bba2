// Goal: settings that an agent cannot live with are refused with their place, before they end it.
// Method: files with one setting; what passes must fit into what is told of it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detailsOf } from '../../agent/src/daemon/details.ts'
import { type AgentSettings, readSettings, socketOf } from '../../agent/src/daemon/settings.ts'
import { ClusterError, formatWhere } from '../../agent/src/errors.ts'
import { suite } from '../harness.ts'
import { startAgent } from './running.ts'

const test = suite('daemon/settings')
const folder = mkdtempSync(join(tmpdir(), 'cluster-os-agent-'))
const file = join(folder, 'agent.yml')
test.after(() => rmSync(folder, { recursive: true }))

function read(text: string): AgentSettings {
  writeFileSync(file, text)
  return readSettings(file)
}

const names = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, at) => `r${at}x`.padEnd(length, 'x'))

const labels = (count: number, length: number): string =>
  Array.from({ length: count }, (_, at) => `  l${at}: ${'v'.repeat(length)}\n`).join('')

const REFUSED: readonly [string, string, RegExp][] = [
  ['17 roles', `roles: [${names(17, 4).join()}]`, /^1:8 roles are at most 16$/],
  ['16 roles of 32', `roles: [${names(16, 32).join()}]`, /^1:8 .* at most 200 characters together/],
  ['an interface as address', 'port: 1\naddress: eth0', /^2:10 address is an address of this/],
  ['no address at all', 'address: 0.0.0.0', /^1:10 address is an address of this/],
  ['a long label', `labels:\n${labels(1, 257)}`, /^2:7 label l0 has more than 256 characters/],
  ['many long labels', `labels:\n${labels(40, 250)}`, /^2:3 labels have more than 8192 bytes/],
]

for (const [name, text, said] of REFUSED) {
  test(`refused with its place: ${name}`, () => {
    let told = ''
    try {
      read(text)
    } catch (error) {
      assert.ok(error instanceof ClusterError && error.where !== undefined, String(error))
      told = `${formatWhere(error.where).replace(`${file}:`, '')} ${error.message}`
    }
    assert.match(told, said)
  })
}

test('a role that is named twice is one role', () => {
  assert.deepEqual(read('roles: [b, a, b]').roles, ['b', 'a'])
})

test('commands find the socket that is set, and the usual one where settings are broken', () => {
  read('socket: /run/other.sock')
  assert.equal(socketOf(file), '/run/other.sock')
  writeFileSync(file, 'socket: [')
  assert.equal(socketOf(file), '/run/cluster-os/agent.sock')
  assert.equal(socketOf(join(folder, 'none')), '/run/cluster-os/agent.sock')
})

test('an agent with all the roles and labels that settings may have runs', async () => {
  const most = read(`roles: [${names(16, 12).join()}]\nlabels:\n${labels(32, 240)}`)
  const advertise = Array.from({ length: 8 }, (_, at) => ({
    family: 6 as const,
    host: `fd00::${at + 1}`,
    port: 4665,
  }))
  const { roles, labels: told } = most
  const agent = await startAgent({ settings: { roles, labels: told, advertise } })
  const [member] = (await agent.ask({ ask: 'members' })) as [
    { roles: string[]; addresses: string[] },
  ]
  assert.deepEqual(member.roles, roles.toSorted())
  assert.equal(member.addresses[0], '[fd00::1]:4665')
  await agent.stop()
})

test('a machine with thousands of disks tells of as many as fit', () => {
  const disks = Array.from({ length: 3000 }, (_, at) => ({ name: `disk-${at}`, bytes: 2 ** 40 }))
  const rest = { processor: { model: 'a CPU', cores: 4 }, memoryBytes: 1, gpus: [], speeds: {} }
  const bytes = detailsOf({ ...rest, disks, labels: { rack: '7' } })
  assert.ok(bytes.length <= 16_384, `${bytes.length} bytes`)
  const told = JSON.parse(bytes.toString()) as { disks: unknown[]; labels: unknown }
  assert.deepEqual([told.disks.length, told.labels], [256, { rack: '7' }])
})

const SEVENTEEN = (): AgentSettings => read(`roles: [${names(17, 4).join()}]`)

test('a reload of settings that are refused keeps the old ones and says why', async () => {
  const reread = SEVENTEEN
  const agent = await startAgent({ settings: { roles: ['web'] }, reread })
  const [answer] = (await agent.ask({ ask: 'reload' })) as [{ error: string }]
  assert.match(answer.error, /stay as they were: roles are at most 16 at .*agent\.yml:1:8$/)
  const [member] = (await agent.ask({ ask: 'members' })) as [{ roles: string[] }]
  assert.deepEqual(member.roles, ['web'])
  await agent.stop()
})

test.run()

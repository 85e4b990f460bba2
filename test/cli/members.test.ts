// Goal: commands that ask the agent show what it says and find members by name. Method: the control
// socket with a made-up agent behind it; a real one answers in test/lab/membership.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { answerRequest, type ControlPort } from '../../agent/src/daemon/control.ts'
import type { MemberView } from '../../agent/src/daemon/view.ts'
import type { ClusterError } from '../../agent/src/errors.ts'
import { serveUnix } from '../../agent/src/sys/unix.ts'
import { nodeIdOf } from '../../agent/src/wire/id.ts'
import { suite } from '../harness.ts'
import { callCli } from './call.ts'
import { at, call, done, lab, WITH, withHome } from './operator.ts'

const test = suite('cli/members')
withHome(test)

const member = (byte: number, hostname: string): MemberView => ({
  id: nodeIdOf(new Uint8Array(32).fill(byte)),
  short: '',
  isSelf: false,
  state: 'alive',
  hostname,
  addresses: [`10.0.0.${byte}:4665`],
  boot: 1,
  incarnation: 0,
  roles: [],
  mayCoordinate: true,
  health: [],
})

const MEMBERS = [
  member(1, 'node-a'),
  member(2, 'node-b'),
  member(3, 'node-b'),
  member(0xdb, 'node-c'),
  member(0xee, 'dbdb'),
]

/** The command line with an agent that has these members. */
async function withAgent<T>(use: (socket: string) => Promise<T>): Promise<T> {
  const status = { id: 'me', cluster: 'lab', stage: 'serve', sinceMs: 0, members: {}, view: '0' }
  const more = { port: 4665, addresses: [], warnings: [], rootKeyPlace: at('pw') }
  const port: Pick<ControlPort, 'members' | 'status' | 'doctor' | 'add'> = {
    members: () => MEMBERS,
    status: () => ({ ...status, ...more }),
    doctor: () => [{ what: 'the agent was asked', mend: 'nothing' }],
    add: (statements) => statements.map((text) => `${Buffer.from(text, 'base64').length} bytes`),
  }
  const socket = at('agent.sock')
  const server = await serveUnix(socket, (line, answer) =>
    answerRequest(line, answer, port as ControlPort),
  )
  try {
    return await use(socket)
  } finally {
    await server.close()
  }
}

test('revoke takes the name of a member, and says whose id it is', async () => {
  const said = await withAgent((socket) => done(`revoke node-a --socket ${socket} ${WITH}`))
  assert.match(said, /^node-a is ed25519:0101/)
  assert.ok(readdirSync(lab('revocations')).some((name) => name.startsWith('node-0101')))
})

test('revoke refuses a name of two members', async () => {
  const { error } = await withAgent((socket) => call(`revoke node-b --socket ${socket} ${WITH}`))
  assert.match(String(error), /2 members are called node-b/)
})

test('revoke takes a beginning of an id for one only from eight digits on', async () => {
  for (const name of ['db', 'ed25519:', 'ed25519:dbdbdbd', 'dbdbdbd']) {
    const { error } = await withAgent((socket) => call(`revoke ${name} --socket ${socket} ${WITH}`))
    assert.match(String(error), new RegExp(`there is no member ${name}$`))
    assert.match((error as ClusterError).hint ?? '', /at least 8 digits/)
  }
  for (const [name, id] of [
    ['dbdbdbdb', 'dbdb'],
    ['ed25519:01010101', '0101'],
    // Of a node that is called so, whatever ids begin with it.
    ['dbdb', 'eeee'],
  ]) {
    const said = await withAgent((socket) => done(`revoke ${name} --socket ${socket} ${WITH}`))
    assert.match(said, new RegExp(` is ed25519:${id}`))
  }
})

test('revoke without an agent says that a name needs one', async () => {
  const { error } = await call(`revoke node-a --socket ${at('none')} ${WITH}`)
  assert.match(String(error), /no agent here knows names/)
})

test('members are an inventory, asked of the agent that the environment names', async () => {
  const { error, stdout } = await withAgent((socket) =>
    callCli(['inventory', '-i', 'cluster', '--graph'], {
      environment: (name) => (name === 'CLUSTER_OS_SOCKET' ? socket : undefined),
    }),
  )
  assert.equal(error, undefined)
  assert.match(stdout, /--node-a$/m)
})

test('status warns as long as the root key lies on the member', async () => {
  await withAgent(async (socket) => {
    assert.ok(existsSync(at('pw')))
    const warning = /warning +the root key lies on this member, at .*pw/
    assert.match(await done(`status --socket ${socket}`), warning)
    rmSync(at('pw'))
    assert.doesNotMatch(await done(`status --socket ${socket}`), warning)
  })
})

test('doctor asks the agent of the settings that it is told', async () => {
  const settings = at('agent.yml')
  await withAgent(async (socket) => {
    writeFileSync(settings, `socket: ${socket}\n`)
    const { stdout, exitCode } = await call(`doctor --settings ${settings}`)
    assert.match(stdout, /^the agent was asked\n/)
    assert.equal(exitCode, 1)
  })
  const { stdout } = await call(`doctor --settings ${settings} --socket ${at('none')}`)
  assert.doesNotMatch(stdout, /the agent was asked/)
})

test('more statements than one request holds are handed over one request after another', async () => {
  const files = Array.from({ length: 300 }, (_, index) => {
    writeFileSync(at(`${index}.statement`), Buffer.alloc(640 - (index % 9)))
    return at(`${index}.statement`)
  })
  const words = `statement add ${files.join(' ')}`
  const { stdout, error } = await withAgent((socket) => call(`${words} --socket ${socket}`))
  assert.equal(error, undefined)
  const said = files.map((file, index) => `${file}: ${640 - (index % 9)} bytes\n`)
  assert.equal(stdout, said.join(''))
})

test('a file too long for a statement is refused by name, and the others are handed over', async () => {
  writeFileSync(at('long'), Buffer.alloc(641))
  writeFileSync(at('huge'), Buffer.alloc(1_000_000))
  writeFileSync(at('short'), Buffer.alloc(3))
  const words = `statement add ${at('long')} ${at('short')} ${at('huge')}`
  const { stdout, exitCode } = await withAgent((socket) => call(`${words} --socket ${socket}`))
  assert.match(stdout, /long: refused: .* 640 bytes\n.*short: 3 bytes\n.*huge: refused: .*\n$/)
  assert.equal(exitCode, 1)
})

test.run()

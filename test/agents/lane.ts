// A cluster of an agent that stays and of nodes that are killed, one after the other: what such a
// node does in a life, and what holds after it. Not here: at which steps they are killed
// (kills.test.ts), and how (killed.ts).
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicKeyOf } from '../../agent/src/identity/keys.ts'
import { seedText } from '../../agent/src/identity/seedfile.ts'
import { Store } from '../../agent/src/identity/store.ts'
import { makeAddress } from '../../agent/src/wire/address.ts'
import { type NodeId, nodeIdOf } from '../../agent/src/wire/id.ts'
import { ask, membersAt, type RunningAgent, startAgent, until } from './running.ts'
import { makeStick } from './stick.ts'

const AGENT = join(import.meta.dirname, '../../agent/src/agentmain.ts')
const KILLED = join(import.meta.dirname, 'killed.ts')
const PORT = 4665

/** A node's first start has a seed and nothing else, a later one what the first has left. */
export type Life = 'first' | 'later'

export interface Node {
  readonly folder: string
  readonly address: string
  /** Greatest that a member has seen. */
  boot: number
}

export class Lane {
  readonly #stick = makeStick()
  readonly #folder: string
  readonly #network: string
  /** Who may be in the table of the agent that stays. */
  readonly #ids = new Set<NodeId>()
  #count = 0
  #anchor: RunningAgent | undefined
  #anchorId = ''

  constructor(folder: string, number: number) {
    this.#folder = join(folder, `lane-${number}`)
    // Of this process, as another checkout may run the same test.
    this.#network = `127.${16 + (process.pid % 200)}.${number}`
  }

  async start(): Promise<void> {
    const { folder } = this.makeNode()
    this.#anchor = startAgent(AGENT, folder)
    await this.#anchor.ready
    this.#anchorId = idIn(folder)
    this.#ids.add(this.#anchorId)
  }

  async stop(): Promise<void> {
    this.#anchor?.end('SIGTERM')
    await this.#anchor?.ended
  }

  /** A machine with a seed, which says where the agent that stays is. */
  makeNode(): Node {
    this.#count += 1
    const folder = join(this.#folder, String(this.#count))
    const address = `${this.#network}.${this.#count}`
    const hint = makeAddress(`${this.#network}.1`, PORT)
    assert.ok(hint)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const seed = { ...this.#stick.seed, hints: [hint] }
    writeFileSync(join(folder, 'seed.yml'), seedText(seed), { mode: 0o600 })
    const paths = { identity: 'identity', state: 'state', socket: 'agent.sock', seed: 'seed.yml' }
    const lines = Object.entries(paths).map(([name, file]) => `${name}: ${join(folder, file)}\n`)
    // No interface has the address by itself.
    const reached = `address: ${address}\nadvertise: ["${address}:${PORT}"]\n`
    writeFileSync(join(folder, 'agent.yml'), `${reached}${lines.join('')}`)
    return { folder, address, boot: 0 }
  }

  /** The steps of a life that nothing cuts off, in their order. */
  async steps(node: Node): Promise<string[]> {
    const file = join(node.folder, 'steps')
    const running = this.#begin(node, { KILL_STEPS: file })
    await this.#live(node, running)
    assert.equal(await running.ended, 0, running.said())
    this.#ids.add(idIn(node.folder))
    const steps = readFileSync(file, 'utf8').trimEnd().split('\n')
    rmSync(file)
    return steps
  }

  /** A life that ends at a point, `write identity/.seed.new 1@half`; whether it came to that. */
  async kill(node: Node, point: string): Promise<boolean> {
    const running = this.#begin(node, { KILL_AT: point })
    const failure: unknown = await this.#live(node, running).catch((error: unknown) => error)
    if (failure !== undefined) running.end('SIGTERM')
    const end = await running.ended
    if (end !== 'SIGKILL' && failure !== undefined) throw failure
    return end === 'SIGKILL'
  }

  /** The next start, of which nothing is known but that the life before has ended somewhere. */
  async recover(node: Node): Promise<void> {
    const before = hasIdentity(node) ? idIn(node.folder) : undefined
    const used = Math.max(node.boot, (await this.#seen(node))[0]?.boot ?? 0)
    const kept = new Store(join(node.folder, 'identity')).boot()
    assert.ok(kept >= used, `boot ${used} was used, and ${kept} is on disk`)
    const running = startAgent(AGENT, node.folder)
    try {
      await this.#working(node, running)
      const seen = await this.#seen(node)
      assert.deepEqual(
        seen.map(({ id }) => id),
        [before ?? idIn(node.folder)],
        'the machine is one node, and the one that it was',
      )
      node.boot = seen[0]?.boot ?? 0
      assert.ok(node.boot > used, `boot ${node.boot} was used before`)
      assert.ok(!existsSync(join(node.folder, 'seed.yml')), 'the seed was left behind')
      this.#ids.add(idIn(node.folder))
      for (const { id } of await membersAt(this.#stays)) {
        assert.ok(this.#ids.has(id), `nobody is ${id}`)
      }
      assert.doesNotMatch(running.said(), /is in use on another machine|cannot be written/)
    } finally {
      running.end('SIGTERM')
      if (hasIdentity(node)) this.#ids.add(idIn(node.folder))
    }
    assert.equal(await running.ended, 0, running.said())
  }

  get #stays(): RunningAgent {
    assert.ok(this.#anchor)
    return this.#anchor
  }

  #begin(node: Node, environment: Readonly<Record<string, string>>): RunningAgent {
    return startAgent(KILLED, node.folder, { KILL_FOLDER: node.folder, ...environment })
  }

  /** Joins, learns something to remember soon and once more later, and is told to end. */
  async #live(node: Node, running: RunningAgent): Promise<void> {
    await this.#working(node, running)
    await this.#remember(node, running)
    await this.#remember(node, running)
    running.end('SIGTERM')
  }

  async #remember(node: Node, running: RunningAgent): Promise<void> {
    const revocation = this.#stick.revoke()
    const statements = [Buffer.from(revocation.bytes).toString('base64')]
    assert.deepEqual(await ask(running, { ask: 'add', statements }), [{ taken: ['taken'] }])
    const folder = join(node.folder, 'identity')
    await until('the revocation is kept', { agents: [running], folder }, () =>
      new Store(folder).statements().some(({ digest }) => digest === revocation.digest),
    )
  }

  /** Both hold each other to be alive, in the boot that is on disk. */
  async #working(node: Node, running: RunningAgent): Promise<void> {
    await running.ready
    await until(
      `${node.address} and the agent that stays know each other`,
      { agents: [running, this.#stays] },
      async () => {
        const boot = new Store(join(node.folder, 'identity')).boot()
        const there = await this.#seen(node)
        const here = await membersAt(running)
        return (
          there.some((member) => member.state === 'alive' && member.boot === boot) &&
          here.some(({ id, state }) => id === this.#anchorId && state === 'alive')
        )
      },
    )
  }

  /** What the agent that stays has of a machine. */
  async #seen({ address }: Node) {
    const members = await membersAt(this.#stays)
    return members.filter(({ addresses }) => addresses.includes(`${address}:${PORT}`))
  }
}

const hasIdentity = ({ folder }: Node): boolean => new Store(join(folder, 'identity')).hasIdentity()

function idIn(folder: string): NodeId {
  const store = new Store(join(folder, 'identity'))
  // It would be made where there is none.
  assert.ok(store.hasIdentity())
  return nodeIdOf(publicKeyOf(store.seed()))
}

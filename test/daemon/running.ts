// An agent in this process, alone on the loopback address, and asked by its socket. Not here:
// agents with others around them (test/lab).
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAgent } from '../../agent/src/daemon/agent.ts'
import { type AgentSettings, readSettings } from '../../agent/src/daemon/settings.ts'
import { joinBy, type Seed } from '../../agent/src/identity/seedfile.ts'
import type { Membership, Store } from '../../agent/src/identity/store.ts'
import { pause, systemClock } from '../../agent/src/sys/clock.ts'
import { askUnix } from '../../agent/src/sys/unix.ts'
import { seedBy } from '../identity/cluster.ts'

export interface Running {
  readonly socket: string
  readonly port: number
  /** All lines of an answer. */
  ask(request: unknown): Promise<unknown[]>
  readonly ended: Promise<'stopped' | 'left'>
  readonly logged: readonly string[]
  /** Ends it and takes its folder away. */
  stop(): Promise<void>
}

export interface RunningOptions {
  readonly seed?: Seed
  readonly settings?: Partial<AgentSettings>
  /** What a reload reads. */
  readonly reread?: () => Partial<AgentSettings>
  /** The signal to end comes while it takes its papers. */
  readonly isStoppedJoining?: boolean
}

/** An agent that was told to start, and may not get there. */
export interface Launched {
  readonly settings: AgentSettings
  /** As systemd's signal does. */
  readonly abort: () => void
  readonly ended: Promise<'stopped' | 'left'>
  readonly logged: readonly string[]
  readonly removeFolder: () => void
}

export async function launchAgent(options: RunningOptions = {}): Promise<Launched> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-agent-'))
  const at = (name: string): string => join(folder, name)
  const settings: AgentSettings = {
    ...readSettings(at('none')),
    address: '127.0.0.1',
    port: await freePort(),
    identity: at('identity'),
    state: at('state'),
    socket: at('sock'),
    ...options.settings,
  }
  const abort = new AbortController()
  const logged: string[] = []
  let reads = 0
  const ended = runAgent({
    settings: () => (reads++ === 0 ? settings : { ...settings, ...options.reread?.() }),
    log: (line) => void logged.push(line),
    signal: abort.signal,
    join: (store) => {
      if (options.isStoppedJoining === true) abort.abort()
      return joined(store, options.seed ?? seedBy())
    },
    digest: new Uint8Array(32),
  })
  return {
    settings,
    abort: () => abort.abort(),
    ended,
    logged,
    removeFolder: () => rmSync(folder, { recursive: true }),
  }
}

export async function startAgent(options: RunningOptions = {}): Promise<Running> {
  const { settings, abort, ended, logged, removeFolder } = await launchAgent(options)
  const { socket, port } = settings
  const ask = (request: unknown): Promise<unknown[]> => answers(socket, request)
  await untilAnswered(() => ask({ ask: 'status' }))
  const stop = async (): Promise<void> => {
    abort()
    await ended
    removeFolder()
  }
  return { socket, port, ask, ended, logged, stop }
}

function joined(store: Store, seed: Seed): Membership {
  joinBy(store, seed)
  const membership = store.membership()
  if (membership === undefined) throw new Error('the seed made no member')
  return membership
}

async function answers(socket: string, request: unknown): Promise<unknown[]> {
  const lines: unknown[] = []
  for await (const line of askUnix(socket, JSON.stringify(request))) lines.push(JSON.parse(line))
  return lines
}

/** It answers within a moment, or the limit of the test ends this. */
async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask()
      return
    } catch {
      await pause(systemClock, 5)
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}

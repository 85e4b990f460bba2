// Agents as processes of this machine, each on a loopback address of its own: started, asked by
// their control sockets, waited for by their events. Not here: agents on nodes (lab/agents.ts).
import { spawn } from 'node:child_process'
import { type FSWatcher, watch } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { MemberView } from '../../agent/src/daemon/view.ts'
import { systemClock, withLimit } from '../../agent/src/sys/clock.ts'
import { askUnix } from '../../agent/src/sys/unix.ts'

/** Longer than a machine with much else to do takes for anything here. */
const LIMIT_MS = 60_000

export interface RunningAgent {
  readonly folder: string
  readonly socket: string
  /** Its sockets are there. */
  readonly ready: Promise<void>
  readonly ended: Promise<NodeJS.Signals | number>
  readonly said: () => string
  readonly end: (signal: NodeJS.Signals) => void
}

/** Starts a program that is an agent, with the agent.yml of a folder. */
export function startAgent(
  program: string,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): RunningAgent {
  const child = spawn(process.execPath, [program, '--settings', join(folder, 'agent.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<NodeJS.Signals | number>()
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
    // Said once it has served its control socket.
    if (text.includes('links: addresses are now')) ready.resolve()
  })
  child.on('exit', (code, signal) => {
    ended.resolve(signal ?? code ?? -1)
    ready.resolve()
  })
  return {
    folder,
    socket: join(folder, 'agent.sock'),
    ready: ready.promise,
    ended: ended.promise,
    said: () => text,
    end: (signal) => void child.kill(signal),
  }
}

export async function ask(agent: RunningAgent, request: unknown): Promise<unknown[]> {
  const answers: unknown[] = []
  for await (const line of askUnix(agent.socket, JSON.stringify(request))) {
    answers.push(JSON.parse(line))
  }
  return answers
}

export async function membersAt(agent: RunningAgent): Promise<MemberView[]> {
  return (await ask(agent, { ask: 'members' })) as MemberView[]
}

/** Calls back when an agent tells of events, and once at first. */
function listen(agent: RunningAgent, onEvent: () => void): Socket {
  const socket = connect(agent.socket)
  socket.on('error', () => socket.destroy())
  socket.on('connect', () => socket.write('{"ask":"events"}\n', onEvent))
  socket.on('data', onEvent)
  return socket
}

export interface Sources {
  readonly agents?: readonly RunningAgent[]
  readonly folder?: string
}

/** Waits until something holds: looks at first, and whenever an agent tells or a folder changes. */
export async function until(
  what: string,
  { agents = [], folder }: Sources,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  let bell = Promise.withResolvers<void>()
  const ring = (): void => bell.resolve()
  const sockets = agents.map((agent) => listen(agent, ring))
  const watcher: FSWatcher | undefined = folder === undefined ? undefined : watch(folder, ring)
  const look = async (): Promise<void> => {
    for (;;) {
      bell = Promise.withResolvers<void>()
      if (await holds()) return
      await bell.promise
    }
  }
  const gone = agents.map(async (agent) => {
    const end = await agent.ended
    throw new Error(`an agent has ended by ${end} before ${what}: ${agent.said()}`)
  })
  const late = () => new Error(`not within ${LIMIT_MS} ms: ${what}`)
  try {
    await withLimit(systemClock, Promise.race([look(), ...gone]), LIMIT_MS, late)
  } finally {
    watcher?.close()
    for (const socket of sockets) socket.destroy()
  }
}
